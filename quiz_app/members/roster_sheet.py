"""What the cells of a roster mean: columns by their headings, dates, card numbers, categories. Pure.

Columns that are not known are dropped here and go no further: a roster may carry more personal data than is needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from quiz_app.kernel.text import search_key, sort_key
from quiz_app.members.models import Category, Standing
from quiz_app.members.roster_file import EMPTY, Cell, Sheet

HEADER_WITHIN_ROWS = 25
OLDEST = date(1900, 1, 1)
EXCEL_EPOCH = date(1899, 12, 30)

HEADINGS: dict[str, tuple[str, ...]] = {
    "full_name": (
        "ho va ten",
        "ho ten",
        "ho va ten dang vien",
        "ho ten dang vien",
        "ho va ten khai sinh",
        "ho va ten dv",
    ),
    "family_name": ("ho dem", "ho va dem", "ho va ten dem", "ho va chu dem", "ho"),
    "given_name": ("ten",),
    "born_on": ("ngay sinh", "ngay thang nam sinh", "nam sinh", "sinh ngay", "ngay thang sinh", "sinh nam"),
    "gender": ("gioi tinh", "gioi", "nam nu"),
    "unit": (
        "chi bo",
        "don vi",
        "chi bo sinh hoat",
        "noi sinh hoat",
        "to chuc dang",
        "ma chi bo",
        "ma don vi",
        "sinh hoat tai chi bo",
        "chi bo dang bo",
        "to chuc co so dang",
    ),
    "joined_on": ("ngay vao dang", "ngay ket nap", "vao dang", "ngay vao dcsvn", "ngay vd", "ngay ket nap dang"),
    "official_on": ("ngay chinh thuc", "ngay cong nhan chinh thuc", "ngay vao dang chinh thuc", "ngay ct"),
    "card_number": ("so the dang vien", "so the dang", "so the", "the dang vien", "so the dv", "so tdv", "so tdv the"),
    "category": ("loai", "loai dang vien", "dien", "dang vien", "chinh thuc du bi", "loai dv"),
    "position": ("chuc vu", "chuc vu dang", "chuc danh", "chuc vu trong dang"),
    "standing": ("tinh trang sinh hoat", "tinh trang", "tinh hinh sinh hoat", "mien sinh hoat"),
    "phone": ("sdt", "so dien thoai", "dien thoai", "dien thoai lien he", "di dong", "so dt", "dt"),
    "email": ("email", "e mail", "thu dien tu", "hop thu", "dia chi email"),
    "note": ("ghi chu",),
}
_FIELD_OF = {heading: name for name, headings in HEADINGS.items() for heading in headings}
_COUNTERS = {"stt", "tt", "so tt", "so thu tu"}
_TOTALS = ("tong cong", "tong so", "cong", "tong")

_CATEGORIES = {
    "chinh thuc": Category.FULL,
    "ct": Category.FULL,
    "dang vien chinh thuc": Category.FULL,
    "du bi": Category.PROBATIONARY,
    "db": Category.PROBATIONARY,
    "dang vien du bi": Category.PROBATIONARY,
    "quan chung": Category.OTHER,
    "khac": Category.OTHER,
}
_STANDINGS = (
    ("mien", Standing.EXEMPT),
    ("vang", Standing.ABSENT),
    ("di lam an xa", Standing.ABSENT),
    ("chuyen den", Standing.ACTIVE),
    ("chuyen", Standing.MOVED),
    ("tu tran", Standing.LEFT),
    ("khai tru", Standing.LEFT),
    ("xoa ten", Standing.LEFT),
    ("ra khoi dang", Standing.LEFT),
    ("dang sinh hoat", Standing.ACTIVE),
    ("binh thuong", Standing.ACTIVE),
    ("co mat", Standing.ACTIVE),
    ("sinh hoat", Standing.ACTIVE),
)
_GENDERS = {"nam": "male", "nu": "female"}
_DATE_ADVICE = "Ghi ngày/tháng/năm, ví dụ 05/02/1960; ngày sinh có thể ghi riêng năm."
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend in the file, with the place as the spreadsheet shows it."""

    sheet: str
    row: int
    column: str
    value: str
    advice: str


@dataclass(slots=True)
class Entry:
    """One person as the file has him. Empty values say nothing: they never erase what is known."""

    sheet: str
    row: int
    columns: Mapping[str, str]
    full_name: str = ""
    unit_text: str = ""
    born_on: date | None = None
    born_year_only: bool = False
    gender: str = ""
    card_number: str | None = None
    category: Category | None = None
    standing: Standing | None = None
    joined_on: date | None = None
    official_on: date | None = None
    position: str = ""
    phone: str = ""
    email: str = ""
    note: str = ""

    @property
    def name_key(self) -> str:
        return sort_key(self.full_name)

    def problem(self, name: str, value: str, advice: str) -> Problem:
        column = self.columns.get(name, self.columns.get("full_name", self.columns.get("given_name", "A")))
        return Problem(self.sheet, self.row, column, value, advice)


