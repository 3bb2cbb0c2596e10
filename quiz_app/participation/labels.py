"""Words of this feature: refusals, states of members, headings of the exported file."""

from __future__ import annotations

from enum import StrEnum

from quiz_app.kernel.errors import Refused
from quiz_app.members.models import Category
from quiz_app.participation.errors import TooManyRows
from quiz_app.participation.helping import Need

REFUSALS: dict[type[Refused], str] = {
    TooManyRows: "Danh sách có hơn {limit} người. Mời đồng chí chọn một đơn vị cấp dưới rồi xuất lại.",
}


class State(StrEnum):
    """How a member of a round's roster stands: who took part counts as that, exempt or not."""

    DONE = "done"
    SITTING = "sitting"
    MISSING = "missing"
    EXEMPT = "exempt"


class Order(StrEnum):
    """What a desk's list is sorted by."""

    NAME = "name"
    UNIT = "unit"
    STATE = "state"
    ATTEMPTS = "attempts"
    LATEST = "latest"


class ListColumn(StrEnum):
    """What a flat list of units is sorted by; TREE leaves it in the order of the tree."""

    TREE = "tree"
    NAME = "name"
    TURNOUT = "turnout"
    MISSING = "missing"
    ABLE = "able"
    PARTICIPANTS = "participants"
    ATTEMPTS = "attempts"


ORDER_SLUGS: dict[Order, str] = {
    Order.NAME: "ten",
    Order.UNIT: "don-vi",
    Order.STATE: "trang-thai",
    Order.ATTEMPTS: "so-luot",
    Order.LATEST: "gan-nhat",
}
ORDERS: dict[Order, str] = {
    Order.NAME: "Họ và tên",
    Order.UNIT: "Đơn vị",
    Order.STATE: "Trạng thái",
    Order.ATTEMPTS: "Số lượt thi",
    Order.LATEST: "Lượt gần nhất",
}
NEEDS_HELP_SLUG = "can-giup"
NEEDS_HELP = "Cần giúp"
NEEDS: dict[Need, str] = {
    Need.SIGN_IN: "Đăng nhập sai nhiều lần",
    Need.SILENT: "Đang làm, 3 phút chưa lưu câu nào",
    Need.UNFINISHED: "Hết giờ khi chưa nộp bài",
}
STATES: dict[State, str] = {
    State.DONE: "Đã thi",
    State.SITTING: "Đang làm bài",
    State.MISSING: "Chưa thi",
    State.EXEMPT: "Được miễn",
}
STATE_SLUGS: dict[State, str] = {
    State.DONE: "da-thi",
    State.SITTING: "dang-lam",
    State.MISSING: "chua-thi",
    State.EXEMPT: "mien",
}
STATE_BADGES: dict[State, str] = {
    State.DONE: "success",
    State.SITTING: "info",
    State.MISSING: "warning",
    State.EXEMPT: "",
}
CATEGORIES: dict[str, str] = {
    Category.FULL.value: "Chính thức",
    Category.PROBATIONARY.value: "Dự bị",
    Category.OTHER.value: "Ngoài Đảng",
}
EVERYBODY = "Tất cả"
HEADINGS: dict[ListColumn, tuple[str, str]] = {
    ListColumn.NAME: ("ten", "Đơn vị"),
    ListColumn.TURNOUT: ("ty-le", "Tỉ lệ"),
    ListColumn.ABLE: ("phai-thi", "Đã thi / phải thi"),
    ListColumn.MISSING: ("chua-thi", "Chưa thi"),
    ListColumn.PARTICIPANTS: ("so-nguoi", "Người dự thi"),
    ListColumn.ATTEMPTS: ("so-luot", "Lượt thi"),
}
