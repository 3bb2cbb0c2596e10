from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz_app.rules.timing import (
    Timing,
    Window,
    WindowPhase,
    accepts,
    accepts_until,
    closes_finally_at,
    deadline,
    duration_ms,
    finalisable_at,
    full_time_ms,
    offered_time,
    window,
)

HANOI = timezone(timedelta(hours=7))
OPENS = datetime(2026, 3, 2, 10, 0, tzinfo=HANOI)
CLOSES = datetime(2026, 3, 9, 9, 0, tzinfo=HANOI)
TICK = timedelta(microseconds=1)
MS = timedelta(milliseconds=1)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
NOTHING = timedelta(0)
WEEK = Timing(OPENS, CLOSES, 15 * MINUTE)
UNLIMITED = replace(WEEK, time_limit=None)

spans = st.timedeltas(NOTHING, timedelta(days=2))
limits = st.none() | st.timedeltas(SECOND, timedelta(hours=2))
moments = st.timedeltas(timedelta(days=-10), timedelta(days=20)).map(lambda since: OPENS + since)


@st.composite
def timings(draw: st.DrawFn) -> Timing:
    opens = draw(moments)
    length = draw(st.timedeltas(SECOND, timedelta(days=31)))
    return Timing(opens, opens + length, draw(limits), draw(spans), draw(spans), draw(st.timedeltas(NOTHING, MINUTE)))


@pytest.mark.parametrize(
    ("timing", "started_at", "expected"),
    [
        pytest.param(WEEK, OPENS, OPENS + 15 * MINUTE, id="limit counts from the start"),
        pytest.param(WEEK, CLOSES - 15 * MINUTE, CLOSES, id="limit ends exactly at the close"),
        pytest.param(WEEK, CLOSES - 15 * MINUTE - TICK, CLOSES - TICK, id="limit ends a tick before the close"),
        pytest.param(WEEK, CLOSES - 15 * MINUTE + TICK, CLOSES, id="close cuts a tick off"),
        pytest.param(WEEK, CLOSES - MINUTE, CLOSES, id="start a minute before closing"),
        pytest.param(UNLIMITED, OPENS, CLOSES, id="no limit: until the close"),
        pytest.param(replace(WEEK, extra_time=5 * MINUTE), OPENS, OPENS + 20 * MINUTE, id="extra time adds"),
        pytest.param(
            replace(WEEK, extra_time=5 * MINUTE), CLOSES - 18 * MINUTE, CLOSES, id="extra time stops at close"
        ),
        pytest.param(replace(UNLIMITED, extra_time=5 * MINUTE), OPENS, CLOSES, id="extra time needs a limit"),
        pytest.param(
            replace(WEEK, extension=timedelta(hours=1)),
            CLOSES - MINUTE,
            CLOSES + 14 * MINUTE,
            id="extension moves close",
        ),
        pytest.param(replace(UNLIMITED, extension=MINUTE), OPENS, CLOSES + MINUTE, id="extension without limit"),
        pytest.param(replace(WEEK, extension=timedelta(hours=1)), OPENS, OPENS + 15 * MINUTE, id="no longer sitting"),
        pytest.param(
            replace(WEEK, extension=10 * MINUTE, extra_time=30 * MINUTE),
            CLOSES - MINUTE,
            CLOSES + 10 * MINUTE,
            id="extra time stops at the extended close",
        ),
        pytest.param(replace(WEEK, grace=MINUTE), OPENS, OPENS + 15 * MINUTE, id="grace is no time to think"),
    ],
)
def test_deadline(timing: Timing, started_at: datetime, expected: datetime) -> None:
    assert deadline(timing, started_at) == expected


ENDS = OPENS + 15 * MINUTE


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (OPENS - TICK, False),
        (OPENS, True),
        (ENDS - TICK, True),
        (ENDS, True),
        (ENDS + 5 * SECOND - MS, True),
        (ENDS + 5 * SECOND - TICK, True),
        (ENDS + 5 * SECOND, False),
        (ENDS + 5 * SECOND + TICK, False),
    ],
)
def test_accepts_from_the_opening_until_the_grace_is_over(now: datetime, expected: bool) -> None:
    assert accepts(WEEK, OPENS, now) is expected


def test_accepts_after_the_close_only_within_grace() -> None:
    started = CLOSES - MINUTE
    assert accepts(WEEK, started, CLOSES + 5 * SECOND - TICK)
    assert not accepts(WEEK, started, CLOSES + 5 * SECOND)
    assert not accepts(replace(WEEK, grace=NOTHING), started, CLOSES)
    assert accepts(replace(WEEK, grace=NOTHING), started, CLOSES - TICK)


def test_an_instant_is_the_same_in_every_time_zone() -> None:
    assert deadline(WEEK, OPENS.astimezone(UTC)) == ENDS
    assert not accepts(WEEK, OPENS, (ENDS + 5 * SECOND).astimezone(UTC))


def test_finalisable_two_seconds_after_the_last_accepted_instant() -> None:
    assert finalisable_at(accepts_until(WEEK, OPENS)) == ENDS + 7 * SECOND


