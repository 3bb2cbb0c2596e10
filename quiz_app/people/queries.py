"""Questions about the people of units: who is found, what was changed, who looks like somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, Subquery, case, extract, func, or_, select, union
from sqlalchemy.orm import Session, aliased, joinedload

from quiz_app.attempts.models import Attempt, AttemptState
from quiz_app.contests.models import Round
from quiz_app.kernel.access import Role
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.text import search_key
from quiz_app.kernel.work import Reading
from quiz_app.members import labels as members_labels
from quiz_app.members import queries as members
from quiz_app.members.models import Account, Category, Member, MemberChange, MemberField, RoleGrant, Standing
from quiz_app.people import labels, policy
from quiz_app.people.models import MemberPair
from quiz_app.units import policy as units_policy
from quiz_app.units import queries as units
from quiz_app.units.models import Unit, UnitEvent
from quiz_app.web.paging import USUAL_SIZE, Page

MOST_LISTED = 500


@dataclass(frozen=True, slots=True)
class Found:
    """Which members are asked for: words of the name, how they stand (None: all that are there), and whose."""

    search: str = ""
    standing: Standing | None = None
    unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class MemberRow:
    member: Member
    unit_name: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change in words."""

    at: datetime
    field: str
    before: str
    after: str
    reason: str
    by_name: str | None


@dataclass(frozen=True, slots=True)
class Sat:
    """What a member has in a round: attempts that stand, and those annulled."""

    round: Round
    standing: int
    annulled: int
    is_sitting: bool


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a role on a unit."""

    role: Role
    full_name: str


@dataclass(frozen=True, slots=True)
class UnitEventRow:
    """One change of a unit in words."""

    at: datetime
    words: str
    reason: str
    by_name: str | None


def people_count(session: Session, unit_id: int) -> int:
    """How many people stand on exactly this unit's roster."""
    query = select(func.count()).where(
        Member.unit_id == unit_id, Member.standing.not_in(members.GONE), Member.merged_into_id.is_(None)
    )
    return session.scalar(query) or 0


