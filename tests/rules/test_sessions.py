"""Rounds that open only within daily hours or on some weekdays."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz_app.rules.timing import (
    EVERY_WEEKDAY,
    VIETNAM,
    DailyHours,
    Session,
    Timing,
    Window,
    WindowPhase,
    accepts,
    accepts_until,
    closes_finally_at,
    day_bounds,
    day_of,
    deadline,
    full_time_ms,
    offered_time,
    sessions,
    window,
)

TICK = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
NOTHING = timedelta(0)
WORKDAYS = frozenset(range(5))


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """An instant of March 2026, whose second is a Monday."""
    return datetime(2026, 3, 1, hour, minute, tzinfo=VIETNAM) + timedelta(days=day - 1)


# Monday 7:30 to Friday of the next week 17:30, from 7:30 to 17:30 each working day: ten sessions.
OFFICE = Timing(at(2, 7, 30), at(13, 17, 30), 15 * MINUTE, daily=DailyHours(450, 1050), weekdays=WORKDAYS)


@pytest.mark.parametrize(
    ("timing", "expected"),
    [
        pytest.param(
            OFFICE,
            [(at(day, 7, 30), at(day, 17, 30)) for day in (2, 3, 4, 5, 6, 9, 10, 11, 12, 13)],
            id="working days of two weeks",
        ),
        pytest.param(
            replace(OFFICE, extension=HOUR, closes_at=at(4, 12)),
            [(at(2, 7, 30), at(2, 17, 30)), (at(3, 7, 30), at(3, 17, 30)), (at(4, 7, 30), at(4, 13))],
            id="the extension moves the last end alone",
        ),
        pytest.param(
            replace(OFFICE, closes_at=at(9), extension=HOUR, opens_at=at(6, 17)),
            [(at(6, 17), at(6, 18, 30))],
            id="last session before an excluded weekend is extended",
        ),
        pytest.param(
            Timing(at(2, 10), at(9, 9), None, weekdays=EVERY_WEEKDAY - {6}),
            [(at(2, 10), at(8)), (at(9), at(9, 9))],
            id="days that meet at midnight are one session",
        ),
        pytest.param(
            Timing(at(2, 10), at(9, 9), None, daily=DailyHours(0, 1440)),
            [(at(2, 10), at(9, 9))],
            id="all day on every day is the window",
        ),
        pytest.param(
            Timing(at(2, 10), at(4, 9), None, daily=DailyHours(600, 1440)),
            [(at(2, 10), at(3)), (at(3, 10), at(4))],
            id="until midnight, and a last day that closes before its hours",
        ),
        pytest.param(
            Timing(at(2, 17, 30), at(4), None, daily=DailyHours(450, 1050)),
            [(at(3, 7, 30), at(3, 17, 30))],
            id="a window that opens when the day's hours end",
        ),
        pytest.param(Timing(at(2), at(3), None, extension=HOUR), [(at(2), at(3, 1))], id="one session without hours"),
    ],
)
def test_sessions(timing: Timing, expected: list[tuple[datetime, datetime]]) -> None:
    assert [(session.start, session.end) for session in sessions(timing)] == expected
    assert closes_finally_at(timing) == expected[-1][1]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (at(1), Window(WindowPhase.UPCOMING, at(2, 7, 30))),
        (at(2, 7, 30) - TICK, Window(WindowPhase.UPCOMING, at(2, 7, 30))),
        (at(2, 7, 30), Window(WindowPhase.OPEN, at(2, 17, 30))),
        (at(2, 17, 30) - TICK, Window(WindowPhase.OPEN, at(2, 17, 30))),
        (at(2, 17, 30), Window(WindowPhase.PAUSED, at(3, 7, 30))),
        (at(3, 7, 30) - TICK, Window(WindowPhase.PAUSED, at(3, 7, 30))),
        (at(3, 7, 30), Window(WindowPhase.OPEN, at(3, 17, 30))),
        (at(6, 17, 30), Window(WindowPhase.PAUSED, at(9, 7, 30))),
        (at(7, 12), Window(WindowPhase.PAUSED, at(9, 7, 30))),
        (at(13, 17, 30) - TICK, Window(WindowPhase.OPEN, at(13, 17, 30))),
        (at(13, 17, 30), Window(WindowPhase.CLOSED, None)),
        (at(2, 0, 30).astimezone(UTC), Window(WindowPhase.UPCOMING, at(2, 7, 30))),
    ],
)
def test_window_between_sessions(now: datetime, expected: Window) -> None:
    assert window(OFFICE, now) == expected


@pytest.mark.parametrize(
    ("timing", "started_at", "expected"),
    [
        pytest.param(OFFICE, at(2, 9), at(2, 9, 15), id="limit"),
        pytest.param(OFFICE, at(2, 17, 15), at(2, 17, 30), id="limit ends with the session"),
        pytest.param(OFFICE, at(2, 17, 15) + TICK, at(2, 17, 30), id="session cuts a tick off"),
        pytest.param(replace(OFFICE, extra_time=HOUR), at(2, 17), at(2, 17, 30), id="extra time stops at the session"),
        pytest.param(replace(OFFICE, extension=HOUR), at(2, 17, 20), at(2, 17, 30), id="no earlier day is extended"),
        pytest.param(replace(OFFICE, extension=HOUR), at(13, 17, 20), at(13, 17, 35), id="the last day is"),
        pytest.param(replace(OFFICE, extension=HOUR), at(13, 18), at(13, 18, 15), id="start within the extension"),
        pytest.param(replace(OFFICE, time_limit=None), at(3, 8), at(3, 17, 30), id="no limit: until the session ends"),
        pytest.param(
            replace(OFFICE, time_limit=None, extension=MINUTE), at(13, 8), at(13, 17, 31), id="no limit, last session"
        ),
        pytest.param(OFFICE, at(2, 20), at(2, 17, 30), id="nothing is left of a start in a pause"),
    ],
)
def test_deadline_ends_with_the_session(timing: Timing, started_at: datetime, expected: datetime) -> None:
    assert deadline(timing, started_at) == expected


def test_a_sitting_through_midnight_is_not_cut_off() -> None:
    six_days = Timing(at(2, 10), at(9, 9), 45 * MINUTE, weekdays=EVERY_WEEKDAY - {6})
    assert deadline(six_days, at(3, 23, 50)) == at(4, 0, 35)
    assert deadline(six_days, at(7, 23, 50)) == at(8)


@pytest.mark.parametrize(
    ("started_at", "now", "expected"),
    [
        (at(2, 17, 20), at(2, 17, 20), True),
        (at(2, 17, 20), at(2, 17, 30) + 5 * SECOND - TICK, True),
        (at(2, 17, 20), at(2, 17, 30) + 5 * SECOND, False),
        (at(2, 17, 20), at(3, 8), False),
        (at(3, 7, 30), at(3, 7, 30), True),
        (at(3, 7, 30), at(3, 7, 30) - TICK, False),
        (at(2, 20), at(2, 20), False),
    ],
)
def test_accepts_ends_with_the_session_and_its_grace(started_at: datetime, now: datetime, expected: bool) -> None:
    assert accepts(OFFICE, started_at, now) is expected


@pytest.mark.parametrize(
    ("timing", "now", "expected"),
    [
        (OFFICE, at(1), 15 * MINUTE),
        (OFFICE, at(2, 17, 25), 5 * MINUTE),
        (OFFICE, at(2, 17, 30) - TICK, TICK),
        (OFFICE, at(2, 17, 30), 15 * MINUTE),
        (OFFICE, at(7), 15 * MINUTE),
        (OFFICE, at(13, 17, 30), NOTHING),
        (replace(OFFICE, time_limit=None), at(2, 20), 10 * HOUR),
        (replace(OFFICE, time_limit=None, extension=HOUR), at(13, 17), 90 * MINUTE),
    ],
)
def test_offered_time(timing: Timing, now: datetime, expected: timedelta) -> None:
    assert offered_time(timing, now) == expected


def test_without_a_limit_a_missed_round_counts_its_longest_session() -> None:
    hour_ms = 3_600_000
    assert full_time_ms(OFFICE) == 900_000
    assert full_time_ms(replace(OFFICE, time_limit=None)) == 10 * hour_ms
    assert full_time_ms(replace(OFFICE, time_limit=None, extension=HOUR)) == 11 * hour_ms
    short_end = replace(OFFICE, time_limit=None, closes_at=at(3, 8), extension=HOUR)
    assert full_time_ms(short_end) == 10 * hour_ms


@pytest.mark.parametrize(("opens", "closes"), [(-1, 60), (0, 1441), (60, 60), (61, 60)])
def test_impossible_hours_are_refused(opens: int, closes: int) -> None:
    with pytest.raises(ValueError, match="must open before"):
        DailyHours(opens, closes)


@pytest.mark.parametrize(
    "change",
    [
        {"weekdays": frozenset()},
        {"weekdays": frozenset({7})},
        {"weekdays": frozenset({-1, 0})},
        {"opens_at": at(7), "closes_at": at(9)},  # a weekend
        {"opens_at": at(2, 17, 30), "closes_at": at(3, 7, 30)},  # a night
    ],
)
def test_a_round_that_never_opens_is_refused(change: dict[str, frozenset[int] | datetime]) -> None:
    with pytest.raises(ValueError, match=r"must"):
        replace(OFFICE, **change)  # type: ignore[arg-type]  # fields of different types, each of its own


def test_a_day_begins_at_midnight_in_vietnam() -> None:
    midnight = datetime(2026, 3, 4, 17, 0, tzinfo=UTC)
    assert (day_of(midnight - TICK).day, day_of(midnight).day) == (4, 5)
    assert day_bounds(midnight - TICK) == (at(4), at(5))
    assert day_bounds(midnight) == (at(5), at(6))


@st.composite
def cut_timings(draw: st.DrawFn) -> Timing:
    opens = at(1) + timedelta(minutes=draw(st.integers(0, 10_000)))
    length = timedelta(minutes=draw(st.integers(8 * 1440, 20 * 1440)))  # every weekday's hours come round at least once
    start = draw(st.integers(0, 1439))
    daily = draw(st.none() | st.integers(start + 1, 1440).map(lambda end: DailyHours(start, end)))
    return Timing(
        opens,
        opens + length,
        draw(st.none() | st.timedeltas(SECOND, 2 * HOUR)),
        extension=draw(st.timedeltas(NOTHING, 2 * HOUR)),
        extra_time=draw(st.timedeltas(NOTHING, HOUR)),
        daily=daily,
        weekdays=draw(st.frozensets(st.integers(0, 6), min_size=1)),
    )


moments = st.integers(-2000, 50_000).map(lambda minutes: at(1) + timedelta(minutes=minutes))


@given(cut_timings())
def test_sessions_lie_apart_and_in_order_within_the_window(timing: Timing) -> None:
    found = list(sessions(timing))
    assert all(session.start < session.end for session in found)
    assert all(one.end < other.start for one, other in pairwise(found))
    assert timing.opens_at <= found[0].start
    assert found[-1].end - timing.extension <= timing.closes_at


def may_run(timing: Timing, now: datetime) -> bool:
    """The definition read minute by minute, without the extension."""
    hours = timing.daily or DailyHours(0, 1440)
    local = now.astimezone(VIETNAM)
    is_hour = hours.opens <= local.hour * 60 + local.minute < hours.closes
    return timing.opens_at <= now < timing.closes_at and local.weekday() in timing.weekdays and is_hour


@given(cut_timings(), moments)
def test_a_round_is_open_exactly_within_its_hours(timing: Timing, now: datetime) -> None:
    is_open = window(replace(timing, extension=NOTHING), now).phase is WindowPhase.OPEN
    assert is_open == may_run(timing, now)


@given(cut_timings(), moments)
def test_window_changes_at_the_instant_it_names(timing: Timing, now: datetime) -> None:
    here = window(timing, now)
    if here.changes_at is None:
        assert here.phase is WindowPhase.CLOSED
        assert now >= closes_finally_at(timing)
        return
    assert here.changes_at > now
    assert window(timing, here.changes_at - TICK).phase is here.phase
    assert window(timing, here.changes_at).phase is not here.phase


@given(cut_timings(), moments, st.timedeltas(NOTHING, 3 * HOUR))
def test_no_attempt_outlives_its_session_and_more_time_never_shortens_it(
    timing: Timing, started_at: datetime, more: timedelta
) -> None:
    here = window(timing, started_at)
    end = deadline(timing, started_at)
    if here.phase is WindowPhase.OPEN:
        assert here.changes_at is not None
        assert started_at < end <= here.changes_at
        assert accepts(timing, started_at, started_at)
        assert offered_time(timing, started_at) == end - started_at
    assert deadline(replace(timing, extension=timing.extension + more), started_at) >= end
    assert deadline(replace(timing, extra_time=timing.extra_time + more), started_at) >= end
    assert accepts_until(timing, started_at) == end + timing.grace
    assert (offered_time(timing, started_at) > NOTHING) == (here.phase is not WindowPhase.CLOSED)


def test_a_session_is_a_plain_value() -> None:
    assert next(sessions(OFFICE)) == Session(at(2, 7, 30), at(2, 17, 30))
