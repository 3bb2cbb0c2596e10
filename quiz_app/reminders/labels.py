"""Words of this feature."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused
from quiz_app.reminders.errors import NobodyToMail, NoMail, RoundIsOver
from quiz_app.reminders.models import Channel, MailState, Occasion
from quiz_app.reminders.texts import Tone

REFUSALS: dict[type[Refused], str] = {
    NoMail: "Hệ thống này chưa đặt máy chủ gửi thư. Mời đồng chí nhắc qua Zalo, hoặc báo người quản trị.",
    NobodyToMail: "Lúc này không có ai nhận được thư nhắc: chưa có e-mail, chưa đồng ý nhận, hoặc vừa được nhắc.",
    RoundIsOver: "Đợt thi đã đóng nên không còn gì để nhắc.",
}
TONES: dict[Tone, tuple[str, str]] = {
    Tone.WARM: ("than-mat", "Thân mật"),
    Tone.FORMAL: ("trang-trong", "Trang trọng"),
    Tone.SHORT: ("ngan", "Ngắn gọn"),
}
CHANNELS: dict[Channel, str] = {
    Channel.GROUP: "Nhắc cả nhóm",
    Channel.PERSON: "Nhắc riêng",
    Channel.MAIL: "E-mail",
}
OCCASIONS: dict[Occasion, str] = {
    Occasion.OPENING: "khi đợt thi mở",
    Occasion.CLOSING: "trước khi đợt thi đóng",
}
MAIL_STATES: dict[MailState, str] = {
    MailState.QUEUED: "đang chờ gửi",
    MailState.SENDING: "đang gửi",
    MailState.SENT: "đã gửi",
    MailState.SKIPPED: "không cần gửi nữa",
    MailState.FAILED: "không gửi được",
    MailState.UNKNOWN: "không rõ đã gửi chưa",
}
NO_LONGER_WANTED = "Đã thi, đã rút đồng ý, hoặc đợt thi đã đóng."
BAD_ADDRESS = "Địa chỉ e-mail không dùng được."
NOT_WRITTEN = "Không soạn được thư: địa chỉ hoặc tên đợt thi có ký tự lạ."
REFUSED_BY_SERVER = "Máy chủ thư từ chối ({code})."
NO_LOGIN = "máy chủ thư không nhận MAIL_USER, MAIL_PASSWORD"
NO_TLS = "không mã hóa được đường truyền ({reason}); hãy xem MAIL_SECURITY, MAIL_PORT và chứng chỉ của máy chủ thư"
NO_SMTP = "máy chủ thư trả lời không đúng cách; hãy xem MAIL_SECURITY và MAIL_PORT"
NO_SERVER = "không kết nối được; hãy xem MAIL_HOST, MAIL_PORT và tường lửa"
NO_CONNECTION = "Không nối được máy chủ thư."
BROKE_OFF = "Đường truyền tới máy chủ thư đứt giữa lúc gửi."
DIED_SENDING = "Tiến trình nền dừng giữa lúc gửi."
DECLINE = "Đồng chí nhận thư này vì đã đồng ý nhận thư nhắc thi. Không muốn nhận nữa: {address}"


def subject(round_title: str) -> str:
    """In one line, whatever breaks a title has."""
    return " ".join(f"Nhắc dự thi: {round_title}".split())
