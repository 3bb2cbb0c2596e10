"""Questions about the tree of units."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.orm import Session

from quiz_app.kernel.access import Actor, Role
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.prepared import Prepared
from quiz_app.kernel.text import search_key, tidy
from quiz_app.units import policy
from quiz_app.units.models import Unit, UnitAncestor, UnitEvent, UnitEventKind


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom the members of a unit may call for help with the platform."""

    unit_name: str
    helper_name: str
    helper_phone: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a unit is called, whom its members may call, and the ids of the unit with all above it."""

    unit_name: str
    contact: Contact | None
    line: frozenset[int]


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit in the order of the tree; `depth` counts from the top of the list asked for."""

    id: int
    code: str
    name: str
    kind: str
    parent_id: int | None
    depth: int


def subtree_ids(unit_id: int) -> Select[int]:
    """The ids of a unit and of everything below it, as a subquery."""
    return select(UnitAncestor.unit_id).where(UnitAncestor.ancestor_id == unit_id)


ABOVE = select(UnitAncestor.ancestor_id).where(UnitAncestor.unit_id == bindparam("unit"))
"""A unit and all above it, as a subquery of statements that are built once and told the `unit` when they run."""

_PATH = Prepared(
    select(UnitAncestor.ancestor_id).where(UnitAncestor.unit_id == bindparam("unit")).order_by(UnitAncestor.distance)
)


def path_ids(session: Session, unit_id: int) -> tuple[int, ...]:
    """The unit, its parent, and so on up to the root."""
    session.flush()
    return tuple([row.ancestor_id for row in _PATH.rows(session, {"unit": unit_id})])


def path(session: Session, unit_id: int) -> list[Unit]:
    """The units from the root down to this one, for a trail above a page."""
    return list(
        session.scalars(
            select(Unit)
            .join(UnitAncestor, UnitAncestor.ancestor_id == Unit.id)
            .where(UnitAncestor.unit_id == unit_id)
            .order_by(UnitAncestor.distance.desc())
        )
    )


def root_ids(session: Session) -> frozenset[int]:
    """The units that stand under no other."""
    return frozenset(session.scalars(select(Unit.id).where(Unit.parent_id.is_(None))))


def unit(session: Session, unit_id: int) -> Unit:
    """The unit, whoever asks: names of units are no secret. Raises Missing."""
    found = session.get(Unit, unit_id)
    if found is None:
        raise Missing
    return found


_NAME = Prepared(select(Unit.name).where(Unit.id == bindparam("unit")))


def unit_name(session: Session, unit_id: int) -> str:
    """What a unit is called. Raises Missing."""
    session.flush()
    for row in _NAME.rows(session, {"unit": unit_id}):
        return str(row.name)
    raise Missing


def unit_by_code(session: Session, code: str) -> Unit:
    """The unit with this code, in any spelling of case. Raises Missing."""
    found = session.scalars(select(Unit).where(Unit.code == tidy(code).upper())).one_or_none()
    if found is None:
        raise Missing
    return found


def covered_unit(session: Session, actor: Actor, unit_id: int, *roles: Role) -> Unit:
    """The unit where the actor covers it by one of `roles` (default: any that covers). Raises Missing."""
    found = session.scalars(
        select(Unit).where(Unit.id == unit_id, Unit.id.in_(policy.covered_units(actor, *roles)))
    ).one_or_none()
    if found is None:
        raise Missing
    return found


def does_cover(session: Session, actor: Actor, unit_id: int, *roles: Role) -> bool:
    """Whether the actor covers the unit by one of `roles`."""
    return policy.covers(actor, path_ids(session, unit_id), unit_id, *roles)


def children(session: Session, unit_id: int) -> list[Unit]:
    """The units directly below, in the order of their names; closed ones left out."""
    return list(
        session.scalars(
            select(Unit).where(Unit.parent_id == unit_id, Unit.closed_at.is_(None)).order_by(Unit.sort_key, Unit.id)
        )
    )


def units(session: Session, scope: Select[int] | None = None, *, also: Collection[int] = ()) -> list[UnitRow]:
    """The open units of `scope` (all without one) in the order of the tree, siblings by name; of the closed ones `also`
    these.
    """
    columns = (Unit.id, Unit.code, Unit.name, Unit.kind, Unit.parent_id)
    is_wanted = Unit.closed_at.is_(None) | Unit.id.in_(also) if also else Unit.closed_at.is_(None)
    wanted = select(*columns).where(is_wanted).order_by(Unit.sort_key, Unit.id)
    if scope is not None:
        wanted = wanted.where(Unit.id.in_(scope))
    found = session.execute(wanted).all()
    known = {row.id for row in found}
    below: dict[int | None, list[Row[int, str, str, str, int | None]]] = {}
    for row in found:
        below.setdefault(row.parent_id if row.parent_id in known else None, []).append(row)
    ordered: list[UnitRow] = []
    waiting = [(row, 0) for row in reversed(below.get(None, []))]
    while waiting:
        row, depth = waiting.pop()
        ordered.append(UnitRow(row.id, row.code, row.name, row.kind, row.parent_id, depth))
        waiting += [(child, depth + 1) for child in reversed(below.get(row.id, []))]
    return ordered


