"""A round as it runs, for its organisers: one small aggregate for all who watch, from indexes alone.

What counts all members or all attempts is not asked here: it comes from the snapshots that the worker makes for the
boards. The rest reads the last hour, what is open now, and what is late.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from quiz_app.attempts.late import What
from quiz_app.attempts.models import Attempt, AttemptState, LateArrival
from quiz_app.contests.models import Round
from quiz_app.contests.policy import frozen_since
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.jobs import Job, JobState, last_sign_of_life
from quiz_app.kernel.work import Reading
from quiz_app.leaderboard.models import UnitTally
from quiz_app.leaderboard.tallies import unit_figures
from quiz_app.rules.timing import finalisable_at
from quiz_app.rules.unit_standing import UnitFigures
from quiz_app.units.models import Unit

MINUTES = 60
KEPT_S = 3.0
MOST_UNITS = 60
MINUTE = timedelta(minutes=1)
OVERDUE_AFTER = timedelta(minutes=1)
FAILED_WITHIN = timedelta(days=1)
COUNTED_APART_EVERY = timedelta(seconds=30)
SETTLES_AFTER = timedelta(minutes=1)  # longer than any transaction of a sitting may last


@dataclass(frozen=True, slots=True)
class Minute:
    """The attempts started and ended, however they ended, from `begins_at` on for a minute."""

    begins_at: datetime
    started: int = 0
    ended: int = 0

    @property
    def label(self) -> str:
        return f"{self.begins_at.astimezone(VIETNAM):%H:%M}"


@dataclass(frozen=True, slots=True)
class UnitShare:
    """A unit directly below the contest's, with everything below it. People are counted, not attempts."""

    name: str
    done: int
    able: int

    @property
    def turnout(self) -> float:
        return self.done / self.able if self.able else 0.0


@dataclass(frozen=True, slots=True)
class Sums:
    """People and attempts of a whole round as of `at`; `is_apart`: counted here, since the boards stand still."""

    at: datetime
    submitted: int
    people: int
    able: int
    done: int
    units: tuple[UnitShare, ...]
    has_more_units: bool
    is_apart: bool = False

    @property
    def turnout(self) -> float:
        return self.done / self.able if self.able else 0.0


@dataclass(frozen=True, slots=True)
class Watched:
    """A round at `at`. `sums` are a little older; None where none were made yet.

    `late`: what arrived too late within the last hour, by its kind; other refusals are stored nowhere.
    `overdue` attempts should have been closed by the worker and are not; `failed_jobs` are those of the last day.
    """

    at: datetime
    open: int
    minutes: tuple[Minute, ...]
    sums: Sums | None
    late: Mapping[What, int]
    overdue: int
    failed_jobs: int
    worker_seen_at: datetime | None

    @property
    def late_lately(self) -> int:
        return sum(self.late.values())

    @property
    def started_lately(self) -> int:
        return sum(minute.started for minute in self.minutes)

    @property
    def ended_lately(self) -> int:
        return sum(minute.ended for minute in self.minutes)


