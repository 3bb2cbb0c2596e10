"""The list of who was there as a file."""

from __future__ import annotations

from collections.abc import Sequence

from quiz_app.meetings import labels
from quiz_app.meetings.attending import Listed, counts
from quiz_app.meetings.models import Meeting, Presence
from quiz_app.members import labels as members_labels
from quiz_app.members.models import Category
from quiz_app.web.filters import format_datetime
from quiz_app.web.spreadsheet import Column, Sheet, Value, workbook


def attendance_file(meeting: Meeting, unit_name: str, listed: Sequence[Listed], *, author: str) -> bytes:
    """An .xlsx file: a row for each person of the list."""
    sums = counts(listed)
    rows: list[list[Value]] = [
        [
            number,
            one.member.full_name,
            members_labels.CATEGORIES[Category(one.member.category)],
            labels.PRESENCES[one.presence],
            one.attendance.reported_at if one.attendance is not None else None,
            "" if one.is_expected else labels.NOT_EXPECTED,
        ]
        for number, one in enumerate(listed, start=1)
    ]
    columns = [
        Column("TT", 6, "whole"),
        Column("Họ và tên", 30),
        Column("Diện", 24),
        Column("Có mặt", 20),
        Column("Tự báo lúc", 20, "instant"),
        Column("Ghi chú", 28),
    ]
    notes = [
        unit_name,
        meeting.title,
        f"{format_datetime(meeting.starts_at)}, {meeting.place}",
        f"Có mặt {sums.by_presence[Presence.PRESENT]}/{sums.expected} người phải dự",
        "Đã xác nhận" if meeting.confirmed_at is not None else "Chưa xác nhận",
    ]
    return workbook([Sheet("Có mặt", "DANH SÁCH CÓ MẶT", notes, columns, rows)], author=author)
