"""Words of this feature: refusals and the names of things on screen."""

from __future__ import annotations

from quiz_app.kernel.errors import Refused
from quiz_app.kernel.jobs import Job, JobState
from quiz_app.kernel.switches import SiteSwitch
from quiz_app.operations import contest_archive_labels, errors
from quiz_app.web.filters import format_datetime, format_number

REFUSALS: dict[type[Refused], str] = {
    errors.JobGoesOn: "Công việc này đã kết thúc, hoặc không dừng giữa chừng được.",
    errors.ArchiveBroken: "Tệp sao lưu bị cắt cụt hoặc hỏng, không dùng được. Hãy lấy một bản sao lưu khác.",
    errors.ArchiveAltered: "Tệp sao lưu đã bị thay đổi: phần “{part}” không khớp với bản kê. Không dùng được tệp này.",
    errors.ArchiveLocked: (
        "Tệp sao lưu được mã hóa và chưa có khóa riêng mở được nó. Thêm --identity và tệp khóa riêng đã cất."
    ),
    errors.IdentityWrong: (
        "Tệp {file} không chứa khóa riêng của age (dòng AGE-SECRET-KEY-1…). "
        "Khóa có mật khẩu thì mở bằng lệnh age trước."
    ),
    errors.RecipientWrong: "“{recipient}” không phải khóa công khai của age (age1…). Hãy chép lại cho đủ.",
    errors.ArchiveForeign: "Bản sao lưu này của {theirs}, còn hệ thống đang dùng {ours}. Hãy đặt lại DATABASE_URL.",
    errors.ArchiveNewer: "Bản sao lưu do phiên bản mới hơn tạo ra ({revision}). Hãy nâng cấp phần mềm trước.",
    errors.DatabaseNotEmpty: (
        "Cơ sở dữ liệu đang có dữ liệu (bảng {table}). Thêm --replace nếu thật sự muốn thay bằng bản sao lưu; "
        "dữ liệu hiện có sẽ được sao lưu trước."
    ),
    errors.ServiceRuns: "Tiến trình nền đang chạy. Hãy dừng dịch vụ, chờ 20 giây rồi làm lại.",
    errors.ToolMissing: "Không tìm thấy chương trình {tool}. Hãy cài gói postgresql-client.",
    errors.ToolFailed: "{tool} không làm được: {said}",
    errors.RestoredWrong: "Dữ liệu vừa phục hồi không toàn vẹn: {finding}",
    **contest_archive_labels.REFUSALS,
}

JOB_STATES: dict[JobState, tuple[str, str]] = {
    JobState.QUEUED: ("Đang chờ", "info"),
    JobState.RUNNING: ("Đang làm", "warning"),
    JobState.DONE: ("Đã xong", "success"),
    JobState.FAILED: ("Không làm được", "danger"),
}
JOB_KINDS: dict[str, str] = {
    "close-overdue": "Nộp bài hết giờ",
    "tallies": "Tổng hợp bảng xếp hạng",
    "audit-seal": "Niêm phong nhật ký",
    "reminder-plans": "Đưa thư nhắc đến giờ vào hàng gửi",
    "reminder-mails": "Gửi thư nhắc",
    "correct-results": "Sửa kết quả: chấm lại các lượt liên quan",
    "forecast-correction": "Sửa kết quả: tính thử ảnh hưởng",
    "final-table": "Lập, duyệt hoặc công bố bảng kết quả",
    "report-figures": "Tổng hợp số liệu báo cáo",
    "report-files": "Tạo tệp báo cáo",
    "contest-archive": "Lưu trữ cuộc thi",
    "roster-plan": "Kiểm tra danh sách đảng viên",
    "roster-apply": "Ghi danh sách đảng viên",
    "slip-print": "Tạo tệp phiếu đăng nhập",
    "certificate-print": "Tạo tệp giấy chứng nhận",
    "analysis": "Thống kê câu hỏi của đợt thi",
    "flags": "Tìm dấu hiệu cần kiểm tra trong các lượt thi",
    "prediction-keys": "Xếp hạng theo số thực tế của câu dự đoán",
}
READ_ONLY_RESTS = (
    "Bảng xếp hạng đứng ở lần tổng hợp cuối cùng và ghi rõ lúc nào; bảng cộng dồn từng người tạm nghỉ.",
    "Bài học vẫn đọc được, câu hỏi ôn vẫn có giải đáp, nhưng tiến độ học và câu trả lời ôn không được ghi.",
    "Trang đầu không tính thứ hạng của từng người.",
)
READ_ONLY_GOES_ON = (
    "Đăng nhập, vào thi, lưu câu trả lời, nộp bài và xem kết quả.",
    "Theo dõi tham gia của các chi bộ và mọi việc của ban tổ chức.",
)


def words_of(error: Refused) -> str:
    """What an operator reads at the command line."""
    return REFUSALS[type(error)].format(**error.facts)


def ending(setting: SiteSwitch) -> str:
    """When a switch that is on goes off."""
    return "đến khi có người tắt" if setting.ends_at is None else f"đến {format_datetime(setting.ends_at)}"


def banner_words(setting: SiteSwitch) -> str:
    """What staff are told while the site is read-only."""
    return (
        f"Bật lúc {format_datetime(setting.changed_at)}, {ending(setting)}. Lý do: {setting.reason}. "
        "Bảng xếp hạng nghỉ tổng hợp, phần học tập không ghi tiến độ; làm bài và theo dõi tham gia vẫn bình thường."
    )


def stopped_by(name: str) -> str:
    """Why a job has ended, in the place of an error."""
    return f"Đồng chí {name} đã dừng việc này. Cần thì yêu cầu lại ở trang đã yêu cầu nó."


def message_of(job: Job) -> str:
    """How far a job is, in one sentence."""
    match JobState(job.state):
        case JobState.QUEUED:
            return "Đang chờ đến lượt."
        case JobState.RUNNING:
            return f"Đã làm {format_number(job.done)}/{format_number(job.total)}." if job.total else "Đang làm."
        case JobState.DONE:
            return f"Đã làm xong {format_number(job.done)} mục." if job.done else "Đã làm xong."
        case JobState.FAILED:
            return job.error
