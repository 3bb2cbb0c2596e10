"""Words of this feature: which attempts are looked at, what figures mean, what is to be said of an item."""

from __future__ import annotations

from quiz_app.analysis.computing import Sample
from quiz_app.analysis.queries import Learned
from quiz_app.kernel.errors import Refused
from quiz_app.kernel.jobs import Job, JobState
from quiz_app.rules.drawing import letter
from quiz_app.rules.item_findings import FEWEST_PAPERS, Concern, Finding
from quiz_app.rules.statistics import PaperStatistics
from quiz_app.web.filters import format_number

REFUSALS: dict[type[Refused], str] = {}

SAMPLES = {
    Sample.COUNTED: "Lượt được tính của mỗi người",
    Sample.FIRST: "Lượt đầu tiên của mỗi người",
    Sample.ALL: "Mọi lượt đã nộp",
}
SAMPLE_SLUGS = {"tinh-diem": Sample.COUNTED, "lan-dau": Sample.FIRST, "tat-ca": Sample.ALL}

GRAVITIES = {2: ("Kiểm tra lại", "danger"), 1: ("Nên xem", "warning"), 0: ("Bình thường", "")}

# {option}: the option by its letter, or without it where the reader may not see which ones are right.
CONCERNS = {
    Concern.OPTION_BEATS_KEY: "{option} được nhóm giỏi chọn nhiều hơn đáp án: kiểm tra lại đáp án.",
    Concern.OPTION_FOLLOWS_SCORE: "{option} đi cùng điểm cao rõ hơn đáp án: kiểm tra lại đáp án.",
    Concern.NEGATIVE: "Người điểm cao làm sai nhiều hơn người điểm thấp: kiểm tra lại đáp án và câu dẫn.",
    Concern.BELOW_GUESS: "Tỉ lệ đúng thấp hơn cả đoán mò: kiểm tra lại đáp án, hoặc câu dẫn gây hiểu nhầm.",
    Concern.WEAK: "Câu gần như không phân biệt được người nắm chắc với người chưa nắm chắc.",
    Concern.TOO_HARD: "Câu khó: chưa đến 30% trả lời đúng.",
    Concern.TOO_EASY: "Câu quá dễ: hơn 95% trả lời đúng.",
    Concern.IDLE_OPTION: "{option} không ai chọn: nên thay phương án nhiễu này.",
    Concern.STRUCK: "Câu đã được hủy, không tính điểm.",
    Concern.FEW: f"Chưa đủ {FEWEST_PAPERS} lượt có câu này: số liệu chỉ để tham khảo.",
}
NOT_OVER = "Chưa thống kê được: đợt thi chưa đóng hoặc còn lượt đang làm."


def said(learned: Learned, finding: Finding, *, with_keys: bool) -> str:
    """A finding in words; the option is named only for who may see the keys."""
    option = "Một phương án sai"
    if with_keys and finding.option is not None:
        option = f"Phương án {letter_of(learned, finding.option)}"
    return CONCERNS[finding.concern].format(option=option)


def all_said(learned: Learned, *, with_keys: bool) -> list[str]:
    """Every finding in words, each sentence once."""
    return list(dict.fromkeys(said(learned, one, with_keys=with_keys) for one in learned.findings))


def letter_of(learned: Learned, option: int) -> str:
    """The letter of an option as the item was written; papers show options in orders of their own."""
    return letter(list(learned.item.options).index(option))


def facility_words(learned: Learned) -> str:
    facility = learned.figures.facility
    if facility is None:
        return "Không chấm điểm."
    level = "dễ" if facility > 0.8 else "vừa" if facility >= 0.5 else "hơi khó" if facility >= 0.3 else "khó"
    return f"Câu {level}. Đoán mò đã được {format_number(100 * learned.guess)}%."


def discrimination_words(value: float | None) -> str:
    if value is None:
        return "Không tính được: mọi người cùng đúng hoặc cùng sai."
    if value < -0.1:
        return "Ngược: người điểm cao ở các câu khác lại hay sai câu này."
    if value < 0.1:
        return "Hầu như không liên quan đến điểm các câu khác."
    if value < 0.2:
        return "Yếu: người điểm cao chỉ nhỉnh hơn một chút."
    return "Khá: người điểm cao hay làm đúng hơn." if value < 0.35 else "Tốt: người điểm cao làm đúng rõ rệt hơn."


def efficiency_words(value: float | None) -> str:
    if value is None:
        return "Không tính được."
    if value < 0:
        return "Ngược chiều với các câu khác."
    if value < 0.15:
        return "Rất thấp so với mức cao nhất mà một câu khó như vậy đạt được."
    return "Phần đạt được so với mức cao nhất mà một câu khó như vậy có thể đạt."


def alpha_words(papers: PaperStatistics) -> str:
    if papers.alpha is None:
        return "Không tính được: cần ít nhất hai câu và điểm khác nhau."
    if papers.alpha < 0:
        return "Âm: các câu kéo ngược nhau. Xem trước hết những câu có độ phân biệt âm."
    if papers.alpha < 0.5:
        return "Thấp: điểm chênh nhau phần lớn do may rủi."
    if papers.alpha < 0.7:
        return "Trung bình: đủ để so các nhóm đông, chưa chắc để so từng người."
    return "Khá: các câu cùng đo một điều." if papers.alpha < 0.8 else "Tốt: các câu cùng đo một điều rất rõ."


def skewness_words(value: float | None) -> str:
    if value is None:
        return "Không tính được."
    if value < -0.5:
        return "Nghiêng về điểm cao: đề dễ với phần đông."
    return "Nghiêng về điểm thấp: đề khó với phần đông." if value > 0.5 else "Gần cân đối."


def kurtosis_words(value: float | None) -> str:
    if value is None:
        return "Không tính được."
    if value < -0.5:
        return "Điểm trải đều."
    return "Phần đông dồn quanh một mức, ít người ở xa." if value > 0.5 else "Gần dạng hình chuông."


def message(job: Job) -> str:
    """Where the computing stands."""
    if job.state == JobState.FAILED.value:
        return job.error
    if job.state == JobState.DONE.value:
        return "Đã tính xong."
    return f"Đã đọc {format_number(job.done)} trên {format_number(job.total)} lượt thi." if job.total else "Đang chờ."
