"""Words of this feature: refusals and the names of things on screen."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused
from quiz_app.units.errors import UnitCodeTaken, UnitNotInScope
from quiz_app.units.models import UnitKind

REFUSALS: dict[type[Refused], str] = {
    UnitCodeTaken: "Mã đơn vị “{code}” đã được dùng. Mời đồng chí chọn mã khác.",
    UnitNotInScope: "Đồng chí không phụ trách đơn vị “{name}”.",
}

KINDS: dict[UnitKind, str] = {
    UnitKind.CITY: "Đảng bộ thành phố",
    UnitKind.COMMUNE: "Đảng bộ xã, phường",
    UnitKind.BASE_COMMITTEE: "Đảng bộ cơ sở",
    UnitKind.SECTION_COMMITTEE: "Đảng bộ bộ phận",
    UnitKind.CELL: "Chi bộ",
}