@dataclass(slots=True)
class Parsed:
    """All that a file says. `dropped` are headings that were not taken; `skipped` are sheets without a heading row."""

    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def parse(sheets: Iterable[Sheet], today: date) -> Parsed:
    """Every row of every sheet, and everything that is wrong with them at once."""
    parsed = Parsed()
    for sheet in sheets:
        _parse_sheet(sheet, today, parsed)
    return parsed


def column_letter(index: int) -> str:
    """The name of a column counted from 0: A … Z, AA …"""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _parse_sheet(sheet: Sheet, today: date, parsed: Parsed) -> None:
    header = next(
        ((number, found) for number, cells in sheet.rows[:HEADER_WITHIN_ROWS] if (found := _fields(cells))), None
    )
    if header is None:
        if sheet.rows:
            parsed.skipped.append(sheet.name)
        return
    header_row, fields = header
    titles = next(cells for number, cells in sheet.rows if number == header_row)
    taken = set(fields.values())
    parsed.dropped += [
        cell.text
        for index, cell in enumerate(titles)
        if cell.text and index not in taken and _heading(cell.text) not in _COUNTERS and cell.text not in parsed.dropped
    ]
    letters = {name: column_letter(index) for name, index in fields.items()}
    for number, cells in sheet.rows:
        if number <= header_row:
            continue
        row = {name: cells[index] if index < len(cells) else EMPTY for name, index in fields.items()}
        if _is_person(row):
            entry = Entry(sheet.name, number, letters)
            parsed.problems += _fill(entry, row, today)
            parsed.entries.append(entry)


