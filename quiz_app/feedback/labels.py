"""Words of complaints and of requests to correct a unit."""

from __future__ import annotations

from quiz_app.feedback import errors
from quiz_app.feedback.models import ComplaintState, UnitChangeState
from quiz_app.kernel.errors import Refused

REFUSALS: dict[type[Refused], str] = {
    errors.ComplaintsClosed: "Không gửi khiếu nại được: {reason}.",
    errors.AlreadyComplained: "Đồng chí đã có một khiếu nại về nội dung này đang chờ trả lời.",
    errors.TooManyComplaints: "Đồng chí đang có {most} khiếu nại chờ trả lời. Mời đồng chí chờ Ban tổ chức trả lời, "
    "hoặc rút bớt rồi gửi tiếp.",
    errors.TooManyToday: "Trong 24 giờ qua đồng chí đã gửi {most} khiếu nại, kể cả khiếu nại đã rút. Mời đồng chí "
    "gửi tiếp vào ngày mai.",
    errors.ComplaintSettled: "Khiếu nại này đã được giải quyết hoặc đã rút, không thay đổi được nữa.",
    errors.OwnComplaint: "Khiếu nại của chính đồng chí phải do người khác trong Ban tổ chức giải quyết.",
    errors.UnitChangeOpen: "Đồng chí đang có một đề nghị sửa đơn vị chờ trả lời. Muốn gửi đề nghị khác, mời đồng chí "
    "rút đề nghị ấy trước.",
    errors.AskedTooOften: "Trong 30 ngày qua đồng chí đã gửi {most} đề nghị sửa đơn vị. Mời đồng chí liên hệ bí thư "
    "chi bộ.",
    errors.UnitChangeSettled: "Đề nghị này đã được trả lời hoặc đã rút, không thay đổi được nữa.",
    errors.SameUnit: "Đồng chí đang có tên trong danh sách của đơn vị này rồi.",
    errors.MemberElsewhere: "Đồng chí {name} đã được chuyển sang đơn vị khác sau khi gửi đề nghị, nên không tiếp nhận "
    "theo đề nghị này được nữa. Mời đồng chí từ chối và ghi rõ lý do.",
}

BARS = {
    "unfinished": "lượt thi chưa kết thúc",
    "rehearsal": "đây là đợt diễn tập, không tính kết quả",
    "over": "đã hết thời hạn khiếu nại của đợt thi",
}

NO_TEXT = "Mời đồng chí ghi nội dung khiếu nại."
LONG_TEXT = "Dài nhất {most} ký tự."
NO_SUCH_PLACE = "Đề của đồng chí không có câu này. Mời đồng chí xem lại số câu."
NO_ANSWER = "Mời đồng chí ghi câu trả lời; người gửi sẽ đọc được."
NO_REASON = "Mời đồng chí ghi lý do."
NO_NOTE = "Từ chối thì cần ghi lý do để người gửi biết."

STATES = {
    ComplaintState.OPEN: "Chờ trả lời",
    ComplaintState.UPHELD: "Chấp nhận",
    ComplaintState.DECLINED: "Không chấp nhận",
    ComplaintState.WITHDRAWN: "Đã rút",
}
STATE_BADGES = {
    ComplaintState.OPEN: "warning",
    ComplaintState.UPHELD: "success",
    ComplaintState.DECLINED: "info",
    ComplaintState.WITHDRAWN: "",
}
STATE_SLUGS = {
    "cho-tra-loi": ComplaintState.OPEN,
    "chap-nhan": ComplaintState.UPHELD,
    "khong-chap-nhan": ComplaintState.DECLINED,
    "da-rut": ComplaintState.WITHDRAWN,
}
KIND_SLUGS = {"ket-qua": False, "cau-hoi": True}
KINDS = {"ket-qua": "Về kết quả", "cau-hoi": "Về một câu hỏi"}

CHANGE_STATES = {
    UnitChangeState.ASKED: "Chờ trả lời",
    UnitChangeState.ACCEPTED: "Đã tiếp nhận",
    UnitChangeState.DECLINED: "Không tiếp nhận",
    UnitChangeState.WITHDRAWN: "Đã rút",
}
CHANGE_BADGES = {
    UnitChangeState.ASKED: "warning",
    UnitChangeState.ACCEPTED: "success",
    UnitChangeState.DECLINED: "info",
    UnitChangeState.WITHDRAWN: "",
}

EVENTS = {
    "attempt.started": "Bắt đầu làm bài",
    "attempt.taken_over": "Làm tiếp ở cửa sổ hoặc thiết bị khác",
    "attempt.finalised": "Kết thúc, chấm điểm",
    "attempt.assisted": "Có người hỗ trợ trên máy dùng chung",
    "attempt.annulled": "Bị hủy",
}


def about(position: int | None) -> str:
    """What a complaint is about, in words."""
    return "Kết quả lượt thi" if position is None else f"Câu {position}"