def units_named(session: Session, name: str, within: int) -> list[Unit]:
    """The open units of a subtree whose code or name this is, in any spelling of marks and case."""
    return list(
        session.scalars(
            select(Unit).where(
                Unit.id.in_(subtree_ids(within)),
                Unit.closed_at.is_(None),
                (Unit.code == tidy(name).upper()) | (Unit.search_key == search_key(name)),
            )
        )
    )


# Asked by every page of who is signed in.
_LINE = Prepared(
    select(Unit.id, Unit.name, Unit.helper_name, Unit.helper_phone)
    .join(UnitAncestor, UnitAncestor.ancestor_id == Unit.id)
    .where(UnitAncestor.unit_id == bindparam("unit"))
    .order_by(UnitAncestor.distance)
)


def around(session: Session, unit_id: int) -> Surroundings:
    """A unit among those above it. Raises Missing."""
    session.flush()
    return _surroundings(_LINE.rows(session, {"unit": unit_id}))


def glance_around(database: Database, unit_id: int) -> Surroundings:
    """The same, asked by itself. Raises Missing, Overloaded."""
    return _surroundings(_LINE.glance(database, {"unit": unit_id}))


def _surroundings(line: Sequence[Any]) -> Surroundings:
    if not line:
        raise Missing
    helping = next((unit for unit in line if unit.helper_name), None)
    contact = None if helping is None else Contact(helping.name, helping.helper_name, helping.helper_phone)
    return Surroundings(line[0].name, contact, frozenset([unit.id for unit in line]))


def moves_since(session: Session, at: datetime) -> list[UnitEvent]:
    """How units have been moved after an instant, the latest first."""
    query = select(UnitEvent).where(UnitEvent.kind == UnitEventKind.MOVED.value, UnitEvent.at > at)
    return list(session.scalars(query.order_by(UnitEvent.at.desc(), UnitEvent.id.desc())))


def parents_before(moves: Iterable[UnitEvent], at: datetime) -> dict[int, int | None]:
    """Of every unit that was moved after `at`, by `moves_since` then or earlier: below which one it stood then."""
    return {move.unit_id: move.before["parent_id"] for move in moves if move.at > at}


def tree_at(session: Session, top_id: int, at: datetime | None) -> dict[int, int | None]:
    """The subtree of a unit as it stood at an instant (None: now), unit to the one above it; the top has none.

    Closed units stay in it: what was done in them counts where it was done.
    """
    moved = {} if at is None else parents_before(moves_since(session, at), at)
    if not moved:
        rows = session.execute(select(Unit.id, Unit.parent_id).where(Unit.id.in_(subtree_ids(top_id)))).all()
        return {unit_id: None if unit_id == top_id else parent_id for unit_id, parent_id in rows}
    below: dict[int | None, list[int]] = {}
    for unit_id, parent_id in session.execute(select(Unit.id, Unit.parent_id)):
        below.setdefault(moved.get(unit_id, parent_id), []).append(unit_id)
    found: dict[int, int | None] = {top_id: None}
    waiting = [top_id]
    while waiting:
        above = waiting.pop()
        for unit_id in below.get(above, ()):
            found[unit_id] = above
            waiting.append(unit_id)
    return found


def lines(tree: Mapping[int, int | None]) -> dict[int, list[int]]:
    """Each unit of a tree with itself and all above it."""
    found: dict[int, list[int]] = {}
    for unit_id in tree:
        at: int | None = unit_id
        found[unit_id] = []
        while at is not None:
            found[unit_id].append(at)
            at = tree[at]
    return found


def found(session: Session, scope: Select[int], text: str, limit: int) -> list[Unit]:
    """The units of `scope` whose name or code holds these words, however marks and case are written; closed last."""
    query = select(Unit).where(Unit.id.in_(scope))
    for word in search_key(text).split():
        query = query.where(
            Unit.search_key.contains(word, autoescape=True) | func.lower(Unit.code).contains(word, autoescape=True)
        )
    return list(session.scalars(query.order_by(Unit.closed_at.is_not(None), Unit.sort_key, Unit.id).limit(limit)))


def history(session: Session, unit_id: int) -> list[UnitEvent]:
    """What has been changed of a unit, the latest first."""
    query = select(UnitEvent).where(UnitEvent.unit_id == unit_id)
    return list(session.scalars(query.order_by(UnitEvent.at.desc(), UnitEvent.id.desc())))
