"""The rules that members accept, written out from a round's settings, so that they cannot contradict the engine.

Each sentence states what a function of `rules` or a setting of the round does, and nothing that no code keeps.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from quiz_app.catalogue import queries as catalogue
from quiz_app.contests import labels, prize_rules, queries
from quiz_app.contests.models import ItemKinds, NamesShown, Round, Shown
from quiz_app.contests.terms import RoundTerms, terms_of
from quiz_app.contests.timing import timing_of
from quiz_app.kernel.work import Reading
from quiz_app.members.models import Category
from quiz_app.rules import prediction
from quiz_app.rules.drawing import Cell
from quiz_app.rules.prediction import PredictionKind
from quiz_app.rules.standing import CountedAttempt, Criterion
from quiz_app.rules.timing import EVERY_WEEKDAY, closes_finally_at, opens_first_at
from quiz_app.units.models import Unit
from quiz_app.web.filters import format_datetime, format_number

HOUR_S = 3600
ONE_POINT = 1
EXAMPLE_PERCENTAGE = "12345678"  # as many of its digits as the question asks for

Sentences = Iterator[str]


@dataclass(frozen=True, slots=True)
class RulesSection:
    """A heading and its sentences, plain text."""

    heading: str
    sentences: tuple[str, ...]

    def as_stored(self) -> dict[str, Any]:
        return {"heading": self.heading, "sentences": list(self.sentences)}


@dataclass(frozen=True, slots=True)
class Names:
    """What the settings name by number, in words."""

    contest: str
    stage: str | None
    sets: tuple[str, ...]
    topics: Mapping[str, str]
    units: tuple[str, ...]
    pinned: int


def sections_of(r: Reading, round_: Round) -> tuple[RulesSection, ...]:
    """The rules page of a round by its present settings."""
    terms = terms_of(r.session, round_)
    names = _names(r, round_, terms)
    written: list[tuple[str, Iterable[str]]] = [
        ("Thi thử", _rehearsal() if round_.contest.is_rehearsal else ()),
        ("Thời gian", _time(round_, terms, names)),
        ("Đối tượng dự thi", _entry(terms, names, is_rehearsal=round_.contest.is_rehearsal)),
        ("Đề thi", _paper(terms, queries.blueprint(round_), names)),
        ("Thời lượng", _limit(terms)),
        ("Số lượt thi", _attempts(terms)),
        ("Lưu bài và nộp bài", _saving()),
        ("Câu dự đoán", _prediction(terms)),
        ("Xếp hạng", _standing(terms)),
        ("Không xếp hạng", _unranked(terms)),
        ("Giải thưởng", prize_rules.sentences(r.session, round_)),
        ("Công bố", _shown(terms)),
        ("Ghi chú của Ban tổ chức", _note(terms)),
    ]
    sections = (RulesSection(heading, tuple(sentences)) for heading, sentences in written)
    return tuple(section for section in sections if section.sentences)


def fingerprint(sections: tuple[RulesSection, ...]) -> str:
    """A hash of the text: 64 hexadecimal digits, equal for equal words."""
    stored = [section.as_stored() for section in sections]
    return hashlib.sha256(json.dumps(stored, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def length(seconds: int) -> str:
    """A length without anything rounded off: `15 phút`, `1 phút 30 giây`, `24 giờ`; up to two hours in minutes."""
    hours, rest = divmod(seconds, HOUR_S) if seconds > 2 * HOUR_S else (0, seconds)
    minutes, left = divmod(rest, 60)
    parts = [(hours, "giờ"), (minutes, "phút"), (left, "giây")]
    return " ".join(f"{format_number(count)} {word}" for count, word in parts if count) or "0 giây"


def clock_minute(minute: int) -> str:
    """A minute of the day as on a clock: `07:30`, at the end of the day `24:00`."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _names(r: Reading, round_: Round, terms: RoundTerms) -> Names:
    session = r.session
    stages = {stage.id: stage.title for stage in queries.stages(session, round_.contest_id)}
    pinned = queries.draft_pinned if round_.published_at is None else queries.frozen_pinned
    return Names(
        contest=round_.contest.title,
        stage=None if terms.stage_id is None else stages[terms.stage_id],
        sets=tuple(item_set.title for item_set in queries.sets_of(session, round_.id)),
        topics={topic.code: topic.title for topic in catalogue.topics(session)},
        units=tuple(
            session.scalars(
                select(Unit.name)
                .where(Unit.id.in_(queries.entry_unit_ids(session, round_)))
                .order_by(Unit.sort_key, Unit.id)
            )
        ),
        pinned=len(pinned(session, round_.id)),
    )


def _rehearsal() -> Sentences:
    yield "Đây là buổi thi thử của Ban tổ chức: không tính kết quả, không xếp hạng, không vào thống kê nào."
    yield "Mọi quy định dưới đây giống đợt thi thật, trừ thời gian mở, đối tượng dự thi, đóng băng bảng và giải thưởng."


