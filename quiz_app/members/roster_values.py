"""What the cells of a row mean: names, dates, card numbers, phones, choices. Pure.

Columns that are not known go no further: a roster may carry more personal data than is needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from quiz_app.kernel.text import search_key, sort_key
from quiz_app.members.models import Category, Standing
from quiz_app.members.roster_entry import Entry, Problem
from quiz_app.members.roster_file import Cell

OLDEST = date(1900, 1, 1)
EXCEL_EPOCH = date(1899, 12, 30)
_NOTHING = {"-", "–", "—", "x", "khong", "khong co", "chua", "chua co", "/", "."}

_CATEGORIES = {
    "chinh thuc": Category.FULL,
    "dv chinh thuc": Category.FULL,
    "dvct": Category.FULL,
    "dv du bi": Category.PROBATIONARY,
    "dvdb": Category.PROBATIONARY,
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
LONGEST_NAME = 120
_NO_NAME = re.compile(r"""[\d<>#=@{}\[\]|\\;:"!?*%&+_~^$]""")  # `#N/A` and the like too
_NAME_ADVICE = "Ghi đủ họ và tên, chỉ gồm chữ: không có chữ số hay ký hiệu."
_DATE_ADVICE = "Ghi ngày/tháng/năm, ví dụ 05/02/1960; ngày sinh có thể ghi riêng năm."
_DATE_WORDS = r"\b(?:ngay|thang|nam|sinh)\b"
_TIME = re.compile(r"[ t]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?$")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def fill(entry: Entry, cell: Callable[[str], Cell], today: date) -> None:
    """Take over what the cells say, and note everything that is wrong with them."""
    name = cell("full_name").text or f"{cell('family_name').text} {cell('given_name').text}".strip()
    entry.full_name = name.title() if name.isupper() or name.islower() else name
    entry.name_key = sort_key(entry.full_name)
    if not entry.name_key or len(name) > LONGEST_NAME or _NO_NAME.search(name):
        entry.problems.append(entry.problem("full_name", name, _NAME_ADVICE))
    entry.unit_text = cell("unit").text
    entry.position = cell("position").text[:120]
    entry.note = cell("note").text[:400]
    born_male, born_female = said(cell("born_male")), said(cell("born_female"))
    born = said(cell("born_on")) or born_male or born_female
    entry.gender = "male" if born_male and not born_female else "female" if born_female and not born_male else ""
    for field_name, found in (
        ("born_on", born),
        ("joined_on", said(cell("joined_on"))),
        ("official_on", said(cell("official_on"))),
    ):
        entry.problems += _fill_date(entry, field_name, found, today)
    entry.problems += _fill_card(entry, said(cell("card_number")))
    entry.problems += _fill_contacts(entry, said(cell("phone")), said(cell("email")))
    entry.problems += _fill_choices(entry, cell("gender").text, cell("category").text, cell("standing").text)
    entry.problems += _contradictions(entry)


def said(cell: Cell) -> Cell | None:
    """The cell, unless it says nothing: blank, a dash, `không có`."""
    text = cell.text
    return None if not text or (not text[0].isdigit() and search_key(text) in _NOTHING) else cell


def birth(text: str, today: date) -> tuple[date, bool] | None:
    """A day of birth as people type it, and whether it is a year alone; None for what cannot be one."""
    day, is_year = _date_from(Cell(text))
    return None if day is None or not OLDEST <= day <= today else (day, is_year)


def phone_number(text: str) -> str | None:
    """A telephone number as it is kept, however it was typed; None for what is none."""
    digits = re.sub(r"[\s.()'-]", "", text)
    digits = re.sub(r"^\+?84(?=\d{9,10}$)", "0", digits)
    return digits if re.fullmatch(r"0\d{9,10}", digits, re.ASCII) else None


def _fill_date(entry: Entry, name: str, cell: Cell | None, today: date) -> list[Problem]:
    if cell is None:
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
    text = _TIME.sub("", re.sub(_DATE_WORDS, " ", search_key(cell.text))).strip()
    if not re.fullmatch(r"[\d\s./-]+", text, re.ASCII):
        return None, False
    parts = re.findall(r"\d+", text)
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


def _fill_card(entry: Entry, cell: Cell | None) -> list[Problem]:
    if cell is None:
        return []
    digits = re.sub(r"[\s.]", "", cell.text)
    if cell.is_number and len(cell.text) == 7:
        digits = f"0{digits}"  # a number has lost its leading zero
    is_cut = cell.is_number and "." in cell.text
    if is_cut or not re.fullmatch(r"\d{8}", digits, re.ASCII):
        advice = "Số thẻ cần đúng 8 chữ số, ví dụ 01.234567. Nên để ô ở dạng chữ (Text) để không mất số 0 ở đầu."
        return [entry.problem("card_number", cell.text, advice)]
    entry.card_number = f"{digits[:2]}.{digits[2:]}"
    return []


def _fill_contacts(entry: Entry, phone: Cell | None, email: Cell | None) -> list[Problem]:
    wrong: list[Problem] = []
    if phone is not None:
        digits = re.sub(r"[\s.()'-]", "", phone.text)
        found = phone_number(f"0{digits}" if phone.is_number and len(digits) == 9 else digits)
        if found is not None:
            entry.phone = found
        else:
            wrong.append(
                entry.problem("phone", phone.text, "Ghi một số điện thoại, ví dụ 0912 345 678, hoặc để trống.")
            )
    if email is not None:
        if _EMAIL.fullmatch(email.text) and len(email.text) <= 200:
            entry.email = email.text.lower()
        else:
            wrong.append(entry.problem("email", email.text, "Ghi một địa chỉ email, ví dụ ten@vidu.vn, hoặc để trống."))
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
