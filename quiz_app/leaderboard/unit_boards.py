"""The boards of units, from their snapshots: those of a round, or their sums over the rounds of a contest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from quiz_app.contests.models import Round
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading
from quiz_app.leaderboard import policy, still
from quiz_app.leaderboard.models import UnitTally
from quiz_app.leaderboard.scope import Scope, of_round
from quiz_app.rules.unit_standing import (
    SizeClass,
    UnitFigures,
    UnitMeasure,
    add,
    mean_score,
    size_class,
    turnout,
    unit_places,
)
from quiz_app.rules.visibility import Audience
from quiz_app.units import queries as units
from quiz_app.units.models import Unit, UnitAncestor


@dataclass(frozen=True, slots=True)
class Head:
    """The unit whose units are ranked."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class UnitRow:
    place: int | None
    unit_id: int
    name: str
    figures: UnitFigures
    turnout: Fraction | None
    mean: Fraction | None
    has_children: bool
    is_own: bool


@dataclass(frozen=True, slots=True)
class UnitBoard:
    """The units below `parent`, best first, and all together; `taken_at` is None before the first tally."""

    parent: Head
    total: UnitFigures | None
    rows: Sequence[UnitRow]
    taken_at: datetime | None

    @property
    def turnout(self) -> Fraction | None:
        return None if self.total is None else turnout(self.total)

    @property
    def mean(self) -> Fraction | None:
        return None if self.total is None else mean_score(self.total)


def unit_board(
    session: Session, scope: Scope, parent_id: int, measure: UnitMeasure, size: SizeClass | None = None
) -> UnitBoard:
    """The units below `parent_id`, ranked by `measure` among those of one size. Raises Missing outside the contest.

    Units below the contest's minimum size have their figures and no place, as in the final tables. Where scores may not
    show nothing tells them, the order of units of equal turnout included.
    """
    parent = session.scalars(
        select(Unit).where(Unit.id == parent_id, _is_within(scope) | _has_figures(scope))
    ).one_or_none()
    if parent is None:
        raise Missing
    stood = _moved(session, scope)
    below = aliased(Unit)
    has_below = select(below.id).where(below.parent_id == Unit.id).exists()
    elsewhere = {unit_id for moved in stood.values() for unit_id, above in moved.items() if above == parent_id}
    is_near = (Unit.parent_id == parent_id) | (Unit.id == parent_id)
    if elsewhere:
        is_near |= Unit.id.in_(elsewhere)
    rows = session.execute(
        select(UnitTally, Unit, has_below)
        .join(Unit, Unit.id == UnitTally.unit_id)
        .where(UnitTally.round_id.in_(still.stored_ids(scope)), is_near)
    ).all()
    known = {unit.id: (unit, bool(has_children)) for _, unit, has_children in rows}
    if scope.apart:
        near = session.execute(select(Unit, has_below).where(is_near)).all()
        known = {unit.id: (unit, bool(has_children)) for unit, has_children in near}
    every = [*(tally for tally, _, _ in rows), *still.summed_apart(session, scope, known)]
    tallies = [
        tally
        for tally in every
        if parent_id in (tally.unit_id, stood[tally.round_id].get(tally.unit_id, known[tally.unit_id][0].parent_id))
    ]
    figures = added_up(scope, tallies)
    sizes = _sizes(scope, tallies)
    total = figures.pop(parent_id, None)
    if total is not None and not figures:
        figures[parent_id] = total  # a contest of a single unit: it stands on the board alone
    wanted = [unit for unit in figures.values() if size is None or size_class(sizes[unit.unit_id]) is size]
    return UnitBoard(
        parent=Head(parent.id, parent.name),
        total=total,
        rows=[
            UnitRow(
                place=place,
                unit_id=unit.unit_id,
                name=known[unit.unit_id][0].name,
                figures=unit,
                turnout=turnout(unit),
                mean=mean_score(unit),
                has_children=known[unit.unit_id][1] and unit.unit_id != parent_id,
                is_own=False,
            )
            for place, unit in placed(wanted, sizes, scope.contest.unit_minimum, measure)
        ],
        taken_at=still.taken_at(session, scope),
    )


def placed(
    units: Sequence[UnitFigures], sizes: Mapping[int, int], minimum: int, measure: UnitMeasure
) -> list[tuple[int | None, UnitFigures]]:
    """The units best first with their places, then those of fewer than `minimum` members without."""
    large = unit_places([unit for unit in units if sizes[unit.unit_id] >= minimum], measure)
    small = unit_places([unit for unit in units if sizes[unit.unit_id] < minimum], measure)
    return [*large, *((None, unit) for _, unit in small)]


