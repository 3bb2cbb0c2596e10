"""The members of a unit as a workbook. Telephone numbers and addresses stay on the page of each."""

from __future__ import annotations

from datetime import datetime

from quiz_app.members.labels import CATEGORIES, GENDERS, STANDINGS
from quiz_app.members.models import Category, Standing
from quiz_app.people.queries import MemberRow
from quiz_app.units.models import Unit
from quiz_app.web.filters import format_datetime_seconds
from quiz_app.web.paging import Page
from quiz_app.web.spreadsheet import Column, Sheet, Value, cut_note, workbook

LARGEST_EXPORT = 20_000
COLUMNS = (
    Column("STT", 6, "whole"),
    Column("Họ và tên", 28),
    Column("Ngày sinh", 12, "date"),
    Column("Giới tính", 10),
    Column("Đơn vị", 32),
    Column("Diện", 22),
    Column("Tình trạng", 20),
    Column("Số thẻ đảng viên", 16),
    Column("Ngày vào Đảng", 12, "date"),
    Column("Ngày chính thức", 12, "date"),
    Column("Chức vụ", 24),
)


def members_file(unit: Unit, page: Page[MemberRow], now: datetime, *, author: str) -> bytes:
    """An .xlsx file: a row for each member, those of the units below included."""
    notes = [unit.name, f"Số liệu lúc {format_datetime_seconds(now)}"]
    notes += cut_note(len(page.rows), page.total, "người")
    cells = [_cells(number, row) for number, row in enumerate(page.rows, start=1)]
    return workbook([Sheet("Danh sách", "DANH SÁCH ĐẢNG VIÊN", notes, COLUMNS, cells)], author=author)


def _cells(number: int, row: MemberRow) -> tuple[Value, ...]:
    one = row.member
    return (
        number,
        one.full_name,
        str(one.born_on.year) if one.born_on is not None and one.born_year_only else one.born_on,
        GENDERS[one.gender],
        row.unit_name,
        CATEGORIES[Category(one.category)],
        STANDINGS[Standing(one.standing)],
        one.card_number,
        one.joined_on,
        one.official_on,
        one.position,
    )
