"""How a round filled up: counts per day or hour, in one statement whatever the number of people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from quiz_app.attempts.models import Attempt, AttemptState
from quiz_app.contests.models import RosterEntry, Round
from quiz_app.contests.timing import longest_timing
from quiz_app.kernel.clock import VIETNAM
from quiz_app.participation.queries import Desk
from quiz_app.rules.timing import closes_finally_at

HOURS_UP_TO = timedelta(hours=36)
MOST_STEPS = 31
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Step:
    """From `begins_at` until the next step begins; `is_hour` says how long that is."""

    begins_at: datetime
    ends_at: datetime
    is_hour: bool

    @property
    def label(self) -> str:
        local = self.begins_at.astimezone(VIETNAM)
        return f"{local:%H}h" if self.is_hour else f"{local:%d/%m}"


@dataclass(frozen=True, slots=True)
class Turnout:
    """Who took part for the first time within a step, and the turnout of the unit at its end."""

    step: Step
    newcomers: int
    turnout: Fraction | None


@dataclass(frozen=True, slots=True)
class Traffic:
    """Attempts started and submitted within a step."""

    step: Step
    started: int
    submitted: int


def steps(opens_at: datetime, until: datetime) -> list[Step]:
    """The hours of a short window and the days of a long one, by the clock of Vietnam; several days where it is longer.

    The first begins on the hour or day of the opening, the last holds `until`. Empty where nothing has begun.
    """
    if until <= opens_at:
        return []
    local = opens_at.astimezone(VIETNAM).replace(minute=0, second=0, microsecond=0)
    is_hour = until - opens_at <= HOURS_UP_TO
    if not is_hour:
        local = local.replace(hour=0)
    width = timedelta(hours=1) if is_hour else DAY * -(-((until - local) // DAY + 1) // MOST_STEPS)
    found: list[Step] = []
    while local < until:
        found.append(Step(local, local + width, is_hour))
        local += width
    return found


def of_round(round_: Round, now: datetime) -> list[Step]:
    """The steps of a round so far, attempts that end after the close included."""
    return steps(round_.opens_at, min(now, closes_finally_at(longest_timing(round_)) + timedelta(minutes=1)))


def turnout(session: Session, desk: Desk, able: int) -> list[Turnout]:
    """The desk's members who should take part, `able` of them, by when they first submitted."""
    wanted = of_round(desk.round, desk.figures_at)
    stored = None if desk.tally is None else desk.tally.newcomers
    counts = newcomers(session, desk, desk.at) if stored is None else stored
    found: list[Turnout] = []
    done = 0
    for step, count in zip(wanted, counts, strict=True):
        done += count
        found.append(Turnout(step, count, Fraction(done, able) if able else None))
    return found


def newcomers(session: Session, desk: Desk, now: datetime) -> list[int]:
    """How many members of a desk's roster who should take part first submitted within each step so far.

    Whose only submission was annulled has not taken part.
    """
    wanted = of_round(desk.round, now)
    if not wanted:
        return []
    first = (
        select(func.min(Attempt.ended_at).label("at"))
        .select_from(RosterEntry)
        .join(Attempt, (Attempt.round_id == RosterEntry.round_id) & (Attempt.member_id == RosterEntry.member_id))
        .where(
            RosterEntry.round_id == desk.round.id,
            RosterEntry.unit_id.in_(desk.scope),
            RosterEntry.is_exempt.is_(False),
            Attempt.state == AttemptState.SUBMITTED.value,
        )
        .group_by(RosterEntry.member_id)
        .subquery()
    )
    return _numbers(session.execute(select(*_counts(first.c.at, wanted))).one())


def traffic(session: Session, round_: Round, now: datetime, scope: Select[int] | None = None) -> list[Traffic]:
    """The attempts of a round, of some units or of all, by when they were started and submitted."""
    wanted = of_round(round_, now)
    if not wanted:
        return []
    columns: list[Any] = [*_counts(Attempt.started_at, wanted), *_counts(Attempt.ended_at, wanted)]
    query = select(*columns).where(Attempt.round_id == round_.id, Attempt.state != AttemptState.ANNULLED.value)
    if scope is not None:
        query = query.where(Attempt.unit_id.in_(scope))
    counts = _numbers(session.execute(query).one())
    started, submitted = counts[: len(wanted)], counts[len(wanted) :]
    return [Traffic(step, *both) for step, *both in zip(wanted, started, submitted, strict=True)]


def _counts(instant: Any, wanted: Sequence[Step]) -> list[Any]:
    """One sum a step: bounds are values, since no two engines cut an instant into days alike."""
    return [func.sum(case(((instant >= step.begins_at) & (instant < step.ends_at), 1), else_=0)) for step in wanted]


def _numbers(row: Sequence[Any]) -> list[int]:
    return [int(value or 0) for value in row]
