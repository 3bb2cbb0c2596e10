"""The organisations of the demo commune: the shape of a real one, with places of the area and invented enterprises."""

from __future__ import annotations

from dataclasses import dataclass

from quiz_app.units.models import UnitKind

ROOT_CODE = "BATTRANG"
ROOT_NAME = "Đảng bộ xã Bát Tràng"


@dataclass(frozen=True, slots=True)
class Organisation:
    """A unit below the commune; `parent` is the code of the unit above."""

    code: str
    name: str
    kind: UnitKind
    parent: str = ROOT_CODE


def _cells(prefix: str, names: list[str], parent: str = ROOT_CODE) -> list[Organisation]:
    return [
        Organisation(f"{prefix}{number:02}", f"Chi bộ {name}", UnitKind.CELL, parent)
        for number, name in enumerate(names, start=1)
    ]


_VILLAGES = [
    *(f"thôn {number} Bát Tràng" for number in range(1, 7)),
    *(f"thôn {number} Giang Cao" for number in range(1, 7)),
    *(f"thôn {number} Kim Lan" for number in range(1, 7)),
    *("thôn Chử Xá", "thôn Sơn Hô", "thôn Trung Quan 1", "thôn Trung Quan 2", "thôn Trung Quan 3"),
    *("thôn Đông Dư Thượng", "thôn Đông Dư Hạ", "thôn Thuận Phú"),
    *("thôn Đào Xuyên", "thôn Khoan Tế", "thôn Lê Xá", "thôn Ngọc Động", "thôn Thuận Tốn"),
]
_SCHOOLS = [
    f"Trường {level} {place}"
    for place in ("Bát Tràng", "Kim Lan", "Văn Đức", "Đông Dư", "Đa Tốn")
    for level in ("Mầm non", "Tiểu học", "THCS")
]
_ENTERPRISES = [
    "Công ty Gốm Bến Sông",
    "Công ty Sứ Men Lam",
    "Hợp tác xã Dịch vụ nông nghiệp Văn Đức",
    "Hợp tác xã Gốm Làng Cổ",
]

ORGANISATIONS: tuple[Organisation, ...] = (
    *_cells("TDP", ["tổ dân phố số 1", "tổ dân phố số 2", "tổ dân phố số 3"]),
    *_cells("THON", _VILLAGES),
    *_cells("TRUONG", _SCHOOLS),
    *_cells("YTE", ["Trạm Y tế xã"]),
    *_cells("DN", _ENTERPRISES),
    *_cells("QS", ["Quân sự xã"]),
    Organisation("CQD", "Đảng bộ các cơ quan Đảng xã", UnitKind.BASE_COMMITTEE),
    *_cells("CQD", ["Xây dựng Đảng", "Văn phòng Đảng ủy", "Mặt trận Tổ quốc xã"], "CQD"),
    Organisation("UBND", "Đảng bộ Ủy ban nhân dân xã", UnitKind.BASE_COMMITTEE),
    *_cells("UBND", ["Văn phòng HĐND và UBND xã", "Kinh tế xã", "Văn hóa – Xã hội xã"], "UBND"),
    Organisation("SN", "Đảng bộ bộ phận các đơn vị sự nghiệp xã", UnitKind.SECTION_COMMITTEE, "UBND"),
    *_cells("SN", ["Trung tâm Hành chính công xã", "Trung tâm Dịch vụ tổng hợp xã"], "SN"),
    Organisation("CA", "Đảng bộ Công an xã", UnitKind.BASE_COMMITTEE),
    *_cells("CA", ["Tổng hợp Công an xã", "An ninh trật tự Công an xã", "Cảnh sát khu vực Công an xã"], "CA"),
)
CELLS: tuple[Organisation, ...] = tuple(unit for unit in ORGANISATIONS if unit.kind is UnitKind.CELL)