def marked(r: Reading, board: UnitBoard) -> UnitBoard:
    """A board with the rows marked in which the reader's own unit stands."""
    own = set(_path(r))
    return replace(board, rows=[replace(row, is_own=True) if row.unit_id in own else row for row in board.rows])


def added_up(scope: Scope, tallies: Iterable[UnitTally]) -> dict[int, UnitFigures]:
    """The figures of each unit over the rounds of a scope."""
    revealed = {round_.id for round_ in scope.revealed}
    figures: dict[int, UnitFigures] = {}
    for tally in tallies:
        own = figures_of(tally, with_scores=tally.round_id in revealed)
        before = figures.get(tally.unit_id)
        figures[tally.unit_id] = own if before is None else add(before, own)
    return figures


def figures_of(tally: UnitTally, *, with_scores: bool) -> UnitFigures:
    """What is kept of a unit in a round, with no points in it where they may not show or would tell a person's."""
    tells = with_scores and tally.ranked_participants >= policy.MEAN_FROM
    return UnitFigures(
        unit_id=tally.unit_id,
        members=tally.members,
        exempt=tally.exempt,
        rostered_participants=tally.rostered_participants,
        participants=tally.participants,
        attempts=tally.attempts,
        score_sum=tally.score_sum if tells else 0,
        full_marks=tally.full_marks if tells else 0,
        ranked_participants=tally.ranked_participants if tells else 0,
    )


def smallest_units(r: Reading, round_: Round) -> list[tuple[Unit, UnitFigures]]:
    """The figures of the units of a round that have none below them, without any points, for its organisers."""
    what = replace(of_round(round_, r.now), audience=Audience.ORGANISER)
    below = aliased(Unit)
    is_smallest = ~select(below.id).where(below.parent_id == Unit.id).exists()
    if what.apart:
        tallies = still.summed_apart(r.session, what)
        found = r.session.scalars(select(Unit).where(Unit.id.in_([each.unit_id for each in tallies]), is_smallest))
        known = {unit.id: unit for unit in found}
        return [
            (known[tally.unit_id], figures_of(tally, with_scores=False)) for tally in tallies if tally.unit_id in known
        ]
    rows = r.session.execute(
        select(UnitTally, Unit)
        .join(Unit, Unit.id == UnitTally.unit_id)
        .where(UnitTally.round_id == round_.id, is_smallest)
    ).all()
    return [(unit, figures_of(tally, with_scores=False)) for tally, unit in rows]


def _moved(session: Session, scope: Scope) -> dict[int, dict[int, int | None]]:
    """By round, below which unit those stood when it was published that have been moved since."""
    published = {round_.id: round_.published_at for round_ in scope.rounds}
    instants = [at for at in published.values() if at is not None]
    moves = units.moves_since(session, min(instants)) if instants else []
    return {round_id: units.parents_before(moves, at) if at else {} for round_id, at in published.items()}


def _is_within(scope: Scope) -> ColumnElement[bool]:
    """Asked of the one unit: beside another condition PostgreSQL would answer IN by a list of the whole subtree."""
    return units.subtree_ids(scope.contest.unit_id).where(UnitAncestor.unit_id == Unit.id).exists()


def _has_figures(scope: Scope) -> ColumnElement[bool]:
    """Whether a unit had its place in one of the rounds, wherever it stands today."""
    ids = [round_.id for round_ in scope.rounds]
    return select(UnitTally.unit_id).where(UnitTally.unit_id == Unit.id, UnitTally.round_id.in_(ids)).exists()


def _sizes(scope: Scope, tallies: Iterable[UnitTally]) -> dict[int, int]:
    """How many members a unit has on the latest roster that knows it: rosters of several rounds are not added up."""
    order = {round_.id: place for place, round_ in enumerate(scope.rounds)}
    found: dict[int, tuple[int, int]] = {}
    for tally in tallies:
        found[tally.unit_id] = max(found.get(tally.unit_id, (-1, 0)), (order[tally.round_id], tally.members))
    return {unit_id: members for unit_id, (_, members) in found.items()}


def _path(r: Reading) -> Sequence[int]:
    return r.session.scalars(select(UnitAncestor.ancestor_id).where(UnitAncestor.unit_id == r.actor.unit_id)).all()
