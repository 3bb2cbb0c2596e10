"""Words about flags: kinds, states, figures, and what is asked of who looks at them."""

from __future__ import annotations

from quiz_app.kernel.jobs import Job
from quiz_app.results.flagging import FAST_S_PER_ITEM, RENEWED_WITHIN, TOGETHER_PEOPLE, TOGETHER_WITHIN, Search
from quiz_app.results.models import FlagState
from quiz_app.rules.flags import FlagKind
from quiz_app.web.filters import format_number, format_span

NO_DECISION = "Mời đồng chí chọn một kết luận."
NO_NOTE = "Mời đồng chí ghi căn cứ của kết luận."
LONG_NOTE = "Căn cứ dài quá {most} ký tự."
DECIDED_MEANWHILE = "Người khác vừa kết luận về dấu hiệu này. Mời đồng chí xem lại trước khi quyết định."
OWN_FLAG = "Dấu hiệu này có lượt thi của chính đồng chí. Mời đồng chí để người khác trong ban tổ chức xem xét."

KINDS = {
    FlagKind.FAST: "Làm nhanh bất thường",
    FlagKind.SAME_RHYTHM: "Nhịp trả lời giống nhau",
    FlagKind.SHARED_DEVICE: "Nhiều người trên một máy",
    FlagKind.RENEWED: "Thi trên máy của người cấp hoặc giữ mật khẩu, phiếu",
}
EXPLAINED = {
    FlagKind.FAST: (
        f"Mỗi câu đã trả lời mất chưa tới {format_number(FAST_S_PER_ITEM)} giây: khó đọc kịp câu hỏi. "
        "Người thuộc bài và làm lại nhiều lượt cũng có thể làm rất nhanh."
    ),
    FlagKind.SAME_RHYTHM: (
        "Các lượt thi của những người khác nhau có khoảng cách giữa các câu trả lời trùng nhau đến từng giây. "
        "Đề càng ngắn thì càng dễ trùng ngẫu nhiên."
    ),
    FlagKind.SHARED_DEVICE: (
        f"Từ {TOGETHER_PEOPLE} người trở lên bắt đầu thi trên cùng một trình duyệt, người sau cách người trước "
        f"không quá {format_span(TOGETHER_WITHIN)}. Chi bộ chuyền tay nhau một máy cũng như vậy."
    ),
    FlagKind.RENEWED: (
        f"Lượt thi bắt đầu trong vòng {format_span(RENEWED_WITHIN)} sau khi mật khẩu được cấp lại "
        "hoặc phiếu được dùng, trên máy mà người cấp hoặc người phụ trách đơn vị đã từng đăng nhập. "
        "Giúp người lớn tuổi đăng nhập cũng có thể như vậy."
    ),
}
STATES = {
    FlagState.OPEN: ("Chưa xem xét", "warning"),
    FlagState.CLEARED: ("Không có vấn đề", "success"),
    FlagState.CONFIRMED: ("Có vấn đề", "danger"),
}
STATE_SLUGS = {"chua-xem": FlagState.OPEN, "co-van-de": FlagState.CONFIRMED, "khong-van-de": FlagState.CLEARED}
KIND_SLUGS = {
    "nhanh": FlagKind.FAST,
    "cung-nhip": FlagKind.SAME_RHYTHM,
    "chung-may": FlagKind.SHARED_DEVICE,
    "cap-mat-khau": FlagKind.RENEWED,
}


def figure(kind: FlagKind, value: int) -> str:
    """The figure that raised a flag, in words."""
    match kind:
        case FlagKind.FAST:
            return f"{format_number(value / 1000, 1)} giây mỗi câu"
        case FlagKind.SAME_RHYTHM:
            return f"{format_number(value)} khoảng cách trùng nhau"
        case FlagKind.SHARED_DEVICE:
            return f"{format_number(value)} người trên một máy"
        case FlagKind.RENEWED:
            return f"{format_number(value // 60)} phút sau khi cấp mật khẩu"


def not_searched(search: Search) -> str:
    """Why a round's flags cannot be called reviewed yet, though none may be open."""
    if search.has_failed:
        return "tìm dấu hiệu chưa xong"
    return "đang tìm dấu hiệu" if search.is_under_way else "chưa tìm dấu hiệu"


def search_message(job: Job) -> str:
    """How the search for flags stands."""
    if job.error:
        return job.error
    if job.result is not None:
        return f"Đã tìm xong: {format_number(int(job.result['found']))} dấu hiệu."
    return "Đang tìm dấu hiệu trong các lượt thi…"
