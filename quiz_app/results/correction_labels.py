"""Words of corrections: what is done, how far it is, and what would change."""

from __future__ import annotations

from quiz_app.attempts.models import Correction, CorrectionKind, CorrectionState
from quiz_app.kernel.jobs import Job, JobState
from quiz_app.rules.rescoring import Remedy
from quiz_app.web.filters import format_datetime_seconds, format_number

KINDS = {
    CorrectionKind.ITEM: "Xử lý một câu hỏi",
    CorrectionKind.ATTEMPT: "Hủy một lượt thi",
    CorrectionKind.WINDOW: "Hủy một khung giờ",
}
STATES = {
    CorrectionState.PROPOSED: ("Chờ duyệt", "warning"),
    CorrectionState.APPLYING: ("Đang áp dụng", "info"),
    CorrectionState.APPLIED: ("Đã áp dụng", "success"),
    CorrectionState.CANCELLED: ("Đã bỏ", ""),
}
REMEDIES = {
    Remedy.AWARD: "Hủy câu: ai có câu này cũng được điểm",
    Remedy.DROP: "Hủy câu: bỏ ra khỏi tổng điểm",
    Remedy.REPLACE_KEY: "Sửa đáp án: chỉ đáp án mới đúng",
    Remedy.ACCEPT_BOTH: "Sửa đáp án: chấp nhận cả đáp án cũ và mới",
}
NO_REMEDY = "Mời đồng chí chọn cách xử lý."
FORECAST_FIRST = "Mời đồng chí tính thử và xem ảnh hưởng trước khi duyệt."


def title(correction: Correction) -> str:
    """What a correction is about, in one line."""
    if correction.kind == CorrectionKind.ITEM.value and correction.remedy is not None:
        return f"{REMEDIES[Remedy(correction.remedy)]} (câu số hiệu {correction.item_version_id})"
    if correction.window_from is not None and correction.window_until is not None:
        begins, ends = format_datetime_seconds(correction.window_from), format_datetime_seconds(correction.window_until)
        return f"Hủy các lượt bắt đầu từ {begins} đến trước {ends}"
    return KINDS[CorrectionKind(correction.kind)]


def apply_message(job: Job) -> str:
    """How far applying a correction is, in one sentence."""
    match JobState(job.state):
        case JobState.QUEUED:
            return "Đang chờ đến lượt."
        case JobState.RUNNING:
            return f"Đã chấm lại {format_number(job.done)}/{format_number(job.total)} lượt thi."
        case JobState.DONE:
            return "Đã áp dụng cho mọi lượt thi liên quan."
        case JobState.FAILED:
            return job.error


def forecast_message(job: Job) -> str:
    """How far a forecast is, in one sentence."""
    match JobState(job.state):
        case JobState.QUEUED:
            return "Đang chờ đến lượt tính thử."
        case JobState.RUNNING:
            return f"Đã chấm thử bài của {format_number(job.done)}/{format_number(job.total)} người."
        case JobState.DONE:
            return "Đã tính thử xong."
        case JobState.FAILED:
            return job.error
