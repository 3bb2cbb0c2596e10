"""The figures of a report as a workbook: the same numbers as in the document, as numbers."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

from quiz_app.reports import said
from quiz_app.reports.content import Content
from quiz_app.reports.figures import Figures, UnitLine, absent
from quiz_app.rules.unit_standing import UnitFigures, mean_score, turnout
from quiz_app.web.spreadsheet import Column, Sheet, Value, workbook

_COUNTS = (
    Column("Trong danh sách", 12, "whole"), Column("Được miễn", 10, "whole"), Column("Chưa tham gia", 12, "whole"),
    Column("Người tham gia", 12, "whole"), Column("Tỉ lệ tham gia", 12, "share"), Column("Lượt thi", 10, "whole"),
    Column("Người xếp hạng", 12, "whole"), Column("Điểm trung bình", 12, "decimal"),
    Column("Đạt điểm tối đa", 12, "whole"), Column("Hạng", 8, "whole"),
)  # fmt: skip
_ROUNDS = (
    Column("Đợt thi", 30), Column("Cuộc thi", 40), Column("Kết thúc", 18, "instant"), *_COUNTS,
    Column("Số đơn vị xếp hạng", 12, "whole"), Column("Người ngoài danh sách", 14, "whole"),
    Column("Điểm cao nhất", 12, "whole"), Column("Điểm tối đa của đề", 12, "whole"), Column("Kết quả", 14),
)  # fmt: skip
_UNITS = (Column("Đơn vị", 44), Column("Cấp", 6, "whole"), Column("Đảng viên hiện có", 12, "whole"), *_COUNTS)
_MODULES = (
    Column("Đơn vị", 40), Column("Chuyên đề", 44), Column("Đã học hết", 12, "whole"), Column("Tổng số", 12, "whole"),
    Column("Tỉ lệ", 10, "share"),
)  # fmt: skip
_MEETINGS = (
    Column("Đơn vị", 40), Column("Số buổi", 12, "whole"), Column("Lượt phải có mặt", 14, "whole"),
    Column("Lượt có mặt", 12, "whole"), Column("Tỉ lệ", 10, "share"),
)  # fmt: skip
_OTHERS = (Column("Mục", 40), Column("Nội dung", 60), Column("Số lượng", 12, "whole"))


def workbook_of(content: Content) -> bytes:
    """An .xlsx file; every sheet carries of when and of what its figures are."""
    figures, notes = content.figures, said.sources(content)
    sheets = [
        Sheet("Từng đợt", f"KẾT QUẢ TỪNG ĐỢT – {figures.unit_name.upper()}", notes, _ROUNDS, _rounds(figures)),
        Sheet("Đơn vị", "KẾT QUẢ THEO ĐƠN VỊ, CỘNG CÁC ĐỢT", notes, _UNITS, _units(figures)),
        Sheet("Học tập", "SỐ NGƯỜI ĐÃ HỌC HẾT TỪNG CHUYÊN ĐỀ", notes, _MODULES, _modules(figures)),
        Sheet("Sinh hoạt", "SINH HOẠT CHUYÊN ĐỀ ĐÃ XÁC NHẬN", notes, _MEETINGS, _meetings(figures)),
        Sheet("Mục khác", "GIẢI THƯỞNG, CUỘC THI NƠI KHÁC, HỎI ĐÁP", notes, _OTHERS, _others(figures)),
    ]
    return workbook(sheets, author=content.texts.issuer)


def _rounds(figures: Figures) -> list[list[Value]]:
    rows: list[list[Value]] = [
        [
            one.title, one.contest, datetime.fromisoformat(one.closed_at), *_counts(one.figures, one.place), one.ranked,
            one.outside, one.best, one.max_score, "Đã công bố" if one.is_final else "Tạm tính",
        ]
        for one in figures.rounds
    ]  # fmt: skip
    outside = sum(one.outside for one in figures.rounds)
    total = _counts(figures.total, figures.place)
    return [*rows, ["Cộng các đợt", "", None, *total, figures.ranked, outside, None, None, ""]]


def _units(figures: Figures) -> list[list[Value]]:
    return [
        *(_unit(one) for one in figures.units),
        ["Toàn đơn vị", 0, figures.members, *_counts(figures.total, figures.place)],
    ]


def _unit(one: UnitLine) -> list[Value]:
    return [one.name, one.depth, one.members, *_counts(one.figures, one.place)]


def _counts(one: UnitFigures, place: int | None) -> list[Value]:
    return [
        one.members, one.exempt, absent(one), one.participants, _number(turnout(one)), one.attempts,
        one.ranked_participants, _number(mean_score(one)), one.full_marks, place,
    ]  # fmt: skip


def _modules(figures: Figures) -> list[list[Value]]:
    names = {0: "Toàn đơn vị", **{one.unit_id: one.name for one in figures.children}}
    return [
        [names[one.unit_id], one.module, one.finished, one.members, _share(one.finished, one.members)]
        for one in figures.modules
    ]


def _meetings(figures: Figures) -> list[list[Value]]:
    names = {0: "Toàn đơn vị", **{one.unit_id: one.name for one in figures.children}}
    return [
        [names[one.unit_id], one.meetings, one.expected, one.present, _share(one.present, one.expected)]
        for one in figures.meetings
    ]


def _others(figures: Figures) -> list[list[Value]]:
    prizes: list[list[Value]] = [
        ["Giải thưởng", f"{one.subject}: {one.title}{f' – {one.winner}' if one.winner else ''}", one.count]
        for one in figures.prizes
    ]
    outside: list[list[Value]] = [
        ["Cuộc thi nơi khác", f"{one.title} ({one.organiser})", one.people] for one in figures.outside
    ]
    asked: list[list[Value]] = [["Hỏi đáp", f"{one.kind}: {one.state}", one.count] for one in figures.asked]
    return [*prizes, *outside, *asked]


def _number(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