class Watch:
    """Keeps what was found for a few seconds, so that it costs the same however many look. One for each process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._locks: dict[int, threading.Lock] = {}
        self._found: dict[int, tuple[float, Watched]] = {}

    def of_round(self, r: Reading, round_: Round) -> Watched:
        """How a round goes, at most a few seconds old. Whoever comes while another asks gets what that one is told."""
        with self._guard:
            lock = self._locks.setdefault(round_.id, threading.Lock())
        with lock:
            kept = self._found.get(round_.id)
            if kept is not None and self._clock() - kept[0] < KEPT_S:
                return kept[1]
            found = watched(r.session, round_, r.now, None if kept is None else kept[1])
            self._found[round_.id] = (self._clock(), found)
            return found


def watched(session: Session, round_: Round, now: datetime, before: Watched | None = None) -> Watched:
    """How a round goes now. Each statement reads a range of an index or rows by their key.

    `before` is what was found the last time: minutes that are over are not counted again.
    """
    return Watched(
        at=now,
        open=_count_open(session, round_.id),
        minutes=_minutes(session, round_.id, now, _settled(before, now)),
        sums=_sums(session, round_, now, None if before is None else before.sums),
        late=_late(session, round_.id, now),
        overdue=_overdue(session, round_.id, now),
        failed_jobs=_failed_jobs(session, now),
        worker_seen_at=last_sign_of_life(session),
    )


def _settled(before: Watched | None, now: datetime) -> dict[datetime, Minute]:
    """The minutes counted before that no transaction under way then can have added to."""
    if before is None:
        return {}
    until = min(now, before.at) - SETTLES_AFTER
    return {minute.begins_at: minute for minute in before.minutes if minute.begins_at + MINUTE <= until}


def _count_open(session: Session, round_id: int) -> int:
    query = select(func.count()).where(Attempt.round_id == round_id, Attempt.state == AttemptState.OPEN.value)
    return session.scalar(query) or 0


def _minutes(session: Session, round_id: int, now: datetime, settled: Mapping[datetime, Minute]) -> tuple[Minute, ...]:
    """The last minutes by the clock, the present one included; those that are settled are not counted again."""
    first = now.replace(second=0, microsecond=0) - (MINUTES - 1) * MINUTE
    begins = [first + number * MINUTE for number in range(MINUTES)]
    unknown = [each for each in begins if each not in settled]
    columns = [
        _between(instant, round_id, each) for each in unknown for instant in (Attempt.started_at, Attempt.ended_at)
    ]
    counts = iter(session.execute(select(*columns)).one())
    counted = {each: Minute(each, next(counts), next(counts)) for each in unknown}
    return tuple(settled[each] if each in settled else counted[each] for each in begins)


def _between(instant: InstrumentedAttribute[Any], round_id: int, begins_at: datetime) -> Any:
    """How many attempts have this instant within a minute: a range of the index over round and instant."""
    query = select(func.count()).where(Attempt.round_id == round_id, instant >= begins_at, instant < begins_at + MINUTE)
    return query.correlate(None).scalar_subquery()


def _sums(session: Session, round_: Round, now: datetime, before: Sums | None) -> Sums | None:
    """From the snapshots of the boards; while those stand still counted here, which reads a whole round: seldom."""
    if frozen_since(round_, now) is None:
        return _of_snapshots(session, round_)
    if before is not None and before.is_apart and timedelta(0) <= now - before.at < COUNTED_APART_EVERY:
        return before
    figures = unit_figures(session, round_.id)
    units = [
        (name, figures[unit_id])
        for unit_id, name in session.execute(_below(round_, Unit.id, Unit.name))
        if unit_id in figures
    ]
    top = figures.get(round_.contest.unit_id)
    return None if top is None else _summed(now, top, units, is_apart=True)


def _of_snapshots(session: Session, round_: Round) -> Sums | None:
    top = session.get(UnitTally, (round_.id, round_.contest.unit_id))
    if top is None:
        return None
    is_of = (UnitTally.unit_id == Unit.id) & (UnitTally.round_id == round_.id)
    units = session.execute(_below(round_, Unit.name, UnitTally).join(UnitTally, is_of)).all()
    return _summed(top.taken_at, top, units, is_apart=False)


def _below(round_: Round, *columns: Any) -> Select[Any]:
    """The units directly below the contest's, by name, one more than are shown."""
    query = select(*columns).select_from(Unit).where(Unit.parent_id == round_.contest.unit_id)
    return query.order_by(Unit.sort_key, Unit.id).limit(MOST_UNITS + 1)


def _summed(
    at: datetime,
    top: UnitTally | UnitFigures,
    units: Sequence[tuple[str, UnitTally | UnitFigures]],
    *,
    is_apart: bool,
) -> Sums:
    return Sums(
        at=at,
        submitted=top.attempts,
        people=top.participants,
        able=top.members - top.exempt,
        done=top.rostered_participants,
        units=tuple(
            UnitShare(name, unit.rostered_participants, unit.members - unit.exempt) for name, unit in units[:MOST_UNITS]
        ),
        has_more_units=len(units) > MOST_UNITS,
        is_apart=is_apart,
    )


def _late(session: Session, round_id: int, now: datetime) -> dict[What, int]:
    query = (
        select(LateArrival.what, func.count())
        .select_from(LateArrival)
        .join(Attempt, Attempt.id == LateArrival.attempt_id)
        .where(LateArrival.arrived_at >= now - MINUTES * MINUTE, Attempt.round_id == round_id)
        .group_by(LateArrival.what)
    )
    counts = {What(what): number for what, number in session.execute(query)}
    return {what: counts[what] for what in What if what in counts}


def _overdue(session: Session, round_id: int, now: datetime) -> int:
    """Open attempts that the worker should have closed a minute ago."""
    late = now - (finalisable_at(now) - now) - OVERDUE_AFTER
    query = select(func.count()).where(
        Attempt.state == AttemptState.OPEN.value, Attempt.accepts_until_at <= late, Attempt.round_id == round_id
    )
    return session.scalar(query) or 0


def _failed_jobs(session: Session, now: datetime) -> int:
    query = select(func.count()).where(Job.state == JobState.FAILED.value, Job.created_at >= now - FAILED_WITHIN)
    return session.scalar(query) or 0
