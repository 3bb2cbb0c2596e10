"""When a round is open, how long an attempt may run, and until when the server takes what is sent.

Every interval is half-open: its first instant belongs to it, its last does not. Instants are aware datetimes.
Contests of this kind run rounds of a week, two weeks, ten days or a month, with attempts of 10 to 45 minutes or
without any limit; published times are kept in milliseconds because a full score alone ranks nobody. Some open only
on working days or within certain hours: the window then falls into sessions, and an attempt ends with its session.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from enum import StrEnum

# Vietnam has kept UTC+7 without summer time since 1975; a fixed offset needs no time zone database on the machine.
VIETNAM = timezone(timedelta(hours=7))
EVERY_WEEKDAY = frozenset(range(7))
MINUTES_OF_A_DAY = 24 * 60

_DAY = timedelta(days=1)
_NOTHING = timedelta(0)
_MILLISECOND = timedelta(milliseconds=1)
_SETTLING = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class DailyHours:
    """The hours of each day in which attempts may run, in minutes after midnight in Vietnam; 24:00 is 1440."""

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= MINUTES_OF_A_DAY:
            raise ValueError("daily hours must open before they close, within one day")


@dataclass(frozen=True, slots=True)
class Timing:
    """The times of one round as they hold for one member.

    `extension` moves the close (after a fault, say); `extra_time` is one member's accommodation; `grace` is an
    allowance for the network alone and is never shown or counted as time to think. `daily` None means all day;
    `weekdays` are those on which attempts may run, Monday being 0, by Vietnam's calendar.
    """

    opens_at: datetime
    closes_at: datetime
    time_limit: timedelta | None
    extension: timedelta = _NOTHING
    extra_time: timedelta = _NOTHING
    grace: timedelta = timedelta(seconds=5)
    daily: DailyHours | None = None
    weekdays: frozenset[int] = EVERY_WEEKDAY

    def __post_init__(self) -> None:
        if self.opens_at.utcoffset() is None or self.closes_at.utcoffset() is None:
            raise ValueError("a round's instants must be aware of their time zone")
        if self.closes_at <= self.opens_at:
            raise ValueError("a round must close after it opens")
        if self.time_limit is not None and self.time_limit <= _NOTHING:
            raise ValueError("a time limit must be positive, or None for no limit")
        if min(self.extension, self.extra_time, self.grace) < _NOTHING:
            raise ValueError("extension, extra time and grace only ever add time")
        if not self.weekdays <= EVERY_WEEKDAY:
            raise ValueError("weekdays must be numbers from 0, Monday, to 6, Sunday")
        if not self.weekdays or next(_cut(self), None) is None:
            raise ValueError("hours and weekdays must leave some time of the window")


class WindowPhase(StrEnum):
    """Before, within and after the time in which an attempt may be started; paused: between two sessions of it."""

    UPCOMING = "upcoming"
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Window:
    """Where a round stands, and the instant at which that changes next (None once it is closed)."""

    phase: WindowPhase
    changes_at: datetime | None


@dataclass(frozen=True, slots=True)
class Session:
    """A stretch of time without a break, from `start` up to but not including `end`, in which attempts may run."""

    start: datetime
    end: datetime


def sessions(timing: Timing) -> Iterator[Session]:
    """The window cut by hours and weekdays, in order. The extension moves the last session's end, no earlier one.

    Days that meet at midnight are one session: nobody who sits through the night is cut off.
    """
    cut = _cut(timing)
    held = next(cut)
    for following in cut:
        yield held
        held = following
    yield Session(held.start, held.end + timing.extension)


def opens_first_at(timing: Timing) -> datetime:
    """The first instant at which anybody may start: the beginning of the first session."""
    return next(sessions(timing)).start


def closes_finally_at(timing: Timing) -> datetime:
    """The first instant at which the round is closed: the end of its last session, extension included."""
    if not _is_cut(timing):
        return timing.closes_at + timing.extension
    *_, last = sessions(timing)
    return last.end


def window(timing: Timing, now: datetime) -> Window:
    """The round's phase at `now`. Grace plays no part: nobody starts in it."""
    before = WindowPhase.UPCOMING
    for session in sessions(timing):
        if now < session.start:
            return Window(before, session.start)
        if now < session.end:
            return Window(WindowPhase.OPEN, session.end)
        before = WindowPhase.PAUSED
    return Window(WindowPhase.CLOSED, None)


