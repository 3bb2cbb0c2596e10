"""The sheet that goes back to who sent a roster: his cells as they were, and what became of each row beside them.

It is built anew, row by row, from what the careful reader saw; what people typed stays text, so no cell of it can
become a formula.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import xlsxwriter

from quiz_app.kernel.text import tidy
from quiz_app.members.roster_plan import Kind, PlanFolder, Record
from quiz_app.members.roster_words import KINDS, outcome
from quiz_app.web.spreadsheet import EARLIEST_YEAR, FORMATS, SAFE, freeze_heading, heading_style

HEADING = "Kết quả"
_COLORS = {
    Kind.NEW: "#E6F2E6",
    Kind.CHANGED: "#FFF4D6",
    Kind.MOVED: "#FFF4D6",
    Kind.DOUBTFUL: "#FFE8CC",
    Kind.ERROR: "#FADADA",
}
_WIDTH = 60


def write(unpacked: Path, kept: PlanFolder, target: Path) -> None:
    """Write the sheets of the file with one column more, and those who are in no row on a sheet of their own."""
    book = xlsxwriter.Workbook(target, {**SAFE, "in_memory": False, "constant_memory": True})
    shapes = _Shapes(book)
    summary = kept.summary()
    records = _Ahead(kept.records())
    sizes = _sizes(unpacked)
    page, name, width = None, "", 1
    with unpacked.open(encoding="ascii") as lines:
        for line in lines:
            row = json.loads(line)
            if isinstance(row, dict):
                name = tidy(row["sheet"])
                page = book.add_worksheet(_sheet_name(row["sheet"], book))
                height, width = sizes[name]
                page.set_column(0, width, 16)
                page.set_column(width, width, _WIDTH)
                if name in summary.headers:
                    freeze_heading(page, summary.headers[name] - 1, height - 1, width)
                continue
            number, cells = row
            is_heading = summary.headers.get(name) == number
            for column, value in enumerate(cells):
                _put(page, (number - 1, column), value, shapes, shapes.head if is_heading else shapes.text)
            record = records.at(name, number)
            if is_heading:
                page.write_string(number - 1, width, HEADING, shapes.head)  # type: ignore[union-attr] # a sheet comes first
            elif record is not None:
                words = outcome(record, summary.unit_names)
                page.write_string(number - 1, width, words, shapes.of(record.kind))  # type: ignore[union-attr] # likewise
    _list_left(book, kept, shapes, summary.unit_names)
    book.close()


class _Ahead:
    """Records met in the order of the rows they are about."""

    def __init__(self, records: Iterator[Record]) -> None:
        self._records = records
        self._next = next(records, None)

    def at(self, sheet: str, row: int) -> Record | None:
        found = self._next
        if found is None or (found.sheet, found.row) != (sheet, row):
            return None
        self._next = next(self._records, None)
        return found


class _Shapes:
    def __init__(self, book: Any) -> None:
        text = {"num_format": FORMATS["text"], "quote_prefix": True}
        self.text = book.add_format(text)
        self.date = book.add_format({"num_format": FORMATS["date"]})
        self.head = heading_style(book)
        self._kinds = {kind: book.add_format(text | {"bg_color": color}) for kind, color in _COLORS.items()}

    def of(self, kind: Kind) -> Any:
        return self._kinds.get(kind, self.text)


def _put(page: Any, place: tuple[int, int], value: Any, shapes: _Shapes, style: Any) -> None:
    row, column = place
    if isinstance(value, str):
        page.write_string(row, column, value, style)
    elif isinstance(value, dict) and "date" in value:
        day = date.fromisoformat(value["date"])
        if day.year >= EARLIEST_YEAR:
            page.write_datetime(row, column, day, shapes.date)
        else:
            page.write_string(row, column, value["date"], shapes.text)
    elif isinstance(value, dict):
        text = value["number"]
        is_plain = len(text) <= 15 and not text.startswith("0")  # no spreadsheet keeps more digits, or zeros ahead
        page.write_number(row, column, float(text)) if is_plain else page.write_string(row, column, text, shapes.text)


def _sizes(unpacked: Path) -> dict[str, tuple[int, int]]:
    """Of each sheet its last row and the first column that no row uses."""
    found: dict[str, tuple[int, int]] = {}
    name = ""
    with unpacked.open(encoding="ascii") as lines:
        for line in lines:
            row = json.loads(line)
            if isinstance(row, dict):
                name = tidy(row["sheet"])
                found[name] = (1, 1)
            else:
                found[name] = (row[0], max(found[name][1], len(row[1])))
    return found


def _sheet_name(name: str, book: Any) -> str:
    bare = "".join(" " if letter in "[]:*?/\\'" else letter for letter in name).strip()[:31] or "Trang"
    taken = {page.get_name().lower() for page in book.worksheets()}
    return bare if bare.lower() not in taken else f"{bare[:26]} ({len(taken) + 1})"


def _list_left(book: Any, kept: PlanFolder, shapes: _Shapes, unit_names: dict[str, str]) -> None:
    left = kept.records(Kind.LEFT)
    first = next(left, None)
    if first is None:
        return
    page = book.add_worksheet(_sheet_name(KINDS[Kind.LEFT], book))
    page.set_column(0, 2, 34)
    for column, title in enumerate(("Họ và tên", "Ngày sinh", "Đơn vị")):
        page.write_string(0, column, title, shapes.head)
    row = 1
    for record in chain((first,), left):
        page.write_string(row, 0, record.full_name, shapes.text)
        _put_birth(page, row, record.born, shapes)
        page.write_string(row, 2, unit_names[str(record.unit_id)], shapes.text)
        row += 1
    freeze_heading(page, 0, row - 1, 2)


def _put_birth(page: Any, row: int, born: str, shapes: _Shapes) -> None:
    """A whole date as one, a year alone as it is told."""
    day = datetime.strptime(born, "%d/%m/%Y").date() if "/" in born else None  # noqa: DTZ007 - a day has no time zone
    if day is None or day.year < EARLIEST_YEAR:
        page.write_string(row, 1, born, shapes.text)
    else:
        page.write_datetime(row, 1, day, shapes.date)
