"""Settings of a round that contradict each other: refused where no contest could be held by them, else warned about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from quiz_app.contests.terms import RoundTerms
from quiz_app.kernel.errors import BadInput
from quiz_app.rules.standing import CountedAttempt, Criterion
from quiz_app.rules.timing import Timing, sessions

YEARS = range(2020, 2100)  # far beyond these, instants no longer fit into what computes with them
POOL_PER_PAPER = 5
MOST_DECIMALS = 6


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


def _of_time(terms: RoundTerms) -> Iterator[tuple[str, str]]:
    years = [
        (name, f"Năm phải từ {YEARS.start} đến {YEARS.stop - 1}.")
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
        times = Timing(terms.opens_at, terms.closes_at, terms.time_limit, daily=terms.daily, weekdays=terms.weekdays)
    except ValueError:
        yield "weekdays", "Với khung giờ và các ngày đã chọn, không còn lúc nào trong thời gian mở để làm bài."
        return
    longest = max(session.end - session.start for session in sessions(times))
    if terms.time_limit is not None and terms.time_limit > longest:
        if longest < terms.closes_at - terms.opens_at:
            yield "time_limit_s", f"Thời lượng dài hơn cả khung giờ làm bài dài nhất ({_minutes(longest)} phút)."
        else:
            yield "time_limit_s", "Thời lượng dài hơn cả thời gian mở của đợt thi."


def _of_counting(terms: RoundTerms) -> Iterator[tuple[str, str]]:
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


def _minutes(span: timedelta) -> int:
    return span // timedelta(minutes=1)
