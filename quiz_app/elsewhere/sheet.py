"""What a list of results from elsewhere says: columns by their headings, cells by their meaning. Pure.

Columns that are not known go no further: such a list may carry more personal data than is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any

from quiz_app.kernel.text import search_key
from quiz_app.members.roster_file import EMPTY, Cell, Sheet

HEADER_WITHIN_ROWS = 25
MOST_ATTEMPTS = 10_000
MOST_POINTS = 1_000_000
EXCEL_EPOCH = date(1899, 12, 30)
HEADINGS: dict[str, tuple[str, ...]] = {
    "full_name": ("ho va ten", "ho ten", "ho va ten nguoi du thi", "ho ten nguoi du thi", "thi sinh", "nguoi du thi"),
    "born_on": ("ngay sinh", "nam sinh", "ngay thang nam sinh", "sinh nam"),
    "unit": ("chi bo", "don vi", "to chuc dang", "noi sinh hoat", "chi bo dang bo", "don vi cong tac", "ma don vi"),
    "card_number": ("so the dang vien", "so the dang", "so the", "the dang vien"),
    "score": ("diem", "diem so", "tong diem", "ket qua", "so diem", "so cau dung", "diem cao nhat"),
    "attempts": ("so luot", "luot thi", "so luot thi", "so lan thi", "so luot du thi"),
    "took_part_on": (
        "ngay thi",
        "ngay du thi",
        "thoi gian thi",
        "thoi gian du thi",
        "thoi gian nop bai",
        "ngay nop bai",
    ),
}
_FIELD_OF = {heading: name for name, headings in HEADINGS.items() for heading in headings}
_NOTHING = {"", "-", "–", "x", "khong", "khong co"}
_TOTALS = ("tong cong", "tong so", "cong")
_SCORE = re.compile(r"(\d{1,7})(?:[.,](\d{1,2})0*)?(?:\s*/\s*\d+(?:[.,]\d+)?|\s*(?:điểm|câu))?", re.ASCII)
_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend in the file, with the place as the spreadsheet shows it."""

    sheet: str
    row: int
    column: str
    value: str
    advice: str


@dataclass(frozen=True, slots=True)
class Line:
    """One person of the list. `born` is an ISO date or a year alone; `key` names the line within its file."""

    sheet: str
    row: int
    full_name: str
    born: str = ""
    unit_text: str = ""
    card_number: str = ""
    score_hundredths: int | None = None
    attempts: int | None = None
    took_part_on: str = ""
    key: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class Parsed:
    """All that a file says, and everything that is wrong with it at once."""

    lines: list[Line] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def parse(sheets: Iterable[Sheet], starts_on: date, ends_on: date) -> Parsed:
    """Every row of every sheet that has a heading row; a day of taking part must lie within the contest."""
    parsed = Parsed()
    for place, sheet in enumerate(sheets):
        _parse_sheet(place, sheet, (starts_on, ends_on), parsed)
    if not parsed.lines and not parsed.problems:
        advice = "Không thấy dòng tiêu đề có cột “Họ và tên” và ít nhất một cột khác, hoặc bên dưới không có ai."
        parsed.problems.append(Problem("", 1, "A", "", advice))
    return parsed


def points(text: str) -> int | None:
    """Hundredths of a point of `18`, `18,5` or `18/20`; None for what is no score."""
    found = _SCORE.fullmatch(text)
    if found is None or int(found[1]) > MOST_POINTS:
        return None
    return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))


def _parse_sheet(place: int, sheet: Sheet, period: tuple[date, date], parsed: Parsed) -> None:
    rows = list(sheet.rows)
    found = next(((index, fields) for index, (_, cells) in enumerate(rows[:HEADER_WITHIN_ROWS])
                  if (fields := _fields(cells))), None)  # fmt: skip
    if found is None:
        return
    header, fields = found
    for number, cells in rows[header + 1 :]:
        row = {name: cells[at] if at < len(cells) else EMPTY for name, at in fields.items()}
        if _is_person(row):
            reader = _Row(sheet.name, number, fields, row)
            line = reader.line(f"{place}-{number}", period)
            parsed.problems += reader.problems
            if not reader.problems:
                parsed.lines.append(line)


def _fields(cells: Sequence[Cell]) -> dict[str, int]:
    """Field to column where this is a heading row, else nothing."""
    found: dict[str, int] = {}
    for index, cell in enumerate(cells):
        name = _FIELD_OF.get(_heading(cell.text))
        if name is not None:
            found.setdefault(name, index)
    return found if "full_name" in found and len(found) >= 2 else {}


