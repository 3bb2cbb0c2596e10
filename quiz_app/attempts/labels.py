"""Words of the sitting: why somebody may not start, and what stands in the way of an answer."""

from __future__ import annotations

from datetime import timedelta

from quiz_app.attempts.errors import (
    AttemptClosed,
    AttemptClosing,
    Barred,
    ConsentNeeded,
    CorrectionSettled,
    ExtraTimeUsed,
    NobodySat,
    NoSuchOption,
    NotYetShown,
    PeopleForgotten,
    SamePerson,
    SitsAlready,
    SomebodySits,
    TakenOver,
    TooFast,
    TooManyStarts,
)
from quiz_app.attempts.late import What
from quiz_app.attempts.receipts import LOOK_ALIKES, Asked, Receipt
from quiz_app.attempts.receipts import Misread as MisreadCode
from quiz_app.kernel.errors import Refused
from quiz_app.kernel.jobs import Job, JobState
from quiz_app.rules import prediction
from quiz_app.rules.eligibility import Bar
from quiz_app.rules.prediction import Misread, PredictionKind
from quiz_app.rules.rescoring import Remedy
from quiz_app.web.filters import format_datetime_seconds, format_duration, format_number

REFUSALS: dict[type[Refused], str] = {
    Barred: "{reason}",
    AttemptClosed: "Lượt thi đã kết thúc. Các câu đã lưu trước đó vẫn được tính điểm.{late}",
    AttemptClosing: "Đã hết giờ. Hệ thống đang tự nộp bài với các câu đã lưu, mời đồng chí chờ vài giây.",
    TakenOver: "Lượt thi đang được làm tiếp ở cửa sổ hoặc thiết bị khác. Màn hình này chỉ còn để xem.",
    TooFast: "Câu trả lời gửi lên quá dồn dập. Mời đồng chí chờ một giây rồi gửi lại; những gì đã lưu vẫn còn nguyên.",
    TooManyStarts: "Vừa có nhiều đồng chí bắt đầu thi trên máy này. Mời đồng chí chờ một lát rồi bắt đầu; "
    "thời gian làm bài chưa tính.",
    NoSuchOption: "Câu hỏi này không có phương án đồng chí vừa gửi. Mời chọn lại.",
    ExtraTimeUsed: "Đồng chí ấy đã vào thi với thời gian bù này nên không bỏ được nữa.",
    ConsentNeeded: "Đồng chí ấy chưa từng được hỏi. Mời đồng chí đọc mục này cho đồng chí ấy nghe, "
    "đồng ý thì chạm vào ô; không đồng ý thì chưa bắt đầu thi được.",
    SitsAlready: "Đồng chí {name} đang làm bài trên máy khác, hoặc do người khác hỗ trợ. Muốn làm tiếp ở máy này, "
    "mời chính đồng chí ấy đăng nhập rồi bấm “Làm tiếp bài đang dở”.",
    SamePerson: "Người đề nghị không tự duyệt đề nghị của mình; mời một đồng chí khác trong Ban tổ chức duyệt.",
    PeopleForgotten: "Lượt thi của cuộc thi này đã hết thời hạn lưu và đã bỏ tên, nên không sửa kết quả được nữa.",
    CorrectionSettled: "Đề nghị này đã được duyệt hoặc đã bỏ. Mời đồng chí tải lại trang.",
    NotYetShown: "Nội dung này chưa được công bố theo thể lệ của đợt thi.",
    SomebodySits: "Chưa cố định được số thực tế: còn {count} lượt thi chưa kết thúc. Mời đồng chí chờ ít phút.",
    NobodySat: "Chưa có ai dự thi nên chưa có tỉ lệ để cố định.",
}

REMEDIES_TOLD = {
    Remedy.AWARD: "câu này được tính đúng cho mọi người",
    Remedy.DROP: "câu này không tính điểm nữa, tổng điểm giảm theo",
    Remedy.REPLACE_KEY: "đáp án được sửa lại",
    Remedy.ACCEPT_BOTH: "chấp nhận cả đáp án cũ và đáp án mới",
}

