"""The complaints of a round as a workbook, for those who run its contest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from quiz_app.contests.models import Round
from quiz_app.feedback import labels
from quiz_app.feedback.complaints import Received
from quiz_app.feedback.models import ComplaintState
from quiz_app.web.filters import format_datetime_seconds
from quiz_app.web.spreadsheet import Column, Sheet, Value, cut_note, workbook

LARGEST_EXPORT = 20_000
COLUMNS = (
    Column("Số", 7, "whole"),
    Column("Người gửi", 28),
    Column("Đơn vị", 32),
    Column("Lượt", 7, "whole"),
    Column("Về", 20),
    Column("Nội dung", 60),
    Column("Gửi lúc", 20, "second"),
    Column("Trạng thái", 18),
    Column("Trả lời", 60),
    Column("Giải quyết lúc", 20, "second"),
)


def complaints_file(round_: Round, rows: Sequence[Received], total: int, now: datetime, *, author: str) -> bytes:
    """An .xlsx file: a row for each complaint, in the order of the page; of more than it takes it says so."""
    notes = [f"{round_.contest.title} – {round_.title}", f"Số liệu lúc {format_datetime_seconds(now)}"]
    notes += cut_note(len(rows), total, "khiếu nại")
    cells = [_cells(row) for row in rows]
    return workbook([Sheet("Khiếu nại", "DANH SÁCH KHIẾU NẠI", notes, COLUMNS, cells)], author=author)


def _cells(row: Received) -> tuple[Value, ...]:
    one = row.complaint
    return (
        one.id,
        row.member.full_name,
        row.unit.name,
        row.attempt_number,
        labels.about(one.position),
        one.text,
        one.created_at,
        labels.STATES[ComplaintState(one.state)],
        one.answer,
        one.decided_at,
    )
