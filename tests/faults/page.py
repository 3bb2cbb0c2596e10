"""`python -m tests.faults.page [how it went]` writes the tables of docs/faults.md from faults.json."""

from __future__ import annotations

import json
import os
import platform
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.db import sqlite_driver  # type: ignore[attr-defined] # the product's own library, not Python's
from quiz_app.kernel.settings import ROOT
from tests.faults.report import FILE

PAGE = ROOT / "docs" / "faults.md"
RESULTS = ("Case", "Engine", "Faults", "Lost", "Doubled", "Wrong")
MUTANTS = ("Mutant", "Engine", "Caught")


def machine() -> str:
    """What it was run on."""
    processors = re.findall(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({processors[0] if processors else platform.machine()}), {memory:.0f} GB, "
        f"Python {platform.python_version()}, SQLite {sqlite_driver.sqlite_version}"
    )


def filled(page: str, rows: Sequence[dict[str, Any]], said: str) -> str:
    """The page with these rows in its tables."""
    cases, mutants = [row for row in rows if "mutant" not in row], [row for row in rows if "mutant" in row]
    names = ("case", "engine", "count", "lost", "doubled", "wrong")
    results = _table(RESULTS, ([row[name] for name in names] for row in _sorted(cases)))
    caught = _table(MUTANTS, ([row["case"], row["engine"], _word(row["caught"])] for row in _sorted(mutants)))
    return _between(_between(page, "results", f"{said}\n\n{results}"), "mutants", caught)


def _word(is_caught: bool) -> str:
    return "yes" if is_caught else "NO"


def _sorted(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (row["case"].lower(), row["engine"]))


def _table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _between(page: str, mark: str, text: str) -> str:
    return re.sub(rf"(<!-- {mark} -->\n).*(<!-- /{mark} -->)", rf"\g<1>{text}\n\g<2>", page, flags=re.DOTALL)


def main(words: Sequence[str]) -> int:
    day = datetime.fromtimestamp(FILE.stat().st_mtime, UTC).astimezone(VIETNAM)
    rows = json.loads(FILE.read_text("utf-8"))["cases"]
    said = ", ".join([f"Run until {day:%d/%m/%Y} on {machine()}", *words]) + "."
    PAGE.write_text(filled(PAGE.read_text("utf-8"), rows, said), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
