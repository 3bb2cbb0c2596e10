"""From an uploaded .xlsx or .csv to its cells: a workbook is read in a limited process that may die without harm.

Rows are written to a file and read from there one after the other, so that a large roster takes no more memory than a
small one.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import IO, Any

from question_bank import encodings
from question_bank.parsed import Unreadable
from quiz_app.kernel.text import tidy
from quiz_app.members import roster_child, roster_csv
from quiz_app.members.errors import RosterUnreadable

MAX_BYTES = 40 * 1024 * 1024
CHECK_S = 30
READ_S = 600
FONT_ROWS = 400
DAMAGED = "tệp hỏng, hoặc quá lớn so với một danh sách. Mời đồng chí chép dữ liệu sang một tệp mới rồi gửi lại."

_one_at_a_time = threading.Lock()  # two large files at once would press a small machine


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: the text as a person would type it, and its date where it is one."""

    text: str
    day: date | None = None
    is_number: bool = False


EMPTY = Cell("")
Row = tuple[int, tuple[Cell, ...]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows that hold anything, with their numbers as the spreadsheet shows them; to be walked once, in order.

    A cell merged downwards holds its text in every row.
    """

    name: str
    rows: Iterable[Row]


def check(content: bytes) -> None:
    """Refuse at once what can be told to be no roster without reading it. Raises RosterUnreadable."""
    if len(content) > MAX_BYTES:
        raise RosterUnreadable(reason=f"tệp lớn hơn {MAX_BYTES // 1024 // 1024} MB.")
    if _is_text(content):
        roster_csv.text_of(content)
    else:
        with tempfile.TemporaryFile() as nowhere:
            _run_child(content, nowhere, "check", seconds=CHECK_S)


def unpack(content: bytes, target: Path) -> int:
    """Write the rows of the file to `target`; how many there are. Raises RosterUnreadable."""
    if len(content) > MAX_BYTES:
        raise RosterUnreadable(reason=f"tệp lớn hơn {MAX_BYTES // 1024 // 1024} MB.")
    if _is_text(content):
        with target.open("w", encoding="ascii") as out:
            out.write(json.dumps({"sheet": roster_csv.SHEET_NAME, "merges": []}) + "\n")
            for number, cells in roster_csv.rows_of(roster_csv.text_of(content)):
                out.write(json.dumps([number, [_csv_cell(cell) for cell in cells]]) + "\n")
    else:
        with target.open("wb") as raw, _one_at_a_time:
            _run_child(content, raw, seconds=READ_S)
        _refuse_old_fonts(target)
    with target.open("rb") as lines:
        return sum(line.startswith(b"[") for line in lines)


def sheets_in(unpacked: Path) -> Iterator[Sheet]:
    """The sheets that `unpack` wrote; each must be walked before the next one is asked for."""
    with unpacked.open(encoding="ascii") as lines:
        head = next(lines, None)
        while head is not None:
            start = json.loads(head)
            rest = _Rest()
            yield Sheet(tidy(start["sheet"]), _filled_down(_rows(lines, rest), start["merges"]))
            for line in lines if rest.head is None else ():  # whoever stopped early goes on behind the sheet
                if line.startswith("{"):
                    rest.head = line
                    break
            head = rest.head


def read_sheets(content: bytes) -> tuple[Sheet, ...]:
    """All sheets at once, for small files. Raises RosterUnreadable, with a reason in words."""
    with tempfile.TemporaryDirectory() as folder:
        unpack(content, Path(folder) / "rows")
        return tuple(replace(sheet, rows=tuple(sheet.rows)) for sheet in sheets_in(Path(folder) / "rows"))


def _is_text(content: bytes) -> bool:
    return bool(content) and not content.startswith((b"PK", roster_child.OLE))


def _run_child(content: bytes, out: IO[bytes], *arguments: str, seconds: int) -> None:
    program = [sys.executable, "-I", str(Path(roster_child.__file__)), *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - our own program, no word of the command comes from outside
            program, input=content, stdout=out, stderr=subprocess.PIPE, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise RosterUnreadable(reason=DAMAGED) from None
    if done.returncode == roster_child.REFUSED:
        raise RosterUnreadable(reason=str(json.loads(done.stderr)["problem"]))
    if done.returncode != 0:
        raise RosterUnreadable(reason=DAMAGED)


def _csv_cell(text: str) -> Any:
    text = text.strip()[: roster_child.MAX_CELL]
    if not text:
        return None
    return {"number": text} if text.isascii() and text.isdigit() else text


def _refuse_old_fonts(unpacked: Path) -> None:
    texts: list[str] = []
    for sheet in sheets_in(unpacked):
        for _number, cells in sheet.rows:
            texts += [cell.text for cell in cells if cell.text and not cell.is_number]
            if len(texts) > FONT_ROWS * 8:
                break
    try:
        encodings.refuse_old_fonts("\n".join(texts))
    except Unreadable as error:
        reason = str(error)
        raise RosterUnreadable(reason=reason[:1].lower() + reason[1:]) from None


@dataclass(slots=True)
class _Rest:
    """The line that begins the next sheet, once it was met."""

    head: str | None = None


def _rows(lines: Iterator[str], rest: _Rest) -> Iterator[Row]:
    for line in lines:
        if line.startswith("{"):
            rest.head = line
            return
        number, cells = json.loads(line)
        yield number, tuple(_cell(value) for value in cells)


def _filled_down(rows: Iterator[Row], merges: list[list[int]]) -> Iterator[Row]:
    """The rows with the first cell of each merged column of cells in all of its rows."""
    if not merges:
        yield from rows
        return
    waiting = sorted(merges, key=lambda merge: merge[1], reverse=True)
    open_: dict[int, tuple[int, Cell]] = {}
    for number, cells in rows:
        row = list(cells)
        while waiting and waiting[-1][1] <= number:
            column, top, bottom = waiting.pop()
            if top == number and column < len(row):
                open_[column] = (bottom, row[column])
        for column, (bottom, cell) in list(open_.items()):
            if number > bottom:
                del open_[column]
                continue
            row += [EMPTY] * (column + 1 - len(row))
            row[column] = cell
        yield number, tuple(row)


def _cell(value: Any) -> Cell:
    if value is None:
        return EMPTY
    if isinstance(value, str):
        return Cell(tidy(value))
    if "date" in value:
        day = date.fromisoformat(value["date"])
        return Cell(f"{day.day:02}/{day.month:02}/{day.year:04}", day)
    return Cell(str(value["number"]), is_number=True)