def _heading(text: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", re.sub(r"\(.*?\)", " ", search_key(text))).split())


def _is_person(row: Mapping[str, Cell]) -> bool:
    name = search_key(row["full_name"].text)
    others = [cell.text for field_name, cell in row.items() if field_name != "full_name" and cell.text]
    if name.split(":")[0].strip() in _TOTALS:
        return False
    return bool(name) or len(others) > 1


class _Row:
    """One row while it is read."""

    def __init__(self, sheet: str, number: int, fields: Mapping[str, int], cells: Mapping[str, Cell]) -> None:
        self._sheet, self._number, self._fields, self._cells = sheet, number, fields, cells
        self.problems: list[Problem] = []

    def line(self, key: str, period: tuple[date, date]) -> Line:
        name = self._cells["full_name"].text
        if not search_key(name) or len(name) > 120 or any(letter.isdigit() for letter in name):
            self._wrong("full_name", "Ghi đủ họ và tên, không có chữ số.")
        return Line(
            sheet=self._sheet,
            row=self._number,
            full_name=name.title() if name.isupper() else name,
            born=self._born(),
            unit_text=self._said("unit").text[:200],
            card_number=self._card(),
            score_hundredths=self._score(),
            attempts=self._attempts(),
            took_part_on=self._day(period),
            key=key,
        )

    def _said(self, name: str) -> Cell:
        cell = self._cells.get(name, EMPTY)
        return EMPTY if search_key(cell.text) in _NOTHING else cell

    def _wrong(self, name: str, advice: str) -> None:
        column = _letter(self._fields[name])
        self.problems.append(Problem(self._sheet, self._number, column, self._cells[name].text, advice))

    def _born(self) -> str:
        cell = self._said("born_on")
        if not cell.text:
            return ""
        if re.fullmatch(r"(?:19|20)\d\d", cell.text, re.ASCII):
            return cell.text
        day = _date_of(cell)
        if day is None:
            self._wrong("born_on", "Ghi ngày/tháng/năm, ví dụ 05/02/1960, hoặc riêng năm sinh.")
        return "" if day is None else day.isoformat()

    def _card(self) -> str:
        cell = self._said("card_number")
        if not cell.text:
            return ""
        digits = re.sub(r"[\s.]", "", cell.text)
        if cell.is_number and "." not in cell.text:
            digits = digits.zfill(8)  # a number has lost its leading zero
        if (cell.is_number and "." in cell.text) or not re.fullmatch(r"\d{8}", digits, re.ASCII):
            self._wrong("card_number", "Số thẻ cần đúng 8 chữ số, ví dụ 01.234567; không có thẻ thì để trống.")
            return ""
        return f"{digits[:2]}.{digits[2:]}"

    def _score(self) -> int | None:
        text = self._said("score").text
        if not text:
            return None
        found = points(text)
        if found is None:
            self._wrong("score", "Ghi số điểm, ví dụ 18 hoặc 18,5.")
        return found

    def _attempts(self) -> int | None:
        text = self._said("attempts").text
        if not text:
            return None
        if not re.fullmatch(r"\d{1,5}", text, re.ASCII) or not 1 <= int(text) <= MOST_ATTEMPTS:
            self._wrong("attempts", "Ghi số lượt thi là một số nguyên từ 1.")
            return None
        return int(text)

    def _day(self, period: tuple[date, date]) -> str:
        cell = self._said("took_part_on")
        if not cell.text:
            return ""
        day = _date_of(cell)
        if day is None or not period[0] <= day <= period[1]:
            self._wrong("took_part_on", f"Ghi ngày/tháng/năm trong thời gian của cuộc thi "
                        f"({period[0]:%d/%m/%Y} – {period[1]:%d/%m/%Y}).")  # fmt: skip
            return ""
        return day.isoformat()


def _date_of(cell: Cell) -> date | None:
    if cell.day is not None:
        return cell.day
    if cell.is_number and re.fullmatch(r"\d{5}", cell.text, re.ASCII):  # a date that lost its format
        return EXCEL_EPOCH + timedelta(days=int(cell.text))
    found = _DATE.search(cell.text)
    if found is None:
        return None
    try:
        return date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        return None


def _letter(index: int) -> str:
    """The name of a column counted from 0; no list has more than 40."""
    return chr(65 + index) if index < 26 else f"{chr(64 + index // 26)}{chr(65 + index % 26)}"
