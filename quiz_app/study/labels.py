"""Words of this feature: refusals and the names of things on screen."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused
from quiz_app.study.errors import LessonUpdated

REFUSALS: dict[type[Refused], str] = {
    LessonUpdated: "Bài học vừa được cập nhật. Mời đồng chí tải lại trang rồi trả lời lại.",
}
NOTHING_CHOSEN = "Đồng chí chưa chọn phương án nào."
ONE_ONLY = "Câu này chỉ chọn một phương án."
NO_SUCH_LETTER = "Phương án này không có trong câu hỏi. Mời đồng chí tải lại trang."
