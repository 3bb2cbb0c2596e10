"""Settings of a round that contradict each other: refused where no contest could be held by them, else warned about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from quiz_app.catalogue import queries as catalogue
from quiz_app.contests import labels, queries
from quiz_app.contests.models import NamesShown, Round, Shown
from quiz_app.contests.terms import RoundTerms
from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.work import Reading
from quiz_app.rules.blueprint import Cell, Group
from quiz_app.rules.prediction import PredictionKind
from quiz_app.rules.standing import CountedAttempt, Criterion
from quiz_app.rules.timing import Session, Timing, day_bounds, day_of, sessions

YEARS = range(2020, 2100)  # far beyond these, instants no longer fit into what computes with them
BAD_YEAR = f"Năm phải từ {YEARS.start} đến {YEARS.stop - 1}."
POOL_PER_PAPER = 5
MOST_NAMED = 3
LEAST_S_PER_ITEM = 15
MOST_DECIMALS = 6
_SHOWN_ORDER = (Shown.AFTER_SUBMISSION, Shown.AFTER_CLOSING, Shown.AFTER_FINAL, Shown.NEVER)

Found = Iterator[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What is wrong, in words, beside the term (a field of RoundTerms) at which it can be mended."""

    term: str
    words: str


def require_sound(terms: RoundTerms) -> None:
    """Raises BadInput with everything that is refused, at the terms where it can be mended."""
    errors: dict[str, list[str]] = {}
    for found in refused(terms):
        errors.setdefault(found.term, []).append(found.words)
    if errors:
        raise BadInput(errors)


def refused(terms: RoundTerms) -> tuple[Contradiction, ...]:
    """What no contest could be held by."""
    return tuple(Contradiction(term, words) for term, words in (*_of_time(terms), *_of_counting(terms)))


def _of_time(terms: RoundTerms) -> Found:
    years = [
        (name, BAD_YEAR)
        for name, instant in (("opens_at", terms.opens_at), ("closes_at", terms.closes_at))
        if instant.year not in YEARS
    ]
    if years:
        yield from years
        return
    if terms.closes_at <= terms.opens_at:
        yield "closes_at", "Giờ đóng phải sau giờ mở."
        return
    if not terms.weekdays:
        yield "weekdays", "Cần ít nhất một ngày trong tuần."
        return
    try:
        times = _timing(terms)
    except ValueError:
        yield "weekdays", "Với khung giờ và các ngày đã chọn, không còn lúc nào trong thời gian mở để làm bài."
        return
    longest = max(session.end - session.start for session in sessions(times))
    if terms.time_limit is not None and terms.time_limit > longest:
        if longest < terms.closes_at - terms.opens_at:
            yield "time_limit_s", f"Thời lượng dài hơn cả khung giờ làm bài dài nhất ({_minutes(longest)} phút)."
        else:
            yield "time_limit_s", "Thời lượng dài hơn cả thời gian mở của đợt thi."


def _of_counting(terms: RoundTerms) -> Found:
    if terms.freeze_minutes is not None and terms.freeze_minutes < 1:
        yield "freeze_minutes", "Cần ít nhất 1 phút, hoặc để trống."
    elif terms.freeze is not None and terms.freeze >= terms.closes_at - terms.opens_at > timedelta():
        yield "freeze_minutes", "Thời gian đóng băng phải ngắn hơn thời gian mở của đợt thi."
    if terms.attempts_allowed is not None and terms.attempts_allowed < 1:
        yield "attempts_allowed", "Cần ít nhất 1 lượt."
    if terms.attempts_per_day is not None and terms.attempts_per_day < 1:
        yield "attempts_per_day", "Cần ít nhất 1 lượt mỗi ngày, hoặc để trống."
    if terms.counted is CountedAttempt.ONLY and terms.attempts_allowed != 1:
        yield "counted", "“Lượt duy nhất” chỉ dùng khi mỗi người có 1 lượt."
    if len(set(terms.tie_breaks)) != len(terms.tie_breaks) or not terms.tie_breaks:
        yield "tie_breaks", "Mỗi tiêu chí xếp hạng chỉ chọn một lần, và cần ít nhất một tiêu chí."
    if Criterion.PREDICTION in terms.tie_breaks and terms.prediction_kind is None:
        yield "tie_breaks", "Xếp hạng theo dự đoán thì đợt thi phải có câu dự đoán."
    if not 0 <= terms.prediction_decimals <= MOST_DECIMALS:
        yield "prediction_decimals", f"Số chữ số thập phân từ 0 đến {MOST_DECIMALS}."


