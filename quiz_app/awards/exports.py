"""A list of awards as a workbook, with every name, for those who run the contest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from quiz_app.awards.models import AwardList
from quiz_app.awards.queries import Line
from quiz_app.results.subjects import Subject
from quiz_app.web.filters import format_datetime, format_datetime_seconds
from quiz_app.web.spreadsheet import Column, Sheet, Value, workbook

COLUMNS = (
    Column("STT", 6, "whole"),
    Column("Giải", 24),
    Column("Cá nhân, tập thể", 14),
    Column("Họ và tên, tên tập thể", 34),
    Column("Đơn vị", 34),
    Column("Căn cứ", 50),
)


def list_file(found: AwardList, subject: Subject, lines: Sequence[Line], now: datetime, *, author: str) -> bytes:
    """An .xlsx file: a row for each prize, in the order of the list."""
    notes = [
        f"{subject.contest.title} – {subject.title}",
        f"Lần {found.version}, {_state(found)}. Số liệu lúc {format_datetime_seconds(now)}",
    ]
    cells = [_cells(number, line) for number, line in enumerate(lines, start=1)]
    return workbook([Sheet("Khen thưởng", "DANH SÁCH KHEN THƯỞNG", notes, COLUMNS, cells)], author=author)


def _state(found: AwardList) -> str:
    if found.published_at is not None:
        return f"công bố lúc {format_datetime(found.published_at)}"
    return "chờ duyệt" if found.approved_at is None else f"duyệt lúc {format_datetime(found.approved_at)}, chưa công bố"


def _cells(number: int, line: Line) -> tuple[Value, ...]:
    award = line.award
    whose = "Tập thể" if award.member_id is None else "Cá nhân"
    why = f"Giải đặc biệt: {award.reason}" if award.reason else ". ".join(filter(None, ["Bảng kết quả", line.group]))
    return number, award.title, whose, line.name, line.unit_name, why
