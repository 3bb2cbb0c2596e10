"""Words of contests: refusals, settings, and what is missing before a round can open."""

from __future__ import annotations

from collections.abc import Mapping

from quiz_app.contests.errors import (
    ChangeLocked,
    DraftInUse,
    NotRehearsable,
    RoundFixed,
    RoundNotReady,
    RulesChanged,
    SetSealed,
)
from quiz_app.contests.models import ItemKinds, NamesShown, PrizeScope, Shown, UnitClasses
from quiz_app.kernel.errors import Refused
from quiz_app.members.models import Category
from quiz_app.rules.drawing import Shortage
from quiz_app.rules.lifecycle import Change, ChangeRefusal
from quiz_app.rules.prediction import PredictionKind
from quiz_app.rules.standing import CountedAttempt, Criterion
from quiz_app.rules.unit_mix import MixMeasure

REFUSALS: dict[type[Refused], str] = {
    RoundFixed: "Đợt thi đã được công bố.",
    DraftInUse: "Không xóa được: đã có thi thử, cơ cấu giải hoặc việc khác gắn với bản nháp này.",
    RoundNotReady: "Chưa công bố được đợt thi: {problems}.",
    NotRehearsable: "Chưa thi thử được: {problems}.",
    ChangeLocked: "Không đổi được {what}: {reason}.",
    SetSealed: "Bộ “{title}” đang niêm phong: không ai xem được đáp án cho đến khi đợt thi dùng bộ này mở.",
    RulesChanged: "Thể lệ vừa được sửa. Mời đồng chí đọc lại thể lệ mới trước khi bắt đầu.",
}

CHANGES = {
    Change.TITLE: "tên đợt và giai đoạn",
    Change.NOTICE: "ghi chú của Ban tổ chức",
    Change.WINDOW: "thời gian mở",
    Change.TERMS: "cách thi, cách tính và cách công bố",
    Change.BLUEPRINT: "đề thi",
    Change.ENTRY: "đối tượng dự thi",
    Change.EXCLUDED: "danh sách không xếp hạng",
    Change.CLOSE_LATER: "giờ đóng (gia hạn)",
    Change.EXTRA_TIME: "thời gian bù",
    Change.TRUTH: "số thực tế của câu dự đoán",
}
LOCKS = {
    ChangeRefusal.NOT_PUBLISHED: "đợt thi chưa được công bố",
    ChangeRefusal.NOT_CLOSED: "đợt thi chưa đóng",
    ChangeRefusal.HAS_ATTEMPTS: "đã có người vào thi theo quy định này",
    ChangeRefusal.KEYS_SHOWN: "người dự thi có thể đã xem đáp án",
    ChangeRefusal.CLOSED: "đợt thi đã đóng",
    ChangeRefusal.FINAL: "kết quả đợt thi đã chốt",
}
EFFECTS = {
    Change.TITLE: "Đổi tên đợt hoặc giai đoạn: các trang dùng tên mới ngay và thể lệ có phiên bản mới; "
    "kết quả không đổi.",
    Change.NOTICE: "Đổi ghi chú: thể lệ có phiên bản mới, người bắt đầu sau đó đọc bản mới.",
    Change.WINDOW: "Chưa ai vào thi nên còn đổi được thời gian: người dự thi thấy giờ mới ngay, "
    "thể lệ có phiên bản mới, danh sách dự thi để tính tỉ lệ được lập lại khi lưu.",
    Change.TERMS: "Chưa ai vào thi nên còn đổi được: thể lệ có phiên bản mới, người bắt đầu sau đó đọc bản mới.",
    Change.BLUEPRINT: "Chưa ai vào thi nên còn đổi được: kho câu hỏi của đợt được chốt lại khi lưu.",
    Change.ENTRY: "Chưa ai vào thi nên còn đổi được: danh sách dự thi để tính tỉ lệ được lập lại khi lưu.",
}
"""What it does to change a published round in a way that is still free."""
SEALED_ITEM = "<p>Câu hỏi số {number}, đang niêm phong</p>"
RULES_RENEWED = "Thể lệ có phiên bản mới (bản số {number}); người bắt đầu từ bây giờ đọc bản mới."
RULES_KEPT = "Thể lệ giữ nguyên bản số {number}."
LOCKED_MEANWHILE = "Các mục đã khóa giữ nguyên như cũ: chúng bị khóa trong lúc trang đang mở."
BLUEPRINT_LOCKED = "Chưa lưu ma trận đề, vì không đổi được nữa: {reason}."
CHANGED_MEANWHILE = (
    "Một đồng chí khác vừa đổi mục này trong lúc trang đang mở. Bấm lưu lần nữa nếu muốn ghi theo trang này."
)
BLUEPRINT_CHANGED_MEANWHILE = (
    "Một đồng chí khác vừa đổi ma trận, câu bắt buộc hoặc bộ câu hỏi trong lúc trang đang mở. "
    "Số câu hiện có bên dưới đã là số mới; bấm lưu lần nữa nếu muốn ghi theo trang này."
)
PREDICTION_KINDS = {
    PredictionKind.PEOPLE: "số người dự thi",
    PredictionKind.ATTEMPTS: "số lượt thi",
    PredictionKind.ALL_RIGHT: "số người trả lời đúng tất cả các câu",
    PredictionKind.PERCENTAGE: "tỉ lệ phần trăm người trả lời đúng tất cả các câu",
}
PREDICTION_COUNTED = {
    PredictionKind.PEOPLE: "Người dự thi là mọi người đã nộp ít nhất một lượt, kể cả người không xếp hạng.",
    PredictionKind.ATTEMPTS: "Lượt thi là mọi lượt đã nộp, kể cả lượt của người không xếp hạng.",
    PredictionKind.ALL_RIGHT: (
        "Người trả lời đúng tất cả các câu là người có lượt được lấy làm kết quả đúng mọi câu, kể cả người không "
        "xếp hạng."
    ),
    PredictionKind.PERCENTAGE: (
        "Tỉ lệ tính trên mọi người đã nộp ít nhất một lượt, kể cả người không xếp hạng; người trả lời đúng tất cả các "
        "câu là người có lượt được lấy làm kết quả đúng mọi câu."
    ),
}
ITEM_KINDS = {
    ItemKinds.ANY: "Cả câu một đáp án và câu nhiều đáp án",
    ItemKinds.SINGLE: "Chỉ câu một đáp án",
    ItemKinds.MULTIPLE: "Chỉ câu nhiều đáp án",
}
CATEGORIES = {
    Category.FULL: "Đảng viên chính thức",
    Category.PROBATIONARY: "Đảng viên dự bị",
    Category.OTHER: "Người ngoài Đảng",
}
WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật")

