"""The demo people as a spreadsheet of the kind that communes send: mixed spellings, dates as text and as dates."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime

import xlsxwriter

from quiz_app.demo.commune import Person

HEADINGS = (
    "STT",
    "Họ và tên",
    "Ngày sinh",
    "Giới tính",
    "Chi bộ",
    "Ngày vào Đảng",
    "Ngày chính thức",
    "Số thẻ đảng viên",
    "Loại",
    "Chức vụ",
    "Tình trạng sinh hoạt",
    "SĐT",
    "Email",
    "Ghi chú",
)
HEADER_ROW = 3
_FIXED = datetime(2026, 11, 1)  # noqa: DTZ001 - a label inside the file, the same in every copy so that its hash is too
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def workbook(people: Sequence[Person]) -> bytes:
    """The roster as .xlsx: the same people give the same bytes."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, _OPTIONS)
    book.set_properties({"title": "Danh sách đảng viên (minh họa)", "created": _FIXED})
    sheet = book.add_worksheet("Danh sách")
    bold = book.add_format({"bold": True})
    as_date = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet.write_string(0, 0, "ĐẢNG BỘ XÃ BÁT TRÀNG", bold)
    sheet.write_string(1, 0, "DANH SÁCH ĐẢNG VIÊN (dữ liệu minh họa, không có người thật)", bold)
    for column, heading in enumerate(HEADINGS):
        sheet.write_string(HEADER_ROW, column, heading, bold)
    for place, person in enumerate(people):
        row = HEADER_ROW + 1 + place
        sheet.write_number(row, 0, place + 1)
        for column, text in _texts(person).items():
            if text:
                sheet.write_string(row, column, text)
        if not (person.is_year_only or person.is_text_date):
            sheet.write_datetime(row, 2, person.born_on, as_date)
        sheet.write_datetime(row, 5, person.joined_on, as_date)
        if person.official_on is not None:
            sheet.write_datetime(row, 6, person.official_on, as_date)
    book.close()
    return out.getvalue()


def _texts(person: Person) -> dict[int, str]:
    born = ""
    if person.is_year_only:
        born = str(person.born_on.year)
    elif person.is_text_date:
        born = person.born_on.strftime("%d/%m/%Y")
    return {
        1: person.full_name,
        2: born,
        3: "Nam" if person.gender == "male" else "Nữ",
        4: person.unit_name,
        7: person.card_number,
        8: "Chính thức" if person.card_number else "Dự bị",
        9: person.position,
        10: "Miễn sinh hoạt" if person.is_exempt else "",
        11: person.phone,
        12: person.email,
    }
