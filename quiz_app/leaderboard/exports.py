"""The boards of a round as a workbook: what its reader may read on the pages, of everybody ranked."""

from __future__ import annotations

from collections.abc import Sequence

from quiz_app.leaderboard.queries import PersonRow
from quiz_app.leaderboard.scope import Scope
from quiz_app.leaderboard.unit_boards import UnitBoard, UnitRow
from quiz_app.web.filters import format_datetime_seconds
from quiz_app.web.spreadsheet import Column, Sheet, Value, cut_note, workbook

LARGEST_EXPORT = 20_000
PEOPLE = (
    Column("Hạng", 8, "whole"),
    Column("Họ và tên", 28),
    Column("Đơn vị", 34),
    Column("Điểm", 10, "whole"),
    Column("Điểm tối đa", 10, "whole"),
    Column("Thời gian làm bài (giây)", 14, "decimal"),
    Column("Nộp bài lúc", 20, "second"),
)
UNITS = (
    Column("Hạng", 8, "whole"),
    Column("Đơn vị", 40),
    Column("Trong danh sách", 12, "whole"),
    Column("Được miễn", 10, "whole"),
    Column("Đã thi trong danh sách", 12, "whole"),
    Column("Tỉ lệ tham gia", 12, "share"),
    Column("Người dự thi", 12, "whole"),
    Column("Lượt thi", 10, "whole"),
)
MEAN = Column("Điểm trung bình", 12, "decimal")


def board_file(what: Scope, people: Sequence[PersonRow], total: int, units: UnitBoard, *, author: str) -> bytes:
    """An .xlsx file of a board of persons and one of units; scores stand in it only where they may show.

    Where more are ranked than it takes, `total` of them, it says so.
    """
    notes = [
        f"{what.contest.title} – {what.title}",
        f"{'Kết quả chính thức' if what.is_final else 'Tạm tính'}. Số liệu lúc {format_datetime_seconds(what.now)}",
    ]
    is_scored = bool(what.revealed)
    columns = (*UNITS, MEAN) if is_scored else UNITS
    rows = [_unit(row, is_scored=is_scored) for row in units.rows]
    sheets = [Sheet("Các đơn vị", "XẾP HẠNG CÁC ĐƠN VỊ", notes, columns, rows)]
    if is_scored:
        names = [*notes, *cut_note(len(people), total, "người")]
        names.append("Tên viết tắt là của người chưa đồng ý hoặc không được công khai họ tên ở bảng này")
        sheets.insert(0, Sheet("Cá nhân", "XẾP HẠNG CÁ NHÂN", names, PEOPLE, [_person(row) for row in people]))
    return workbook(sheets, author=author)


def _person(row: PersonRow) -> tuple[Value, ...]:
    seconds = row.duration_ms / 1000
    return row.place, row.name, row.unit_name, row.score, row.max_score, seconds, row.submitted_at


def _unit(row: UnitRow, *, is_scored: bool) -> tuple[Value, ...]:
    told = row.figures
    counts = (told.members, told.exempt, told.rostered_participants)
    turnout = None if row.turnout is None else float(row.turnout)
    line: tuple[Value, ...] = (row.place, row.name, *counts, turnout, told.participants, told.attempts)
    return (*line, None if row.mean is None else float(row.mean)) if is_scored else line