@dataclass(frozen=True, slots=True)
class Scarcity:
    """A cell of the blueprint in words, how many items a paper takes from it, and how many the pool holds for it."""

    cell: str
    count: int
    available: int


@dataclass(frozen=True, slots=True)
class Context:
    """What the terms are judged beside: the paper, the items that its cells could take, and who may enter.

    `birth_unknown`: invited people whose age cannot be told. `pinned`: items that stand in every paper. `unlike`: the
    titles of the contest's rounds that rank by another list, or by a prediction of something else.
    `scarce`: the cells of which the pool holds less than POOL_PER_PAPER times what a paper takes, the scarcest first.
    """

    paper_length: int
    pool_size: int
    pinned: int = 0
    birth_unknown: int = 0
    scarce: tuple[Scarcity, ...] = ()
    unlike: tuple[str, ...] = ()
    is_anybody_invited: bool = True


def context_of(r: Reading, round_: Round) -> Context:
    """The context of a round as it is stored."""
    cells = queries.blueprint(round_)
    pool, pinned = queries.draw_sources(r.session, round_)
    return Context(
        paper_length=queries.paper_length(round_),
        pool_size=sum(any(cell.takes(item.group) for cell in cells) for item in pool),
        pinned=len(pinned),
        birth_unknown=queries.birth_unknown(r.session, round_),
        is_anybody_invited=queries.invited(r.session, round_) > 0,
        scarce=_scarce(r, cells, [item.group for item in pool]),
        unlike=tuple(
            other.title
            for other in queries.rounds_of(r.session, [round_.contest_id])
            if _ranked_by(other) != _ranked_by(round_)
        ),
    )


def _ranked_by(round_: Round) -> tuple[object, ...]:
    asks = Criterion.PREDICTION.value in round_.tie_breaks
    return (*round_.tie_breaks, round_.prediction_kind if asks else None, round_.prediction_decimals if asks else 0)


def _scarce(r: Reading, cells: Iterable[Cell], groups: Sequence[Group]) -> tuple[Scarcity, ...]:
    held = [(cell, sum(cell.takes(group) for group in groups)) for cell in cells]
    short = [(cell, available) for cell, available in held if available < POOL_PER_PAPER * cell.count]
    topics = {topic.code: topic.title for topic in catalogue.topics(r.session)} if short else {}
    short.sort(key=lambda pair: pair[1] / pair[0].count)
    return tuple(Scarcity(labels.cell(cell.topic, cell.level, topics), cell.count, held) for cell, held in short)


def warnings(terms: RoundTerms, context: Context) -> tuple[Contradiction, ...]:
    """What a contest could be held by, though hardly as it was meant; for terms that are not refused.

    Each says at its term what would happen and what to do.
    """
    found = (
        *_doubts_of_paper(terms, context),
        *_doubts_of_time(terms, context),
        *_doubts_of_attempts(terms),
        *_doubts_of_order(terms, context),
        *_doubts_of_showing(terms),
        *_doubts_of_entry(terms, context),
    )
    return tuple(Contradiction(term, words) for term, words in found)


