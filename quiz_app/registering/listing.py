"""The list of those who registered themselves as a file. Telephone numbers stay on the page of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from quiz_app.kernel.work import Work
from quiz_app.members.models import RegistrationState
from quiz_app.registering import labels
from quiz_app.registering.policy import Action
from quiz_app.registering.queries import Row
from quiz_app.web.filters import format_datetime_seconds
from quiz_app.web.spreadsheet import Column, Sheet, Value, workbook

TITLE = "Người tự đăng ký dự thi"
COLUMNS = (
    Column("STT", 6, "whole"),
    Column("Họ và tên", 28),
    Column("Ngày sinh", 12, "date"),
    Column("Đơn vị nhận", 32),
    Column("Tình trạng", 14),
    Column("Gửi lúc", 17, "instant"),
    Column("Trả lời lúc", 17, "instant"),
    Column("Lý do", 40),
)


def as_file(rows: Sequence[Row], now: datetime, *, author: str) -> bytes:
    """The rows as an .xlsx file."""
    notes = [f"Số liệu lúc {format_datetime_seconds(now)}. Không tính vào tỉ lệ tham gia của đơn vị nào."]
    cells = [_cells(number, row) for number, row in enumerate(rows, start=1)]
    return workbook([Sheet("Tự đăng ký", TITLE, notes, COLUMNS, cells)], author=author)


def record_export(w: Work, rows: int) -> None:
    """Put on record that personal data was handed out."""
    w.record(Action.EXPORTED, "registration:all", rows=rows)


def _cells(number: int, row: Row) -> tuple[Value, ...]:
    one = row.registration
    born = str(one.born_on.year) if one.born_year_only else one.born_on
    state = labels.STATES[RegistrationState(one.state)]
    return number, one.full_name, born, row.unit_name, state, one.sent_at, one.decided_at, one.reason
