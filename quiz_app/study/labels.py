"""Words of this feature: refusals and the names of things on screen."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused
from quiz_app.study.errors import LessonUpdated

REFUSALS: dict[type[Refused], str] = {
    LessonUpdated: "Bài học vừa được cập nhật. Mời đồng chí tải lại trang rồi trả lời lại.",
}
NO_SUCH_PLACE = "Bài học không có mục này. Mời đồng chí tải lại trang."
NOTHING_CHOSEN = "Đồng chí chưa chọn phương án nào."
ONE_ONLY = "Câu này chỉ chọn một phương án."
NO_SUCH_LETTER = "Phương án này không có trong câu hỏi. Mời đồng chí tải lại trang."
RESTING = (
    "Hệ thống đang dành sức cho người làm bài thi. Đồng chí vẫn đọc bài và trả lời câu hỏi ôn bình thường, "
    "chỉ có tiến độ học và câu trả lời tạm thời chưa được ghi lại."
)
NOT_FINISHED = "Hệ thống đang dành sức cho người làm bài thi, chưa ghi được là đã đọc xong. Mời đồng chí bấm lại sau."
NOT_KEPT = "Câu trả lời này chưa được ghi lại, vì hệ thống đang dành sức cho người làm bài thi."
