"""Words of this feature: refusals, states of members, headings of the exported file."""

from __future__ import annotations

from enum import StrEnum

from quiz_app.kernel.errors import Refused
from quiz_app.members.models import Category
from quiz_app.participation.errors import TooManyRows

REFUSALS: dict[type[Refused], str] = {
    TooManyRows: "Danh sách có hơn {limit} người. Mời đồng chí chọn một đơn vị cấp dưới rồi xuất lại.",
}


class State(StrEnum):
    """How a member of a round's roster stands: who took part counts as that, exempt or not."""

    DONE = "done"
    SITTING = "sitting"
    MISSING = "missing"
    EXEMPT = "exempt"


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
