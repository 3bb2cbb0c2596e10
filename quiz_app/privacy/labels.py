"""Words of this feature: refusals, and the names of requests and their states."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused
from quiz_app.privacy import errors
from quiz_app.privacy.anonymising import Held
from quiz_app.privacy.breaches import Telling
from quiz_app.privacy.models import Kind, Seen, State

REFUSALS: dict[type[Refused], str] = {
    errors.AskedAlready: "Đồng chí đã có một đề nghị như thế đang chờ. Mời đồng chí xem ở trang Dữ liệu của tôi.",
    errors.RequestEnded: "Đề nghị này đã xong, đã trả lời hoặc đã rút. Mời đồng chí mở lại trang.",
    errors.StillSitting: "Chưa xóa được: người này đang có lượt thi chưa nộp. Mời đồng chí đợi nộp bài xong.",
    errors.RoundNotFinal: "Chưa xóa được: người này có lượt thi trong {rounds} mà kết quả chưa chốt. "
    "Mời đồng chí chốt kết quả trước.",
    errors.ComplaintOpen: "Chưa xóa được: người này có khiếu nại chưa được trả lời. Mời đồng chí trả lời trước.",
    errors.PrizeUnpaid: "Chưa xóa được: người này có giải thưởng đang chờ trả. Mời đồng chí trả giải trước.",
    errors.BreachClosed: "Sự cố này đã đóng. Mời đồng chí mở lại rồi sửa.",
    errors.BreachChanged: "Có đồng chí khác vừa sửa sự cố này. Mời đồng chí mở lại trang.",
    errors.BreachUntold: "Chưa đóng được: mời đồng chí ghi đã báo cơ quan chuyên trách lúc nào, hoặc vì sao không phải "
    "báo.",
}
KINDS = {
    Kind.CORRECT: "Sửa thông tin",
    Kind.RESTRICT: "Hạn chế sử dụng, rút mọi đồng ý",
    Kind.ERASE: "Xóa dữ liệu của tôi",
}
SLUGS = {"sua": Kind.CORRECT, "han-che": Kind.RESTRICT, "xoa": Kind.ERASE}
KIND_SLUGS = {kind: slug for slug, kind in SLUGS.items()}
STATES = {
    State.NEW: "Mới",
    State.DOING: "Đang xử lý",
    State.DONE: "Đã làm",
    State.REFUSED: "Từ chối",
    State.WITHDRAWN: "Đã rút",
}
BADGES = {
    State.NEW: "warning",
    State.DOING: "info",
    State.DONE: "success",
    State.REFUSED: "danger",
    State.WITHDRAWN: "",
}
MEANINGS = {
    Kind.CORRECT: "Họ tên, ngày sinh, số điện thoại… ghi chưa đúng: đồng chí viết chỗ sai và viết lại cho đúng.",
    Kind.RESTRICT: "Mọi mục đồng chí đã đồng ý được rút lại: họ tên không hiện trên bảng nào, kết quả không vào "
    "thống kê, không gửi thư nhắc. Đồng chí vẫn học được, nhưng không bắt đầu lượt thi mới cho đến khi đồng ý lại.",
    Kind.ERASE: "Hồ sơ và tài khoản bị xóa vĩnh viễn, không lấy lại được. Đồng chí không đăng nhập được nữa. "
    "Số liệu đã công bố được giữ nhưng không còn họ tên; nhật ký và văn bản đã ban hành lưu theo quy định.",
}
EFFECTS = {
    Kind.CORRECT: "Mời đồng chí sửa trong danh sách (nhập lại tệp hoặc trang hồ sơ) trước, rồi ghi ở đây đã sửa gì.",
    Kind.RESTRICT: "Bấm “Đã làm”: mọi mục người này đã đồng ý được rút lại ngay.",
    Kind.ERASE: "Bấm “Đã làm”: hồ sơ, tài khoản, phiên đăng nhập và mọi điều người này viết bị xóa vĩnh viễn, vai trò "
    "kết thúc. Lượt thi và bảng đã công bố giữ số liệu, không còn họ tên. Không làm lại được.",
}
HELD = {
    Held.SITTING: "còn lượt thi chưa nộp",
    Held.COMPLAINT: "còn khiếu nại chưa trả lời",
    Held.CORRECTION: "còn đề xuất sửa kết quả chưa xong",
    Held.TABLE: "còn bảng kết quả chưa công bố",
    Held.PRIZE: "còn giải thưởng chưa trả",
    Held.QUESTION: "còn câu hỏi về bài thi chưa xóa nội dung",
}
SEEN = {
    Seen.PROFILE: "Hồ sơ trong danh sách",
    Seen.CONTACT: "Tên và cách liên lạc, để nhắc hoặc giúp làm bài",
    Seen.PAPER: "Lượt thi, bài làm",
    Seen.COMPLAINT: "Khiếu nại và bài làm liên quan",
    Seen.REQUEST: "Đề nghị đã gửi",
    Seen.QUESTION: "Câu hỏi, báo lỗi đã gửi",
    Seen.PRIZE: "Giải thưởng, giấy chứng nhận",
    Seen.ELSEWHERE: "Kết quả thi ở nơi khác",
}
TELLING = {
    Telling.WAITING: ("Chưa báo cơ quan chuyên trách", "warning"),
    Telling.OVERDUE: ("Quá 72 giờ chưa báo", "danger"),
    Telling.IN_TIME: ("Đã báo trong 72 giờ", "success"),
    Telling.LATE: ("Đã báo, muộn hơn 72 giờ", "danger"),
    Telling.NOT_NEEDED: ("Không phải báo, có lý do", ""),
}
