"""How a member and a unit have fared from round to round of a contest."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import ColumnElement, func, literal, select, tuple_

from quiz_app.attempts.models import Result
from quiz_app.contests.models import Round
from quiz_app.contests.timing import longest_timing
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading
from quiz_app.leaderboard import rankings, still
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
    r: Reading,
    scope: Scope,
    *,
    hidden: Collection[int] = (),
    with_places: bool = True,
    orders: Mapping[str, rankings.Order] = {},
) -> list[MemberStep]:
    """The reader's way through the rounds of a scope; his places are counted only `with_places`.

    Of the `hidden` rounds none is told. `orders` are the rankings of the scope's contest.
    """
    frozen = {round_id for round_id, _ in scope.frozen}
    own = Result.member_id == r.actor.member
    results = r.session.scalars(select(Result).where(own, Result.round_id.in_([each.id for each in scope.rounds])))
    found = {result.round_id: result for result in results}
    places_of = _own_places(r, scope, orders) if with_places else {}
    revealed = set(scope.revealed)
    steps: list[MemberStep] = []
    for round_ in scope.rounds:
        result, counted = found.get(round_.id), places_of.get(round_.id)
        shows, is_over = round_ in revealed, closes_finally_at(longest_timing(round_)) <= scope.now
        is_hidden = round_.id in hidden
        if result is None or not shows or not counted or is_hidden:
            steps.append(MemberStep(round_, result, shows, is_over, is_hidden, round_.id in frozen))
            continue
        steps.append(MemberStep(round_, result, shows, is_over, False, round_.id in frozen, *counted))
    return steps


def _own_places(r: Reading, scope: Scope, orders: Mapping[str, rankings.Order]) -> dict[int, tuple[int, int, int, int]]:
    """By round in which the reader is ranked: his place in his unit, of how many there, and the same among all.

    In a large round only those are counted who stand between him and the last mark ahead of him.
    """
    shown = results_shown(scope, scope.rounds).c
    key = (shown.k1, shown.k2, shown.k3, shown.k4)
    rows = select(shown.round_id, shown.unit_id, *key).where(shown.is_ranked.is_(True))
    mine = r.session.execute(rows.where(shown.member_id == r.actor.member)).all()
    if not mine:
        return {}
    round_ids, unit_ids = ({row[column] for row in mine} for column in (0, 1))
    beside: dict[tuple[int, int], list[tuple[int, ...]]] = {}
    for row in r.session.execute(rows.where(shown.round_id.in_(round_ids), shown.unit_id.in_(unit_ids))):
        beside.setdefault((row.round_id, row.unit_id), []).append(tuple(row[2:]))
    counts: list[ColumnElement[int]] = []
    for round_id, _, *own_key in mine:
        mark, people = rankings.mark_ahead(orders, scope.alone(round_id), tuple(own_key))
        everybody = select(func.count()).where(shown.round_id == round_id, shown.is_ranked.is_(True))
        ahead = everybody.where(tuple_(*key) < rankings.spelt_out(own_key))
        if mark is not None:
            ahead = ahead.where(tuple_(*key) > rankings.spelt_out(mark[1:]))
        counts += [
            ahead.scalar_subquery() + (0 if mark is None else mark[0]),
            everybody.scalar_subquery() if people is None else literal(people),
        ]
    counted = list(r.session.execute(select(*counts)).one())
    found = {}
    for number, (round_id, unit_id, *own_key) in enumerate(mine):
        keys = beside[round_id, unit_id]
        in_unit = 1 + sum(each < tuple(own_key) for each in keys)
        found[round_id] = in_unit, len(keys), 1 + counted[2 * number], counted[2 * number + 1]
    return found


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