def deadline(timing: Timing, started_at: datetime) -> datetime:
    """The last instant of an attempt: extra time never passes the session's end; an extension moves the last one's.

    Of a start between two sessions, which no rule lets happen, nothing is left: it belongs to the one before.
    """
    ends = _session_of(timing, started_at).end
    if timing.time_limit is None:
        return ends
    return min(ends, started_at + timing.time_limit + timing.extra_time)


def accepts_until(timing: Timing, started_at: datetime) -> datetime:
    """The first instant at which nothing of this attempt is accepted any more: deadline and grace."""
    return deadline(timing, started_at) + timing.grace


def accepts(timing: Timing, started_at: datetime, now: datetime) -> bool:
    """Whether something that reaches the server at `now` still counts for the attempt."""
    return _session_of(timing, started_at).start <= now < accepts_until(timing, started_at)


def finalisable_at(accepts_until: datetime) -> datetime:
    """The first instant at which an attempt may be closed for its member.

    Two seconds after the last accepted save could arrive, so that a save in flight is committed before the score is
    taken. Nothing finalises an attempt earlier, a read included.
    """
    return accepts_until + _SETTLING


def duration_ms(started_at: datetime, ended_at: datetime, deadline_at: datetime) -> int:
    """The time an attempt took, as ranked and published: min(end, deadline) − start in whole milliseconds.

    What arrives within the grace took no longer than the deadline allowed. Never negative.
    """
    return max(0, (min(ended_at, deadline_at) - started_at) // _MILLISECOND)


def full_time_ms(timing: Timing) -> int:
    """The time a missed round counts in an overall ranking: the limit, or the longest session where there is none.

    The same for every member, so extra time is left out.
    """
    if timing.time_limit is not None:
        return timing.time_limit // _MILLISECOND
    return max(session.end - session.start for session in sessions(timing)) // _MILLISECOND


def offered_time(timing: Timing, now: datetime) -> timedelta:
    """How long somebody who starts now would have: less than the limit shortly before the close, nothing after it.

    Before the opening, and in a pause, it is what the first to start in the next session would have.
    """
    here = window(timing, now)
    if here.phase is WindowPhase.CLOSED:
        return _NOTHING
    starts = now if here.phase is WindowPhase.OPEN or here.changes_at is None else here.changes_at
    return deadline(timing, starts) - starts


def day_of(instant: datetime) -> date:
    """The day an instant falls on in Vietnam."""
    return instant.astimezone(VIETNAM).date()


def day_bounds(instant: datetime) -> tuple[datetime, datetime]:
    """The midnights between which an instant lies in Vietnam; the first belongs to its day, the second does not."""
    midnight = _midnight(day_of(instant))
    return midnight, midnight + _DAY


def _is_cut(timing: Timing) -> bool:
    return timing.daily is not None or timing.weekdays != EVERY_WEEKDAY


def _cut(timing: Timing) -> Iterator[Session]:
    """The sessions as they were set, without the extension."""
    if not _is_cut(timing):
        yield Session(timing.opens_at, timing.closes_at)
        return
    held: Session | None = None
    for day in _days(timing):
        if held is None or held.end != day.start:
            if held is not None:
                yield held
            held = day
        else:
            held = Session(held.start, day.end)
    if held is not None:
        yield held


def _days(timing: Timing) -> Iterator[Session]:
    hours = timing.daily or DailyHours(0, MINUTES_OF_A_DAY)
    midnight = _midnight(day_of(timing.opens_at))
    while midnight < timing.closes_at:
        start = max(timing.opens_at, midnight + timedelta(minutes=hours.opens))
        end = min(timing.closes_at, midnight + timedelta(minutes=hours.closes))
        if start < end and midnight.weekday() in timing.weekdays:
            yield Session(start, end)
        midnight += _DAY


def _session_of(timing: Timing, started_at: datetime) -> Session:
    """The session in which an attempt started: the last to begin by then, or the first of all."""
    found, *later = sessions(timing)
    for session in later:
        if started_at < session.start:
            break
        found = session
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), VIETNAM)