def _doubts_of_paper(terms: RoundTerms, context: Context) -> Found:
    wanted = POOL_PER_PAPER * context.paper_length
    if context.pool_size < wanted:
        yield (
            "set_ids",
            f"Kho chỉ có {context.pool_size} câu cho đề {context.paper_length} câu, nên nhiều người gặp cùng câu hỏi. "
            f"Nên có ít nhất {wanted} câu: chọn thêm bộ câu hỏi hoặc giảm số câu mỗi đề.",
        )
    if context.scarce:
        named = "; ".join(
            f"{one.cell} ({one.available} câu cho {one.count} câu mỗi đề)" for one in context.scarce[:MOST_NAMED]
        )
        more = f" và {len(context.scarce) - MOST_NAMED} ô khác" if len(context.scarce) > MOST_NAMED else ""
        yield (
            "set_ids",
            f"Ít câu hỏi nhất ở {named}{more}. Nên có ít nhất gấp {POOL_PER_PAPER} lần số câu mỗi đề ở từng ô: "
            "chọn thêm bộ câu hỏi hoặc giảm số câu ở ô đó.",
        )
    if context.paper_length and context.pinned >= context.paper_length:
        yield (
            "pinned_item_ids",
            "Mọi câu của đề đều bắt buộc, nên ai cũng có cùng một đề. Bỏ bớt câu bắt buộc.",
        )
    limit = terms.time_limit_s
    if limit is not None and limit < LEAST_S_PER_ITEM * context.paper_length:
        least = -(-LEAST_S_PER_ITEM * context.paper_length // 60)
        yield (
            "time_limit_s",
            f"Mỗi câu chỉ có chưa đến {LEAST_S_PER_ITEM} giây, không đủ để đọc. "
            f"Nên cho ít nhất {least} phút, hoặc giảm số câu mỗi đề.",
        )


def _doubts_of_time(terms: RoundTerms, context: Context) -> Found:
    held = list(sessions(_timing(terms)))
    limit, allowed, per_day = terms.time_limit, terms.attempts_allowed, terms.attempts_per_day
    shortest = min(session.end - session.start for session in held)
    if limit is not None and shortest < limit:
        yield (
            "daily",
            f"Có buổi chỉ mở {_minutes(shortest)} phút, ngắn hơn thời lượng: ai thi buổi đó bị cắt giờ. "
            "Sửa giờ mở, giờ đóng hoặc khung giờ trong ngày.",
        )
    fitting = sum((session.end - session.start) // limit for session in held) if limit else None
    if allowed is not None and fitting is not None and 1 <= fitting < allowed:
        yield (
            "attempts_allowed",
            f"Cả thời gian mở chỉ đủ {fitting} lượt trọn thời lượng, không đủ {allowed} lượt. "
            "Mở lâu hơn hoặc giảm số lượt.",
        )
    days = len(_open_days(held))
    if allowed is not None and per_day is not None and per_day <= allowed and days * per_day < allowed:
        yield (
            "attempts_per_day",
            f"Trong {days} ngày, mỗi ngày {per_day} lượt, chỉ thi được {days * per_day} lượt, không dùng hết {allowed} "
            "lượt. Tăng số lượt mỗi ngày, mở thêm ngày hoặc giảm số lượt.",
        )


def _doubts_of_attempts(terms: RoundTerms) -> Found:
    allowed, per_day = terms.attempts_allowed, terms.attempts_per_day
    if allowed is not None and per_day is not None and per_day > allowed:
        yield (
            "attempts_per_day",
            f"Mỗi ngày {per_day} lượt nhưng cả đợt chỉ có {allowed} lượt, nên giới hạn theo ngày không có tác dụng. "
            "Giảm số lượt mỗi ngày hoặc để trống.",
        )
    if terms.counted is CountedAttempt.LAST and allowed is None:
        yield (
            "counted",
            "Tính lượt sau cùng mà không giới hạn số lượt thì người có điểm cao sợ mất điểm, người khác thi mãi. "
            "Giới hạn số lượt, hoặc tính lượt điểm cao nhất.",
        )
    if terms.prediction_kind is PredictionKind.ATTEMPTS and allowed is None and per_day is None:
        yield (
            "prediction_kind",
            "Dự đoán số lượt thi mà không giới hạn lượt thì người dự thi tự làm đổi được con số. "
            "Giới hạn số lượt, hoặc hỏi số người dự thi.",
        )


def _doubts_of_order(terms: RoundTerms, context: Context) -> Found:
    order = terms.tie_breaks
    if context.unlike:
        named = ", ".join(f"“{title}”" for title in context.unlike[:MOST_NAMED])
        more = f" và {len(context.unlike) - MOST_NAMED} đợt khác" if len(context.unlike) > MOST_NAMED else ""
        yield (
            "tie_breaks",
            f"Thứ tự xếp hạng hoặc câu dự đoán khác với {named}{more}, nên bảng cộng các đợt không so được mọi tiêu "
            "chí như nhau. Đặt giống nhau ở mọi đợt của cuộc thi.",
        )
    if terms.prediction_kind is not None and Criterion.PREDICTION not in order:
        yield (
            "prediction_kind",
            "Đợt thi có câu dự đoán nhưng không xếp hạng theo dự đoán. Thêm dự đoán vào thứ tự xếp hạng, hoặc bỏ câu "
            "dự đoán.",
        )
    if Criterion.SUBMITTED in order[:-1]:
        after = ", ".join(labels.CRITERIA[one] for one in order[order.index(Criterion.SUBMITTED) + 1 :])
        yield (
            "tie_breaks",
            "Hầu như không có hai người nộp cùng một phần nghìn giây, nên tiêu chí đứng sau “nộp bài sớm hơn” không "
            f"bao giờ được xét: {after}. Đưa “nộp bài sớm hơn” xuống cuối.",
        )
    if order and order[0] is not Criterion.SCORE:
        yield "tie_breaks", "Điểm không phải tiêu chí đầu tiên, nên người điểm thấp có thể đứng trên. Đưa điểm lên đầu."
    if terms.prediction_decimals and terms.prediction_kind is not PredictionKind.PERCENTAGE:
        yield (
            "prediction_decimals",
            "Chữ số thập phân chỉ dùng khi dự đoán tỉ lệ phần trăm. Đặt về 0, hoặc chọn dự đoán tỉ lệ phần trăm.",
        )


def _doubts_of_showing(terms: RoundTerms) -> Found:
    for term, what in (("show_marks", "câu đúng, câu sai"), ("show_keys", "đáp án")):
        shown = Shown(getattr(terms, term))
        if shown is Shown.AFTER_SUBMISSION and terms.attempts_allowed != 1:
            yield (
                term,
                f"Công bố {what} ngay sau khi nộp bài thì lượt sau của cùng người đó đã biết trước. "
                "Chọn công bố sau khi đợt thi đóng.",
            )
        elif shown is Shown.AFTER_SUBMISSION:
            yield (
                term,
                f"Công bố {what} ngay sau khi nộp bài thì người thi trước mách được người thi sau. "
                "Chọn công bố sau khi đợt thi đóng.",
            )
        if _SHOWN_ORDER.index(shown) < _SHOWN_ORDER.index(Shown(terms.show_score)):
            yield (
                term,
                f"Từ {what} ai cũng tính ra điểm, nhưng điểm lại được công bố muộn hơn hoặc không công bố. "
                "Công bố điểm không muộn hơn.",
            )
    if _SHOWN_ORDER.index(Shown(terms.show_keys)) < _SHOWN_ORDER.index(Shown(terms.show_marks)):
        yield (
            "show_keys",
            "Từ đáp án ai cũng biết câu nào mình đúng, nhưng câu đúng, câu sai lại được công bố muộn hơn hoặc không "
            "công bố. Công bố câu đúng, câu sai không muộn hơn.",
        )
    if terms.show_score == Shown.NEVER.value and terms.names_shown != NamesShown.NOBODY.value:
        yield (
            "names_shown",
            "Điểm không bao giờ công bố thì không có bảng xếp hạng để nêu tên. "
            "Chọn “Không nêu tên ai”, hoặc cho công bố điểm.",
        )


def _doubts_of_entry(terms: RoundTerms, context: Context) -> Found:
    if not context.is_anybody_invited:
        yield (
            "entry_categories" if terms.entry_categories else "entry_unit_ids",
            "Không ai trong danh sách thuộc đơn vị và đối tượng được mời, nên chưa ai vào thi được. "
            "Nhập danh sách, hoặc mời thêm đơn vị, đối tượng.",
        )
    if terms.minimum_age is not None and context.birth_unknown:
        yield (
            "minimum_age",
            f"{context.birth_unknown} người được mời chưa có ngày sinh trong danh sách, hoặc chỉ có năm sinh mà "
            "chưa đủ để tính tuổi, nên chưa vào thi được. "
            "Bổ sung ngày sinh trước khi đợt thi mở, hoặc bỏ giới hạn tuổi.",
        )


def _open_days(held: Iterable[Session]) -> set[date]:
    """The days in Vietnam on which an attempt may start."""
    days: set[date] = set()
    for session in held:
        instant = session.start
        while instant < session.end:
            days.add(day_of(instant))
            _, instant = day_bounds(instant)
    return days


def _timing(terms: RoundTerms) -> Timing:
    return Timing(terms.opens_at, terms.closes_at, terms.time_limit, daily=terms.daily, weekdays=terms.weekdays)


def _minutes(span: timedelta) -> int:
    return span // timedelta(minutes=1)
