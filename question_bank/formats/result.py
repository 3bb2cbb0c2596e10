"""What became of a file, in a sheet: an Excel file comes back with one column more, of others each block is listed.

The sheet is built anew from what the careful reader saw. Opening a stranger's workbook in full, to change it in place,
would let one cell at the far end of the sheet take all memory.
"""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter

from question_bank.formats.xlsx import RESULT, place_key, sheets, text_of
from question_bank.formats.xlsx_out import SAFE
from question_bank.parsed import BlockPlace, Parsed
from question_bank.plan import Entry, EntryKind, Plan

_COLORS = {"new": "#E6F2E6", "changed": "#FFF4D6", "unchanged": "#FFFFFF", "doubtful": "#FFE8CC", "error": "#FADADA"}
_WIDTHS = (8, 44, 60, 24, 80)
_HEADINGS = ("STT", "Vị trí", "Câu hỏi", RESULT, "Việc cần làm")

Outcome = tuple[str, str, str]  # kind for the color, result, what to do


def sheet_of(content: bytes, parsed: Parsed, plan: Plan, *, is_xlsx: bool) -> bytes:
    """The result as an .xlsx."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, SAFE)
    outcomes = list(_outcomes(parsed, plan))
    if is_xlsx:
        _copy(book, content, outcomes)
    else:
        _list(book, outcomes)
    book.close()
    return stream.getvalue()


def _outcomes(parsed: Parsed, plan: Plan) -> list[tuple[BlockPlace, str, Outcome]]:
    found = [
        (entry.place, (entry.item or entry.before or parsed.items[index].item).stem, _of_entry(entry))
        for index, entry in enumerate(plan.entries)
    ]
    found += [(one.place, one.place.name, ("unchanged", "Bỏ qua", one.message)) for one in parsed.skipped]
    for failed in parsed.errors:
        told = "\n".join(
            f"{f'Cột {problem.place.column}: ' if problem.place.column else ''}{problem.message}"
            + (f" (đang ghi: “{problem.value[:80]}”)" if problem.value else "")
            for problem in failed.problems
        )
        found.append((failed.place, failed.place.name, ("error", EntryKind.ERROR.label, told)))
    return sorted(found, key=lambda one: one[0].question)


def _of_entry(entry: Entry) -> Outcome:
    result = entry.kind.label
    if entry.kind is EntryKind.NEW and entry.item:
        result += f" (mã {entry.item.id})"
    if entry.kind is EntryKind.CHANGED:
        result += ": " + ", ".join(change.label for change in entry.changes)
    return entry.kind.value, result, entry.message


def _list(book: Any, outcomes: list[tuple[BlockPlace, str, Outcome]]) -> None:
    sheet = book.add_worksheet(RESULT)
    head = book.add_format({"bold": True, "bg_color": "#E8EDF3", "border": 1})
    for column, (title, width) in enumerate(zip(_HEADINGS, _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, title, head)
    shapes = _shapes(book)
    for row, (place, stem, (kind, result, told)) in enumerate(outcomes, start=1):
        for column, text in enumerate((str(row), str(place), stem, result, told)):
            sheet.write_string(row, column, text, shapes[kind])
    sheet.freeze_panes(1, 0)


def _shapes(book: Any) -> dict[str, Any]:
    base = {"text_wrap": True, "valign": "top", "num_format": "@", "quote_prefix": True}
    return {kind: book.add_format(base | {"bg_color": color, "border": 1}) for kind, color in _COLORS.items()}


def _copy(book: Any, content: bytes, outcomes: list[tuple[BlockPlace, str, Outcome]]) -> None:
    by_row = {place_key(place): outcome for place, _, outcome in outcomes}
    shapes, looks = _shapes(book), _Looks(book)
    head = book.add_format({"bold": True, "bg_color": "#E8EDF3", "border": 1})
    for title, rows in sheets(content):
        sheet = book.add_worksheet(title)
        told = [row for row, _ in rows if (title, row) in by_row]
        # A result of an earlier upload is written over, so that the sheet can be mended and sent again and again.
        headings = {text_of(cell): index for _, cells in rows[:30] for index, cell in enumerate(cells)}
        width = max((1 + index for _, cells in rows for index, cell in enumerate(cells) if text_of(cell)), default=0)
        column = headings.get(RESULT, width)
        sheet.set_column(0, max(width - 1, 0), 24)
        for number, cells in rows:
            for index, cell in enumerate(cells):
                if text_of(cell) and not (told and index == column):
                    _copy_cell(sheet, number - 1, index, cell, looks)
        if not told:
            continue
        sheet.set_column(column, column, 80)
        above = max((row for row, _ in rows if row < told[0]), default=told[0] - 1)
        sheet.write_string(max(above - 1, 0), column, RESULT, head)
        for row in told:
            kind, result, words = by_row[title, row]
            sheet.write_string(row - 1, column, f"{result}. {words}".strip(), shapes[kind])


def _copy_cell(sheet: Any, row: int, column: int, cell: Any, looks: _Looks) -> None:
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool):
        sheet.write_number(row, column, value, looks.of(cell))
    else:
        sheet.write_string(row, column, text_of(cell), looks.of(cell))


class _Looks:
    """The looks of the cells that were sent, each made once: letters, filling, the shape of numbers."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[Any, ...], Any] = {}

    def of(self, cell: Any) -> Any:
        font, fill = cell.font, cell.fill
        color = fill.fgColor.rgb if fill is not None and fill.fill_type == "solid" else None
        shape = str(cell.number_format or "General") if cell.data_type == "n" else "@"
        key = (bool(font and font.b), bool(font and font.i), bool(font and font.u), color, shape)
        if key not in self._made:
            look: dict[str, Any] = {"text_wrap": True, "valign": "top", "num_format": shape, "quote_prefix": True}
            look |= {"bold": key[0], "italic": key[1], "underline": int(key[2])}
            if isinstance(color, str) and len(color) == 8:
                look["bg_color"] = f"#{color[2:]}"
            self._made[key] = self._book.add_format(look)
        return self._made[key]
