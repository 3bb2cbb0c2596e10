"""Words of this feature."""

from __future__ import annotations

from quiz_app.awards import errors
from quiz_app.awards.models import Certificate, CertificateKind, PaymentWay
from quiz_app.kernel.errors import Refused
from quiz_app.results.labels import class_words

REFUSALS: dict[type[Refused], str] = {
    errors.NotYetFinal: "Kết quả làm căn cứ chưa được công bố, hoặc người này không còn trong kết quả.",
    errors.NobodyEntitled: "Chưa có ai đủ điều kiện nhận giấy chứng nhận ở đơn vị này.",
    errors.TooManyCertificates: "Nhiều hơn {most} giấy, không in một lần được. Mời đồng chí in từng đơn vị.",
    errors.SeriesThere: "Loại giấy chứng nhận này đã được mở. Mời đồng chí xem trong danh sách.",
    errors.SeriesClosed: "Loại giấy chứng nhận này đã ngừng cấp.",
    errors.AlreadyRevoked: "Giấy chứng nhận này đã bị thu hồi, hoặc đã có giấy khác thay.",
    errors.AwardsSettled: "Danh sách này đã được duyệt, hoặc đã có danh sách khác thay. Mời đồng chí xem lại.",
    errors.AwardsOutdated: "Bảng kết quả đã có phiên bản mới. Mời đồng chí lập đề xuất khen thưởng mới.",
    errors.NoAwards: "Danh sách chưa có ai nên chưa duyệt được.",
    errors.TooManyPrizes: (
        "Theo thể lệ mỗi người nhận nhiều nhất {most} giải đợt, tính cả giải đặc biệt; vượt số đó: {names}. "
        "Mời đồng chí bỏ bớt giải đặc biệt ở danh sách này hoặc danh sách của đợt khác."
    ),
    errors.PaymentSettled: "Giải này đã được ghi là trao xong.",
}

KINDS = {
    CertificateKind.PARTICIPATION: "Tham gia",
    CertificateKind.MODULE: "Hoàn thành chuyên đề",
    CertificateKind.PRIZE: "Đạt giải",
}
# The kind stands in the number, since each kind is numbered for itself.
SIGNS = {CertificateKind.PARTICIPATION: "CN-TG", CertificateKind.MODULE: "CN-HT", CertificateKind.PRIZE: "CN-KQ"}
WHOLE = "{what} – cả cuộc thi"
PARTICIPATED = "Đã tham gia {what}"
COMPLETED = "Đã hoàn thành chuyên đề “{what}”"
AWARDED = "tại {what}"
SIGNS_FOR = "T/M Ban Tổ chức"
OFFICE = "Trưởng ban"
REASON_NEEDED = "Mời đồng chí ghi lý do."
WAIT = "Nhiều mã không đúng được gõ liên tiếp từ nơi này. Mời đồng chí chờ một phút; mã đúng vẫn xem được ngay."
UNKNOWN = "Không có giấy chứng nhận nào mang mã này. Mời đồng chí so lại từng chữ với mã in dưới ô vuông trên giấy."
WRONG_IDENTITY = "Số giấy tờ chỉ gồm 6 đến 20 chữ và số."
WRONG_ACCOUNT = "Số tài khoản chỉ gồm chữ và số."
PAYMENT_STATES = {
    "entered": ("Đã ghi thông tin", "info"),
    "erased": ("Thông tin đã xóa, chưa ghi trao", "warning"),
    "paid": ("Đã trao", "success"),
}
WAYS = {PaymentWay.CASH: "Tiền mặt", PaymentWay.BANK: "Chuyển khoản"}


def group(class_name: str | None) -> str:
    """Among which units one was ranked; nothing where all were ranked together."""
    return f"Nhóm: {class_words(class_name).lower()}" if class_name else ""


def number(certificate: Certificate) -> str:
    """The number as it stands on the paper."""
    return f"{certificate.number:02}/{certificate.year}/{SIGNS[CertificateKind(certificate.kind)]}"
