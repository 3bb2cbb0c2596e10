"""The README's table of ratios, from bench.json: what was measured, what it is held against, and what was asked of it.

.venv/bin/python -m tests.load.readme
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quiz_app.kernel.settings import ROOT
from tests.load import figures

PAGE = ROOT / "README.md"
BEGIN, END = "<!-- bench -->\n", "<!-- end -->\n"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a ratio is of, what it must reach, and what it aims at; growing ones must stay below instead."""

    words: str
    must: float
    aim: float
    is_most: bool = False

    def holds(self, ratio: float) -> bool:
        return ratio <= self.must if self.is_most else ratio >= self.must


_UPDATE = "a bare Flask view with one guarded UPDATE"
_PAGE = "a bare view of a static page of the same size"
MEASURES = {
    "save_pg": Asked(f"save an answer, PostgreSQL ÷ {_UPDATE}", 0.50, 0.65),
    "save_sqlite": Asked(f"save an answer, SQLite ÷ {_UPDATE}", 0.50, 0.65),
    "start": Asked("start an attempt ÷ the same", 0.15, 0.30),
    "submit": Asked("submit and score ÷ the same", 0.25, 0.40),
    "board_unit": Asked(f"board of a chi bộ ÷ {_PAGE}", 0.50, 0.80),
    "board_top": Asked("top of a contest ÷ the same", 0.50, 0.80),
    "public_304": Asked("304 of a public fragment ÷ the same", 0.80, 0.95),
    "known_page_304": Asked("304 of a signed-in page ÷ the same", 0.25, 0.45),
    "sign_in": Asked("200 members sign in ÷ argon2id alone", 0.70, 0.85),
    "roster": Asked("a roster of 100,000 rows imported ÷ read by the library alone", 3.0, 1.5, is_most=True),
    "memory": Asked("memory after 100,000 requests ÷ after 1,000", 1.10, 1.05, is_most=True),
}
GROWTH = Asked("with 5,000,000 attempts of 500,000 members ÷ with 5,000", 1.25, 1.10, is_most=True)


def table(bench: Mapping[str, Any]) -> str:
    """Date, machine and a line for each ratio that was measured."""
    day = datetime.fromisoformat(bench["measured_at"]).strftime("%d %B %Y").lstrip("0")
    machine, versions = bench["machine"], bench["versions"]
    on = ", ".join(f"{name} {versions[name]}" for name in ("Python", "PostgreSQL", "SQLite") if name in versions)
    rows = [
        f"| {asked.words} | **{ratio:.2f}** | {'≤' if asked.is_most else '≥'} {asked.must:.2f} | {asked.aim:.2f} |"
        f" {'' if asked.holds(ratio) else 'missed'} |"
        for asked, ratio in _measured(bench["ratios"])
    ]
    head = (
        f"Measured on {day}, {machine['processor']}, {machine['cores']} cores, load {machine['load_before']} before;"
        f" {on}.\n\n| measure | ratio | must | aim | |\n|---|---|---|---|---|\n"
    )
    return head + "\n".join(rows) + "\n"


def filled(page: str, bench: Mapping[str, Any]) -> str:
    """The page with its table as it was measured last."""
    before, found, rest = page.partition(BEGIN)
    _, ends, after = rest.partition(END)
    if not found or not ends:
        raise ValueError(f"no place for the table between {BEGIN.strip()} and {END.strip()}")
    return f"{before}{BEGIN}{table(bench)}{END}{after}"


def _measured(ratios: Mapping[str, float]) -> list[tuple[Asked, float]]:
    known = [(asked, ratios[name]) for name, asked in MEASURES.items() if name in ratios]
    grown = [
        (
            Asked(f"{name.removeprefix('growth_').replace('_', ' ')} {GROWTH.words}", GROWTH.must, GROWTH.aim, True),
            ratio,
        )
        for name, ratio in ratios.items()
        if name.startswith("growth_")
    ]
    return known + grown


def main() -> None:
    PAGE.write_text(filled(PAGE.read_text(), json.loads(figures.FILE.read_text())))


if __name__ == "__main__":
    main()
