"""Words of this feature: refusals and the names of things on screen."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from quiz_app.kernel.access import Role
from quiz_app.kernel.errors import NoticesOwed, Refused
from quiz_app.members import errors
from quiz_app.members.models import Category, MemberField, Purpose, Standing
from quiz_app.members.slips import State
from quiz_app.members.ways import Way
from quiz_app.web.filters import format_datetime

REFUSALS: dict[type[Refused], str] = {
    NoticesOwed: "Mời đồng chí đọc thông báo về dữ liệu cá nhân và chọn đồng ý hay không trước khi tiếp tục.",
    errors.WrongCredentials: "Tên đăng nhập hoặc mật khẩu chưa đúng. Mời đồng chí nhập lại.",
    errors.RegistrationWaiting: "Đăng ký của đồng chí đang chờ duyệt ({unit}). Mời đồng chí quay lại sau.",
    errors.RegistrationRefused: "Đăng ký của đồng chí chưa được nhận. Lý do: “{reason}”.",
    errors.TooManyTries: "Đã nhập sai nhiều lần. Mời đồng chí chờ {minutes} phút rồi đăng nhập lại.",
    errors.AddressRests: "Từ mạng đồng chí đang dùng vừa có quá nhiều lần nhập sai, có thể của người khác. "
    "Mời đồng chí chờ {minutes} phút rồi thử lại, hoặc tắt Wi-Fi để dùng mạng 4G/5G của điện thoại.",
    errors.SeveralFit: "Mời đồng chí chọn đúng tên mình.",
    errors.WrongSlip: "Mã trên phiếu hoặc ngày tháng sinh chưa đúng, hoặc phiếu không còn dùng được. "
    "Mời đồng chí xem lại phiếu và nhập lại; vẫn chưa được thì nhờ bí thư chi bộ cấp phiếu mới.",
    errors.SlipsOutdated: "Danh sách chi bộ vừa thay đổi trong lúc lập phiếu nên chưa phiếu nào có hiệu lực. "
    "Mời đồng chí in lại.",
    errors.NobodyToPrint: "Không có ai để in phiếu: mọi người đã vào được hệ thống, đã có phiếu còn hạn, "
    "hoặc danh sách chưa có ngày sinh và số thẻ.",
    errors.TooManySlips: "{count} phiếu là quá nhiều cho một tệp (nhiều nhất {most}). "
    "Mời đồng chí in theo từng đơn vị bên dưới.",
    errors.PasswordChanged: "Mật khẩu vừa được đổi ở nơi khác. Mời đồng chí đăng nhập lại.",
    errors.UsernameTaken: "Tên đăng nhập “{username}” đã có người dùng.",
    errors.HasAccount: "Đồng chí {name} đã có tài khoản.",
    errors.OwnRole: "Đồng chí không thể tự giao hoặc tự thôi vai trò của mình.",
    errors.RoleHeld: "Đồng chí {name} đã giữ vai trò này ở đơn vị này.",
    errors.RoleOnClosedUnit: "{name} đã đóng nên không giao vai trò ở đó được. Mời đồng chí chọn đơn vị khác.",
    errors.LastOperator: "Đây là người quản trị duy nhất còn đăng nhập được. Mời đồng chí giao vai trò Quản trị cho "
    "người khác trước.",
    errors.OperatorExists: "Hệ thống đã có người quản trị. Vai trò khác do người quản trị hoặc ban tổ chức giao.",
    errors.NameNeeded: "Không có tài khoản {username}. Ghi thêm họ tên (--name) để lập tài khoản mới.",
    errors.LinkSpent: "Đường dẫn này không còn dùng được: đã dùng rồi, đã quá 24 giờ hoặc chép thiếu. "
    "Mời đồng chí tạo đường dẫn mới bằng dòng lệnh.",
    errors.WrongCode: "Mã chưa đúng, đã hết hạn hoặc đã dùng rồi. Mời đồng chí chờ ứng dụng hiện mã mới rồi nhập lại; "
    "giờ trên điện thoại phải để tự động.",
    errors.SecondFactorHeld: "Đồng chí đã bật xác thực hai lớp rồi.",
    errors.SecondFactorDemanded: "Vai trò của đồng chí bắt buộc có xác thực hai lớp nên không tắt được.",
    errors.RosterUnreadable: "Không đọc được danh sách: {reason}",
    errors.RosterFaulty: "Danh sách còn {count} chỗ sai hoặc chưa rõ nên chưa có dòng nào được ghi.",
    errors.RosterOutdated: "Danh sách trong hệ thống đã thay đổi từ lúc xem trước nên chưa ghi dòng nào. "
    "Mời đồng chí xem trước lại.",
    errors.RemovalUnconfirmed: "Việc này đưa {count} trong {size} người ra khỏi danh sách. "
    "Nếu đúng như vậy, mời đồng chí ghi con số {count} vào ô xác nhận.",
}

ROLES: dict[Role, str] = {
    Role.MEMBER: "Người dự thi",
    Role.SECRETARY: "Bí thư",
    Role.OVERSEER: "Cấp ủy cấp trên",
    Role.AUTHOR: "Biên soạn",
    Role.REVIEWER: "Thẩm định",
    Role.ORGANISER: "Ban tổ chức",
    Role.OPERATOR: "Quản trị",
}
CATEGORIES: dict[Category, str] = {
    Category.FULL: "Đảng viên chính thức",
    Category.PROBATIONARY: "Đảng viên dự bị",
    Category.OTHER: "Người dự thi khác",
}
STANDINGS: dict[Standing, str] = {
    Standing.ACTIVE: "Đang sinh hoạt",
    Standing.EXEMPT: "Miễn sinh hoạt",
    Standing.ABSENT: "Tạm vắng",
    Standing.MOVED: "Đã chuyển đi",
    Standing.LEFT: "Không còn sinh hoạt",
}
FIELDS: dict[MemberField, str] = {
    MemberField.STANDING: "Tình trạng sinh hoạt",
    MemberField.CATEGORY: "Diện",
    MemberField.UNIT: "Đơn vị",
    MemberField.MERGED: "Gộp hồ sơ",
}
BY_ROSTER = "Theo danh sách nhập từ tệp"
GENDERS = {"male": "Nam", "female": "Nữ", "": ""}
SLIP_STATES: dict[State, tuple[str, str]] = {
    State.INSIDE: ("Đã vào được", "success"),
    State.HAS_SLIP: ("Có phiếu", "info"),
    State.NO_SLIP: ("Chưa có phiếu", "warning"),
    State.UNKNOWN: ("Thiếu ngày sinh và số thẻ", "danger"),
}
CONSENTS: dict[Purpose, str] = {
    Purpose.TAKE_PART: "Tôi đồng ý tham gia thi: hệ thống giữ lượt thi, câu trả lời, điểm và thời gian làm bài. "
    "Nếu không đồng ý, tôi vẫn học và xem được mọi mục khác, chỉ chưa bắt đầu lượt thi được.",
    Purpose.PUBLISH_NAME: "Tôi đồng ý để họ tên của tôi hiện trên bảng xếp hạng và trong danh sách đạt giải. "
    "Nếu không đồng ý, bảng chỉ hiện chữ cái đầu; việc dự thi không bị ảnh hưởng.",
    Purpose.STATISTICS: "Tôi đồng ý để kết quả của tôi được tính vào thống kê theo lứa tuổi, giới tính gửi cấp ủy; "
    "thống kê chỉ có con số, không có họ tên.",
    Purpose.REMINDER_MAIL: "Tôi đồng ý nhận thư nhắc dự thi qua e-mail đã ghi trong danh sách. "
    "Mỗi thư có đường dẫn để thôi nhận; không đồng ý thì việc dự thi không bị ảnh hưởng.",
}
CONSENT_VERSION = "2026-12"  # raise it with every change of the words above: what was agreed to is kept by version

_WAYS = {
    Way.CARD: "số thẻ đảng viên (8 chữ số)",
    Way.PHONE: "số điện thoại",
    Way.EMAIL: "email",
}
_BROWSERS = (
    ("Zalo", "Zalo"),
    ("Edg", "Edge"),
    ("coc_coc", "Cốc Cốc"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "điện thoại Android"),
    ("Windows", "máy tính Windows"),
    ("Mac OS", "máy tính Mac"),
    ("Linux", "máy tính Linux"),
)


def device(user_agent: str) -> str:
    """What a person recognises his device by: `Chrome trên điện thoại Android`."""
    browser = next((words for mark, words in _BROWSERS if mark in user_agent), "")
    system = next((words for mark, words in _SYSTEMS if mark in user_agent), "")
    return " trên ".join(part for part in (browser, system) if part) or "Thiết bị không rõ"


def renewed(times: int, at: datetime, by_name: str | None) -> str:
    """What somebody is told whose password others have renewed: so many times, the last one then and by whom."""
    how_often = "" if times == 1 else f" {times} lần trong 30 ngày qua, lần cuối"
    by = f"đồng chí {by_name}" if by_name else "người quản trị máy chủ"
    return (
        f"Mật khẩu hoặc phiếu của đồng chí đã được cấp lại{how_often} lúc {format_datetime(at)}, người cấp: {by}. "
        "Nếu đồng chí không đề nghị việc này, mời đồng chí đổi mật khẩu và báo ban tổ chức."
    )


def sign_in_hint(ways: Collection[Way]) -> str:
    """What may be typed as the name, as the commune has chosen."""
    words = [_WAYS[way] for way in Way if way in ways]
    others = f" Hoặc {', '.join(words)} của đồng chí." if words else ""
    return f"Ghi trên phiếu.{others}"


def second_factor_reset(at: datetime, by_name: str | None) -> str:
    """What somebody is told whose second factor others have reset."""
    by = f"đồng chí {by_name}" if by_name else "người quản trị máy chủ"
    return (
        f"Xác thực hai lớp của đồng chí đã được đặt lại lúc {format_datetime(at)}, người làm: {by}. "
        "Nếu đồng chí không đề nghị việc này, mời đồng chí đổi mật khẩu và báo người quản trị."
    )
