"""Where people may register, who has, and who of the rosters looks like him."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, case, extract, func, or_, select
from sqlalchemy.orm import Session

from quiz_app.kernel.access import Role
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.text import search_key
from quiz_app.kernel.work import Reading
from quiz_app.members.models import Member, Registration, RegistrationState
from quiz_app.members.queries import GONE
from quiz_app.registering.models import RegistrationDesk, Way
from quiz_app.registering.policy import DECIDING_ROLES
from quiz_app.units import policy as units_policy
from quiz_app.units import queries as units
from quiz_app.units.models import Unit, UnitAncestor, UnitKind
from quiz_app.web.paging import USUAL_SIZE, Page

HEADS = (UnitKind.CITY.value, UnitKind.COMMUNE.value)
MOST_FOUND = 30


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody registers: the desk, and the unit that receives him; `is_named` where he named that unit."""

    desk: RegistrationDesk
    desk_unit: Unit
    unit: Unit
    is_named: bool

    @property
    def asks_code(self) -> bool:
        return self.desk.way == Way.CODE.value


@dataclass(frozen=True, slots=True)
class Row:
    registration: Registration
    unit_name: str
    is_alike: bool


@dataclass(frozen=True, slots=True)
class Alike:
    """Members who look like the one who registered: those whom the actor may know of, and how many others."""

    seen: Sequence[tuple[Member, str]]
    hidden: int

    @property
    def count(self) -> int:
        return len(self.seen) + self.hidden


def open_desks(session: Session, now: datetime) -> list[tuple[RegistrationDesk, Unit]]:
    """The desks at which people may register now, with their units."""
    rows = session.execute(
        select(RegistrationDesk, Unit)
        .join(Unit, Unit.id == RegistrationDesk.unit_id)
        .where(_is_open(now), Unit.closed_at.is_(None))
        .order_by(Unit.sort_key, Unit.id)
    )
    return [(desk, unit) for desk, unit in rows]


def found_units(session: Session, now: datetime, text: str) -> list[Unit]:
    """The open units below a desk whose names hold these words."""
    desks = [(desk.unit_id, desk.receiving_unit_id) for desk, _ in open_desks(session, now)]
    below = (
        select(UnitAncestor.unit_id)
        .join(Unit, Unit.id == UnitAncestor.unit_id)
        .where(
            UnitAncestor.ancestor_id.in_([unit_id for unit_id, _ in desks]),
            UnitAncestor.unit_id.not_in([one for pair in desks for one in pair]),
            Unit.closed_at.is_(None),
        )
    )
    return units.found(session, below, text, MOST_FOUND)


def place_named(session: Session, unit_id: int, now: datetime) -> Place:
    """Where somebody of this unit registers: at the nearest open desk above it. Raises Missing."""
    row = session.execute(
        select(RegistrationDesk)
        .join(UnitAncestor, UnitAncestor.ancestor_id == RegistrationDesk.unit_id)
        .where(UnitAncestor.unit_id == unit_id, UnitAncestor.distance > 0, _is_open(now))
        .order_by(UnitAncestor.distance)
        .limit(1)
    ).scalar_one_or_none()
    unit = units.unit(session, unit_id)
    if row is None or unit.closed_at is not None:
        raise Missing
    return Place(row, units.unit(session, row.unit_id), unit, is_named=True)


def place_unlisted(session: Session, unit_id: int, now: datetime) -> Place:
    """Where somebody of no unit registers at this desk. Raises Missing."""
    desk = session.scalars(
        select(RegistrationDesk).where(RegistrationDesk.unit_id == unit_id, _is_open(now))
    ).one_or_none()
    desk_unit = units.unit(session, unit_id)
    if desk is None or desk_unit.closed_at is not None:
        raise Missing
    unit = units.unit(session, desk.receiving_unit_id)
    return Place(desk, desk_unit, unit if unit.closed_at is None else desk_unit, is_named=False)


def poster_desk(session: Session, unit_id: int, now: datetime) -> RegistrationDesk | None:
    """The desk that the posters of a unit may name: the nearest open one, where its organisers want it there."""
    found = session.scalars(
        select(RegistrationDesk)
        .join(UnitAncestor, UnitAncestor.ancestor_id == RegistrationDesk.unit_id)
        .where(UnitAncestor.unit_id == unit_id, _is_open(now))
        .order_by(UnitAncestor.distance)
        .limit(1)
    ).one_or_none()
    return found if found is not None and found.is_on_posters else None


def heads(r: Reading) -> list[tuple[Unit, RegistrationDesk | None]]:
    """The units in which the actor may let people register, each with its desk if it has one."""
    rows = r.session.execute(
        select(Unit, RegistrationDesk)
        .outerjoin(RegistrationDesk, RegistrationDesk.unit_id == Unit.id)
        .where(
            Unit.id.in_(units_policy.covered_units(r.actor, Role.ORGANISER)),
            Unit.kind.in_(HEADS),
            Unit.closed_at.is_(None),
        )
        .order_by(Unit.sort_key, Unit.id)
        .limit(MOST_FOUND)
    )
    return [(unit, desk) for unit, desk in rows]


def head(r: Reading, unit_id: int) -> Unit:
    """A unit in which the actor may let people register. Raises Missing."""
    unit = units.covered_unit(r.session, r.actor, unit_id, Role.ORGANISER)
    if unit.kind not in HEADS or unit.closed_at is not None:
        raise Missing
    return unit