def member_page(r: Reading, asked: Found, number: int, size: int = USUAL_SIZE) -> Page[MemberRow]:
    """A page of the members of the actor's units in the order of a Vietnamese list."""
    is_asked = _asked(r, asked)
    query = select(Member, Unit.name).join(Unit, Unit.id == Member.unit_id).where(*is_asked)
    total = r.session.scalar(select(func.count(Member.id)).where(*is_asked)) or 0
    number = max(1, min(number, -(-total // size)))
    rows = r.session.execute(query.order_by(Member.sort_key, Member.id).limit(size).offset((number - 1) * size))
    return Page([MemberRow(*row) for row in rows], number, size, total)


def member(r: Reading, member_id: int) -> MemberRow:
    """A member of one of the actor's units. Raises Missing."""
    row = r.session.execute(
        select(Member, Unit.name)
        .join(Unit, Unit.id == Member.unit_id)
        .where(Member.id == member_id, Member.unit_id.in_(units_policy.covered_units(r.actor)))
    ).one_or_none()
    if row is None:
        raise Missing
    return MemberRow(*row)


def may_keep(r: Reading, member: Member) -> bool:
    return r.actor.member_id != member.id and policy.keeps(
        r.actor, units.path_ids(r.session, member.unit_id), member.unit_id
    )


def may_arrange(r: Reading, member: Member) -> bool:
    return r.actor.member_id != member.id and policy.arranges(
        r.actor, units.path_ids(r.session, member.unit_id), member.unit_id
    )


def changes(session: Session, member_id: int) -> list[ChangeRow]:
    """What was changed of a member and of the rows merged into his, the latest first, in words."""
    whose = select(Member.id).where(or_(Member.id == member_id, Member.merged_into_id == member_id))
    author = aliased(Member)
    rows = session.execute(
        select(MemberChange, author.full_name)
        .outerjoin(author, author.id == MemberChange.by_member_id)
        .where(MemberChange.member_id.in_(whose))
        .order_by(MemberChange.at.desc(), MemberChange.id.desc())
    ).all()
    ids = {int(code) for change, _ in rows if _is_unit(change) for code in (change.before, change.after)}
    named = session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(ids))).all()
    names = {str(unit_id): name for unit_id, name in named}
    return [_in_words(change, by_name, names) for change, by_name in rows]


def sat(session: Session, member_id: int) -> list[Sat]:
    """The rounds that a member has sat, the latest first."""
    counts = session.execute(
        select(Attempt.round_id, Attempt.state, func.count())
        .where(Attempt.member_id == member_id)
        .group_by(Attempt.round_id, Attempt.state)
    ).all()
    states: dict[int, dict[str, int]] = {}
    for round_id, state, count in counts:
        states.setdefault(round_id, {})[state] = count
    rounds = session.scalars(
        select(Round)
        .options(joinedload(Round.contest))
        .where(Round.id.in_(states))
        .order_by(Round.opens_at.desc(), Round.id.desc())
    )
    return [_sat(round_, states[round_.id]) for round_ in rounds]


def username(session: Session, member_id: int) -> str | None:
    """What a member signs in with, None without an account that works."""
    return session.scalar(select(Account.username).where(Account.member_id == member_id, Account.disabled_at.is_(None)))


def holders(session: Session, unit_id: int) -> list[Holder]:
    """Who holds a role on exactly this unit."""
    rows = session.execute(
        select(RoleGrant.role, Member.full_name)
        .join(Member, Member.id == RoleGrant.member_id)
        .where(RoleGrant.unit_id == unit_id, RoleGrant.revoked_at.is_(None))
        .order_by(RoleGrant.role, Member.sort_key, Member.id)
    )
    return [Holder(Role(role), name) for role, name in rows]


def closed_below(session: Session, unit_id: int) -> list[Unit]:
    """The closed units directly below one: what was done in them stays with them."""
    query = select(Unit).where(Unit.parent_id == unit_id, Unit.closed_at.is_not(None))
    return list(session.scalars(query.order_by(Unit.sort_key, Unit.id)))


def unit_history_words(session: Session, events: Sequence[UnitEvent]) -> list[UnitEventRow]:
    """The history of a unit in words, with the names of those who changed it."""
    ids = {value for event in events for value in _unit_ids(event)}
    names = {row.id: row.name for row in session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(ids)))}
    who = {event.by_member_id for event in events if event.by_member_id is not None}
    people = session.execute(select(Member.id, Member.full_name).where(Member.id.in_(who)))
    authors = {row.id: row.full_name for row in people}
    return [
        UnitEventRow(
            event.at,
            labels.unit_event(event, names),
            event.reason,
            authors.get(event.by_member_id or 0),
        )
        for event in events
    ]


def _unit_ids(event: UnitEvent) -> list[int]:
    said = {**event.before, "to": event.after.get("parent_id"), "into": event.after.get("target_id")}
    found = (said.get(name) for name in ("parent_id", "source_id", "to", "into"))
    return [value for value in found if value is not None]


