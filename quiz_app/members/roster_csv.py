"""A roster saved as .csv, as Excel and others write it: its letters, its delimiter, its rows."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator

from question_bank import encodings
from question_bank.parsed import Unreadable
from quiz_app.members.errors import RosterUnreadable
from quiz_app.members.roster_child import MAX_COLUMNS, MAX_ROWS, SAVE_AS

DELIMITERS = (";", ",", "\t")
SAMPLE_LINES = 40
SHEET_NAME = "CSV"
_MARKUP = ("<html", "<!doctype", "<table", "<?xml", "{\\rtf", "%pdf")


def text_of(content: bytes) -> str:
    """The letters of the file: UTF-8, UTF-16 or Windows-1258. Raises RosterUnreadable, with what to do instead."""
    is_utf16 = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        if not is_utf16 and b"\0" in content[:4000] and content[:4000].count(0) < len(content[:4000]) * 0.2:
            raise RosterUnreadable(reason=f"tệp không phải là .xlsx hay .csv. {SAVE_AS}")
        text = encodings.decoded(content)
    except Unreadable as error:
        reason = str(error)
        raise RosterUnreadable(reason=reason[:1].lower() + reason[1:]) from None
    if text.lstrip().lower().startswith(_MARKUP):
        raise RosterUnreadable(reason=f"tệp không phải là .xlsx hay .csv. {SAVE_AS}")
    delimiter_of(text)
    return text


def delimiter_of(text: str) -> str:
    """What separates the cells: what the first lines have most evenly. Raises RosterUnreadable where there is none."""
    lines = [line for line in text[:20_000].splitlines() if line.strip()][:SAMPLE_LINES]
    if lines and lines[0].lower().startswith("sep=") and lines[0][4:5] in DELIMITERS:
        return lines[0][4]
    scores = {delimiter: _evenness(lines, delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: scores[delimiter])
    if not scores[best]:
        raise RosterUnreadable(
            reason="tệp .csv không có dấu ; dấu phẩy hay dấu tab giữa các cột. Mời đồng chí lưu lại từ Excel rồi gửi."
        )
    return best


def rows_of(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold anything, with the numbers that a spreadsheet would show. Raises RosterUnreadable."""
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter_of(text))
    try:
        for number, cells in enumerate(reader, start=1):
            if number > MAX_ROWS:
                raise RosterUnreadable(reason=f"tệp có hơn {MAX_ROWS} dòng.")
            if any(cell.strip() for cell in cells) and not (number == 1 and cells[0].lower().startswith("sep=")):
                yield number, cells[:MAX_COLUMNS]
    except csv.Error:
        raise RosterUnreadable(
            reason="tệp .csv có dấu ngoặc kép không khép lại. Mời đồng chí lưu lại từ Excel rồi gửi."
        ) from None


def _evenness(lines: list[str], delimiter: str) -> int:
    """Lines that have the delimiter as often as most lines that have it, weighed by how often."""
    often = Counter(line.count(delimiter) for line in lines if delimiter in line)
    if not often:
        return 0
    times, count = max(often.items(), key=lambda pair: pair[0] * pair[1])
    return times * count
