"""Words of this feature: refusals, steps, and why one stands before another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from quiz_app.attempts import labels as attempts_labels
from quiz_app.contests.labels import MIX_MEASURES
from quiz_app.contests.models import PrizeScope, Round, UnitClasses
from quiz_app.kernel.audit import Head
from quiz_app.kernel.errors import Refused
from quiz_app.kernel.jobs import Job, JobState
from quiz_app.leaderboard.labels import SIZES
from quiz_app.results.errors import (
    NothingChanged,
    NotReady,
    PrizesLocked,
    ProposalOutdated,
    TableSettled,
    TooManyRows,
    UnderWay,
)
from quiz_app.rules import prediction
from quiz_app.rules.finalising import Step, StepState
from quiz_app.rules.prediction import MISSING_GUESS_ERROR, PredictionKind
from quiz_app.rules.standing import Criterion
from quiz_app.rules.unit_standing import SizeClass
from quiz_app.units.models import UnitKind
from quiz_app.web.filters import format_datetime_seconds, format_duration, format_number, format_span

REFUSALS: dict[type[Refused], str] = {
    NotReady: "Chưa làm được bước này. Việc cần xong trước: {step}.",
    ProposalOutdated: "Kết quả đã thay đổi từ khi lập bảng nên bảng này không còn đúng. Mời đồng chí lập bảng mới.",
    NothingChanged: "Kết quả hiện nay giống hệt bảng đã công bố nên không cần phiên bản mới.",
    TableSettled: "Bảng này đã được duyệt, đã công bố hoặc đã có bảng khác thay. Mời đồng chí xem lại các bước.",
    UnderWay: "Hệ thống đang lập, duyệt hoặc công bố bảng này. Mời đồng chí đợi xong rồi xem lại các bước.",
    PrizesLocked: "Đã công bố kết quả nên không đổi được: {what}.",
    TooManyRows: "Danh sách dài hơn {limit} người, không xuất thành một tệp được.",
}

GONE = "Không còn bảng này, hoặc đồng chí không còn phụ trách cuộc thi. Mời đồng chí xem lại các bước."
DOING = {"propose": "lập", "approve": "duyệt", "publish": "công bố"}
ASKED = "Bảng dài nên hệ thống làm ở phía sau. Trang này cho biết khi xong; đồng chí có thể rời trang rồi quay lại."

NO_REASON = "Mời đồng chí ghi lý do lập phiên bản mới."
LONG_REASON = "Lý do dài quá {most} ký tự."
ROUND_NOT_FINAL = "chốt kết quả {title}"
CORRECTIONS_IN_ROUND = "giải quyết xong các điều chỉnh của {title}"
APPROVAL = "người thứ hai duyệt bảng kết quả"

STEPS = {
    Step.CLOSED: "đợt thi đóng",
    Step.ATTEMPTS_ENDED: "mọi lượt thi kết thúc",
    Step.TRUTH_FIXED: "cố định số thực tế của câu dự đoán và xếp hạng theo số đó",
    Step.FLAGS_REVIEWED: "tìm và xem xét các lượt thi có dấu hiệu cần kiểm tra",
    Step.COMPLAINTS_DECIDED: "trả lời các khiếu nại",
    Step.CORRECTIONS_SETTLED: "giải quyết xong các điều chỉnh điểm",
    Step.APPROVED: APPROVAL,
    Step.PUBLISHED: "công bố kết quả",
}
STEP_TITLES = {
    Step.CLOSED: "Đợt thi đã đóng",
    Step.ATTEMPTS_ENDED: "Mọi lượt thi đã kết thúc",
    Step.TRUTH_FIXED: "Đã cố định số thực tế của câu dự đoán",
    Step.FLAGS_REVIEWED: "Đã tìm và xem xét các lượt thi có dấu hiệu cần kiểm tra",
    Step.COMPLAINTS_DECIDED: "Đã trả lời mọi khiếu nại",
    Step.CORRECTIONS_SETTLED: "Đã giải quyết mọi điều chỉnh điểm",
    Step.APPROVED: "Người thứ hai đã duyệt bảng kết quả",
    Step.PUBLISHED: "Đã công bố",
}
STATES = {
    StepState.DONE: ("Đã xong", "success"),
    StepState.NEXT: ("Việc tiếp theo", "warning"),
    StepState.WAITING: ("Chờ bước trước", ""),
    StepState.NOT_NEEDED: ("Thể lệ không có", ""),
}
KINDS = {PrizeScope.ROUND: "đợt thi", PrizeScope.STAGE: "giai đoạn", PrizeScope.OVERALL: "toàn cuộc thi"}
MEASURES = MIX_MEASURES
UNIT_CLASSES = {
    UnitClasses.NONE: "Không chia nhóm: mọi đơn vị trực thuộc xếp chung",
    UnitClasses.SIZE: "Theo quy mô: đến 15, 16–40, trên 40 người",
    UnitClasses.KIND: "Theo khối: chi bộ với chi bộ, đảng bộ với đảng bộ",
}
UNIT_KINDS = {
    UnitKind.CITY: "Thành ủy",
    UnitKind.COMMUNE: "Đảng bộ xã, phường",
    UnitKind.BASE_COMMITTEE: "Đảng bộ cơ sở",
    UnitKind.SECTION_COMMITTEE: "Đảng bộ bộ phận",
    UnitKind.CELL: "Chi bộ",
}
NO_WEIGHTS = "Có giải tập thể thì phải đặt trọng số cho ít nhất một tiêu chí xếp hạng đơn vị."
NO_THRESHOLD = "Mời đồng chí ghi mức điểm khá trở lên, vì tiêu chí này có trọng số."
NO_TITLE = "Mời đồng chí ghi tên giải, hoặc để trống cả số lượng."
NO_COUNT = "Mời đồng chí ghi số lượng của giải này."
UNRANKED = "Tham gia nhưng không xếp hạng theo thể lệ."
SHARED = "Đồng hạng: {count} người bằng nhau ở mọi tiêu chí."
CAP = "số giải đợt nhiều nhất mỗi người"
MIX = "cách xếp hạng đơn vị"


def refusal(error: Refused) -> str:
    """Why the worker could not do what it was asked to do with a table, and what to do then."""
    words = {**attempts_labels.REFUSALS, **REFUSALS}.get(type(error), GONE)
    return words.format(**error.facts)


def job_title(job: Job) -> str:
    return f"Đang {DOING[job.payload['act']]} bảng kết quả"


def job_message(job: Job) -> str:
    """How far the worker is with a table, in one sentence."""
    match JobState(job.state):
        case JobState.QUEUED:
            return "Đang chờ đến lượt. Nếu quá năm phút chưa bắt đầu, mời đồng chí báo người quản trị hệ thống."
        case JobState.RUNNING if job.done == 0:
            return "Đang tính."
        case JobState.RUNNING:
            return f"Đã xử lý {format_number(job.done)}/{format_number(job.total)} dòng."
        case JobState.DONE:
            return f"Đã {DOING[job.payload['act']]} xong."
        case JobState.FAILED:
            return job.error


def class_words(name: str) -> str:
    """The class of a unit as a heading; a table without classes has none."""
    if name in {kind.value for kind in UnitKind}:
        return UNIT_KINDS[UnitKind(name)]
    return SIZES[SizeClass(name)][1] if name else ""


def exact(ms: int) -> str:
    """A length of time to the millisecond, without the zeros of whole seconds."""
    return format_duration(ms, exact=True).replace(",000 giây", " giây")


def ahead_words(criterion: Criterion, amount: int) -> str:
    """Why somebody stands before the next, by how much: the end of "hơn hạng 4 do …"."""
    match criterion:
        case Criterion.SCORE:
            return f"cao hơn {format_number(amount)} điểm"
        case Criterion.DURATION:
            return f"làm nhanh hơn {exact(amount)}"
        case Criterion.SUBMITTED:
            day = timedelta(days=1)
            gap = timedelta(milliseconds=amount)
            return f"nộp sớm hơn {exact(amount) if gap < day else format_span(gap)}"
        case Criterion.PREDICTION:
            return "dự đoán gần đúng hơn"


def guess_words(round_: Round, error: int) -> str:
    """How far a guess was from the truth."""
    if error >= MISSING_GUESS_ERROR:
        return "không dự đoán"
    if round_.prediction_kind is None:
        return format_number(error)
    return f"lệch {prediction.format(error, PredictionKind(round_.prediction_kind), round_.prediction_decimals)}"


def guess_sum(error: int) -> str:
    """How far the guesses of several rounds were from their truths together, as the rank key adds it up."""
    if error < MISSING_GUESS_ERROR:
        return format_number(error)
    return f"{format_number(error)} (đợt không dự đoán tính {format_number(MISSING_GUESS_ERROR)})"


def mean_instant(sum_ms: int, rounds: int) -> str:
    """When papers were handed in on the average: of equally many rounds their means stand as their sums do."""
    return format_datetime_seconds(datetime.fromtimestamp(sum_ms / rounds / 1000, UTC)) if rounds else "–"


def sealed(head: Head) -> str:
    """What a paper says of the audit, so that it pins the history before it."""
    until = f"Nhật ký hệ thống đã niêm phong {format_number(head.count)} dòng, lần cuối lúc "
    return f"{until}{format_datetime_seconds(head.sealed_at)}. Mốc niêm phong: {head.printed}"
