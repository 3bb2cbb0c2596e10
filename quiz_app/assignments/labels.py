"""Words of this feature."""

from __future__ import annotations

from quiz_app.assignments.errors import AlreadyAssigned
from quiz_app.kernel.errors import Refused

REFUSALS: dict[type[Refused], str] = {
    AlreadyAssigned: "Chuyên đề “{title}” đã được giao cho đơn vị này. Muốn đổi hạn, mời thu hồi rồi giao lại.",
}
NO_MODULE = "Mời đồng chí chọn một chuyên đề trong danh sách."
PAST = "Hạn phải từ hôm nay trở đi."
