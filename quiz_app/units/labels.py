"""Words of this feature: refusals and the names of things on screen."""

from __future__ import annotations

from question_bank.model import Audience
from quiz_app.kernel.errors import Refused
from quiz_app.units import errors
from quiz_app.units.models import UnitKind

REFUSALS: dict[type[Refused], str] = {
    errors.UnitCodeTaken: "Mã đơn vị “{code}” đã được dùng. Mời đồng chí chọn mã khác.",
    errors.UnitNotInScope: "Đồng chí không phụ trách đơn vị “{name}”.",
    errors.UnitClosed: "{name} đã đóng nên không nhận thêm người và đơn vị.",
    errors.UnitNotEmpty: "{name} còn {members} người và {units} đơn vị cấp dưới. Chuyển hết, hoặc sáp nhập, rồi đóng.",
    errors.UnitBelowItself: "{name} không thể đứng dưới chính mình hoặc dưới đơn vị cấp dưới của mình.",
    errors.UnitStandsThere: "Đơn vị đã trực thuộc {name}, không có gì thay đổi.",
    errors.UnitChangedMeanwhile: "{name} vừa được người khác sửa. Mời đồng chí mở lại trang, xem và sửa lại.",
    errors.TopUnit: "{name} đứng đầu cây đơn vị nên không chuyển, sáp nhập hoặc đóng được.",
}

AUDIENCES: dict[str, str] = {
    Audience.VILLAGE: "Thôn, tổ dân phố",
    Audience.SCHOOL: "Trường học",
    Audience.HEALTH: "Y tế",
    Audience.BUSINESS: "Doanh nghiệp",
    Audience.FORCES: "Công an, quân sự",
    Audience.OFFICE: "Cơ quan xã",
}
KINDS: dict[UnitKind, str] = {
    UnitKind.CITY: "Đảng bộ thành phố",
    UnitKind.COMMUNE: "Đảng bộ xã, phường",
    UnitKind.BASE_COMMITTEE: "Đảng bộ cơ sở",
    UnitKind.SECTION_COMMITTEE: "Đảng bộ bộ phận",
    UnitKind.CELL: "Chi bộ",
}
_BEFORE_PLACES = ("Đảng bộ xã ", "Đảng bộ phường ", "Đảng bộ thành phố ", "Đảng bộ ")


def place_of(unit_name: str) -> str:
    """The place that a commune's or city's organisation is named after: where its papers are signed."""
    start = next((one for one in _BEFORE_PLACES if unit_name.startswith(one)), "")
    return unit_name.removeprefix(start)
