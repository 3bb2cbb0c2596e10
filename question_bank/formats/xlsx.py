"""Excel sheets: one question in each row, columns known by their headings, in any order.

Holds everything but images. Only the visible sheets count; one without the headings is passed over with its name.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

from openpyxl import load_workbook

from question_bank.encodings import refuse_old_fonts
from question_bank.formats.archive import Archive
from question_bank.formats.draft import Draft
from question_bank.formats.limits import MAX_COLUMNS, MAX_QUESTIONS, MAX_ROWS, MAX_SHEETS
from question_bank.formats.wordings import part_named
from question_bank.model import TRUTH_WORDS, Kind
from question_bank.parsed import ALL_FIELDS, BlockPlace, Collected, Parsed, Problem, Unreadable
from question_bank.similarity import same_spelling

HOLDS = ALL_FIELDS | {"item_id", "option_ids", "line_breaks"}
GUIDE, QUESTIONS, EXAMPLES, LISTS, RESULT = "Hướng dẫn", "Câu hỏi", "Ví dụ", "Danh mục", "Kết quả"

_OURS = {GUIDE, EXAMPLES, LISTS}
_HEADER_WITHIN = 30
_STEMS = {same_spelling(name) for name in ("Câu dẫn", "Câu hỏi", "Nội dung", "Nội dung câu hỏi", "Question", "Stem")}
_NUMBERING = {same_spelling(name) for name in ("STT", "TT", "Số TT", "Số thứ tự", "Câu số", RESULT)}
_OPTION = re.compile(r"(?:(?:phương án|đáp án|lựa chọn|pa|câu trả lời|option|answer) ?)?([a-z]|\d{1,2})")

Row = tuple[int, tuple[Any, ...]]


def read(name: str, content: bytes) -> Parsed:
    """The questions of all sheets. Raises Unreadable for a workbook that is not taken."""
    collected, without_header = Collected(name), []
    for title, rows in sheets(content):
        header = _header(rows)
        if header is None:
            if rows and title not in _OURS:
                without_header.append((title, rows[0][0]))
            continue
        if title not in _OURS:
            _read_sheet(collected, title, rows, *header)
    if not collected.blocks and not without_header:
        raise Unreadable("Bảng tính chưa có câu hỏi nào. Mời đồng chí điền vào trang “Câu hỏi” của tệp mẫu.")
    for title, row in without_header:
        place = collected.place(sheet=title, row=row)
        message = "Trang này không có dòng tiêu đề “Câu dẫn”, “Phương án A”, “Phương án B”, “Đáp án”; xin dùng tệp mẫu."
        collected.fail(place, Problem(place, message))
    return collected.parsed()


def sheets(content: bytes) -> Iterator[tuple[str, list[Row]]]:
    """The visible sheets with the rows that hold anything, as openpyxl's cells. Raises Unreadable."""
    Archive(content).require_office()
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        if len(book.worksheets) > MAX_SHEETS:
            raise Unreadable(f"Tệp có hơn {MAX_SHEETS} trang. Mời đồng chí chia thành nhiều tệp.")
        for sheet in book.worksheets:
            if sheet.sheet_state == "visible":
                sheet.reset_dimensions()  # what a file says of its size is not to be believed
                yield sheet.title, list(_rows(sheet))
    except Unreadable:
        raise
    except Exception:
        raise Unreadable("Bảng tính bị hỏng, không đọc được. Mời đồng chí lưu lại bằng Excel rồi gửi.") from None


def _rows(sheet: Any) -> Iterator[Row]:
    number = 0
    for number, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS, max_row=MAX_ROWS + 2), start=1):
        if any(cell.value is not None and cell.value != "" for cell in cells):
            yield number, cells


