"""Words of this feature: refusals and the names of things on screen."""

from __future__ import annotations

from quiz_app.catalogue.errors import (
    BankBroken,
    FileKindRefused,
    FileTooLarge,
    HasFindings,
    OriginFixed,
    SetUnknown,
    UseFixed,
)
from quiz_app.catalogue.outcome import Outcome
from quiz_app.catalogue.queries import State
from quiz_app.kernel.errors import Refused
from quiz_app.rules.validity import Validity

REFUSALS: dict[type[Refused], str] = {
    HasFindings: "“{title}” chưa công bố được vì còn {count} điểm cần sửa:\n{findings}",
    BankBroken: "Chưa đọc được ngân hàng câu hỏi vì có {count} điểm cần sửa:\n{findings}",
    SetUnknown: "Trong ngân hàng câu hỏi không có bộ “{slug}”.",
    OriginFixed: "Bộ “{slug}” đã được công bố từ nguồn khác. Mời đồng chí đổi tên thư mục của bộ này.",
    UseFixed: "Bộ “{slug}” đã được công bố cho mục đích khác nên không đổi mục đích được nữa.",
    FileTooLarge: "Tệp quá lớn. Thư viện nhận tệp không quá {limit_mb} MB.",
    FileKindRefused: "Thư viện chỉ nhận tệp PDF hoặc Word (.docx) còn nguyên vẹn, không có macro.",
}

USES = {"lesson": "Ôn sau bài học", "practice": "Luyện tập", "contest": "Cuộc thi"}
LEVELS = {1: "Nhận biết", 2: "Thông hiểu", 3: "Vận dụng"}
KINDS = {"set": "Bộ câu hỏi", "module": "Chuyên đề", "document": "Văn bản"}
FILE_KINDS = {
    "application/pdf": "PDF",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
}

VALIDITIES = {
    Validity.IN_FORCE: "Còn hiệu lực",
    Validity.NOT_YET: "Chưa có hiệu lực",
    Validity.EXPIRED: "Hết hiệu lực",
    Validity.REPLACED: "Đã bị thay thế",
}

STATES = {
    State.ABSENT: "Chưa công bố",
    State.CURRENT: "Đã công bố",
    State.CHANGED: "Có thay đổi chưa công bố",
    State.WITHOUT_FILE: "Đã công bố, không còn tệp",
}


def outcome(done: Outcome) -> str:
    """One line on what publishing did."""
    if done.kept_edition is not None:
        kept = f"giữ bản {done.kept_edition} đã soạn trên trang, không lấy chữ trong tệp"
        return f"{KINDS[done.kind]} “{done.title}”: {kept}."
    counts = [
        (done.added, "mới"),
        (done.changed, "sửa"),
        (done.unchanged, "giữ nguyên"),
        (done.retired, "ngừng dùng"),
    ]
    told = ", ".join(f"{count} {word}" for count, word in counts if count)
    return f"{KINDS[done.kind]} “{done.title}”: {told or 'chưa có nội dung'}."
