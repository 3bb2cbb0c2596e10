"""What the first page shows: rounds, own progress, own place, and the desks of those who have one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from quiz_app.attempts import granting
from quiz_app.attempts import queries as attempts
from quiz_app.attempts.models import Result
from quiz_app.contests import queries as contests
from quiz_app.contests.models import Contest, Round
from quiz_app.contests.policy import frozen_since, reveals_scores
from quiz_app.contests.timing import timing_of
from quiz_app.kernel.access import Role
from quiz_app.kernel.jobs import Job, JobState
from quiz_app.kernel.switches import Switch, is_on
from quiz_app.kernel.work import Reading
from quiz_app.leaderboard import queries as leaderboard
from quiz_app.leaderboard import scope
from quiz_app.participation import queries as participation
from quiz_app.participation.figures import Figures
from quiz_app.rules.timing import Timing, WindowPhase, closes_finally_at, window
from quiz_app.study import queries as study
from quiz_app.study.queries import ModuleProgress
from quiz_app.units import queries as units
from quiz_app.units.models import Unit

LAST_ROUND_SHOWN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class PublicRound:
    """An open or coming round as anybody may know of it."""

    round: Round
    phase: WindowPhase
    closes_at: datetime
    changes_at: datetime
    changes_in: timedelta


@dataclass(frozen=True, slots=True)
class RoundCard:
    """A round as its member finds it on the first page. `entry` is None where it is not open.

    With `place_rests` there is a place, but none is counted while the house is read-only; with `place_hidden` it is not
    told while a prediction is open. With `place_frozen` the place is that of the freeze, or none yet.
    """

    round: Round
    phase: WindowPhase
    closes_at: datetime
    changes_at: datetime | None
    changes_in: timedelta | None
    entry: attempts.Entry | None
    result: Result | None
    place: leaderboard.OwnPlace | None
    place_rests: bool
    place_hidden: bool
    place_frozen: bool
    shows_score: bool
    notice: granting.Told | None


@dataclass(frozen=True, slots=True)
class Study:
    """How far somebody has come; `following` is the module to go on with."""

    modules: Sequence[ModuleProgress]

    @property
    def lessons(self) -> int:
        return sum(module.lessons_total for module in self.modules)

    @property
    def finished(self) -> int:
        return sum(module.lessons_finished for module in self.modules)

    @property
    def following(self) -> ModuleProgress | None:
        return study.following(self.modules)


@dataclass(frozen=True, slots=True)
class DeskCard:
    unit: Unit
    round: Round | None
    sums: Figures | None


def public_rounds(session: Session, now: datetime) -> list[PublicRound]:
    """The published rounds that are open or to come, the next to close first."""
    rounds = session.scalars(
        select(Round)
        .options(joinedload(Round.contest))
        .join(Contest)
        .where(Round.published_at.is_not(None), Contest.is_rehearsal.is_(False))
        .order_by(Round.closes_at, Round.id)
    )
    found: list[PublicRound] = []
    for round_ in rounds:
        timing = timing_of(round_)
        standing = window(timing, now)
        if standing.changes_at is not None:
            found.append(
                PublicRound(
                    round_, standing.phase, closes_finally_at(timing), standing.changes_at, standing.changes_at - now
                )
            )
    return found


def round_cards(r: Reading, *, is_demonstration_site: bool) -> list[RoundCard]:
    """The member's open rounds, the next to close first; where none is open the coming one, or the last one closed."""
    rounds = contests.visible_rounds(r)
    timings = {round_.id: _own_timing(r, round_) for round_ in rounds}
    phases = {round_.id: window(timings[round_.id], r.now).phase for round_ in rounds}
    begun = (WindowPhase.OPEN, WindowPhase.PAUSED)
    shown = [round_ for round_ in rounds if phases[round_.id] in begun and not round_.contest.is_rehearsal]
    shown.sort(key=lambda round_: (closes_finally_at(timings[round_.id]), round_.id))
    if not shown:
        coming = [round_ for round_ in rounds if phases[round_.id] is WindowPhase.UPCOMING]
        shown = sorted(coming, key=lambda round_: (round_.opens_at, round_.id))[:1]
    if not shown:
        shown = [round_ for round_ in rounds[:1] if round_.closes_at > r.now - LAST_ROUND_SHOWN]
    results = attempts.own_results(r, [round_.id for round_ in shown])
    rests = bool(results) and is_on(r.session, Switch.READ_ONLY, r.now)
    return [
        _card(
            r,
            round_,
            results.get(round_.id),
            is_demonstration_site=is_demonstration_site,
            rests=rests,
            notice=next(iter(granting.told_in(r.session, round_, r.actor.unit_id or 0)), None),
        )
        for round_ in shown
    ]


