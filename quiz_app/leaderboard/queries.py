"""What the boards show: persons by their rank keys, units by their snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import Row, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from quiz_app.attempts.models import Result
from quiz_app.contests.models import Round
from quiz_app.contests.timing import timing_of
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.text import abbreviated
from quiz_app.kernel.work import Reading
from quiz_app.leaderboard import policy
from quiz_app.leaderboard.models import UnitTally
from quiz_app.members.models import Member, Purpose
from quiz_app.members.queries import consenting_members
from quiz_app.rules.standing import Criterion, places
from quiz_app.rules.timing import closes_finally_at
from quiz_app.rules.unit_standing import (
    SizeClass,
    UnitFigures,
    UnitMeasure,
    mean_score,
    size_class,
    turnout,
    unit_places,
)
from quiz_app.units.models import Unit, UnitAncestor

TOP = 50
KEY = (Result.k1, Result.k2, Result.k3, Result.k4)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A line of a board of persons; `name` is already what this reader may read."""

    place: int
    name: str
    unit_name: str
    score: int
    max_score: int
    duration_ms: int
    submitted_at: datetime
    is_own: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """What parts a member from the one just ahead: the deciding criterion and by how much."""

    criterion: Criterion
    amount: int


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """The reader's own place among `of` ranked people; `gap` is None for the best."""

    place: int
    of: int
    score: int
    max_score: int
    duration_ms: int
    gap: Gap | None


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

    parent: Unit
    total: UnitFigures | None
    rows: Sequence[UnitRow]
    taken_at: datetime | None


def current(offered: Sequence[Round], now: datetime) -> Round | None:
    """The round a reader most likely means: the open one that closes first, else the last closed, else the next."""
    closing = {round_.id: closes_finally_at(timing_of(round_)) for round_ in offered}
    open_now = [round_ for round_ in offered if round_.opens_at <= now < closing[round_.id]]
    if open_now:
        return min(open_now, key=lambda round_: (closing[round_.id], round_.id))
    closed = [round_ for round_ in offered if closing[round_.id] <= now]
    if closed:
        return max(closed, key=lambda round_: (closing[round_.id], round_.id))
    return min(offered, key=lambda round_: (round_.opens_at, round_.id), default=None)


def own_result(r: Reading, round_id: int) -> Result | None:
    return r.session.get(Result, (round_id, r.actor.member))


def unit_people(r: Reading, round_: Round, unit_id: int) -> list[PersonRow]:
    """Everybody ranked within one unit, in the order of their rank keys."""
    return _people(r, round_, unit_id=unit_id, limit=None)


def top_people(r: Reading, round_: Round) -> list[PersonRow]:
    """The first fifty of the whole contest."""
    return _people(r, round_, unit_id=None, limit=TOP)


def own_place(r: Reading, round_: Round, own: Result, unit_id: int | None = None) -> OwnPlace | None:
    """The reader's place in a unit, or in the whole contest, at this instant; None for who is not ranked.

    The index counts those with a smaller key: one more than that is what `rules.standing.places` would give him.
    """
    if not own.is_ranked:
        return None
    ranked = [Result.round_id == round_.id, Result.is_ranked.is_(True)]
    if unit_id is not None:
        ranked.append(Result.unit_id == unit_id)
    key = (own.k1, own.k2, own.k3, own.k4)
    ahead = tuple_(*KEY) < tuple_(*key)
    better = select(func.count()).select_from(Result).where(*ranked, ahead).scalar_subquery()
    everybody = select(func.count()).select_from(Result).where(*ranked).scalar_subquery()
    counted = r.session.execute(select(better, everybody)).one()
    next_key = r.session.execute(
        select(*KEY).where(*ranked, ahead).order_by(*(element.desc() for element in KEY)).limit(1)
    ).one_or_none()
    return OwnPlace(
        place=1 + counted[0],
        of=counted[1],
        score=own.score,
        max_score=own.max_score,
        duration_ms=own.duration_ms,
        gap=gap_between(round_.tie_breaks, tuple(next_key), key) if next_key is not None else None,
    )


def gap_between(tie_breaks: Sequence[str], better: tuple[int, ...], own: tuple[int, ...]) -> Gap | None:
    """The first element in which two rank keys differ, as its criterion and the difference."""
    for name, ahead, behind in zip(tie_breaks, better, own, strict=False):
        if ahead != behind:
            return Gap(Criterion(name), behind - ahead)
    return None


