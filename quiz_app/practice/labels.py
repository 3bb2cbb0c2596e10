"""Words of this feature: refusals and the names of things on screen."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused
from quiz_app.practice.errors import (
    MockOver,
    MockUnderWay,
    NothingToPractise,
    PracticeEnded,
    PracticeRests,
    QuestionWithdrawn,
    TooFewForMock,
)
from quiz_app.practice.models import Kind

REFUSALS: dict[type[Refused], str] = {
    NothingToPractise: "Hiện chưa có câu hỏi nào để ôn theo cách này. Mời đồng chí chọn cách ôn khác.",
    PracticeEnded: "Lượt ôn này đã kết thúc. Mời đồng chí bắt đầu lượt mới.",
    QuestionWithdrawn: "Câu này vừa được sửa hoặc đưa vào một đợt thi nên tạm thời không dùng để ôn.",
    PracticeRests: "Hệ thống đang dành sức cho người làm bài thi. Mời đồng chí ôn tập lại sau.",
    MockUnderWay: "Đồng chí đang làm dở một lượt thi thử. Mời đồng chí làm tiếp hoặc nộp bài trước.",
    MockOver: "Lượt thi thử này đã kết thúc.",
    TooFewForMock: "Đề này cần {needed} câu mà hiện chỉ có {count} câu dùng để ôn. Mời đồng chí chọn thể lệ khác.",
}
KINDS = {
    Kind.MODULE.value: "Ôn theo chuyên đề",
    Kind.LEVEL.value: "Ôn theo mức độ",
    Kind.MISTAKES.value: "Lỗi sai của tôi",
    Kind.MIXED.value: "Ôn tổng hợp",
    Kind.DAILY.value: "Ôn hằng ngày",
    Kind.MOCK.value: "Thi thử",
}
NOTHING_CHOSEN = "Đồng chí chưa chọn phương án nào."
ONE_ONLY = "Câu này chỉ chọn một phương án."
NO_SUCH_LETTER = "Phương án này không có trong câu hỏi. Mời đồng chí tải lại trang."
NOT_COUNTED = "Số thứ tự gửi lên không hợp lệ. Mời đồng chí tải lại trang."
UNKNOWN_KIND = "Cách ôn này không có. Mời đồng chí tải lại trang."
NOTHING_DONE = "Đồng chí chưa trả lời câu nào nên lượt ôn này không được ghi lại."