FIGURES_SEEN = (
    "Số người dự thi và số lượt thi đã hiện từ lúc đóng: ai vào thi sau khi gia hạn có thể đã biết trước khi dự đoán."
)
MARKS_SEEN = "Câu đúng, câu sai đã hiện từ lúc đóng: ai còn lượt thi thì đã biết mình sai câu nào."

SEED_LATER = "chỉ cho xem sau khi lượt thi kết thúc"

SAT_ELSEWHERE = (
    "Bài này đang mở ở một máy khác. Muốn làm ở máy này, đồng chí bấm “Làm tiếp bài đang dở”; máy kia từ đó chỉ còn để "
    "xem."
)
NO_REASON = "Mời đồng chí ghi lý do."
LONG_REASON = "Lý do dài quá {most} ký tự."
NOT_SUBMITTED = "Chỉ hủy được lượt thi đã nộp."
NO_WINDOW = "Mời đồng chí chọn khoảng thời gian, lúc cuối sau lúc đầu."
WINDOW_NOT_OVER = "Khung giờ phải kết thúc trước lúc này; sự cố còn kéo dài thì đề nghị thêm khung giờ sau."
NOT_IN_POOL = "Câu hỏi này không có trong kho đề của đợt thi."
NO_REMEDY = "Mời đồng chí chọn cách xử lý."
KEY_NOT_ASKED = "Cách xử lý này không cần đáp án mới."
NO_KEY = "Mời đồng chí chọn đáp án mới trong các phương án của câu hỏi."
ONE_KEY = "Câu một đáp án chỉ có một phương án đúng."

BARS = {
    Bar.NOT_PUBLISHED: "Đợt thi chưa được công bố.",
    Bar.ROUND_VOIDED: "Đợt thi đã bị hủy; mời đồng chí xem thông báo của Ban tổ chức.",
    Bar.DEMONSTRATION_ONLY: "Đợt thi này chỉ để minh họa, không dùng để thi thật.",
    Bar.NOT_YET_OPEN: "Đợt thi chưa mở.",
    Bar.OUTSIDE_HOURS: "Đợt thi đang tạm nghỉ theo khung giờ đã công bố, mời đồng chí trở lại khi đợt thi mở tiếp.",
    Bar.CLOSED: "Đợt thi đã đóng.",
    Bar.MEMBER_INACTIVE: "Đồng chí hiện không có tên trong danh sách sinh hoạt của đơn vị. Mời liên hệ chi ủy.",
    Bar.UNIT_NOT_INVITED: "Đơn vị của đồng chí không thuộc diện dự thi đợt này.",
    Bar.CATEGORY_NOT_INVITED: "Đợt thi này không dành cho đối tượng của đồng chí.",
    Bar.TOO_YOUNG: "Đồng chí chưa đủ tuổi dự thi theo thể lệ.",
    Bar.BIRTH_UNKNOWN: "Danh sách chưa có ngày sinh của đồng chí nên chưa xét được tuổi. Mời liên hệ chi ủy.",
    Bar.CONSENT_MISSING: "Đồng chí đã chọn không đồng ý tham gia thi. Muốn thi, mời đồng chí mở trang Tài khoản, "
    "mục Lựa chọn của đồng chí, rồi quay lại đây.",
    Bar.SAT_INSTEAD: (
        "Đợt này cho thi lại vì một khung giờ bị hủy. Lượt thi của đồng chí ở đợt kia vẫn được tính nên không thi lại."
    ),
    Bar.NO_ATTEMPTS_LEFT: "Đồng chí đã dùng hết số lượt thi của đợt này.",
    Bar.NO_ATTEMPTS_TODAY: "Đồng chí đã dùng hết số lượt thi của hôm nay. Mời đồng chí trở lại vào ngày khác.",
}

LATE = " Máy chủ nhận lần gửi này lúc {at}, đã muộn: hệ thống giữ lại làm bằng chứng nhưng không tính điểm."
LATE_SUBMISSION = (
    "Bài đã hết giờ: máy chủ nhận lệnh nộp lúc {at}, đã muộn, nên chỉ giữ lại làm bằng chứng. "
    "Các câu đã lưu trước hạn vẫn được tính điểm."
)

