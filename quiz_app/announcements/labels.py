"""Words of this feature."""

from __future__ import annotations

from quiz_app.announcements import errors
from quiz_app.kernel.errors import Refused

REFUSALS: dict[type[Refused], str] = {
    errors.AnnouncementChanged: "Thông báo này vừa được người khác sửa hoặc thu hồi. Mời đồng chí mở lại danh sách.",
}
STATES = {
    "coming": ("Sắp đăng", "info"),
    "shown": ("Đang đăng", "success"),
    "over": ("Hết hạn", ""),
    "withdrawn": ("Đã thu hồi", "danger"),
}
ENDS_BEFORE = "Ngày cuối phải từ ngày đầu trở đi."
OVER = "Ngày này đã qua. Mời đồng chí chọn từ hôm nay trở đi."
NO_LINK = "Mục này không còn để dẫn tới. Mời đồng chí chọn mục khác."
HEADING = "Thông báo không dùng tiêu đề (dòng bắt đầu bằng #, hoặc gạch dưới bằng === hay ---)."
EMPTY = "Mời đồng chí ghi đủ tiêu đề và nội dung."
