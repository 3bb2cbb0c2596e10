"""What bench.json says, as tables: the ratios in the README, and what a sitting and its pages cost in docs/scaling.md.

.venv/bin/python -m tests.load.readme
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quiz_app.kernel.settings import ROOT
from tests.load import figures

PAGE, SCALING = ROOT / "README.md", ROOT / "docs" / "scaling.md"
RATIOS, WIRE = "bench", "bench-wire"
END = "<!-- end -->\n"
Bench = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a ratio is of, what it must reach, and what it aims at; growing ones must stay below instead."""

    words: str
    must: float | None = None
    aim: float | None = None
    is_most: bool = False

    def holds(self, ratio: float) -> bool:
        if self.must is None:
            return True
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
    "desk_tree": Asked("desk of a city, the tree of its 9,000 units ÷ of a commune's 70", 10, 4, is_most=True),
    "desk": Asked("desk of a city, its first page ÷ of a commune", 10, 4, is_most=True),
    "roster": Asked("a roster of 100,000 rows imported ÷ read by the library alone", 3.0, 1.5, is_most=True),
    "memory": Asked("memory after 100,000 requests ÷ after 1,000", 1.10, 1.05, is_most=True),
}
GROWN = {
    "save": "save an answer",
    "submit": "submit and score",
    "board_unit": "board of a chi bộ",
    "board_everybody": "board of everybody",
    "board_units": "board of the units",
    "overall_unit": "board of a chi bộ over all rounds",
    "overall_everybody": "board of everybody over all rounds",
    "overall_units": "board of the units over all rounds",
}
GROWN_UNASKED = {"start": "start an attempt", "own_way": "a member's own way through the rounds"}
GROWTHS = {"growth_500k": "", "growth": "", "growth_sqlite": ", SQLite"}


def table(bench: Bench) -> str:
    """For each machine, and what runs on it, a line and a row for each ratio that was measured there."""
    rows: dict[str, list[str]] = {}
    for name, asked in {**MEASURES, **_growths(bench)}.items():
        if name in bench["ratios"]:
            on = bench["measured"][name]
            rows.setdefault(_place(on), []).append(_row(asked, bench["ratios"][name], on))
    head = "| measure | ratio | must | aim | | measured |\n|---|---|---|---|---|---|\n"
    return "\n".join(f"Measured on {place}.\n\n{head}" + "\n".join(some) + "\n" for place, some in rows.items())


def _growths(bench: Bench) -> dict[str, Asked]:
    """What much of it is told by the run itself: it may have been a small one."""
    found = {}
    for prefix, engine in GROWTHS.items():
        if prefix not in bench.get("counts", {}):
            continue
        of = bench["counts"][prefix]
        (few, many), rounds = of["members"], of["rounds"]
        beside = f"{engine}, with {many * rounds:,} attempts of {many:,} members ÷ with {few * rounds:,}"
        for name, words in GROWN.items():
            found[f"{prefix}_{name}"] = Asked(f"{words}{beside}", 1.25, 1.10, is_most=True)
        for name, words in GROWN_UNASKED.items():
            found[f"{prefix}_{name}"] = Asked(f"{words}{beside}", is_most=True)
    return found


def _row(asked: Asked, ratio: float, on: Mapping[str, Any]) -> str:
    must = "–" if asked.must is None else f"{'≤' if asked.is_most else '≥'} {asked.must:.2f}"
    aim = "–" if asked.aim is None else f"{asked.aim:.2f}"
    missed = "" if asked.holds(ratio) else "missed"
    return f"| {asked.words} | **{ratio:.2f}** | {must} | {aim} | {missed} | {_when(on)} |"


def _place(on: Mapping[str, Any]) -> str:
    machine, versions = on["machine"], on["versions"]
    known = [f"{name} {versions[name]}" for name in ("Python", "PostgreSQL", "SQLite") if name in versions]
    return f"{machine['processor']}, {machine['cores']} cores; {', '.join(known)}"


def _when(on: Mapping[str, Any]) -> str:
    day = datetime.fromisoformat(on["measured_at"]).strftime("%d %B %Y").lstrip("0")
    return f"{day}, load {on['machine']['load_before']} before"


def wire(bench: Bench) -> str:
    """What of a sitting, its pages and their visits was measured, each with its day and machine."""
    blocks = []
    for name, told in (("sitting", _sitting), ("pages", _pages), ("visits", _visits)):
        if name in bench["measures"]:
            on = bench["measured"][name]
            caption, rows = told(bench["measures"][name])
            blocks.append(f"{caption} ({_when(on)}; {_place(on)}):\n\n{rows}\n")
    return "\n".join(blocks)


def _sitting(found: Mapping[str, Any]) -> tuple[str, str]:
    rows = [
        (name, act["times"], f"{act['cpu_ms'] / 1000:.4f}", f"{act['kb']:.1f}") for name, act in found["acts"].items()
    ]
    kb = sum(act["kb"] for act in found["acts"].values())
    rows.append(("**a whole sitting**", "", f"**{found['cpu_s']:.3f}**", f"**{kb:.1f}**"))
    caption = f"Processor seconds of the server and PostgreSQL for one member, the mean of {found['people']}"
    return caption, _lines(("act", "times", "seconds", "KB that came"), rows)


def _pages(found: Mapping[str, Any]) -> tuple[str, str]:
    rows = [(name, page["queries"], page["bytes"], page["bytes_plain"]) for name, page in found.items()]
    return "A request of each of the main pages", _lines(("page", "queries", "bytes", "unpacked"), rows)


def _visits(found: Mapping[str, Any]) -> tuple[str, str]:
    rows = [(name, visit["first"], visit["files"], visit["later"]) for name, visit in found.items()]
    caption = "Bytes of a first visit with all that the page loads, and of a later one"
    return caption, _lines(("page", "first", "files beside it", "later"), rows)


def _lines(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    return "\n".join(f"| {' | '.join(map(_cell, row))} |" for row in (heads, ["---"] * len(heads), *rows))


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def filled(page: str, name: str, block: str) -> str:
    """The page with this block at the place of that name."""
    begin = f"<!-- {name} -->\n"
    before, found, rest = page.partition(begin)
    _, ends, after = rest.partition(END)
    if not found or not ends:
        raise ValueError(f"no place for the block between {begin.strip()} and {END.strip()}")
    return f"{before}{begin}{block}{END}{after}"


def main() -> None:
    bench = json.loads(figures.FILE.read_text())
    PAGE.write_text(filled(PAGE.read_text(), RATIOS, table(bench)))
    SCALING.write_text(filled(SCALING.read_text(), WIRE, wire(bench)))


if __name__ == "__main__":
    main()
