"""Words of this feature: refusals, the states of registrations, and what people who register are told."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused
from quiz_app.members.models import Purpose, RegistrationState
from quiz_app.registering import errors
from quiz_app.registering.models import Way

REFUSALS: dict[type[Refused], str] = {
    errors.RegistrationClosed: "Hiện chưa mở đăng ký, hoặc đã hết hạn đăng ký. Mời đồng chí hỏi ban tổ chức.",
    errors.TooManyRegistrations: "Đã gửi đăng ký nhiều lần. Mời đồng chí chờ {minutes} phút rồi gửi lại.",
    errors.RegistrationDecided: "Đăng ký này vừa được người khác trả lời hoặc đã được xóa. Mời đồng chí mở lại danh "
    "sách.",
    errors.AlikeElsewhere: "Có hồ sơ giống người này ở đơn vị khác, nên ban tổ chức quyết định. Đồng chí chưa nhận "
    "được.",
    errors.PhoneShared: "Số điện thoại này đã có {count} người dùng chung, không thêm được nữa. Mời đồng chí không "
    "nhận và ghi lý do để người đăng ký dùng số khác.",
    errors.DeskChanged: "Người khác vừa sửa cách đăng ký. Mời đồng chí mở lại trang, xem và sửa lại.",
}
STATES: dict[RegistrationState, str] = {
    RegistrationState.WAITING: "Chờ duyệt",
    RegistrationState.ADMITTED: "Đã nhận",
    RegistrationState.REFUSED: "Không nhận",
}
STATE_BADGES: dict[RegistrationState, str] = {
    RegistrationState.WAITING: "warning",
    RegistrationState.ADMITTED: "success",
    RegistrationState.REFUSED: "danger",
}
STATE_SLUGS: dict[RegistrationState, str] = {
    RegistrationState.WAITING: "cho-duyet",
    RegistrationState.ADMITTED: "da-nhan",
    RegistrationState.REFUSED: "khong-nhan",
}
WAYS: dict[Way, str] = {
    Way.OFF: "Không mở đăng ký",
    Way.CODE: "Có mã đăng ký là vào được ngay",
    Way.APPROVAL: "Gửi đăng ký, có người duyệt mới vào được",
}
ASKED_PURPOSES = (Purpose.TAKE_PART, Purpose.PUBLISH_NAME, Purpose.STATISTICS)
UNLISTED = "Người dự thi ngoài danh sách"
SAME_PERSON = (
    "Đồng chí đã có tên trong danh sách của chi bộ. Mời đồng chí vào bằng phiếu do chi bộ phát; "
    "chưa có phiếu thì hỏi bí thư chi bộ."
)
WRONG_CODE = "Mã đăng ký chưa đúng. Mời đồng chí xem lại mã do ban tổ chức thông báo."
NO_REASON = "Mời đồng chí ghi lý do để người đăng ký biết."
ENDS_BEFORE = "Ngày cuối phải từ ngày mở trở đi."
