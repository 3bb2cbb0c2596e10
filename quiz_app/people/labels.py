"""Words of this feature: refusals and what the pages say."""

from __future__ import annotations

from collections.abc import Mapping

from quiz_app.kernel.errors import Refused
from quiz_app.people import errors
from quiz_app.units.models import UnitEvent, UnitEventKind

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
NO_TARGET = "Đồng chí chưa chọn đơn vị: tìm theo tên hoặc mã rồi bấm vào đơn vị."
PLAIN_EVENTS = {
    UnitEventKind.CREATED: "Lập đơn vị",
    UnitEventKind.CLOSED: "Đóng đơn vị",
    UnitEventKind.REOPENED: "Mở lại đơn vị",
}
CLOSED = "{unit} đã đóng. Đồng chí xem lại đơn vị của mình; chưa đúng thì gửi đề nghị mới."


def unit_event(event: UnitEvent, names: Mapping[int, str]) -> str:
    """One change of a unit in a sentence; `names` are those of other units today."""
    before, after = event.before, event.after
    kind = UnitEventKind(event.kind)
    if kind is UnitEventKind.RENAMED:
        return f"Đổi tên từ “{before['name']}” thành “{after['name']}”"
    if kind is UnitEventKind.MOVED:
        return f"Chuyển từ {names[before['parent_id']]} sang {names[after['parent_id']]}"
    if kind is UnitEventKind.MERGED:
        taken = f"{after['members']} hồ sơ, {after['units']} đơn vị cấp dưới"
        if "source_id" in before:
            return f"Nhận {before['name']} sáp nhập vào ({taken})"
        return f"Sáp nhập vào {names[after['target_id']]} ({taken})"
    return PLAIN_EVENTS[kind]
