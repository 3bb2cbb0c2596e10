"""Words of this feature."""

from __future__ import annotations

from datetime import date

from quiz_app.kernel.errors import Refused
from quiz_app.reports import errors
from quiz_app.reports.models import Kind, State
from quiz_app.reports.official import Profile

REFUSALS: dict[type[Refused], str] = {
    errors.ReportChanged: "Báo cáo này vừa được người khác sửa. Mời đồng chí mở lại trang để xem bản mới.",
    errors.ReportApproved: "Báo cáo đã phê duyệt. Muốn sửa, mời đồng chí mở lại báo cáo trước.",
    errors.ReportKept: "Báo cáo này đã có bản được phê duyệt nên được giữ lại, không xóa.",
    errors.NotCounted: "Số liệu chưa tính xong. Mời đồng chí chờ rồi phê duyệt.",
}
KINDS = {Kind.ROUND: "Báo cáo một đợt thi", Kind.MIDYEAR: "Báo cáo sơ kết", Kind.YEAREND: "Báo cáo tổng kết"}
KIND_SLUGS = {"dot": Kind.ROUND, "so-ket": Kind.MIDYEAR, "tong-ket": Kind.YEAREND}
STATES = {State.DRAFT: ("Dự thảo", "warning"), State.APPROVED: ("Đã phê duyệt", "success")}
STATE_SLUGS = {"du-thao": State.DRAFT, "da-duyet": State.APPROVED}
PROFILES = {
    Profile.HD05_2026: "Hướng dẫn 05-HD/VPTW năm 2026 (kết bằng dấu chấm)",
    Profile.HD36_2018: "Hướng dẫn 36-HD/VPTW năm 2018 (kết bằng “./.”)",
}
FORMATS = {"docx": "Word (.docx)", "xlsx": "Phụ lục Excel (.xlsx)", "pdf": "PDF"}
NUMBER_TAKEN = (
    "Số {number:02d} đã dùng cho báo cáo khác của đơn vị trong nhiệm kỳ này. Mời đồng chí chọn số khác hoặc để trống."
)
NO_ROUND = "Mời đồng chí chọn một đợt thi đã kết thúc."
NO_PERIOD = "Mời đồng chí chọn ngày đầu và ngày cuối."
ENDS_BEFORE = "Ngày cuối phải từ ngày đầu trở đi."
TOO_LONG = "Một báo cáo dài nhất 366 ngày."
NO_SUCH_TIME = "Ngày phải từ 01/01/2000 đến 31/12/2099."
LATER = "Ngày cuối phải là hôm nay hoặc đã qua."
GONE = "Đơn vị này không còn hoặc đồng chí không còn lập báo cáo cho đơn vị này."
TAMPERED = "Nội dung đã phê duyệt của bản này bị thay đổi ngoài hệ thống nên không làm lại tệp. Tệp trước vẫn còn."
OTHER_BYTES = (
    "Tệp Word làm lại khác tệp đã làm trước đây, vì phần mềm đã nâng cấp. Lời và số liệu vẫn là của bản đã phê duyệt."
)
CHANGED_MEANWHILE = (
    "Trong lúc đồng chí điền, báo cáo này đã được người khác sửa hoặc tính lại số liệu. Những gì đồng chí điền vẫn còn "
    "dưới đây; bấm Lưu lần nữa thì thay cho bản kia."
)
CLOSED = " (đã đóng)"
MERGED = " (đã sáp nhập)"
NO_PDF = "Tệp PDF chưa làm được; tệp Word và Excel vẫn dùng được. Mời đồng chí báo người quản trị."


def period_words(starts_on: date, ends_on: date) -> str:
    return f"từ ngày {starts_on:%d/%m/%Y} đến ngày {ends_on:%d/%m/%Y}"