SHOWN = {
    Shown.NEVER: "Không công bố",
    Shown.AFTER_SUBMISSION: "Ngay sau khi nộp bài",
    Shown.AFTER_CLOSING: "Sau khi đợt thi đóng",
    Shown.AFTER_FINAL: "Sau khi chốt kết quả",
}
NAMES_SHOWN = {
    NamesShown.NOBODY: "Không nêu tên ai",
    NamesShown.CONSENTED: "Chỉ nêu tên người đã đồng ý",
    NamesShown.OWN_UNIT: "Chỉ nêu tên người đã đồng ý, và chỉ trong chi bộ",
}
NAMES_ON_BOARDS = {
    NamesShown.NOBODY: "Bảng xếp hạng không nêu tên ai, kể cả viết tắt; mỗi người chỉ thấy tên của chính mình.",
    NamesShown.CONSENTED: (
        "Bảng xếp hạng chỉ nêu đủ họ tên người đã đồng ý (đồng ý hoặc rút lại ở trang Tài khoản); người khác chỉ ghi "
        "chữ viết tắt và đơn vị."
    ),
    NamesShown.OWN_UNIT: (
        "Trên bảng xếp hạng, chỉ người cùng chi bộ thấy đủ họ tên của người đã đồng ý (đồng ý hoặc rút lại ở trang "
        "Tài khoản); còn lại chỉ ghi chữ viết tắt và đơn vị."
    ),
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
PRIZE_SCOPES = {
    PrizeScope.ROUND: "Giải của mỗi đợt thi",
    PrizeScope.STAGE: "Giải của mỗi giai đoạn",
    PrizeScope.OVERALL: "Giải toàn cuộc thi",
}
MIX_MEASURES = {
    MixMeasure.PARTICIPANTS: "Số người dự thi",
    MixMeasure.TURNOUT: "Tỉ lệ tham gia",
    MixMeasure.ATTEMPTS: "Số lượt thi",
    MixMeasure.MEAN: "Điểm trung bình",
    MixMeasure.ABOVE: "Tỉ lệ đạt điểm khá trở lên",
    MixMeasure.WINNERS: "Số người đạt giải",
}
RANKED_AMONG = {
    UnitClasses.NONE: "Mọi đơn vị trực thuộc được xếp hạng chung.",
    UnitClasses.SIZE: "Đơn vị được xếp hạng trong nhóm cùng quy mô: đến 15, từ 16 đến 40, trên 40 người.",
    UnitClasses.KIND: "Đơn vị được xếp hạng theo khối: chi bộ với chi bộ, đảng bộ với đảng bộ.",
}
LEVELS = {1: "Nhận biết", 2: "Thông hiểu", 3: "Vận dụng"}

NO_SETS = "chưa chọn bộ câu hỏi"
NO_CELLS = "chưa lập ma trận đề"
NO_POINTS = "mọi câu của đề đều 0 điểm"
CLOSES_IN_PAST = "giờ đóng đã qua"
SHIPPED_SET = "bộ “{title}” kèm đáp án công khai, chỉ dùng cho cuộc thi minh họa"
ANY_TOPIC = "chuyên đề bất kỳ"
ANY_LEVEL = "mức bất kỳ"
SHORT = "{cell}: cần {needed}, có {available}"
SHORT_TOGETHER = "{cells} cùng lấy từ một nguồn: cần {needed}, có {available}"
PINNED_OUT_OF_PLACE = "{count} câu bắt buộc không có chỗ trong ma trận đề"


def standing_rule(tie_breaks: list[str]) -> str:
    """The round's order of contestants as a sentence."""
    parts = ", ".join(CRITERIA[Criterion(name)] for name in tie_breaks)
    return f"Xếp hạng lần lượt theo: {parts}. Bằng nhau mọi tiêu chí thì đồng hạng."


def cell(topic: str | None, level: int | None, topics: Mapping[str, str]) -> str:
    """A cell of the blueprint in words."""
    of_topic = ANY_TOPIC if topic is None else f"chuyên đề “{topics[topic]}”"
    of_level = ANY_LEVEL if level is None else f"mức {LEVELS[level].lower()}"
    return f"{of_topic}, {of_level}"


def shortage(short: Shortage, topics: Mapping[str, str]) -> str:
    """What the pool lacks, in words: a cell by itself, or cells that need the same items."""
    if not short.together:
        name = cell(short.topic, short.level, topics)
        return SHORT.format(cell=name, needed=short.needed, available=short.available)
    names = " và ".join(cell(topic, level, topics) for topic, level in short.together)
    return SHORT_TOGETHER.format(cells=names, needed=short.needed, available=short.available)
