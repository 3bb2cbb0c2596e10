"""What each role may do, in words for whoever gives it."""

from __future__ import annotations

from quiz_app.kernel.access import Role

MEANS: dict[Role, tuple[str, ...]] = {
    Role.SECRETARY: (
        "Xem ai trong đơn vị của mình đã thi, đang làm, chưa vào; có số điện thoại để nhắc; tải danh sách.",
        "In phiếu vào hệ thống; xác nhận khai báo đã dự thi ở nơi khác; gửi lời nhắc.",
        "Cho người trong đơn vị mượn máy làm bài khi mắt kém hoặc không quen máy.",
        "Xem và quyết định đề nghị chuyển về đơn vị của mình.",
        "Chỉ ở đúng đơn vị được giao, không gồm cấp dưới.",
    ),
    Role.OVERSEER: (
        "Xem tình hình tham gia của đơn vị được giao và mọi đơn vị cấp dưới; tải danh sách.",
        "Không sửa cuộc thi, không xem đáp án.",
    ),
    Role.AUTHOR: (
        "Soạn và sửa câu hỏi, chuyên đề; thấy đáp án của bộ câu hỏi chưa niêm phong.",
        "Không tự thẩm định câu mình soạn. Chỉ có hiệu lực khi giao ở đơn vị cao nhất.",
    ),
    Role.REVIEWER: (
        "Đọc, góp ý và thẩm định câu hỏi do người khác soạn; thấy đáp án của bộ chưa niêm phong.",
        "Chỉ có hiệu lực khi giao ở đơn vị cao nhất.",
    ),
    Role.ORGANISER: (
        "Nhập danh sách, sửa đơn vị và hồ sơ đảng viên, in phiếu, tạo và mở cuộc thi, gia hạn, giải quyết khiếu nại, "
        "chốt và công bố kết quả ở đơn vị được giao và mọi đơn vị cấp dưới.",
        "Giao và thu hồi vai trò trong phạm vi ấy, trừ vai trò Quản trị.",
        "Giao ở đơn vị cao nhất thì được thêm: công bố bộ câu hỏi và văn bản, bật chế độ chỉ đọc.",
    ),
    Role.OPERATOR: (
        "Giao và thu hồi mọi vai trò, kể cả Quản trị; đặt lại xác thực hai lớp cho người mất điện thoại.",
        "Xem việc chạy nền, bật chế độ chỉ đọc.",
        "Không tổ chức thi, không xem đáp án.",
    ),
}
