"""Words of this feature: refusals and what the pages say."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused
from quiz_app.people import errors

REFUSALS: dict[type[Refused], str] = {
    errors.RoundWouldBeLost: "“{round}” chưa chốt kết quả, mà người của {unit} đang trong danh sách dự thi: làm việc "
    "này bây giờ thì họ không còn được thi hoặc mất phần gia hạn. Mời đồng chí chốt kết quả đợt đó trước.",
    errors.UnitHoldsContest: "{unit} đang tổ chức “{contest}”, còn {round} chưa chốt. Mời đồng chí chốt kết quả, hoặc "
    "xóa bản nháp, trước khi làm việc này.",
    errors.MemberChangedMeanwhile: "Hồ sơ của đồng chí {name} vừa được người khác sửa. Mời đồng chí mở lại trang, "
    "xem và sửa lại.",
    errors.OwnRecord: "Không ai tự sửa hồ sơ của mình. Mời đồng chí nhờ cấp trên.",
    errors.NothingChanged: "Lựa chọn này giống hồ sơ đang có nên không có gì để ghi.",
    errors.PairDecided: "Hai hồ sơ này đã có người quyết định trước. Mời đồng chí mở lại danh sách.",
    errors.BothHaveSat: "Cả hai hồ sơ đều có lượt thi còn hiệu lực trong {rounds}. Ban tổ chức hủy bớt một bên ở trang "
    "Sửa kết quả (có người thứ hai duyệt), rồi gộp.",
    errors.BothSitNow: "Đồng chí {name} đang làm bài. Mời đồng chí đợi nộp bài xong rồi gộp.",
}
MERGED_INTO = "{unit} đã sáp nhập vào {target}. Đồng chí xem lại đơn vị của mình; chưa đúng thì gửi đề nghị mới."
CLOSED = "{unit} đã đóng. Đồng chí xem lại đơn vị của mình; chưa đúng thì gửi đề nghị mới."
NO_UNIT = "Không có đơn vị nào đang hoạt động mang tên hoặc mã này trong phạm vi đồng chí phụ trách."
MANY_UNITS = "Có nhiều đơn vị cùng tên này. Mời đồng chí ghi mã đơn vị."