def pairs(r: Reading, number: int, size: int = USUAL_SIZE) -> Page[tuple[Member, Member]]:
    """A page of the members who may be one person, of whom nobody has decided yet: same name, same birth.

    A year alone agrees with every day of it. Both are of the actor's units.
    """
    alike = _alike(r)
    is_decided = select(MemberPair.first_id).where(
        MemberPair.first_id == alike.c.first_id, MemberPair.second_id == alike.c.second_id
    )
    total = r.session.scalar(select(func.count()).select_from(alike).where(~is_decided.exists())) or 0
    number = max(1, min(number, -(-total // size)))
    first, second = aliased(Member), aliased(Member)
    rows = r.session.execute(
        select(first, second)
        .join(alike, alike.c.first_id == first.id)
        .join(second, second.id == alike.c.second_id)
        .where(~is_decided.exists())
        .order_by(first.sort_key, first.id, second.id)
        .limit(size)
        .offset((number - 1) * size)
    )
    return Page([(one, other) for one, other in rows], number, size, total)


def pair(r: Reading, first_id: int, second_id: int) -> tuple[Member, Member]:
    """Two members whom the actor may merge, in the order of their ids. Raises Missing."""
    low, high = sorted((first_id, second_id))
    found = r.session.scalars(
        select(Member)
        .where(Member.id.in_((low, high)), Member.id.in_(policy.arranged_members(r.actor)))
        .order_by(Member.id)
    ).all()
    if len(found) != 2:
        raise Missing
    return found[0], found[1]


def decided(session: Session, first_id: int, second_id: int) -> MemberPair | None:
    return session.get(MemberPair, (min(first_id, second_id), max(first_id, second_id)))


def unit_names(session: Session, people: Sequence[Member]) -> dict[int, str]:
    """The names of the people's units, by unit."""
    query = select(Unit.id, Unit.name).where(Unit.id.in_({one.unit_id for one in people}))
    return {row.id: row.name for row in session.execute(query)}


def _asked(r: Reading, asked: Found) -> list[ColumnElement[bool]]:
    scope = units_policy.covered_units(r.actor)
    if asked.unit_id is not None:
        scope = scope.where(Unit.id.in_(units.subtree_ids(asked.unit_id)))
    found: list[ColumnElement[bool]] = [Member.unit_id.in_(_listed(r, scope))]
    if asked.standing is None:  # whoever was merged into another has left
        found.append(Member.standing.not_in(members.GONE))
    else:
        found += [Member.standing == asked.standing.value, Member.merged_into_id.is_(None)]
    for word in search_key(asked.search).split():
        is_named = Member.search_key.contains(word, autoescape=True)
        has_card = Member.card_number.startswith(word, autoescape=True)
        found.append(is_named | has_card if word[0].isdigit() else is_named)
    return found


def _listed(r: Reading, scope: Select[int]) -> Sequence[int] | Select[int]:
    """The units of a scope, looked up where they are few: so either engine goes through their people alone."""
    within = r.session.scalars(scope.limit(MOST_LISTED + 1)).all()
    return within if len(within) <= MOST_LISTED else scope


def _alike(r: Reading) -> Subquery:
    """The pairs of ids of members of one name and birth, the lower first; a year alone agrees with every day of it.

    The other one is sought by name: that his unit is reckoned with and not asked for keeps either engine from going
    through the people of all units once for each person. Years alone are few, so they are compared apart.
    """
    one, other = aliased(Member), aliased(Member)
    scope = _listed(r, units_policy.covered_units(r.actor, Role.ORGANISER))
    is_alike = (
        one.unit_id.in_(scope),
        (other.unit_id + 0).in_(scope),
        other.search_key == one.search_key,
        one.merged_into_id.is_(None),
        other.merged_into_id.is_(None),
    )
    same_day = select(one.id.label("first_id"), other.id.label("second_id")).where(
        *is_alike, other.born_on == one.born_on, other.id > one.id
    )
    lower, higher = case((one.id < other.id, one.id), else_=other.id), case((one.id < other.id, other.id), else_=one.id)
    same_year = select(lower, higher).where(
        *is_alike,
        one.born_year_only.is_(True),
        other.id != one.id,
        extract("year", other.born_on) == extract("year", one.born_on),
    )
    return union(same_day, same_year).subquery("alike")


def _sat(round_: Round, counts: dict[str, int]) -> Sat:
    annulled = counts.get(AttemptState.ANNULLED.value, 0)
    return Sat(round_, sum(counts.values()) - annulled, annulled, AttemptState.OPEN.value in counts)


def _is_unit(change: MemberChange) -> bool:
    return change.field == MemberField.UNIT.value


def _in_words(change: MemberChange, by_name: str | None, units_named: dict[str, str]) -> ChangeRow:
    def word(code: str) -> str:
        match MemberField(change.field):
            case MemberField.STANDING:
                return members_labels.STANDINGS[Standing(code)]
            case MemberField.CATEGORY:
                return members_labels.CATEGORIES[Category(code)]
            case MemberField.UNIT:
                return units_named.get(code, "–")
            case MemberField.MERGED:
                return f"hồ sơ {code}"

    return ChangeRow(
        at=change.at,
        field=members_labels.FIELDS[MemberField(change.field)],
        before=word(change.before),
        after=word(change.after),
        reason=change.reason,
        by_name=by_name,
    )
