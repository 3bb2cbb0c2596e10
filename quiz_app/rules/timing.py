"""When a round is open, how long an attempt may run, and until when the server takes what is sent.

Every interval is half-open: its first instant belongs to it, its last does not. Instants are aware datetimes.
Contests of this kind run rounds of a week, two weeks, ten days or a month, with attempts of 10 to 45 minutes or
without any limit; published times are kept in milliseconds because a full score alone ranks nobody.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

_NOTHING = timedelta(0)
_MILLISECOND = timedelta(milliseconds=1)
_SETTLING = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Timing:
    """The times of one round as they hold for one member.

    `extension` moves the close (after a fault, say); `extra_time` is one member's accommodation; `grace` is an
    allowance for the network alone and is never shown or counted as time to think.
    """

    opens_at: datetime
    closes_at: datetime
    time_limit: timedelta | None
    extension: timedelta = _NOTHING
    extra_time: timedelta = _NOTHING
    grace: timedelta = timedelta(seconds=5)

    def __post_init__(self) -> None:
        if self.opens_at.utcoffset() is None or self.closes_at.utcoffset() is None:
            raise ValueError("a round's instants must be aware of their time zone")
        if self.closes_at <= self.opens_at:
            raise ValueError("a round must close after it opens")
        if self.time_limit is not None and self.time_limit <= _NOTHING:
            raise ValueError("a time limit must be positive, or None for no limit")
        if min(self.extension, self.extra_time, self.grace) < _NOTHING:
            raise ValueError("extension, extra time and grace only ever add time")


class WindowPhase(StrEnum):
    """Before, within and after the time in which an attempt may be started."""

    UPCOMING = "upcoming"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Window:
    """Where a round stands, and the instant at which that changes next (None once it is closed)."""

    phase: WindowPhase
    changes_at: datetime | None


def closes_finally_at(timing: Timing) -> datetime:
    """The first instant at which the round is closed, extension included."""
    return timing.closes_at + timing.extension


def window(timing: Timing, now: datetime) -> Window:
    """The round's phase at `now`. Grace plays no part: nobody starts in it."""
    if now < timing.opens_at:
        return Window(WindowPhase.UPCOMING, timing.opens_at)
    closes = closes_finally_at(timing)
    if now < closes:
        return Window(WindowPhase.OPEN, closes)
    return Window(WindowPhase.CLOSED, None)


def deadline(timing: Timing, started_at: datetime) -> datetime:
    """The last instant of an attempt: extra time never passes the close; an extension moves the close."""
    ends = [closes_finally_at(timing)]
    if timing.time_limit is not None:
        ends.append(started_at + timing.time_limit + timing.extra_time)
    return min(ends)


def accepts_until(timing: Timing, started_at: datetime) -> datetime:
    """The first instant at which nothing of this attempt is accepted any more: deadline and grace."""
    return deadline(timing, started_at) + timing.grace


def accepts(timing: Timing, started_at: datetime, now: datetime) -> bool:
    """Whether something that reaches the server at `now` still counts for the attempt."""
    return timing.opens_at <= now < accepts_until(timing, started_at)


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
    """The time a missed round counts in an overall ranking: the limit, or the window's length where there is none.

    The same for every member, so extra time is left out.
    """
    if timing.time_limit is not None:
        return timing.time_limit // _MILLISECOND
    return (closes_finally_at(timing) - timing.opens_at) // _MILLISECOND


def offered_time(timing: Timing, now: datetime) -> timedelta:
    """How long somebody who starts now would have: less than the limit shortly before the close, nothing after it.

    Before the opening it is what the first to start would have.
    """
    starts = max(now, timing.opens_at)
    return max(_NOTHING, deadline(timing, starts) - starts)
