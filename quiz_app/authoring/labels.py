"""Words of this feature: refusals, states and parts of drafts."""

from __future__ import annotations

from quiz_app.authoring.errors import (
    DocumentTaken,
    DraftMissing,
    ModuleTaken,
    NothingChanged,
    NothingToPublish,
    NotInReview,
    NotWaivable,
    NotWritable,
    OnlyATypo,
    OutOfDate,
    PlanOutOfDate,
    ReasonMissing,
    ReviewsIt,
    SealStands,
    SetShipped,
    SetTaken,
    StillFindings,
    UploadGone,
    UploadRefused,
    WritesHimself,
)
from quiz_app.authoring.models import Intent, Part, State, Verdict
from quiz_app.kernel.errors import Refused

REFUSALS: dict[type[Refused], str] = {
    SetTaken: "Đã có bộ câu hỏi mang tên ngắn “{slug}”. Mời đồng chí chọn tên khác.",
    ModuleTaken: "Đã có chuyên đề mang tên ngắn “{slug}”. Mời đồng chí chọn tên khác.",
    DocumentTaken: "Đã có văn bản mang tên ngắn “{slug}”. Mời đồng chí chọn tên khác.",
    SetShipped: "Bộ “{slug}” kèm theo phần mềm nên không sửa được. Đồng chí có thể xuất ra tệp rồi nhập vào bộ khác.",
    DraftMissing: "Không có bản nháp này, hoặc bản nháp đã được bỏ.",
    OutOfDate: "Đồng chí {name} đã lưu bản mới hơn. Nội dung đồng chí vừa viết chưa được lưu đè lên.",
    NotWritable: "Bản này không còn ở trạng thái đang viết nên không sửa được. Muốn sửa, mời đồng chí bấm “Sửa tiếp”.",
    NotInReview: "Bản này vừa được sửa hoặc không còn chờ thẩm định. Mời đồng chí tải lại trang và đọc bản mới.",
    WritesHimself: "Đồng chí đã viết bản này nên không tự thẩm định được. Cần một đồng chí khác.",
    ReviewsIt: "Đồng chí đang thẩm định bản này nên không sửa được. Hãy ghi ý kiến để người biên soạn sửa.",
    OnlyATypo: "Thay đổi này động đến {what} nên không phải chỉ là sửa lỗi gõ. Mời đồng chí chọn “Sửa nội dung”.",
    NothingChanged: "Bản nháp không khác gì bản đã công bố nên không có gì để thẩm định.",
    StillFindings: "Chưa gửi thẩm định được vì còn {count} điểm cần sửa:\n{findings}",
    NothingToPublish: "Không có gì để công bố, hoặc nội dung vừa thay đổi. Mời đồng chí tải lại trang và xem lại.",
    NotWaivable: "Điểm này phải sửa, không bỏ qua được.",
    ReasonMissing: "Mời đồng chí ghi lý do.",
    UploadRefused: "Chưa đọc được tệp: {reason}.",
    UploadGone: "Tệp này đã được nhập hoặc đã hết hạn giữ (một ngày). Mời đồng chí gửi lại tệp.",
    PlanOutOfDate: "Bộ câu hỏi vừa thay đổi, hoặc còn câu chưa được xác định. Mời đồng chí xem lại rồi xác nhận.",
    SealStands: "Không làm được: niêm phong của bộ này đã thay đổi, hoặc cần một đồng chí khác xác nhận.",
}

STATES = {
    State.DRAFT: "Đang viết",
    State.IN_REVIEW: "Chờ thẩm định",
    State.APPROVED: "Đã duyệt, chờ công bố",
    State.PUBLISHED: "Đã công bố",
    State.DISCARDED: "Đã bỏ",
}
INTENTS = {
    Intent.NEW: "Viết mới",
    Intent.TYPO: "Sửa lỗi gõ",
    Intent.MEANING: "Sửa nội dung",
    Intent.RETIRE: "Đề nghị ngừng dùng",
}
CHANGES = {"new": "Bản đầu", "typo": "Sửa lỗi gõ", "meaning": "Sửa nội dung", "untold": "Công bố từ tệp"}
INTENTS_BY_VALUE = {intent.value: name for intent, name in INTENTS.items()}
STATES_BY_VALUE = {state.value: name for state, name in STATES.items()}
RELATIONS = {"replaces": "thay thế", "amends": "sửa đổi, bổ sung"}
PARTS = {Part.AUTHOR: "biên soạn", Part.REVIEWER: "thẩm định"}
VERDICTS = {Verdict.APPROVED: "Đồng ý", Verdict.CHANGES: "Đề nghị sửa"}
FIELDS = {
    "": "Cả câu",
    "stem": "Câu dẫn",
    "options": "Phương án và đáp án",
    "rationale": "Giải thích",
    "source": "Nguồn",
    "filing": "Chuyên đề, mức độ",
}
