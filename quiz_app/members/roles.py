"""Who may do what where: the roles held, and how each came to be held or was taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from quiz_app.kernel.access import Role
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.text import search_key
from quiz_app.kernel.work import Reading
from quiz_app.members import policy
from quiz_app.members.errors import RoleOnClosedUnit
from quiz_app.members.models import Account, Member, RoleGrant
from quiz_app.members.queries import GONE
from quiz_app.units import queries as units_queries
from quiz_app.units.models import Unit, UnitAncestor
from quiz_app.web.paging import USUAL_SIZE, Page


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role that somebody holds. `is_governed`: his page may be opened by who reads this."""

    member_id: int
    full_name: str
    home_name: str
    role: Role
    unit_name: str
    since: datetime
    by_name: str | None
    is_governed: bool


@dataclass(frozen=True, slots=True)
class Past:
    """A role given or taken back; without a name it was done at the server."""

    at: datetime
    is_given: bool
    role: Role
    unit_name: str
    by_name: str | None


@dataclass(frozen=True, slots=True)
class PersonRow:
    member_id: int
    full_name: str
    unit_name: str
    username: str | None


def held(
    r: Reading, *, search: str = "", unit_id: int | None = None, role: Role | None = None, number: int = 1
) -> Page[HeldRole]:
    """A page of the roles that reach the units the actor governs (or one of them), by role and name.

    Those on a unit above reach it too, save a secretary's. Who has left the rosters holds nothing. Raises Missing for a
    unit beyond the actor's.
    """
    if unit_id is None:
        below = policy.governed_units(r.actor)
    else:
        units_queries.covered_unit(r.session, r.actor, unit_id, *policy.GOVERNING_ROLES)
        below = units_queries.subtree_ids(unit_id)
    above = select(UnitAncestor.ancestor_id).where(
        UnitAncestor.unit_id.in_(below if unit_id is None else select(Unit.id).where(Unit.id == unit_id))
    )
    wanted: list[ColumnElement[bool]] = [
        RoleGrant.revoked_at.is_(None),
        Member.standing.not_in(GONE),
        RoleGrant.unit_id.in_(below) | (RoleGrant.unit_id.in_(above) & (RoleGrant.role != Role.SECRETARY.value)),
        *(Member.search_key.contains(word, autoescape=True) for word in search_key(search).split()),
    ]
    if role is not None:
        wanted.append(RoleGrant.role == role.value)
    home, giver = aliased(Unit), aliased(Member)
    found = (
        select(
            Member.id,
            Member.full_name,
            home.name.label("home_name"),
            RoleGrant.role,
            Unit.name,
            RoleGrant.granted_at,
            giver.full_name.label("by_name"),
            Member.unit_id.in_(policy.governed_units(r.actor)).label("is_governed"),
        )
        .join(RoleGrant, RoleGrant.member_id == Member.id)
        .join(Unit, Unit.id == RoleGrant.unit_id)
        .join(home, home.id == Member.unit_id)
        .outerjoin(giver, giver.id == RoleGrant.granted_by)
        .where(*wanted)
    )
    total = r.session.scalar(select(func.count()).select_from(found.subquery())) or 0
    number = max(1, min(number, -(-total // USUAL_SIZE)))
    rows = r.session.execute(
        found.order_by(Member.sort_key, Member.id, RoleGrant.id).limit(USUAL_SIZE).offset((number - 1) * USUAL_SIZE)
    )
    shown = [
        HeldRole(
            member_id=row.id,
            full_name=row.full_name,
            home_name=row.home_name,
            role=Role(row.role),
            unit_name=row.name,
            since=row.granted_at,
            by_name=row.by_name,
            is_governed=bool(row.is_governed),
        )
        for row in rows
    ]
    return Page(shown, number, USUAL_SIZE, total)


def people(r: Reading, search: str, number: int) -> Page[PersonRow]:
    """A page of the people to whom the actor may give roles, found by parts of their names, card or sign-in name."""
    wanted: list[ColumnElement[bool]] = [
        Member.unit_id.in_(policy.governed_units(r.actor)),
        Member.standing.not_in(GONE),
    ]
    for word in search_key(search).split():
        wanted.append(
            Member.search_key.contains(word, autoescape=True)
            | Member.card_number.startswith(word, autoescape=True)
            | (Account.username == word)
        )
    found = (
        select(Member.id, Member.full_name, Unit.name, Account.username)
        .join(Unit, Unit.id == Member.unit_id)
        .outerjoin(Account, Account.member_id == Member.id)
        .where(*wanted)
    )
    total = r.session.scalar(select(func.count()).select_from(found.subquery())) or 0
    number = max(1, min(number, -(-total // USUAL_SIZE)))
    rows = r.session.execute(
        found.order_by(Member.sort_key, Member.id).limit(USUAL_SIZE).offset((number - 1) * USUAL_SIZE)
    )
    return Page([PersonRow(*row) for row in rows], number, USUAL_SIZE, total)


def person(r: Reading, member_id: int) -> Member:
    """A member of a unit that the actor governs. Raises Missing."""
    found = r.session.scalars(
        select(Member).where(Member.id == member_id, Member.unit_id.in_(policy.governed_units(r.actor)))
    ).one_or_none()
    if found is None:
        raise Missing
    return found


def unit_to_give(r: Reading, unit_id: int) -> Unit:
    """An open unit on which the actor gives roles. Raises Missing, RoleOnClosedUnit."""
    found = units_queries.covered_unit(r.session, r.actor, unit_id, *policy.GOVERNING_ROLES)
    if found.closed_at is not None:
        raise RoleOnClosedUnit(name=found.name)
    return found


def live_grant(r: Reading, grant_id: int) -> RoleGrant:
    """A role held on a unit that the actor governs, by somebody of such a unit. Raises Missing."""
    found = r.session.scalars(
        select(RoleGrant)
        .join(Member, Member.id == RoleGrant.member_id)
        .where(
            RoleGrant.id == grant_id,
            RoleGrant.revoked_at.is_(None),
            RoleGrant.unit_id.in_(policy.governed_units(r.actor)),
            Member.unit_id.in_(policy.governed_units(r.actor)),
        )
    ).one_or_none()
    if found is None:
        raise Missing
    return found


def history(r: Reading, member_id: int) -> list[Past]:
    """Every role that was given to the member or taken back, the latest first."""
    rows = r.session.execute(
        select(AuditEntry, Member.full_name)
        .outerjoin(Member, Member.id == AuditEntry.actor_member_id)
        .where(
            AuditEntry.subject == f"member:{member_id}",
            AuditEntry.action.in_((policy.Action.ROLE_GRANTED.code, policy.Action.ROLE_REVOKED.code)),
        )
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    ).all()
    units = select(Unit.id, Unit.name).where(Unit.id.in_({entry.facts["unit_id"] for entry, _ in rows}))
    names = {row.id: row.name for row in r.session.execute(units)}
    return [
        Past(
            at=entry.at,
            is_given=entry.action == policy.Action.ROLE_GRANTED.code,
            role=Role(entry.facts["role"]),
            unit_name=names.get(entry.facts["unit_id"], ""),
            by_name=by_name,
        )
        for entry, by_name in rows
    ]