def _time(round_: Round, terms: RoundTerms, names: Names) -> Sentences:
    is_cut = terms.daily is not None or terms.weekdays != EVERY_WEEKDAY
    as_set = timing_of(round_, extension_s=0)
    opens, closes = format_datetime(opens_first_at(as_set)), format_datetime(closes_finally_at(as_set))
    yield f"Đợt thi “{terms.title}” của cuộc thi “{names.contest}” mở lúc {opens} và đóng lúc {closes}, giờ Việt Nam."
    if names.stage is not None:
        yield f"Đợt thi thuộc giai đoạn “{names.stage}”."
    if terms.daily is not None:
        hours = f"{clock_minute(terms.daily.opens)} đến {clock_minute(terms.daily.closes)}"
        yield f"Mỗi ngày chỉ làm bài được từ {hours}."
    if terms.weekdays != EVERY_WEEKDAY:
        days = ", ".join(labels.WEEKDAYS[day] for day in sorted(terms.weekdays))
        yield f"Chỉ làm bài được vào các ngày: {days}."
    if is_cut:
        yield (
            "Ngoài những lúc đó không bắt đầu được lượt thi; lượt đang làm kết thúc khi giờ mở kết thúc, "
            "dù chưa hết thời lượng."
        )
    if round_.extension_s:
        until = format_datetime(closes_finally_at(timing_of(round_)))
        yield f"Ban tổ chức đã gia hạn cho mọi người thêm {length(round_.extension_s)}: đợt thi đóng lúc {until}."
    yield (
        "Ban tổ chức có thể gia hạn cho mọi người hoặc cho riêng một đơn vị gặp sự cố, bằng thông báo công khai "
        "trên trang đợt thi."
    )
    if is_cut:
        yield "Thời gian gia hạn nối ngay vào buổi cuối cùng, kể cả ngoài khung giờ và các ngày nói trên."
    yield "Giờ được tính theo đồng hồ của máy chủ."


def _entry(terms: RoundTerms, names: Names, *, is_rehearsal: bool) -> Sentences:
    if is_rehearsal:
        yield "Chỉ Ban tổ chức của cuộc thi vào được."
        return
    where = "; ".join(names.units)
    yield f"Người dự thi thuộc: {where}, kể cả các đơn vị trực thuộc."
    if terms.entry_categories:
        who = ", ".join(labels.CATEGORIES[Category(one)].lower() for one in terms.entry_categories)
        yield f"Chỉ dành cho: {who}."
    else:
        yield "Dành cho cả đảng viên chính thức, đảng viên dự bị và người ngoài Đảng có tên trong danh sách."
    if terms.minimum_age is not None:
        age = format_number(terms.minimum_age)
        yield f"Người dự thi phải đủ {age} tuổi vào ngày bắt đầu lượt thi."
        yield "Ai chưa có ngày sinh trong danh sách, hoặc có mà chưa đủ để tính tuổi, thì chưa vào thi được."
    yield "Mỗi lượt thi được tính cho đơn vị của người dự thi lúc bắt đầu lượt đó."


def _paper(terms: RoundTerms, cells: tuple[Cell, ...], names: Names) -> Sentences:
    total = sum(cell.count for cell in cells)
    yield f"Mỗi đề có {format_number(total)} câu, rút ngẫu nhiên riêng cho từng lượt thi."
    if names.sets:
        yield f"Câu hỏi được rút từ: {'; '.join(names.sets)}."
    yield from _quotas(cells, names)
    if names.pinned:
        yield f"Trong đó {format_number(names.pinned)} câu có mặt trong mọi đề."
    yield from _points(cells)
    match terms.item_kinds:
        case ItemKinds.SINGLE:
            yield "Mỗi câu có đúng một đáp án."
        case ItemKinds.MULTIPLE:
            yield "Mỗi câu có nhiều đáp án; chỉ được điểm khi chọn đủ và đúng tất cả các đáp án."
        case ItemKinds.ANY:
            yield "Có thể có câu nhiều đáp án; câu như vậy chỉ được điểm khi chọn đủ và đúng tất cả các đáp án."
    yield (
        "Thứ tự câu hỏi và thứ tự phương án trong mỗi đề được xáo trộn; phương án nói về các phương án khác, như “Tất "
        "cả các ý trên”, có thể được giữ ở cuối."
    )
    yield "Ở lượt sau của cùng một người, hệ thống tránh lặp lại câu đã gặp trong chừng mực kho câu hỏi cho phép."


