"""Who of a round's roster has taken part, and the sums over the tree.

People are shown as they stand at the moment of asking, and so are sums, save those of large desks (see `tallies`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from quiz_app.attempts.models import Attempt, AttemptState, Result
from quiz_app.contests.models import Contest, RosterEntry, Round
from quiz_app.elsewhere import queries as elsewhere
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.text import search_key
from quiz_app.kernel.work import Reading
from quiz_app.members.models import Member
from quiz_app.participation import helping, policy
from quiz_app.participation.figures import Figures, counted, nothing, rolled_up
from quiz_app.participation.helping import Need
from quiz_app.participation.labels import Order, State
from quiz_app.participation.models import DeskTally
from quiz_app.participation.stored import FIGURES, figures_of, stored
from quiz_app.study import progress as study
from quiz_app.units import queries as units
from quiz_app.units.models import Unit, UnitAncestor
from quiz_app.web.paging import USUAL_SIZE, Page

STATE_ORDER = (State.MISSING, State.SITTING, State.DONE, State.EXEMPT)
DONE = Result.member_id.is_not(None)
SITTING = Attempt.id.is_not(None)
_state: ColumnElement[str] = case(
    (DONE, State.DONE.value),
    (SITTING, State.SITTING.value),
    (RosterEntry.is_exempt, State.EXEMPT.value),
    else_=State.MISSING.value,
)


@dataclass(frozen=True, slots=True)
class Desk:
    """What a desk looks at, at an instant: a round and a unit, with everything below where the actor may see that.

    A large one has a `tally`, and its figures are those of `tallied_at`.
    """

    round: Round
    unit: Unit
    at: datetime
    with_subtree: bool
    with_phones: bool
    tally: DeskTally | None = None
    tallied_at: datetime | None = None

    @property
    def figures_at(self) -> datetime:
        """Of when its figures are."""
        return self.tallied_at or self.at

    @property
    def scope(self) -> Select[int]:
        """The ids of the units whose members it shows."""
        return units.subtree_ids(self.unit.id) if self.with_subtree else select(Unit.id).where(Unit.id == self.unit.id)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which members are asked for, and in which order; without a state and with an empty search, all."""

    state: State | None = None
    search: str = ""
    needs_help: bool = False
    order: Order = Order.NAME
    is_backwards: bool = False


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One of the roster. `assisted`: how many attempts somebody started for him; `helper_id` did the open one.

    `studied`: how many modules he has read to their end.
    """

    member_id: int
    full_name: str
    unit_name: str
    category: str
    phone: str
    state: State
    is_exempt: bool
    sat_elsewhere: bool
    attempts: int
    last_attempt_at: datetime | None
    assisted: int
    helper_id: int | None
    needs: tuple[Need, ...] = ()
    studied: int = 0


@dataclass(frozen=True, slots=True)
class UnitLine:
    unit_id: int
    name: str
    has_children: bool
    sums: Figures


def desk_units(r: Reading) -> list[Unit]:
    """The units the actor begins at: those of his grants, in the order of their names."""
    granted = r.actor.units_as(*policy.DESK_ROLES)
    if not granted:
        return []
    return list(r.session.scalars(select(Unit).where(Unit.id.in_(granted)).order_by(Unit.sort_key, Unit.id)))


def followed_unit(r: Reading, unit_id: int) -> Unit | None:
    """A unit whose members' participation the actor sees."""
    return r.session.scalars(
        select(Unit).where(Unit.id == unit_id, Unit.id.in_(policy.followed(r.actor)))
    ).one_or_none()


def desk(r: Reading, round_id: int, unit_id: int) -> Desk:
    """The desk of a unit that the actor follows, for a published round that concerns it. Raises Missing."""
    unit = followed_unit(r, unit_id)
    if unit is None:
        raise Missing
    round_ = r.session.scalars(
        select(Round)
        .join(Contest, Contest.id == Round.contest_id)
        .options(joinedload(Round.contest))
        .where(Round.id == round_id, _concerns(unit_id))
    ).one_or_none()
    if round_ is None:
        raise Missing
    path = units.path_ids(r.session, unit_id)
    with_subtree = policy.sees_subtree(r.actor, path, unit_id)
    tally, tallied_at = stored(r.session, round_id, unit_id) if with_subtree else (None, None)
    return Desk(
        round=round_,
        unit=unit,
        at=r.now,
        with_subtree=with_subtree,
        with_phones=policy.sees_phones(r.actor, unit_id),
        tally=tally,
        tallied_at=tallied_at,
    )


