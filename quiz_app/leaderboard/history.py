"""How a member and a unit have fared from round to round of a contest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, func, select, tuple_

from quiz_app.attempts.models import Result
from quiz_app.contests.models import Round
from quiz_app.contests.timing import longest_timing
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading
from quiz_app.leaderboard import still
from quiz_app.leaderboard.models import UnitTally
from quiz_app.leaderboard.queries import results_shown
from quiz_app.leaderboard.scope import Scope
from quiz_app.leaderboard.unit_boards import added_up, figures_of, placed
from quiz_app.rules.timing import closes_finally_at
from quiz_app.rules.unit_standing import UnitFigures, UnitMeasure, mean_score, turnout
from quiz_app.units.models import Unit, UnitAncestor


@dataclass(frozen=True, slots=True)
class MemberStep:
    """A member in one round; without places he is not ranked, they may not show, or they were not counted.

    `is_hidden`: an open prediction asks him how many people there are. `is_frozen`: his places are those of the freeze,
    his result is that of now. Without `result` he missed it if it `is_over`, and may still sit it if not.
    """

    round: Round
    result: Result | None
    shows_score: bool
    is_over: bool
    is_hidden: bool = False
    is_frozen: bool = False
    place_in_unit: int | None = None
    of_unit: int | None = None
    place: int | None = None
    of: int | None = None


@dataclass(frozen=True, slots=True)
class UnitStep:
    """A unit in one round, with its place by turnout among those beside it; without figures before the first tally."""

    round: Round
    figures: UnitFigures | None
    turnout: Fraction | None
    mean: Fraction | None
    place: int | None
    of: int


@dataclass(frozen=True, slots=True)
class UnitHistory:
    unit: Unit
    steps: Sequence[UnitStep]
    total: UnitFigures | None


def own_history(
    r: Reading, scope: Scope, *, hidden: Collection[int] = (), with_places: bool = True
) -> list[MemberStep]:
    """The reader's way through the rounds of a scope, in two statements; his places are counted only `with_places`.

    Of the `hidden` rounds none is told.
    """
    mine, other = (results_shown(scope, scope.rounds).alias(name).c for name in ("mine", "other"))
    frozen = {round_id for round_id, _ in scope.frozen}

    def people(*conditions: ColumnElement[bool]) -> ScalarSelect[Any]:
        ranked = (other.round_id == mine.round_id, other.is_ranked.is_(True), *conditions)
        return select(func.count()).where(*ranked).correlate(mine.round_id.table).scalar_subquery()

    ahead = tuple_(other.k1, other.k2, other.k3, other.k4) < tuple_(mine.k1, mine.k2, mine.k3, mine.k4)
    in_unit = other.unit_id == mine.unit_id
    counts = [people(ahead, in_unit), people(in_unit), people(ahead), people()] if with_places else []
    own = Result.member_id == r.actor.member
    results = r.session.scalars(select(Result).where(own, Result.round_id.in_([each.id for each in scope.rounds])))
    found = {result.round_id: result for result in results}
    rows = r.session.execute(
        select(mine.round_id, *counts).where(mine.member_id == r.actor.member, mine.is_ranked.is_(True))
    ).all()
    places_of = {row[0]: row[1:] for row in rows} if counts else {}
    revealed = set(scope.revealed)
    steps: list[MemberStep] = []
    for round_ in scope.rounds:
        result, counted = found.get(round_.id), places_of.get(round_.id)
        shows, is_over = round_ in revealed, closes_finally_at(longest_timing(round_)) <= scope.now
        is_hidden = round_.id in hidden
        if result is None or not shows or not counted or is_hidden:
            steps.append(MemberStep(round_, result, shows, is_over, is_hidden, round_.id in frozen))
            continue
        before_in_unit, of_unit, before, of = counted
        places = (1 + before_in_unit, of_unit, 1 + before, of)
        steps.append(MemberStep(round_, result, shows, is_over, False, round_.id in frozen, *places))
    return steps


def unit_history(r: Reading, scope: Scope, unit_id: int, hidden: Collection[int] = ()) -> UnitHistory:
    """A unit's way through the rounds of a scope, without figures of the `hidden`. Raises Missing for strange units."""
    unit = r.session.scalars(
        select(Unit)
        .join(UnitAncestor, UnitAncestor.unit_id == Unit.id)
        .where(Unit.id == unit_id, UnitAncestor.ancestor_id == scope.contest.unit_id)
    ).one_or_none()
    if unit is None:
        raise Missing
    is_top = unit.id == scope.contest.unit_id
    beside = Unit.id == unit.id if is_top else Unit.parent_id == unit.parent_id
    stored = [round_id for round_id in still.stored_ids(scope) if round_id not in hidden]
    tallies = list(
        r.session.scalars(
            select(UnitTally).join(Unit, Unit.id == UnitTally.unit_id).where(UnitTally.round_id.in_(stored), beside)
        )
    )
    if scope.apart:
        tallies += still.summed_apart(r.session, scope, r.session.scalars(select(Unit.id).where(beside)).all())
    revealed = {round_.id for round_ in scope.revealed}
    by_round: dict[int, list[UnitFigures]] = {}
    for tally in tallies:
        shown = figures_of(tally, with_scores=tally.round_id in revealed)
        by_round.setdefault(tally.round_id, []).append(shown)
    return UnitHistory(
        unit=unit,
        steps=[_unit_step(round_, unit.id, by_round.get(round_.id, []), is_top=is_top) for round_ in scope.rounds],
        total=added_up(scope, tallies).get(unit.id),
    )


def _unit_step(round_: Round, unit_id: int, beside: list[UnitFigures], *, is_top: bool) -> UnitStep:
    sizes = {figures.unit_id: figures.members for figures in beside}
    ranked = placed(beside, sizes, round_.contest.unit_minimum, UnitMeasure.TURNOUT)
    place, figures = next(((place, own) for place, own in ranked if own.unit_id == unit_id), (None, None))
    return UnitStep(
        round=round_,
        figures=figures,
        turnout=None if figures is None else turnout(figures),
        mean=None if figures is None else mean_score(figures),
        place=None if is_top else place,
        of=sum(size >= round_.contest.unit_minimum for size in sizes.values()),
    )
