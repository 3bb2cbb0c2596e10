"""Words of the sitting: why somebody may not start, and what stands in the way of an answer."""

from __future__ import annotations

from quiz_app.attempts.errors import AttemptClosed, AttemptClosing, Barred, NoSuchOption, NotYetShown, TakenOver
from quiz_app.kernel.errors import Refused
from quiz_app.rules.eligibility import Bar

REFUSALS: dict[type[Refused], str] = {
    Barred: "{reason}",
    AttemptClosed: "Lượt thi đã kết thúc. Các câu đã lưu trước đó vẫn được tính điểm.",
    AttemptClosing: "Đã hết giờ. Hệ thống đang tự nộp bài với các câu đã lưu, mời đồng chí chờ vài giây.",
    TakenOver: "Lượt thi đang được làm tiếp ở cửa sổ hoặc thiết bị khác. Màn hình này chỉ còn để xem.",
    NoSuchOption: "Câu hỏi này không có phương án đồng chí vừa gửi. Mời chọn lại.",
    NotYetShown: "Nội dung này chưa được công bố theo thể lệ của đợt thi.",
}

BARS = {
    Bar.NOT_PUBLISHED: "Đợt thi chưa được công bố.",
    Bar.ROUND_VOIDED: "Đợt thi đã bị hủy; mời đồng chí xem thông báo của Ban tổ chức.",
    Bar.DEMONSTRATION_ONLY: "Đợt thi này chỉ để minh họa, không dùng để thi thật.",
    Bar.NOT_YET_OPEN: "Đợt thi chưa mở.",
    Bar.OUTSIDE_HOURS: "Đợt thi đang tạm nghỉ theo khung giờ đã công bố, mời đồng chí trở lại khi đợt thi mở tiếp.",
    Bar.CLOSED: "Đợt thi đã đóng.",
    Bar.MEMBER_INACTIVE: "Đồng chí hiện không có tên trong danh sách sinh hoạt của đơn vị. Mời liên hệ chi ủy.",
    Bar.UNIT_NOT_INVITED: "Đơn vị của đồng chí không thuộc diện dự thi đợt này.",
    Bar.CATEGORY_NOT_INVITED: "Đợt thi này không dành cho đối tượng của đồng chí.",
    Bar.TOO_YOUNG: "Đồng chí chưa đủ tuổi dự thi theo thể lệ.",
    Bar.BIRTH_UNKNOWN: "Danh sách chưa có ngày sinh của đồng chí nên chưa xét được tuổi. Mời liên hệ chi ủy.",
    Bar.CONSENT_MISSING: "Đồng chí chưa đồng ý tham gia thi.",
    Bar.NO_ATTEMPTS_LEFT: "Đồng chí đã dùng hết số lượt thi của đợt này.",
    Bar.NO_ATTEMPTS_TODAY: "Đồng chí đã dùng hết số lượt thi của hôm nay. Mời đồng chí trở lại vào ngày khác.",
}
