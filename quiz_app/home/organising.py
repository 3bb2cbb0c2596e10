"""What an organiser finds on the first page: what is open, what closes next, what waits for him, and how it goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from sqlalchemy import case, func, select
from sqlalchemy.orm import contains_eager

from quiz_app.attempts.models import Attempt, AttemptState
from quiz_app.contests import policy as contest_policy
from quiz_app.contests.models import Contest, Round
from quiz_app.contests.timing import closed_for_all_at, timing_of
from quiz_app.kernel.work import Reading
from quiz_app.leaderboard import scope
from quiz_app.leaderboard.unit_boards import smallest_units
from quiz_app.participation import over_time
from quiz_app.participation.over_time import Traffic
from quiz_app.rules.timing import WindowPhase, closes_finally_at, finalisable_at, window
from quiz_app.rules.unit_standing import UnitFigures, UnitMeasure, turnout, unit_places
from quiz_app.units.models import Unit

FEW = 4


@dataclass(frozen=True, slots=True)
class RunningRound:
    """An open or coming round, and when that changes."""

    round: Round
    phase: WindowPhase
    closes_at: datetime
    changes_at: datetime
    changes_in: timedelta
    sitting: int = 0
    submitted: int = 0


@dataclass(frozen=True, slots=True)
class UnitShare:
    """A unit with its turnout."""

    unit: Unit
    figures: UnitFigures
    turnout: Fraction


@dataclass(frozen=True, slots=True)
class Progress:
    """How a round goes: attempts over time, the units with the highest turnout and those with the lowest."""

    round: Round
    traffic: Sequence[Traffic]
    best: Sequence[UnitShare]
    worst: Sequence[UnitShare]


@dataclass(frozen=True, slots=True)
class Organising:
    """Everything an organiser sees at once. `unfinalised` rounds come with the instant of their close.

    `overdue` attempts should have been closed by the worker and are not.
    """

    running: Sequence[RunningRound]
    drafts: Sequence[Round]
    unfinalised: Sequence[tuple[Round, datetime]]
    overdue: int
    progress: Progress | None

    @property
    def waits(self) -> bool:
        return bool(self.drafts or self.unfinalised or self.overdue)


def organising(r: Reading) -> Organising:
    """The rounds of the contests that the actor runs; the number of statements does not depend on how many."""
    rounds = list(
        r.session.scalars(
            select(Round)
            .join(Contest, Contest.id == Round.contest_id)
            .options(contains_eager(Round.contest))
            .where(contest_policy.managed(r.actor), Contest.is_rehearsal.is_(False))
            .order_by(Round.opens_at, Round.id)
        )
    )
    published = [each for each in rounds if each.published_at is not None]
    counts, overdue = _attempts(r, [each.id for each in published])
    running = [found for each in published if (found := _running(each, r.now, counts)) is not None]
    running.sort(key=lambda each: (each.phase is not WindowPhase.OPEN, each.changes_in, each.round.id))
    shown = scope.current(published, r.now)
    return Organising(
        running=running,
        drafts=[each for each in rounds if each.published_at is None],
        unfinalised=[
            (each, closed_at)
            for each in published
            if each.finalised_at is None and (closed_at := closed_for_all_at(each)) <= r.now
        ],
        overdue=overdue,
        progress=None if shown is None or shown.opens_at > r.now else _progress(r, shown),
    )


def _running(round_: Round, now: datetime, counts: dict[int, tuple[int, int]]) -> RunningRound | None:
    timing = timing_of(round_)
    standing = window(timing, now)
    if standing.changes_at is None:
        return None
    sitting, submitted = counts.get(round_.id, (0, 0))
    return RunningRound(
        round=round_,
        phase=standing.phase,
        closes_at=closes_finally_at(timing),
        changes_at=standing.changes_at,
        changes_in=standing.changes_at - now,
        sitting=sitting,
        submitted=submitted,
    )


def _attempts(r: Reading, round_ids: Sequence[int]) -> tuple[dict[int, tuple[int, int]], int]:
    """By round how many attempts are open and submitted; and how many open ones the worker should have closed."""
    is_open = Attempt.state == AttemptState.OPEN.value
    late = r.now - (finalisable_at(r.now) - r.now) - timedelta(minutes=1)
    rows = r.session.execute(
        select(
            Attempt.round_id,
            func.sum(case((is_open, 1), else_=0)),
            func.sum(case((Attempt.state == AttemptState.SUBMITTED.value, 1), else_=0)),
            func.sum(case((is_open & (Attempt.accepts_until_at <= late), 1), else_=0)),
        )
        .where(Attempt.round_id.in_(round_ids))
        .group_by(Attempt.round_id)
    ).all()
    return {row[0]: (int(row[1]), int(row[2])) for row in rows}, sum(int(row[3]) for row in rows)


def _progress(r: Reading, round_: Round) -> Progress:
    kept = {unit.id: (unit, figures) for unit, figures in smallest_units(r, round_)}
    ranked = unit_places((figures for _, figures in kept.values()), UnitMeasure.TURNOUT)
    shares = [
        UnitShare(kept[figures.unit_id][0], figures, share)
        for _, figures in ranked
        if (share := turnout(figures)) is not None
    ]
    few = min(FEW, len(shares) // 2 or 1)
    return Progress(
        round=round_,
        traffic=over_time.traffic(r.session, round_, r.now),
        best=shares[:few],
        worst=shares[few:][-few:][::-1],
    )