PREDICTION_QUESTIONS = {
    PredictionKind.PEOPLE: "Theo đồng chí, đợt này có bao nhiêu người dự thi?",
    PredictionKind.ATTEMPTS: "Theo đồng chí, đợt này có bao nhiêu lượt thi?",
    PredictionKind.ALL_RIGHT: "Theo đồng chí, đợt này có bao nhiêu người trả lời đúng tất cả các câu?",
    PredictionKind.PERCENTAGE: "Theo đồng chí, đợt này có bao nhiêu phần trăm người trả lời đúng tất cả các câu?",
}
PREDICTION_COUNTED = {
    PredictionKind.PEOPLE: "Tính mọi người có ít nhất một bài đã nộp.",
    PredictionKind.ATTEMPTS: "Tính mọi bài đã nộp, của tất cả mọi người.",
    PredictionKind.ALL_RIGHT: "Mỗi người tính theo lượt được lấy kết quả.",
    PredictionKind.PERCENTAGE: "Tính trên tổng số người dự thi; mỗi người tính theo lượt được lấy kết quả.",
}
PREDICTION_UNITS = {
    PredictionKind.PEOPLE: "người",
    PredictionKind.ATTEMPTS: "lượt",
    PredictionKind.ALL_RIGHT: "người",
}
_MISREAD = {
    Misread.EMPTY: "Mời đồng chí ghi một số.",
    Misread.NEGATIVE: "Số dự đoán không thể nhỏ hơn 0.",
    Misread.NOT_WHOLE: "Ở đây cần số nguyên, không có phần thập phân. Ví dụ: 1.234.",
    Misread.ABOVE_HUNDRED: "Tỉ lệ không thể quá 100%.",
    Misread.TOO_LARGE: "Số này quá lớn. Mời đồng chí kiểm tra lại.",
}


def prediction_example(kind: PredictionKind, decimals: int) -> str:
    """How a guess may be written, with as many decimal places as are asked."""
    if kind is not PredictionKind.PERCENTAGE:
        return "1.234"
    return f"12,{'345678'[:decimals]}" if decimals else "12"


def misread(reason: Misread, kind: PredictionKind, decimals: int) -> str:
    """Why a guess was not taken, and how to write it."""
    example = prediction_example(kind, decimals)
    if reason is Misread.TOO_MANY_DECIMALS:
        allowed = f"nhiều nhất {decimals} chữ số sau dấu phẩy" if decimals else "số nguyên, không có phần thập phân"
        return f"Tỉ lệ ở đây ghi {allowed}. Ví dụ: {example}."
    if reason is Misread.NOT_A_NUMBER and kind is PredictionKind.PERCENTAGE:
        before = "dùng dấu phẩy trước phần thập phân, ví dụ" if decimals else "ví dụ"
        return f"Chưa đọc được số này. Mời đồng chí ghi bằng chữ số, {before} {example}."
    if reason is Misread.NOT_A_NUMBER:
        return f"Chưa đọc được số này. Mời đồng chí ghi một số nguyên bằng chữ số, ví dụ {example}."
    return _MISREAD[reason]


def distance(error: int, kind: PredictionKind, decimals: int) -> str:
    """How far a guess was from the truth."""
    if error == 0:
        return "đúng bằng số thực tế"
    if kind is PredictionKind.PERCENTAGE:
        return f"lệch {prediction.format(error, kind, decimals).removesuffix('%')} điểm phần trăm"
    return f"lệch {prediction.format(error, kind)} {PREDICTION_UNITS[kind]}"


def ranking_message(job: Job) -> str:
    """How far the ranking by a prediction's truth is, in one sentence."""
    match JobState(job.state):
        case JobState.QUEUED:
            return "Đang chờ đến lượt xếp hạng lại."
        case JobState.RUNNING:
            return (
                f"Đã xếp hạng lại {format_number(job.done)}/{format_number(job.total)} kết quả."
                if job.total
                else "Đang xếp hạng lại."
            )
        case JobState.DONE:
            return "Mọi kết quả đã được xếp hạng theo số thực tế."
        case JobState.FAILED:
            return job.error


LATE_WHAT = {What.SAVE: "Câu trả lời", What.PREDICTION: "Dự đoán", What.SUBMIT: "Lệnh nộp bài"}