def desk(session: Session, unit_id: int) -> RegistrationDesk | None:
    return session.get(RegistrationDesk, unit_id)


def receivers(session: Session, unit: Unit, kept: RegistrationDesk | None) -> list[Unit]:
    """The units that may take people without a unit: this one, those directly below, and the one chosen before."""
    found = [unit, *units.children(session, unit.id)]
    if kept is not None and kept.receiving_unit_id not in {one.id for one in found}:
        found.append(units.unit(session, kept.receiving_unit_id))
    return [one for one in found if one.closed_at is None]


def page(r: Reading, words: str, state: RegistrationState | None, number: int, size: int = USUAL_SIZE) -> Page[Row]:
    """A page of the registrations that the actor decides about: those that wait first, the latest first."""
    wanted = _asked(r, words, state)
    total = r.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    number = max(1, min(number, -(-total // size)))
    return Page(_rows(r, wanted.limit(size).offset((number - 1) * size)), number, size, total)


def all_rows(r: Reading, words: str, state: RegistrationState | None) -> list[Row]:
    """The same without pages, for a file."""
    return _rows(r, _asked(r, words, state))


def registration(r: Reading, registration_id: int) -> Registration:
    """One that the actor decides about. Raises Missing."""
    found = r.session.scalars(_covered(r).where(Registration.id == registration_id)).one_or_none()
    if found is None:
        raise Missing
    return found


def waiting(r: Reading) -> int:
    """How many registrations wait for the actor."""
    query = _covered(r).where(Registration.state == RegistrationState.WAITING.value)
    return r.session.scalar(select(func.count()).select_from(query.subquery())) or 0


def alike(r: Reading, one: Registration) -> Alike:
    """Who looks like the one who registered: the same name and birth on a roster below the desk, or the same number."""
    found = r.session.execute(
        select(Member, Unit.name)
        .join(Unit, Unit.id == Member.unit_id)
        .where(Registration.id == one.id, _looks_alike())
        .order_by(Member.sort_key, Member.id)
    ).all()
    known = set(
        r.session.scalars(
            units_policy.covered_units(r.actor, *DECIDING_ROLES).where(Unit.id.in_({m.unit_id for m, _ in found}))
        )
    )
    seen = [(member, name) for member, name in found if member.unit_id in known]
    return Alike(seen, len(found) - len(seen))


def is_alike_to_nobody(session: Session, one: Registration) -> bool:
    """Whether nobody anywhere looks like him."""
    return session.scalar(select(Member.id).where(Registration.id == one.id, _looks_alike()).limit(1)) is None


def sharing(session: Session, phone: str) -> int:
    """How many members have this number."""
    query = select(func.count()).where(Member.phone == phone, Member.standing.not_in(GONE))
    return session.scalar(query) or 0


def today(now: datetime) -> date:
    return now.astimezone(VIETNAM).date()


def _is_open(now: datetime) -> ColumnElement[bool]:
    day = today(now)
    return and_(
        RegistrationDesk.way != Way.OFF.value,
        or_(RegistrationDesk.opens_on.is_(None), RegistrationDesk.opens_on <= day),
        or_(RegistrationDesk.closes_on.is_(None), RegistrationDesk.closes_on >= day),
    )


def _looks_alike() -> ColumnElement[bool]:
    """Whether a Member looks like a Registration; a year alone agrees with every day of it."""
    same_year = extract("year", Member.born_on) == extract("year", Registration.born_on)
    same_birth = or_(
        Member.born_on == Registration.born_on,
        and_(or_(Member.born_year_only, Registration.born_year_only), same_year),
    )
    below = select(UnitAncestor.unit_id).where(UnitAncestor.ancestor_id == Registration.desk_unit_id)
    same_name = and_(Member.search_key == Registration.search_key, same_birth, Member.unit_id.in_(below))
    return and_(
        or_(same_name, Member.phone == Registration.phone),
        Member.standing.not_in(GONE),
        Member.id.is_distinct_from(Registration.member_id),
    )


def _covered(r: Reading) -> Select[Registration]:
    return select(Registration).where(Registration.unit_id.in_(units_policy.covered_units(r.actor, *DECIDING_ROLES)))


def _asked(r: Reading, words: str, state: RegistrationState | None) -> Select[Registration]:
    wanted = _covered(r)
    if state is not None:
        wanted = wanted.where(Registration.state == state.value)
    for word in search_key(words).split():
        wanted = wanted.where(Registration.search_key.contains(word, autoescape=True))
    waits = case((Registration.state == RegistrationState.WAITING.value, 0), else_=1)
    return wanted.order_by(waits, Registration.id.desc())


def _rows(r: Reading, wanted: Select[Registration]) -> list[Row]:
    found = r.session.scalars(wanted).all()
    waiting_ids = [one.id for one in found if one.state == RegistrationState.WAITING.value]
    named = r.session.execute(select(Unit.id, Unit.name).where(Unit.id.in_({one.unit_id for one in found}))).all()
    names = {row.id: row.name for row in named}
    doubtful = set(
        r.session.scalars(
            select(Registration.id).join(Member, _looks_alike()).where(Registration.id.in_(waiting_ids)).distinct()
        )
    )
    return [Row(one, names[one.unit_id], one.id in doubtful) for one in found]