def _quotas(cells: tuple[Cell, ...], names: Names) -> Sentences:
    by_topic, by_level = Counter[str | None](), Counter[int | None]()
    for cell in cells:
        by_topic[cell.topic] += cell.count
        by_level[cell.level] += cell.count
    if set(by_topic) - {None}:
        quotas = [
            f"{labels.ANY_TOPIC if topic is None else names.topics[topic]} {format_number(count)} câu"
            for topic, count in by_topic.items()
        ]
        yield f"Theo chuyên đề: {'; '.join(quotas)}."
    if set(by_level) - {None}:
        quotas = [
            f"{labels.ANY_LEVEL if level is None else labels.LEVELS[level].lower()} {format_number(count)} câu"
            for level, count in sorted(by_level.items(), key=lambda one: (one[0] is None, one[0] or 0))
        ]
        yield f"Theo mức độ: {'; '.join(quotas)}."


def _points(cells: tuple[Cell, ...]) -> Sentences:
    by_points = Counter[int]()
    for cell in cells:
        by_points[cell.points] += cell.count
    most = format_number(sum(points * count for points, count in by_points.items()))
    if set(by_points) <= {ONE_POINT}:
        yield f"Mỗi câu đúng được {ONE_POINT} điểm, câu sai hoặc bỏ trống 0 điểm; điểm tối đa là {most}."
        return
    worth = "; ".join(
        f"{format_number(count)} câu, mỗi câu đúng {format_number(points)} điểm"
        for points, count in sorted(by_points.items())
    )
    yield f"Điểm: {worth}; câu sai hoặc bỏ trống 0 điểm; điểm tối đa là {most}."


def _limit(terms: RoundTerms) -> Sentences:
    if terms.time_limit_s is None:
        yield "Không giới hạn thời gian làm bài, miễn là nộp trước khi hết giờ mở."
    else:
        yield (
            f"Mỗi lượt có {length(terms.time_limit_s)}, tính từ lúc bấm “Đồng ý thể lệ và bắt đầu”. Ai bắt đầu muộn "
            "thì chỉ còn thời gian đến khi hết giờ mở."
        )
        yield "Người được Ban tổ chức cho thời gian bù thì được cộng thêm, nhưng không quá lúc hết giờ mở."
    yield "Đồng hồ vẫn chạy khi đóng trang, mất mạng hoặc tắt máy."


def _attempts(terms: RoundTerms) -> Sentences:
    if terms.attempts_allowed is None:
        yield "Không giới hạn số lượt thi trong đợt."
    else:
        yield f"Mỗi người được thi {format_number(terms.attempts_allowed)} lượt trong đợt."
    if terms.attempts_per_day is not None:
        yield f"Mỗi ngày được bắt đầu nhiều nhất {format_number(terms.attempts_per_day)} lượt, từ 0 giờ đến 24 giờ."
    yield "Lượt đã bắt đầu là đã tính, dù có trả lời hay không; lượt bị Ban tổ chức hủy thì không tính."
    yield f"Lượt được lấy làm kết quả: {labels.COUNTED[CountedAttempt(terms.counted)].lower()}."


def _saving() -> Sentences:
    yield "Mỗi câu trả lời được lưu ngay khi chọn và đổi được đến lúc nộp bài hoặc hết giờ."
    yield "Mất mạng thì câu trả lời được giữ trong máy đang làm và tự gửi khi có mạng lại, nếu vẫn còn giờ."
    yield "Hết giờ mà chưa nộp thì hệ thống nộp bài với những câu đã lưu được; các câu đó được chấm như bình thường."
    yield (
        "Khi hết giờ, hệ thống chỉ chờ thêm ít giây cho những gì đang trên đường truyền. Gửi đến muộn hơn thì không "
        "được tính, nhưng được giữ lại cùng giờ đến để làm căn cứ khi có khiếu nại."
    )
    yield "Đang làm mà mở bài ở cửa sổ hoặc thiết bị khác thì làm tiếp được ở đó; nơi mở trước chỉ còn xem."


def _prediction(terms: RoundTerms) -> Sentences:
    kind = terms.prediction_kind
    if kind is None:
        return
    yield f"Trong mỗi lượt thi, người dự thi dự đoán {labels.PREDICTION_KINDS[kind]} của đợt này."
    yield labels.PREDICTION_COUNTED[kind]
    if kind is PredictionKind.PERCENTAGE:
        yield f"Viết là số phần trăm, {_decimals(terms.prediction_decimals)}."
    else:
        yield "Viết là số nguyên, có thể dùng dấu chấm ngăn hàng nghìn, ví dụ 1.234."
    yield "Dự đoán được lưu cùng lượt thi; lượt được lấy làm kết quả thì dùng dự đoán của chính lượt đó."
    yield "Dự đoán cao hơn hay thấp hơn số thực tế đều so bằng khoảng cách: gần hơn thì hơn."
    yield "Ai không dự đoán thì xếp sau mọi người có dự đoán khi xét đến tiêu chí này."
    yield "Số thực tế chỉ được xác định sau khi đợt thi đóng với mọi người; trước đó thứ hạng là tạm tính."
    yield (
        "Khi còn người có thể dự đoán, số người dự thi và số lượt thi không được công bố. Người có nhiệm vụ được xem "
        "các số đó thì không được hỏi câu này, và được xếp như người không dự đoán."
    )