def lateness(late_by: timedelta) -> str:
    """How long after the deadline something arrived; before it where only the queue made it late."""
    if late_by < timedelta(0):
        return "đến trước hạn, phải chờ máy chủ"
    return f"muộn {format_duration(late_by, exact=True)}"


BARS_OF_ANOTHER = {
    **BARS,
    Bar.MEMBER_INACTIVE: "Đồng chí ấy hiện không có tên trong danh sách sinh hoạt của đơn vị.",
    Bar.UNIT_NOT_INVITED: "Đơn vị của đồng chí ấy không thuộc diện dự thi đợt này.",
    Bar.CATEGORY_NOT_INVITED: "Đợt thi này không dành cho đối tượng của đồng chí ấy.",
    Bar.TOO_YOUNG: "Đồng chí ấy chưa đủ tuổi dự thi theo thể lệ.",
    Bar.BIRTH_UNKNOWN: "Danh sách chưa có ngày sinh của đồng chí ấy nên chưa xét được tuổi. Mời báo ban tổ chức.",
    Bar.CONSENT_MISSING: "Đồng chí ấy chưa đồng ý tham gia thi.",
    Bar.SAT_INSTEAD: "Đồng chí ấy có lượt thi vẫn được tính ở đợt kia nên không thi lại.",
    Bar.NO_ATTEMPTS_LEFT: "Đồng chí ấy đã dùng hết số lượt thi của đợt này.",
    Bar.NO_ATTEMPTS_TODAY: "Đồng chí ấy đã dùng hết số lượt thi của hôm nay.",
}

TAKES_PART = (
    "Đồng chí ấy đồng ý tham gia thi: hệ thống giữ lượt thi, câu trả lời, điểm và thời gian làm bài. "
    "Nếu không đồng ý, đồng chí ấy vẫn học và xem được mọi mục khác, chỉ chưa bắt đầu lượt thi được."
)
ASSIST_REASONS = {
    "khong-may": "Không có điện thoại thông minh hay máy tính",
    "kho-doc": "Khó đọc chữ trên màn hình nhỏ",
    "chua-quen": "Chưa quen thao tác trên máy",
    "van-dong": "Khó thao tác vì lý do sức khỏe",
    "tai-khoan": "Chưa có tài khoản hoặc quên mật khẩu",
    "khac": "Lý do khác",
}

RECEIPT_MISREAD = {
    MisreadCode.EMPTY: "Mời đồng chí nhập mã biên nhận.",
    MisreadCode.LENGTH: "Mã biên nhận có đúng 12 chữ và số. Mời đồng chí xem có thiếu hoặc thừa ký tự nào không.",
    MisreadCode.MARKS: "Mã biên nhận chỉ gồm chữ không dấu và chữ số. Mời đồng chí tắt bộ gõ tiếng Việt rồi nhập lại.",
}
RECEIPT_WAIT = "Từ mạng này vừa có quá nhiều mã không đúng. Mời đồng chí chờ một phút rồi thử lại."


def unknown_receipt(asked: Asked) -> str:
    """Why a code is not known: what was probably misread, where it has signs that stand in no code."""
    words = "Không có biên nhận nào mang mã này."
    if not asked.strange:
        return f"{words} Mời đồng chí đối chiếu lại từng ký tự với biên nhận."
    meant = "; ".join(f"{sign} có thể là {' hoặc '.join(LOOK_ALIKES[sign])}" for sign in asked.strange)
    return f"{words} Mã không bao giờ có các ký tự I, L, O, U, 0, 1: trong mã vừa nhập, {meant}. Mời đồng chí xem lại."


def receipt_text(receipt: Receipt, check_url: str) -> str:
    """A receipt as lines of a message."""
    lines = [
        "BIÊN NHẬN NỘP BÀI",
        f"Cuộc thi: {receipt.contest_title}",
        f"Đợt thi: {receipt.round_title}",
        f"Nộp lúc: {format_datetime_seconds(receipt.ended_at)}",
    ]
    if receipt.answered is not None:
        lines.append(f"Đã trả lời: {receipt.answered}/{receipt.length} câu")
    return "\n".join([*lines, f"Mã biên nhận: {receipt.code}", f"Kiểm tra tại: {check_url}"])
