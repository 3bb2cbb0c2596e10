"""Words of contests: refusals, settings, and what is missing before a round can open."""

from __future__ import annotations

from quiz_app.contests.errors import RoundFixed, RoundNotReady
from quiz_app.contests.models import NamesShown, Shown
from quiz_app.kernel.errors import Refused
from quiz_app.rules.drawing import Shortage
from quiz_app.rules.standing import CountedAttempt, Criterion

REFUSALS: dict[type[Refused], str] = {
    RoundFixed: "Đợt thi đã mở cho người dự thi nên không sửa được nữa.",
    RoundNotReady: "Chưa mở được đợt thi: {problems}.",
}

SHOWN = {
    Shown.NEVER: "Không công bố",
    Shown.AFTER_SUBMISSION: "Ngay sau khi nộp bài",
    Shown.AFTER_CLOSING: "Sau khi đợt thi đóng",
    Shown.AFTER_FINAL: "Sau khi chốt kết quả",
}
NAMES_SHOWN = {
    NamesShown.NOBODY: "Không nêu tên ai",
    NamesShown.CONSENTED: "Chỉ nêu tên người đã đồng ý",
    NamesShown.OWN_UNIT: "Nêu tên trong nội bộ chi bộ",
}
COUNTED = {
    CountedAttempt.ONLY: "Lượt duy nhất",
    CountedAttempt.BEST_EARLIEST: "Lượt điểm cao nhất, bằng điểm thì lấy lượt nộp sớm hơn",
    CountedAttempt.BEST_FASTEST: "Lượt điểm cao nhất, bằng điểm thì lấy lượt làm nhanh hơn",
    CountedAttempt.LAST: "Lượt nộp sau cùng",
}
CRITERIA = {
    Criterion.SCORE: "điểm cao hơn",
    Criterion.DURATION: "làm bài nhanh hơn",
    Criterion.SUBMITTED: "nộp bài sớm hơn",
    Criterion.PREDICTION: "dự đoán gần đúng hơn",
}
LEVELS = {1: "Nhận biết", 2: "Thông hiểu", 3: "Vận dụng"}

NO_SETS = "chưa chọn bộ câu hỏi"
NO_CELLS = "chưa lập ma trận đề"
CLOSES_IN_PAST = "giờ đóng đã qua"
SHIPPED_SET = "bộ “{title}” kèm đáp án công khai, chỉ dùng cho cuộc thi minh họa"
ANY = "bất kỳ"
SHORT = "chuyên đề “{topic}”, mức {level}: cần {needed}, có {available}"


def standing_rule(tie_breaks: list[str]) -> str:
    """The round's order of contestants as a sentence."""
    parts = ", ".join(CRITERIA[Criterion(name)] for name in tie_breaks)
    return f"Xếp hạng lần lượt theo: {parts}. Bằng nhau mọi tiêu chí thì đồng hạng."


def shortage(short: Shortage, topic_title: str) -> str:
    level = ANY if short.level is None else LEVELS[short.level].lower()
    return SHORT.format(topic=topic_title, level=level, needed=short.needed, available=short.available)