def _decimals(places: int) -> str:
    example = prediction.format(int(EXAMPLE_PERCENTAGE[: 2 + places]), PredictionKind.PERCENTAGE, places)
    if places == 0:
        return f"không có chữ số thập phân, ví dụ {example}"
    return f"nhiều nhất {format_number(places)} chữ số thập phân sau dấu phẩy, ví dụ {example}"


def _standing(terms: RoundTerms) -> Sentences:
    order = "; sau đó ".join(labels.CRITERIA[Criterion(one)] for one in terms.tie_breaks)
    yield f"Xếp hạng lần lượt theo: {order}."
    yield (
        "Bằng nhau ở mọi tiêu chí thì đồng hạng, và bấy nhiêu hạng kế tiếp bị bỏ qua: hai người cùng hạng 2 thì người "
        "tiếp theo hạng 4."
    )
    if Criterion.DURATION in terms.tie_breaks or terms.counted is CountedAttempt.BEST_FASTEST:
        yield (
            "Thời gian làm bài tính từ lúc bắt đầu đến lúc nộp, không quá hạn nộp của lượt đó, chính xác đến phần "
            "nghìn giây."
        )
    missed = ["0 điểm", "trọn thời lượng" if terms.time_limit_s else "trọn buổi thi dài nhất", "giờ nộp là lúc đóng"]
    if terms.prediction_kind is not None:
        missed.append("không có dự đoán")
    yield (
        "Khi cuộc thi có nhiều đợt, bảng của giai đoạn và của cả cuộc thi cộng từng tiêu chí qua các đợt; đợt không "
        f"thi thì tính {', '.join(missed)}."
    )


def _unranked(terms: RoundTerms) -> Sentences:
    yield (
        "Thành viên Ban tổ chức, người biên soạn, người thẩm định câu hỏi và cán bộ kỹ thuật được làm bài nhưng không "
        "xếp hạng."
    )
    yield "Ban tổ chức có thể để một số người khác ngoài xếp hạng; người đó được báo trên trang vào thi."
    if terms.assisted_counts:
        yield "Lượt thi do bí thư chi bộ mở giúp trên máy dùng chung được ghi tên người giúp và xếp hạng bình thường."
    else:
        yield (
            "Lượt thi do bí thư chi bộ mở giúp trên máy dùng chung được ghi tên người giúp; nếu là lượt được lấy làm "
            "kết quả thì không xếp hạng."
        )


def _shown(terms: RoundTerms) -> Sentences:
    yield f"Điểm và thứ hạng: {labels.SHOWN[Shown(terms.show_score)].lower()}."
    yield f"Câu đúng, câu sai của mình: {labels.SHOWN[Shown(terms.show_marks)].lower()}."
    yield f"Đáp án và giải thích: {labels.SHOWN[Shown(terms.show_keys)].lower()}."
    if Shown.AFTER_CLOSING.value in (terms.show_score, terms.show_marks, terms.show_keys):
        yield "“Sau khi đợt thi đóng” là khi đã đóng với mọi người, kể cả những nơi được gia hạn."
    yield labels.NAMES_ON_BOARDS[NamesShown(terms.names_shown)]
    if terms.freeze_minutes is not None:
        yield (
            f"Trong {length(terms.freeze_minutes * 60)} cuối trước giờ đóng, các bảng xếp hạng đóng băng: giữ nguyên "
            "như lúc bắt đầu đóng băng, đến khi Ban tổ chức chốt kết quả. Gia hạn thì lúc đóng băng lùi lại theo."
        )
    if terms.complaint_days:
        days = f"{terms.complaint_days} ngày"
        yield f"Khiếu nại về kết quả được nhận từ lúc nộp bài đến {days} sau khi đợt thi đóng."
        yield f"Kết quả được công bố hoặc bị sửa sau đó thì nhận thêm khiếu nại trong {days} kể từ lúc ấy."
    else:
        yield "Khiếu nại về kết quả được nhận từ lúc nộp bài đến khi đợt thi đóng."
    if terms.moves_attempts:
        yield "Ai được nhận về đơn vị khác trước khi chốt kết quả thì kết quả tính cho đơn vị mới."
    else:
        yield "Ai được nhận về đơn vị khác thì kết quả vẫn tính cho đơn vị lúc thi."


def _note(terms: RoundTerms) -> Sentences:
    yield from (line.strip() for line in terms.note.splitlines() if line.strip())