@pytest.mark.parametrize(
    ("timing", "now", "expected"),
    [
        (WEEK, OPENS - TICK, Window(WindowPhase.UPCOMING, OPENS)),
        (WEEK, OPENS, Window(WindowPhase.OPEN, CLOSES)),
        (WEEK, CLOSES - TICK, Window(WindowPhase.OPEN, CLOSES)),
        (WEEK, CLOSES, Window(WindowPhase.CLOSED, None)),
        (replace(WEEK, extension=MINUTE), CLOSES, Window(WindowPhase.OPEN, CLOSES + MINUTE)),
        (replace(WEEK, extension=MINUTE), CLOSES + MINUTE, Window(WindowPhase.CLOSED, None)),
        (replace(WEEK, extra_time=MINUTE, grace=MINUTE), CLOSES, Window(WindowPhase.CLOSED, None)),
    ],
)
def test_window(timing: Timing, now: datetime, expected: Window) -> None:
    assert window(timing, now) == expected


@pytest.mark.parametrize(
    ("ended_after", "expected"),
    [
        (NOTHING, 0),
        (MS - TICK, 0),
        (MS, 1),
        (37 * SECOND + 123 * MS + 999 * TICK, 37_123),
        (15 * MINUTE - TICK, 899_999),
        (15 * MINUTE, 900_000),
        (15 * MINUTE + 5 * SECOND, 900_000),
        (-SECOND, 0),
    ],
)
def test_duration_is_whole_milliseconds_and_ends_at_the_deadline(ended_after: timedelta, expected: int) -> None:
    assert duration_ms(OPENS, OPENS + ended_after, ENDS) == expected


def test_duration_of_a_deadline_before_the_start_is_nothing() -> None:
    assert duration_ms(CLOSES + SECOND, CLOSES + 2 * SECOND, CLOSES) == 0


@pytest.mark.parametrize(
    ("timing", "expected"),
    [
        (WEEK, 900_000),
        (replace(WEEK, extra_time=5 * MINUTE, extension=MINUTE), 900_000),
        (UNLIMITED, (7 * 24 - 1) * 3_600_000),
        (replace(UNLIMITED, extension=MINUTE), (7 * 24 - 1) * 3_600_000 + 60_000),
    ],
)
def test_full_time(timing: Timing, expected: int) -> None:
    assert full_time_ms(timing) == expected


@pytest.mark.parametrize(
    ("timing", "now", "expected"),
    [
        (WEEK, OPENS, 15 * MINUTE),
        (WEEK, OPENS - timedelta(days=1), 15 * MINUTE),
        (WEEK, CLOSES - 15 * MINUTE, 15 * MINUTE),
        (WEEK, CLOSES - MINUTE, MINUTE),
        (WEEK, CLOSES - TICK, TICK),
        (WEEK, CLOSES, NOTHING),
        (WEEK, CLOSES + MINUTE, NOTHING),
        (replace(WEEK, extra_time=5 * MINUTE), OPENS, 20 * MINUTE),
        (replace(WEEK, extension=2 * MINUTE), CLOSES - MINUTE, 3 * MINUTE),
        (UNLIMITED, CLOSES - timedelta(hours=3), timedelta(hours=3)),
        (UNLIMITED, OPENS - timedelta(days=1), CLOSES - OPENS),
    ],
)
def test_offered_time(timing: Timing, now: datetime, expected: timedelta) -> None:
    assert offered_time(timing, now) == expected


@pytest.mark.parametrize(
    "change",
    [
        {"closes_at": OPENS},
        {"closes_at": OPENS - TICK},
        {"opens_at": OPENS.replace(tzinfo=None)},
        {"closes_at": CLOSES.replace(tzinfo=None)},
        {"time_limit": NOTHING},
        {"extension": -TICK},
        {"extra_time": -TICK},
        {"grace": -TICK},
    ],
)
def test_impossible_timings_are_refused(change: dict[str, datetime | timedelta]) -> None:
    with pytest.raises(ValueError, match=r"must|only ever"):
        replace(WEEK, **change)  # type: ignore[arg-type]  # one field at a time, each of its own type


@given(timings(), moments)
def test_deadline_is_the_earlier_of_close_and_personal_time(timing: Timing, started_at: datetime) -> None:
    end = deadline(timing, started_at)
    assert end <= timing.closes_at + timing.extension
    if timing.time_limit is None:
        assert end == timing.closes_at + timing.extension
        return
    assert end <= started_at + timing.time_limit + timing.extra_time
    assert end in (timing.closes_at + timing.extension, started_at + timing.time_limit + timing.extra_time)


@given(timings(), moments, spans)
def test_more_time_never_shortens_an_attempt(timing: Timing, started_at: datetime, more: timedelta) -> None:
    before = deadline(timing, started_at)
    assert deadline(replace(timing, extension=timing.extension + more), started_at) >= before
    assert before <= deadline(replace(timing, extra_time=timing.extra_time + more), started_at)
    assert deadline(replace(timing, grace=timing.grace + more), started_at) == before


@given(timings(), moments, moments)
def test_everything_accepted_comes_before_it_may_be_finalised(
    timing: Timing, started_at: datetime, now: datetime
) -> None:
    until = accepts_until(timing, started_at)
    assert accepts(timing, started_at, now) == (timing.opens_at <= now < until)
    if accepts(timing, started_at, now):
        assert now + 2 * SECOND < finalisable_at(until)


@given(timings(), moments)
def test_window_changes_at_the_instant_it_names(timing: Timing, now: datetime) -> None:
    here = window(timing, now)
    if here.changes_at is None:
        assert now >= closes_finally_at(timing)
        return
    assert here.changes_at > now
    assert window(timing, here.changes_at - TICK).phase is here.phase
    assert window(timing, here.changes_at).phase is not here.phase


@given(timings(), moments)
def test_offered_time_is_positive_exactly_while_starting_is_still_possible(timing: Timing, now: datetime) -> None:
    assert (offered_time(timing, now) > NOTHING) == (window(timing, now).phase is not WindowPhase.CLOSED)