def desk_cards(r: Reading) -> list[DeskCard]:
    """The turnout of each unit that the actor looks after, in the round he most likely means."""
    cards: list[DeskCard] = []
    for unit in participation.desk_units(r):
        round_ = participation.usual_round(participation.rounds(r, unit.id), r.now)
        if round_ is None:
            cards.append(DeskCard(unit, None, None))
            continue
        sums, _ = participation.unit_lines(r, participation.desk(r, round_.id, unit.id))
        cards.append(DeskCard(unit, round_, sums))
    return cards


def job_counts(r: Reading) -> dict[JobState, int]:
    """How many pieces of background work wait, run and have failed."""
    asked = (JobState.QUEUED, JobState.RUNNING, JobState.FAILED)
    rows = r.session.execute(
        select(Job.state, func.count()).where(Job.state.in_([state.value for state in asked])).group_by(Job.state)
    ).all()
    found = {JobState(state): count for state, count in rows}
    return {state: found.get(state, 0) for state in asked}


def is_operator(r: Reading) -> bool:
    return bool(r.actor.units_as(Role.OPERATOR))


def _card(
    r: Reading,
    round_: Round,
    result: Result | None,
    *,
    is_demonstration_site: bool,
    rests: bool,
    notice: granting.Told | None,
) -> RoundCard:
    timing = _own_timing(r, round_)
    standing = window(timing, r.now)
    is_open = standing.phase in (WindowPhase.OPEN, WindowPhase.PAUSED)
    shows_score = reveals_scores(round_, r.now)
    is_placed = result is not None and result.is_ranked and shows_score
    is_hidden = contests.hides_figures(r, round_)
    has_place = is_placed and not is_hidden
    return RoundCard(
        round=round_,
        phase=standing.phase,
        closes_at=closes_finally_at(timing),
        changes_at=standing.changes_at,
        changes_in=None if standing.changes_at is None else standing.changes_at - r.now,
        entry=attempts.entry(r, round_, is_demonstration_site=is_demonstration_site) if is_open else None,
        result=result,
        place=_place(r, round_, result) if result is not None and has_place and not rests else None,
        place_rests=has_place and rests,
        place_hidden=is_placed and is_hidden,
        place_frozen=has_place and frozen_since(round_, r.now) is not None,
        shows_score=shows_score,
        notice=notice,
    )


def _own_timing(r: Reading, round_: Round) -> Timing:
    """A round's times for the acting member's unit, which may have an extension of its own."""
    if round_.longest_extension_s == round_.extension_s:
        return timing_of(round_)
    path = units.path_ids(r.session, r.actor.unit_id or 0)
    return timing_of(round_, extension_s=contests.extension_s(r.session, round_, path))


def _place(r: Reading, round_: Round, result: Result) -> leaderboard.OwnPlace | None:
    what = scope.of_round(round_, r.now)
    own = leaderboard.own_standing(r, what) if what.frozen else leaderboard.standing_of(result)
    return None if own is None else leaderboard.own_place(r, what, own, own.unit_id)
