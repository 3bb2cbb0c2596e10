"""Words of this feature: refusals and the names of things on screen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from quiz_app.contests.labels import CRITERIA
from quiz_app.kernel.errors import Refused
from quiz_app.rules.standing import Criterion
from quiz_app.rules.unit_standing import SizeClass, UnitMeasure
from quiz_app.web.filters import format_datetime, format_duration, format_number, format_span

REFUSALS: dict[type[Refused], str] = {}
UNNAMED = "Đồng chí"
OVERALL = "Cộng dồn các đợt"
EVERY_SIZE = "Tất cả"
UNITS_REST = (
    "Hệ thống đang dành sức cho người làm bài thi nên tạm nghỉ tổng hợp. "
    "Bài nộp sau lúc ghi trên số liệu vẫn được lưu đầy đủ, và có trên bảng khi việc tổng hợp chạy lại."
)
WALL_RESTS = "Bảng tạm nghỉ tổng hợp để dành sức cho người làm bài thi."
PEOPLE_REST = (
    "Hệ thống đang dành sức cho người làm bài thi. Bảng từng đợt vẫn mở; "
    "hạng của đồng chí trong toàn cuộc thi và bảng cộng dồn từng người tạm nghỉ."
)
OWN_PLACES_REST = (
    "Hệ thống đang dành sức cho người làm bài thi nên tạm nghỉ tính hạng của từng người qua các đợt. "
    "Điểm của đồng chí vẫn đủ; số liệu của chi bộ là của lúc ghi ở trên."
)

MEASURES: dict[UnitMeasure, tuple[str, str]] = {
    UnitMeasure.TURNOUT: ("ty-le", "Tỉ lệ tham gia"),
    UnitMeasure.PARTICIPANTS: ("so-nguoi", "Số người dự thi"),
    UnitMeasure.MEAN: ("diem", "Điểm trung bình"),
}
SIZES: dict[SizeClass, tuple[str, str]] = {
    SizeClass.SMALL: ("nho", "Đến 15 người"),
    SizeClass.MEDIUM: ("vua", "16–40 người"),
    SizeClass.LARGE: ("lon", "Trên 40 người"),
}


def gap_words(criterion: Criterion, amount: int) -> str:
    """What the one just ahead has more of, as the end of "Người xếp ngay trên …"."""
    match criterion:
        case Criterion.SCORE:
            return f"hơn {format_number(amount)} điểm"
        case Criterion.DURATION:
            return f"làm bài nhanh hơn {format_duration(amount, exact=True)}"
        case Criterion.SUBMITTED:
            return f"nộp bài sớm hơn {format_span(timedelta(milliseconds=amount))}"
        case Criterion.PREDICTION:
            return "dự đoán gần đúng hơn"


def frozen_words(since: Sequence[tuple[str, datetime]], *, is_overall: bool) -> str:
    """What a reader is told of rounds, by title, that stand still for him; nothing where none does."""
    if not since:
        return ""
    reopens = "mở lại khi chốt kết quả"
    if not is_overall:
        return f"Bảng đóng băng từ {format_datetime(since[0][1])}, {reopens}."
    parts = "; ".join(f"{title} từ {format_datetime(at)}" for title, at in since)
    return f"Số liệu đóng băng: {parts}; {reopens}."


def frozen_for_others(since: Sequence[datetime]) -> str:
    """What somebody who sees figures move is told while the public's stand still."""
    return f"Bảng công khai đang đóng băng từ {format_datetime(min(since))}" if since else ""


def rule_words(tie_breaks: Sequence[str]) -> list[str]:
    """The tie-break list in words, first to last."""
    return [CRITERIA[Criterion(name)] for name in tie_breaks]