def text_of(cell: Any) -> str:
    """A cell as a person sees it."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return TRUTH_WORDS[0] if value else TRUTH_WORDS[1]
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y}" if value.time() == time() else f"{value:%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, int | float):
        return _number(value, str(getattr(cell, "number_format", "") or ""))
    return str(value)


def _number(value: float, shape: str) -> str:
    is_share = "%" in shape
    shown = f"{round(value * 100 if is_share else value, 10):.10f}".rstrip("0").rstrip(".")
    return shown.replace(".", ",") + ("%" if is_share else "")


def _header(rows: Sequence[Row]) -> tuple[int, dict[int, str]] | None:
    """The row of the headings and what each column is: "stem", "option:2", "?name" or a part of `wordings.NAMES`."""
    for number, cells in rows[:_HEADER_WITHIN]:
        columns = {index: _column(text_of(cell)) for index, cell in enumerate(cells) if text_of(cell).strip()}
        found = set(columns.values())
        if "stem" in found and ("key" in found or any(name.startswith("option:") for name in found)):
            return number, columns
    return None


def _column(heading: str) -> str:
    spelling = same_spelling(heading)
    if spelling in _STEMS:
        return "stem"
    option = _OPTION.fullmatch(" ".join(heading.casefold().replace(".", " ").split()))
    if option:
        return f"option:{int(option[1]) - 1 if option[1].isdecimal() else ord(option[1]) - ord('a')}"
    return part_named(heading) or ("" if spelling in _NUMBERING else f"?{heading.strip()}")


def _read_sheet(collected: Collected, title: str, rows: Sequence[Row], header: int, columns: dict[int, str]) -> None:
    told = [row for row in rows if row[0] > header]  # the headings may come from our template, the rest from old files
    refuse_old_fonts(" ".join(text_of(cell) for _, cells in told[:200] for cell in cells))
    unknown = [name[1:] for name in columns.values() if name.startswith("?")]
    for number, cells in told:
        place = collected.place(sheet=title, row=number)
        if number > MAX_ROWS or collected.blocks >= MAX_QUESTIONS:
            message = (
                f"Tệp có quá nhiều dòng: chỉ đọc {min(MAX_ROWS, MAX_QUESTIONS)} câu đầu. Xin chia thành nhiều tệp."
            )
            collected.fail(place, Problem(place, message))
            return
        used = {index: cell for index, cell in enumerate(cells) if columns.get(index, "").strip("?") and text_of(cell)}
        if not any(not columns[index].startswith("?") for index in used):
            continue
        draft = Draft(place, how_to_mark="xin điền chữ cái vào cột “Đáp án”")
        if unknown:
            draft.warn(f"Cột “{'”, “'.join(unknown)}” không dùng được nên bị bỏ qua.")
            unknown = []
        _take_row(draft, columns, cells)
        draft.finish(collected)


def _take_row(draft: Draft, columns: dict[int, str], cells: Sequence[Any]) -> None:
    options: dict[int, str] = {}
    for index, name in columns.items():
        cell = cells[index] if index < len(cells) else None
        text = text_of(cell) if cell is not None else ""
        place = replace(draft.place, column=letter(index))
        if cell is not None and getattr(cell, "data_type", "") == "e":
            draft.wrong("Ô bị lỗi công thức; xin gõ lại nội dung.", text, place)
        if name == "stem":
            draft.stem = text
        elif name.startswith("option:"):
            options[int(name.partition(":")[2])] = text
        elif name and not name.startswith("?"):
            draft.say(name, text, place)
    last = max((index for index, text in options.items() if text.strip()), default=-1)
    draft.options = [options.get(index, "") for index in range(last + 1)]
    _take_truth(draft)


def _take_truth(draft: Draft) -> None:
    """A question of true or false needs no options written, and its key may be the word."""
    if same_spelling(draft.said.get("kind", "")) == same_spelling("Đúng – sai") and not draft.options:
        draft.options = list(TRUTH_WORDS)
        draft.kind = Kind.TRUE_FALSE


def letter(index: int) -> str:
    """The name of a column, counted from 0."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def place_key(place: BlockPlace) -> tuple[str, int]:
    """What tells a row from all others of the file."""
    return place.sheet, place.row
