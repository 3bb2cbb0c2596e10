"""Words of questions, of their answers and of what is published of them."""

from __future__ import annotations

from quiz_app.asking import errors
from quiz_app.asking.models import EditionState, Kind, State, Subject
from quiz_app.kernel.errors import Refused

REFUSALS: dict[type[Refused], str] = {
    errors.TooManyQuestions: "Đồng chí đã gửi nhiều câu trong thời gian ngắn. Mời đồng chí gửi tiếp từ {at}.",
    errors.QuestionEnded: "Câu này người gửi đã rút, hoặc nội dung đã xóa theo thời hạn, nên không xử lý được nữa.",
    errors.ChangedMeanwhile: "Trong lúc đồng chí đang xem, câu này đã có người khác xử lý. Mời đồng chí xem tình trạng "
    "mới rồi làm tiếp nếu còn cần.",
    errors.OwnQuestion: "Câu của chính đồng chí phải do người khác trả lời.",
    errors.NotAnswered: "Chỉ câu đã trả lời mới đề nghị công bố được.",
    errors.ProposalWaits: "Mục này đang có một bản chờ duyệt. Bản ấy được duyệt hoặc bị trả lại rồi mới gửi bản khác.",
    errors.OwnProposal: "Bản do chính đồng chí đề nghị phải do người khác duyệt.",
    errors.ProposalSettled: "Bản này đã được duyệt, bị trả lại hoặc không còn công bố nữa.",
}

KINDS = {Kind.ASK: "Hỏi", Kind.PROPOSE: "Đề xuất", Kind.REPORT: "Báo lỗi"}
KIND_SLUGS = {"hoi": Kind.ASK, "de-xuat": Kind.PROPOSE, "bao-loi": Kind.REPORT}

STATES = {
    State.NEW: "Mới",
    State.IN_REVIEW: "Đang xem",
    State.ANSWERED: "Đã trả lời",
    State.MERGED: "Đã gộp",
    State.WITHDRAWN: "Đã rút",
}
STATE_BADGES = {
    State.NEW: "warning",
    State.IN_REVIEW: "info",
    State.ANSWERED: "success",
    State.MERGED: "info",
    State.WITHDRAWN: "",
}
WAITING = "cho-tra-loi"
STATE_SLUGS = {
    "moi": State.NEW,
    "dang-xem": State.IN_REVIEW,
    "da-tra-loi": State.ANSWERED,
    "da-gop": State.MERGED,
    "da-rut": State.WITHDRAWN,
}

SUBJECTS = {
    Subject.LESSON: "Bài học",
    Subject.ITEM: "Câu hỏi trắc nghiệm",
    Subject.ATTEMPT: "Kết quả lượt thi",
    Subject.PAGE: "Trang của hệ thống",
}
SUBJECT_SLUGS = {
    "bai-hoc": Subject.LESSON,
    "cau-hoi": Subject.ITEM,
    "ket-qua": Subject.ATTEMPT,
    "trang": Subject.PAGE,
}
NO_PLACE = "Việc chung, không về trang nào"

EDITION_STATES = {
    EditionState.PROPOSED: "Chờ duyệt",
    EditionState.DECLINED: "Trả lại",
    EditionState.PUBLISHED: "Đang công bố",
    EditionState.SUPERSEDED: "Đã thay bằng bản mới",
    EditionState.WITHDRAWN: "Đã thôi công bố",
}
EDITION_BADGES = {
    EditionState.PROPOSED: "warning",
    EditionState.DECLINED: "",
    EditionState.PUBLISHED: "success",
    EditionState.SUPERSEDED: "",
    EditionState.WITHDRAWN: "",
}

NO_TEXT = "Mời đồng chí ghi nội dung."
NO_ANSWER = "Mời đồng chí ghi câu trả lời."
NO_REASON = "Mời đồng chí ghi lý do."
TOO_LONG = "Dài nhất {most} ký tự."
NOT_FITTING = "Người này không trả lời được câu này. Mời đồng chí chọn trong danh sách."
NO_SUCH_QUESTION = "Không có câu nào mang số này mà đồng chí xử lý được. Mời đồng chí xem lại số câu."
NOT_TO_BE_KEPT = "Câu số {number} đã gộp, đã rút hoặc đã xóa nội dung. Mời đồng chí chọn câu khác."
SAME_QUESTION = "Đây chính là câu này. Mời đồng chí ghi số của câu khác."
NO_SUCH_MODULE = "Không có chuyên đề này."