def unit_board(
    r: Reading, round_: Round, parent_id: int, measure: UnitMeasure, size: SizeClass | None, *, with_scores: bool
) -> UnitBoard:
    """The units below `parent_id`, ranked by `measure` among those of one size. Raises Missing outside the contest.

    Without scores nothing tells them, the order of units of equal turnout included.
    """
    parent = r.session.scalars(
        select(Unit)
        .join(UnitAncestor, UnitAncestor.unit_id == Unit.id)
        .where(Unit.id == parent_id, UnitAncestor.ancestor_id == round_.contest.unit_id)
    ).one_or_none()
    if parent is None:
        raise Missing
    below = aliased(Unit)
    rows = r.session.execute(
        select(UnitTally, Unit, select(below.id).where(below.parent_id == Unit.id).exists())
        .join(Unit, Unit.id == UnitTally.unit_id)
        .where(UnitTally.round_id == round_.id, (Unit.parent_id == parent_id) | (Unit.id == parent_id))
    ).all()
    figures = {unit.id: figures_of(tally, with_scores=with_scores) for tally, unit, _ in rows}
    total = figures.pop(parent_id, None)
    if total is not None and not figures:
        figures[parent_id] = total  # a contest of a single unit: it stands on the board alone
    known = {unit.id: (unit.name, bool(has_children)) for _, unit, has_children in rows}
    own_path = set(_paths(r))
    ranked = unit_places((f for f in figures.values() if size is None or size_class(f.members) is size), measure)
    return UnitBoard(
        parent=parent,
        total=total,
        rows=[
            UnitRow(
                place=place,
                unit_id=unit.unit_id,
                name=known[unit.unit_id][0],
                figures=unit,
                turnout=turnout(unit),
                mean=mean_score(unit) if with_scores else None,
                has_children=known[unit.unit_id][1] and unit.unit_id != parent_id,
                is_own=unit.unit_id in own_path,
            )
            for place, unit in ranked
        ],
        taken_at=taken_at(r.session, round_.id),
    )


def taken_at(session: Session, round_id: int) -> datetime | None:
    """The instant of a round's unit figures."""
    return session.scalar(select(func.max(UnitTally.taken_at)).where(UnitTally.round_id == round_id))


def figures_of(tally: UnitTally, *, with_scores: bool) -> UnitFigures:
    """What is kept of a unit, with no points in it where they may not show."""
    return UnitFigures(
        unit_id=tally.unit_id,
        members=tally.members,
        exempt=tally.exempt,
        rostered_participants=tally.rostered_participants,
        participants=tally.participants,
        attempts=tally.attempts,
        score_sum=tally.score_sum if with_scores else 0,
        full_marks=tally.full_marks if with_scores else 0,
    )


def _people(r: Reading, round_: Round, *, unit_id: int | None, limit: int | None) -> list[PersonRow]:
    consent = Result.member_id.in_(consenting_members(Purpose.PUBLISH_NAME))
    statement = (
        select(Result, Member.full_name, Unit.name.label("unit_name"), consent.label("has_consented"))
        .join(Member, Member.id == Result.member_id)
        .join(Unit, Unit.id == Result.unit_id)
        .where(Result.round_id == round_.id, Result.is_ranked.is_(True))
        .order_by(*KEY, Result.member_id)
        .limit(limit)
    )
    if unit_id is not None:
        statement = statement.where(Result.unit_id == unit_id)
    rows = r.session.execute(statement).all()
    held = places([(row.Result.k1, row.Result.k2, row.Result.k3, row.Result.k4) for row in rows])
    return [_person(r, round_, row, place) for row, place in zip(rows, held, strict=True)]


def _person(r: Reading, round_: Round, row: Row[Result, str, str, bool], place: int) -> PersonRow:
    result: Result = row.Result
    is_own = result.member_id == r.actor.member_id
    is_shown = policy.name_is_shown(
        round_.names_shown,
        is_own=is_own,
        is_own_unit=result.unit_id == r.actor.unit_id,
        has_consented=bool(row.has_consented),
    )
    return PersonRow(
        place=place,
        name=row.full_name if is_shown else abbreviated(row.full_name),
        unit_name=row.unit_name,
        score=result.score,
        max_score=result.max_score,
        duration_ms=result.duration_ms,
        submitted_at=result.submitted_at,
        is_own=is_own,
    )


def _paths(r: Reading) -> Sequence[int]:
    return r.session.scalars(select(UnitAncestor.ancestor_id).where(UnitAncestor.unit_id == r.actor.unit_id)).all()
