"""Words of this feature."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused
from quiz_app.meetings import errors
from quiz_app.meetings.models import Presence

REFUSALS: dict[type[Refused], str] = {
    errors.MeetingChanged: "Buổi sinh hoạt này vừa được người khác sửa hoặc hủy. Mời đồng chí mở lại trang.",
    errors.MeetingHeld: "Buổi sinh hoạt đã diễn ra nên chương trình không sửa được nữa.",
    errors.MeetingCanceled: "Buổi sinh hoạt này đã hủy.",
    errors.CheckInClosed: "Chỉ báo có mặt được từ {since} đến {until}. Ngoài giờ đó, đồng chí báo với bí thư.",
    errors.NotYetBegun: "Buổi sinh hoạt bắt đầu lúc {at}. Từ giờ đó mới xác nhận danh sách có mặt.",
    errors.ListChanged: "Danh sách vừa được người khác lưu. Dưới đây là danh sách hiện tại, chỗ khác được nêu rõ.",
    errors.ListConfirmed: "Danh sách có mặt đã được xác nhận. Muốn sửa, bí thư mở lại danh sách.",
    errors.ListOpen: "Danh sách chưa xác nhận nên không cần mở lại.",
    errors.OtherUnit: "Đây là buổi sinh hoạt của {unit}. Đồng chí sinh hoạt ở đơn vị khác, không báo có mặt ở đây.",
}  # fmt: skip
PRESENCES: dict[Presence, str] = {
    Presence.PRESENT: "Có mặt",
    Presence.EXCUSED: "Vắng có lý do",
    Presence.UNEXCUSED: "Vắng không lý do",
    Presence.UNKNOWN: "Chưa rõ",
}
BADGES: dict[Presence, str] = {
    Presence.PRESENT: "success",
    Presence.EXCUSED: "info",
    Presence.UNEXCUSED: "danger",
    Presence.UNKNOWN: "",
}
STATES = {
    "coming": ("Sắp tới", "info"),
    "running": ("Đang diễn ra", "success"),
    "held": ("Chờ xác nhận có mặt", "warning"),
    "confirmed": ("Đã xác nhận có mặt", "success"),
    "canceled": ("Đã hủy", "danger"),
}
KEEPS_UNKNOWN = "Để nguyên là chưa rõ"
NOT_EXPECTED = "Không tính vào số phải dự"
NO_POINTS = "Chương trình cần ít nhất một nội dung."
TOO_MANY_POINTS = "Chương trình có nhiều nhất {most} nội dung."
NO_MATERIAL = "Nội dung {number}: chuyên đề hoặc bài học đã chọn không còn nữa. Mời đồng chí chọn lại."
NO_MINUTES = "Nội dung {number}: mời đồng chí ghi số phút."
PAST = "Giờ này đã qua. Mời đồng chí chọn giờ sắp tới."
NOT_IN_LIST = "Danh sách có người không thuộc buổi sinh hoạt này. Mời đồng chí tải lại trang."
CHOSE_OTHERWISE = "Đồng chí vừa chọn “{words}”, danh sách hiện tại ghi khác."