def _heading(text: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", re.sub(r"\(.*?\)", " ", search_key(text))).split())


def _fields(cells: Sequence[Cell]) -> dict[str, int]:
    """Field to column where this is a heading row, else nothing."""
    found: dict[str, int] = {}
    for index, cell in enumerate(cells):
        name = _FIELD_OF.get(_heading(cell.text))
        if name is not None:
            found.setdefault(name, index)
    if "full_name" in found:
        found.pop("given_name", None)
        found.pop("family_name", None)
    elif "given_name" in found and "family_name" not in found:
        found["full_name"] = found.pop("given_name")
    is_named = "full_name" in found or {"family_name", "given_name"} <= found.keys()
    return found if is_named and len(found) >= 2 else {}


def _is_person(row: Mapping[str, Cell]) -> bool:
    """Whether a row below the heading is about a person; rows of totals and of blanks are not."""
    texts = {name: cell.text for name, cell in row.items() if cell.text}
    if not texts:
        return False
    name = search_key(texts.get("full_name", texts.get("given_name", "")))
    if name.split(":")[0].strip() in _TOTALS or name.startswith(("tong cong", "tong so")):
        return False
    return bool(name) or len(texts) > 1


def _fill(entry: Entry, row: Mapping[str, Cell], today: date) -> list[Problem]:
    cell: Callable[[str], Cell] = lambda name: row.get(name, EMPTY)  # noqa: E731 - three words used in every line below
    wrong: list[Problem] = []
    name = cell("full_name").text or f"{cell('family_name').text} {cell('given_name').text}".strip()
    entry.full_name = name.title() if name.isupper() else name
    if len(entry.name_key) == 0 or len(name) > 120 or any(letter.isdigit() for letter in name):
        wrong.append(entry.problem("full_name", name, "Ghi đủ họ và tên, không có chữ số."))
    entry.unit_text = cell("unit").text
    entry.position = cell("position").text[:120]
    entry.note = cell("note").text[:400]
    for field_name in ("born_on", "joined_on", "official_on"):
        wrong += _fill_date(entry, field_name, cell(field_name), today)
    wrong += _fill_card(entry, cell("card_number"))
    wrong += _fill_contacts(entry, cell("phone"), cell("email").text)
    wrong += _fill_choices(entry, cell("gender").text, cell("category").text, cell("standing").text)
    return wrong + _contradictions(entry)


def _fill_date(entry: Entry, name: str, cell: Cell, today: date) -> list[Problem]:
    if not cell.text:
        return []
    may_be_year = name == "born_on"
    day, is_year = cell.day, False
    if day is None:
        day, is_year = _date_from(cell)
    if day is None or (is_year and not may_be_year):
        return [entry.problem(name, cell.text, _DATE_ADVICE)]
    if not OLDEST <= day <= today:
        return [entry.problem(name, cell.text, "Ngày nằm ngoài khoảng từ 1900 đến hôm nay.")]
    setattr(entry, name, day)
    if may_be_year:
        entry.born_year_only = is_year
    return []


def _date_from(cell: Cell) -> tuple[date | None, bool]:
    """The day, and whether the year alone is known."""
    if not re.fullmatch(r"[\d\s./-]+", cell.text, re.ASCII):
        return None, False
    parts = re.findall(r"\d+", cell.text)
    if len(parts) == 1:
        return _date_from_number(parts[0], is_number=cell.is_number)
    if len(parts) != 3:
        return None, False
    year, month, day = parts if len(parts[0]) == 4 else reversed(parts)
    return _day(year, month, day), False


def _date_from_number(digits: str, *, is_number: bool) -> tuple[date | None, bool]:
    if len(digits) == 8:
        return _day(digits[4:], digits[2:4], digits[:2]), False
    number = int(digits)
    if 1900 <= number <= 2100:
        return date(number, 1, 1), True
    if is_number and 2100 < number <= 80_000:  # a date that lost its format
        return EXCEL_EPOCH + timedelta(days=number), False
    return None, False


def _day(year: str, month: str, day: str) -> date | None:
    if len(year) != 4:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _fill_card(entry: Entry, cell: Cell) -> list[Problem]:
    if not cell.text or cell.text in {"-", "–", "x"}:
        return []
    digits = re.sub(r"[\s.]", "", cell.text)
    if cell.is_number and "." not in cell.text:
        digits = digits.zfill(8)  # a number has lost its leading zero
    is_cut = cell.is_number and "." in cell.text
    if is_cut or not re.fullmatch(r"\d{8}", digits, re.ASCII):
        advice = "Số thẻ cần đúng 8 chữ số, ví dụ 01.234567. Nên để ô ở dạng chữ (Text) để không mất số 0 ở đầu."
        return [entry.problem("card_number", cell.text, advice)]
    entry.card_number = f"{digits[:2]}.{digits[2:]}"
    return []


def _fill_contacts(entry: Entry, phone: Cell, email: str) -> list[Problem]:
    wrong: list[Problem] = []
    if phone.text:
        digits = re.sub(r"[\s.()-]", "", phone.text)
        digits = re.sub(r"^\+?84(?=\d{9,10}$)", "0", digits)
        if phone.is_number and len(digits) == 9:
            digits = f"0{digits}"
        if re.fullmatch(r"0\d{9,10}", digits, re.ASCII):
            entry.phone = digits
        else:
            wrong.append(
                entry.problem("phone", phone.text, "Ghi một số điện thoại, ví dụ 0912 345 678, hoặc để trống.")
            )
    if email:
        if _EMAIL.fullmatch(email) and len(email) <= 200:
            entry.email = email.lower()
        else:
            wrong.append(entry.problem("email", email, "Ghi một địa chỉ email, ví dụ ten@vidu.vn, hoặc để trống."))
    return wrong


def _fill_choices(entry: Entry, gender: str, category: str, standing: str) -> list[Problem]:
    wrong: list[Problem] = []
    if gender:
        entry.gender = _GENDERS.get(search_key(gender), "")
        if not entry.gender:
            wrong.append(entry.problem("gender", gender, "Ghi Nam hoặc Nữ."))
    if category:
        entry.category = _CATEGORIES.get(search_key(category))
        if entry.category is None:
            wrong.append(entry.problem("category", category, "Ghi Chính thức hoặc Dự bị."))
    if standing:
        plain = search_key(standing)
        entry.standing = next((kept for words, kept in _STANDINGS if words in plain), None)
        if entry.standing is None:
            advice = "Ghi Đang sinh hoạt, Miễn sinh hoạt, Tạm vắng, Đã chuyển, hoặc để trống."
            wrong.append(entry.problem("standing", standing, advice))
    return wrong


def _contradictions(entry: Entry) -> list[Problem]:
    wrong: list[Problem] = []
    if entry.category is Category.PROBATIONARY and entry.card_number:
        wrong.append(
            entry.problem(
                "card_number", entry.card_number, "Đảng viên dự bị chưa có thẻ: sửa số thẻ hoặc loại đảng viên."
            )
        )
    if entry.born_on and entry.joined_on and entry.joined_on.year - entry.born_on.year < 16:
        advice = "Ngày vào Đảng cách năm sinh chưa đến 16 năm: xem lại hai ngày này."
        wrong.append(entry.problem("joined_on", entry.joined_on.strftime("%d/%m/%Y"), advice))
    if entry.joined_on and entry.official_on and entry.official_on < entry.joined_on:
        advice = "Ngày chính thức sớm hơn ngày vào Đảng: xem lại hai ngày này."
        wrong.append(entry.problem("official_on", entry.official_on.strftime("%d/%m/%Y"), advice))
    return wrong