def seen_scope(r: Reading, unit_id: int) -> Select[int]:
    """The ids of a followed unit and, where the actor sees that, of everything below it."""
    is_whole = policy.sees_subtree(r.actor, units.path_ids(r.session, unit_id), unit_id)
    return units.subtree_ids(unit_id) if is_whole else select(Unit.id).where(Unit.id == unit_id)


def rounds(r: Reading, unit_id: int) -> list[Round]:
    """The published rounds that concern a unit: those that invite it before those held below it, the latest first."""
    return list(
        r.session.scalars(
            select(Round)
            .join(Contest, Contest.id == Round.contest_id)
            .options(joinedload(Round.contest))
            .where(_concerns(unit_id))
            .order_by(case((_invites(unit_id), 0), else_=1), Round.opens_at.desc(), Round.id.desc())
        )
    )


def usual_round(offered: Sequence[Round], now: datetime) -> Round | None:
    """The one of `rounds` that a reader most likely means: the one that opened last, else the next to open."""
    opened = next((round_ for round_ in offered if round_.opens_at <= now), None)
    return opened or (offered[-1] if offered else None)


def member_page(r: Reading, desk: Desk, asked: Filter, number: int, size: int = USUAL_SIZE) -> Page[MemberRow]:
    """One page of the desk's members in the order of a Vietnamese list."""
    total = _how_many(r.session, desk, asked)
    number = max(1, min(number, -(-total // size)))
    rows = member_rows(r.session, desk, asked, limit=size, offset=(number - 1) * size)
    return Page(rows, number, size, total)


def member_rows(session: Session, desk: Desk, asked: Filter, *, limit: int, offset: int = 0) -> list[MemberRow]:
    rows = session.execute(_members(desk, asked).limit(limit).offset(offset)).all()
    shown = [row.id for row in rows]
    needs = helping.needs_of(session, desk.round, desk.at, shown)
    studied = study.finished_modules(session, shown)
    sat = {row.member_id: row for row in session.execute(_sat(desk.round.id).where(Attempt.member_id.in_(shown)))}
    return [
        MemberRow(
            member_id=row.id,
            full_name=row.full_name,
            unit_name=row.unit_name,
            category=row.category,
            phone=row.phone if desk.with_phones and row.unit_id == desk.unit.id else "",
            state=State(row.state),
            is_exempt=row.is_exempt,
            sat_elsewhere=row.sat_elsewhere,
            attempts=row.attempts or 0,
            last_attempt_at=sat[row.id].last_at if row.id in sat else None,
            assisted=sat[row.id].assisted if row.id in sat else 0,
            helper_id=row.helper_id,
            needs=needs.get(row.id, ()),
            studied=studied.get(row.id, 0),
        )
        for row in rows
    ]


def unit_lines(r: Reading, desk: Desk) -> tuple[Figures, list[UnitLine]]:
    """The figures of the desk and of each unit directly below it (none where the actor does not see below)."""
    if desk.tally is not None:
        return figures_of(desk.tally), _stored_lines(r.session, desk)
    own = own_figures(r.session, desk)
    if not desk.with_subtree:
        return own.get(desk.unit.id, nothing(desk.unit.id)), []
    tree = r.session.execute(
        select(Unit.id, Unit.parent_id, Unit.name).where(Unit.id.in_(desk.scope)).order_by(Unit.sort_key, Unit.id)
    ).all()
    parent = {row.id: row.parent_id if row.id != desk.unit.id else None for row in tree}
    totals = rolled_up({row.id: own.get(row.id, nothing(row.id)) for row in tree}, parent)
    above = set(parent.values())
    lines = [
        UnitLine(row.id, row.name, row.id in above, totals[row.id]) for row in tree if parent[row.id] == desk.unit.id
    ]
    return totals[desk.unit.id], lines


def own_figures(session: Session, desk: Desk) -> dict[int, Figures]:
    """The figures of each unit of the desk alone, in a few sums; a unit without any is left out."""
    sums = [
        _roster(
            desk,
            RosterEntry.unit_id,
            func.count().label("members"),
            func.sum(case((RosterEntry.is_exempt, 1), else_=0)).label("exempt"),
            func.sum(case((DONE, 1), else_=0)).label("done"),
            func.sum(case((DONE & RosterEntry.is_exempt.is_(False), 1), else_=0)).label("rostered_participants"),
            func.sum(case((SITTING & ~DONE, 1), else_=0)).label("sitting"),
        ).group_by(RosterEntry.unit_id),
        select(
            Result.unit_id,
            func.count().label("participants"),
            func.sum(case((RosterEntry.member_id.is_(None), 1), else_=0)).label("outside"),
        )
        .outerjoin(
            RosterEntry,
            (RosterEntry.round_id == Result.round_id) & (RosterEntry.member_id == Result.member_id),
        )
        .where(Result.round_id == desk.round.id, Result.unit_id.in_(desk.scope))
        .group_by(Result.unit_id),
        select(Attempt.unit_id, func.count().label("attempts"))
        .where(
            Attempt.round_id == desk.round.id,
            Attempt.state == AttemptState.SUBMITTED.value,
            Attempt.unit_id.in_(desk.scope),
        )
        .group_by(Attempt.unit_id),
    ]
    if helping.is_time_for_help(desk.round, desk.at):
        needs_any = helping.needs_any(RosterEntry.member_id, desk.round, desk.at)
        needing = _roster(desk, RosterEntry.unit_id, func.count().label("needing")).where(needs_any)
        sums.append(needing.group_by(RosterEntry.unit_id))
    counts: dict[int, dict[str, int]] = {}
    for asked in sums:
        found = session.execute(asked)
        _, *names = found.keys()
        for unit_id, *values in found:
            counts.setdefault(unit_id, {}).update(zip(names, map(int, values), strict=True))
    for unit_id, people in elsewhere.people_by_unit(session, desk.scope).items():
        counts.setdefault(unit_id, {})["elsewhere"] = people
    return {unit_id: counted(unit_id, **of_unit) for unit_id, of_unit in counts.items()}


def figures_by_unit(session: Session, desk: Desk) -> dict[int, Figures]:
    """The figures of each unit of the desk alone: stored ones of a large desk."""
    if desk.tally is None:
        return own_figures(session, desk)
    of_desk = (DeskTally.round_id == desk.round.id, DeskTally.is_whole.is_(False), DeskTally.unit_id.in_(desk.scope))
    columns = [getattr(DeskTally, name) for name in FIGURES]
    rows = session.execute(select(DeskTally.unit_id, *columns).where(*of_desk))
    return {row[0]: counted(row[0], **dict(zip(FIGURES, row[1:], strict=True))) for row in rows}


def _stored_lines(session: Session, desk: Desk) -> list[UnitLine]:
    below = aliased(Unit)
    has_children = select(below.id).where(below.parent_id == Unit.id).exists()
    rows = session.execute(
        select(Unit.name, has_children, DeskTally)
        .join(DeskTally, DeskTally.unit_id == Unit.id)
        .where(DeskTally.round_id == desk.round.id, DeskTally.is_whole.is_(True), Unit.parent_id == desk.unit.id)
        .order_by(Unit.sort_key, Unit.id)
    )
    return [UnitLine(tally.unit_id, name, bool(has), figures_of(tally)) for name, has, tally in rows]


def _how_many(session: Session, desk: Desk, asked: Filter) -> int:
    if desk.tally is not None and not asked.search and not asked.needs_help:
        total = figures_of(desk.tally)
        by_state = {
            State.DONE: total.done, State.SITTING: total.sitting,
            State.MISSING: total.missing, State.EXEMPT: total.exempt,
        }  # fmt: skip
        return total.figures.members if asked.state is None else by_state[asked.state]
    return session.scalar(select(func.count()).select_from(_members(desk, asked).order_by(None).subquery())) or 0


def _members(desk: Desk, asked: Filter) -> Select[Any]:
    statement = (
        _roster(
            desk,
            Member.id,
            Member.full_name,
            Member.category,
            Member.phone,
            RosterEntry.unit_id,
            RosterEntry.is_exempt,
            elsewhere.has_taken_part(Member.id).label("sat_elsewhere"),
            Unit.name.label("unit_name"),
            _state.label("state"),
            Result.attempts,
            Attempt.assisted_by.label("helper_id"),
        )
        .join(Member, Member.id == RosterEntry.member_id)
        .join(Unit, Unit.id == RosterEntry.unit_id)
    )
    if asked.order is Order.LATEST:
        sat = _sat(desk.round.id).subquery()
        statement = statement.outerjoin(sat, sat.c.member_id == Member.id).order_by(_order(asked, sat.c.last_at))
    else:
        statement = statement.order_by(_order(asked))
    statement = statement.order_by(Member.sort_key, Member.id)
    if asked.needs_help:
        statement = statement.where(helping.needs_any(RosterEntry.member_id, desk.round, desk.at))
    if asked.state is not None:
        statement = statement.where(_state == asked.state.value)
    for word in search_key(asked.search).split():
        statement = statement.where(Member.search_key.contains(word, autoescape=True))
    return statement


def _sat(round_id: int) -> Select[int, datetime, int]:
    """By member: the start of his last attempt that was not annulled, and how many somebody started for him.

    Asked for apart, of whoever is shown: as a part of every row it makes SQLite walk the whole round for each.
    """
    return (
        select(
            Attempt.member_id,
            func.max(Attempt.started_at).label("last_at"),
            func.count(Attempt.assisted_by).label("assisted"),
        )
        .where(Attempt.round_id == round_id, Attempt.state != AttemptState.ANNULLED.value)
        .group_by(Attempt.member_id)
    )


def _order(asked: Filter, last_at: Any = None) -> ColumnElement[Any]:
    """What comes before the name; whoever has no value for it stands last either way."""
    keys: dict[Order, Any] = {
        Order.UNIT: Unit.sort_key,
        Order.STATE: case({state.value: place for place, state in enumerate(STATE_ORDER)}, value=_state),
        Order.ATTEMPTS: func.coalesce(Result.attempts, 0),
        Order.LATEST: last_at,
    }
    key = keys.get(asked.order, Member.sort_key)
    return (key.desc() if asked.is_backwards else key.asc()).nulls_last()  # type: ignore[no-any-return] # a column's own


def _roster(desk: Desk, *columns: Any) -> Select[Any]:
    """The desk's roster with each member's result and open attempt, of which there is at most one."""
    return (
        select(*columns)
        .select_from(RosterEntry)
        .outerjoin(Result, (Result.round_id == RosterEntry.round_id) & (Result.member_id == RosterEntry.member_id))
        .outerjoin(
            Attempt,
            (Attempt.round_id == RosterEntry.round_id)
            & (Attempt.member_id == RosterEntry.member_id)
            & (Attempt.state == AttemptState.OPEN.value),
        )
        .where(RosterEntry.round_id == desk.round.id, RosterEntry.unit_id.in_(desk.scope))
    )


def _concerns(unit_id: int) -> ColumnElement[bool]:
    """Published rounds of contests of the unit, of one above it or of one below it; on Round joined with Contest."""
    is_near = _invites(unit_id) | Contest.unit_id.in_(units.subtree_ids(unit_id))
    return Round.published_at.is_not(None) & Contest.is_rehearsal.is_(False) & is_near


def _invites(unit_id: int) -> ColumnElement[bool]:
    return Contest.unit_id.in_(select(UnitAncestor.ancestor_id).where(UnitAncestor.unit_id == unit_id))
