"""Words of this feature: refusals and the states of records."""

from __future__ import annotations

from quiz_app.elsewhere import errors
from quiz_app.elsewhere.models import Source, State
from quiz_app.kernel.errors import Refused

REFUSALS: dict[type[Refused], str] = {
    errors.AlreadyConfirmed: "Việc dự thi của đồng chí đã được xác nhận, không cần khai báo nữa.",
    errors.DecidedMeanwhile: "Khai báo này vừa được trả lời hoặc gửi lại. Mời đồng chí tải lại trang và xem lại.",
    errors.OwnDeclaration: "Đồng chí không tự xác nhận cho mình được. Mời một đồng chí khác trong chi ủy xác nhận, "
    "hoặc ban tổ chức nhập từ danh sách.",
    errors.ListUnreadable: "Không đọc được danh sách: {reason}",
    errors.ListFaulty: "Danh sách còn {count} chỗ sai nên chưa có ai được ghi nhận.",
    errors.ListUndecided: "Còn {count} dòng chưa rõ là ai. Mời đồng chí chọn cho từng dòng.",
}
STATES: dict[State, str] = {
    State.DECLARED: "Chờ xác nhận",
    State.CONFIRMED: "Đã xác nhận",
    State.REFUSED: "Không xác nhận",
}
STATE_BADGES: dict[State, str] = {State.DECLARED: "warning", State.CONFIRMED: "success", State.REFUSED: "danger"}
STATE_SLUGS: dict[State, str] = {
    State.DECLARED: "cho-xac-nhan",
    State.CONFIRMED: "da-xac-nhan",
    State.REFUSED: "khong-xac-nhan",
}
SOURCES: dict[Source, str] = {Source.LIST: "Danh sách của nơi tổ chức", Source.DECLARATION: "Đảng viên khai báo"}
NO_REASON = "Mời đồng chí ghi lý do để người khai báo biết."
NO_PICTURE = "Mời đồng chí chọn ảnh chụp màn hình kết quả hoặc giấy chứng nhận."


def score(hundredths: int | None) -> str:
    """`18`, `18,5`, and nothing where there is none."""
    if hundredths is None:
        return ""
    whole, rest = divmod(hundredths, 100)
    return f"{whole},{rest:02d}".rstrip("0") if rest else str(whole)
