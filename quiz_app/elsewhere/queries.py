"""Questions about contests elsewhere: which concern whom, who took part, and the sums by unit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, bindparam, case, distinct, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from quiz_app.elsewhere import policy
from quiz_app.elsewhere.models import OutsideContest, OutsideImport, OutsideProof, OutsideRecord, State
from quiz_app.kernel.access import Role
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.prepared import Prepared
from quiz_app.kernel.work import Reading
from quiz_app.members.models import Member, Standing
from quiz_app.units import queries as units
from quiz_app.units.models import Unit, UnitAncestor
from quiz_app.units.policy import COVERING_ROLES, WATCHING_ROLES, covered_units
from quiz_app.web.paging import USUAL_SIZE, Page

_CONFIRMED = OutsideRecord.state == State.CONFIRMED.value
_ON_ROSTERS = Member.standing.not_in([Standing.MOVED.value, Standing.LEFT.value])


@dataclass(frozen=True, slots=True)
class Own:
    """An outside contest as a member finds it, with what he has there."""

    contest: OutsideContest
    record: OutsideRecord | None
    has_proof: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """An outside contest as the first page names it, with the state of the member's own record where he has one."""

    title: str
    state: str | None


@dataclass(frozen=True, slots=True)
class Desk:
    """An outside contest and a unit, with everything below it where the actor may see that."""

    contest: OutsideContest
    unit: Unit
    with_subtree: bool

    @property
    def scope(self) -> Select[int]:
        """The ids of the units whose members it shows."""
        return units.subtree_ids(self.unit.id) if self.with_subtree else select(Unit.id).where(Unit.id == self.unit.id)


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One record as a desk shows it."""

    record: OutsideRecord
    full_name: str
    unit_name: str
    sees_proof: bool
    is_own: bool


@dataclass(frozen=True, slots=True)
class UnitSums:
    """A unit with everything below it: its people, who of them took part elsewhere, and declarations that wait."""

    unit_id: int
    name: str
    members: int
    people: int
    waiting: int


_OWN = (
    select(OutsideContest, OutsideRecord, OutsideProof.record_id)
    .outerjoin(
        OutsideRecord,
        (OutsideRecord.contest_id == OutsideContest.id) & (OutsideRecord.member_id == bindparam("member")),
    )
    .outerjoin(OutsideProof, OutsideProof.record_id == OutsideRecord.id)
    .where(OutsideContest.unit_id.in_(units.ABOVE))
    .order_by(OutsideContest.ends_on.desc(), OutsideContest.id.desc())
)


def own_contests(r: Reading) -> list[Own]:
    """The outside contests that the acting member may sit, the one that ends last first."""
    rows = r.session.execute(_OWN, {"unit": r.actor.unit_id, "member": r.actor.member})
    return [Own(contest, record, proof is not None) for contest, record, proof in rows]


LISTED = (
    select(OutsideContest.title, OutsideRecord.state)
    .outerjoin(
        OutsideRecord,
        (OutsideRecord.contest_id == OutsideContest.id) & (OutsideRecord.member_id == bindparam("member")),
    )
    .where(OutsideContest.unit_id.in_(units.ABOVE), OutsideContest.hidden_at.is_(None))
    .order_by(OutsideContest.ends_on.desc(), OutsideContest.id.desc())
)
"""The outside contests that a `member` of the `unit` may sit, without those that were hidden."""
_LISTED = Prepared(LISTED)


def listed(r: Reading) -> list[Listed]:
    """The same by name, without those that were hidden."""
    r.session.flush()
    rows = _LISTED.rows(r.session, {"unit": r.actor.unit_id, "member": r.actor.member})
    return [Listed(*row) for row in rows]


def own_contest(r: Reading, contest_id: int) -> OutsideContest:
    """An outside contest that the acting member may sit. Raises Missing."""
    found = next((own.contest for own in own_contests(r) if own.contest.id == contest_id), None)
    if found is None:
        raise Missing
    return found


def followed_contests(r: Reading) -> list[OutsideContest]:
    """The outside contests that concern a unit the actor covers, the one that ends last first."""
    return list(
        r.session.scalars(
            select(OutsideContest)
            .where(_concerns_one_of(covered_units(r.actor)))
            .order_by(OutsideContest.ends_on.desc(), OutsideContest.id.desc())
        )
    )


def followed_contest(r: Reading, contest_id: int, *roles: Role) -> OutsideContest:
    """An outside contest that concerns a unit the actor covers by one of `roles`. Raises Missing."""
    found = r.session.scalars(
        select(OutsideContest).where(OutsideContest.id == contest_id, _concerns_one_of(covered_units(r.actor, *roles)))
    ).one_or_none()
    if found is None:
        raise Missing
    return found


def managed_contest(r: Reading, contest_id: int) -> OutsideContest:
    """An outside contest whose unit the actor organises. Raises Missing."""
    found = r.session.scalars(
        select(OutsideContest).where(
            OutsideContest.id == contest_id, OutsideContest.unit_id.in_(covered_units(r.actor, Role.ORGANISER))
        )
    ).one_or_none()
    if found is None:
        raise Missing
    return found


def desk_units(r: Reading, contest: OutsideContest) -> list[Unit]:
    """The units of the actor's grants that the contest concerns; where a grant stands above it, its own unit."""
    granted = r.actor.units_as(*COVERING_ROLES)
    below = set(r.session.scalars(units.subtree_ids(contest.unit_id).where(UnitAncestor.unit_id.in_(granted))))
    if units.does_cover(r.session, r.actor, contest.unit_id):
        below.add(contest.unit_id)
    return list(r.session.scalars(select(Unit).where(Unit.id.in_(below)).order_by(Unit.sort_key, Unit.id)))


def desk(r: Reading, contest_id: int, unit_id: int) -> Desk:
    """The desk of a unit that the actor covers, for a contest that concerns it. Raises Missing."""
    unit = units.covered_unit(r.session, r.actor, unit_id)
    path = units.path_ids(r.session, unit_id)
    contest = r.session.get(OutsideContest, contest_id)
    if contest is None or contest.unit_id not in path:
        raise Missing
    return Desk(contest, unit, units.does_cover(r.session, r.actor, unit_id, *WATCHING_ROLES))


def unit_sums(session: Session, desk: Desk) -> tuple[UnitSums, list[UnitSums]]:
    """The sums of the desk, and of each unit directly below it (none where the actor does not see below)."""
    tree = session.execute(
        select(Unit.id, Unit.parent_id, Unit.name).where(Unit.id.in_(desk.scope)).order_by(Unit.sort_key, Unit.id)
    ).all()
    members = _counts(session, desk, select(Member.unit_id, func.count()).where(_ON_ROSTERS), Member.unit_id)
    records = select(OutsideRecord.unit_id, func.count()).where(OutsideRecord.contest_id == desk.contest.id)
    people = _counts(session, desk, records.where(_CONFIRMED), OutsideRecord.unit_id)
    waiting = _counts(session, desk, records.where(OutsideRecord.state == State.DECLARED.value), OutsideRecord.unit_id)
    parent = {row.id: row.parent_id for row in tree if row.id != desk.unit.id}
    under: dict[int, int] = {}
    for row in tree:
        at = row.id
        while at in parent and parent[at] != desk.unit.id:
            at = parent[at]
        under[row.id] = at

    def sums(unit_id: int, name: str, inside: Collection[int]) -> UnitSums:
        return UnitSums(
            unit_id, name, *(sum(each.get(one, 0) for one in inside) for each in (members, people, waiting))
        )

    groups: dict[int, list[int]] = {}
    for unit_id, top in under.items():
        groups.setdefault(top, []).append(unit_id)
    lines = [sums(row.id, row.name, groups[row.id]) for row in tree if parent.get(row.id) == desk.unit.id]
    return sums(desk.unit.id, desk.unit.name, list(under)), lines


def records_page(r: Reading, desk: Desk, state: State | None, number: int, size: int = USUAL_SIZE) -> Page[RecordRow]:
    """One page of the desk's records: what waits first, then by name."""
    total = r.session.scalar(_records(desk, state).with_only_columns(func.count()).order_by(None)) or 0
    number = max(1, min(number, -(-total // size)))
    return Page(record_rows(r, desk, state, limit=size, offset=(number - 1) * size), number, size, total)


def record_rows(
    r: Reading, desk: Desk, state: State | None, *, limit: int | None = None, offset: int = 0, only: int | None = None
) -> list[RecordRow]:
    """The desk's records, or the one asked for, with whether the actor may look at the proof of each."""
    pictured = select(OutsideProof.record_id).where(OutsideProof.record_id == OutsideRecord.id).exists()
    query = _records(desk, state).add_columns(pictured).limit(limit).offset(offset)
    if only is not None:
        query = query.where(OutsideRecord.id == only)
    return [
        RecordRow(
            record,
            full_name,
            unit_name,
            sees_proof=has_proof and policy.sees_proof(r.actor, record),
            is_own=record.member_id == r.actor.member_id,
        )
        for record, full_name, unit_name, has_proof in r.session.execute(query)
    ]


def decided_by(r: Reading, record_id: int) -> tuple[OutsideRecord, Desk]:
    """A record that the acting secretary answers, and his desk. Raises Missing."""
    record = r.session.get(OutsideRecord, record_id)
    if record is None or record.unit_id not in r.actor.units_as(Role.SECRETARY):
        raise Missing
    return record, desk(r, record.contest_id, record.unit_id)


def proof(r: Reading, record_id: int) -> OutsideProof:
    """The picture of a record that the actor may look at. Raises Missing."""
    found = r.session.scalars(
        select(OutsideProof)
        .join(OutsideRecord, OutsideRecord.id == OutsideProof.record_id)
        .where(OutsideProof.record_id == record_id, policy.proofs_seen(r.actor))
    ).one_or_none()
    if found is None:
        raise Missing
    return found


def people_by_unit(session: Session, scope: Select[int]) -> dict[int, int]:
    """How many people of each unit took part in the contests elsewhere that desks show, by their unit at the time.

    Whoever took part in several is one of the people. Units without any are left out.
    """
    query = (
        select(OutsideRecord.unit_id, func.count(distinct(OutsideRecord.member_id)))
        .join(OutsideContest, OutsideContest.id == OutsideRecord.contest_id)
        .where(_CONFIRMED, OutsideContest.hidden_at.is_(None), OutsideRecord.unit_id.in_(scope))
        .group_by(OutsideRecord.unit_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def people_below(session: Session, unit_ids: Collection[int]) -> dict[int, int]:
    """The same of each unit with everything below it, by the tree of today."""
    query = (
        select(UnitAncestor.ancestor_id, func.count(distinct(OutsideRecord.member_id)))
        .join(OutsideRecord, OutsideRecord.unit_id == UnitAncestor.unit_id)
        .join(OutsideContest, OutsideContest.id == OutsideRecord.contest_id)
        .where(_CONFIRMED, OutsideContest.hidden_at.is_(None), UnitAncestor.ancestor_id.in_(unit_ids))
        .group_by(UnitAncestor.ancestor_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def people_by_contest(session: Session, scope: Select[int]) -> list[tuple[OutsideContest, int]]:
    """The contests elsewhere that desks show and people of these units took part in, the one that ends last first."""
    people = func.count(distinct(OutsideRecord.member_id))
    query = (
        select(OutsideContest, people)
        .join(OutsideRecord, OutsideRecord.contest_id == OutsideContest.id)
        .where(_CONFIRMED, OutsideContest.hidden_at.is_(None), OutsideRecord.unit_id.in_(scope))
        .group_by(OutsideContest.id)
        .order_by(OutsideContest.ends_on.desc(), OutsideContest.id.desc())
    )
    return [(contest, count) for contest, count in session.execute(query)]


def has_taken_part(member_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether the member of a row took part in a contest elsewhere that desks show."""
    return (
        select(OutsideRecord.id)
        .join(OutsideContest, OutsideContest.id == OutsideRecord.contest_id)
        .where(_CONFIRMED, OutsideContest.hidden_at.is_(None), OutsideRecord.member_id == member_id)
        .exists()
    )


def waiting_for(r: Reading) -> int:
    """How many declarations wait for the acting secretary."""
    return (
        r.session.scalar(
            select(func.count())
            .select_from(OutsideRecord)
            .where(
                OutsideRecord.state == State.DECLARED.value,
                OutsideRecord.unit_id.in_(r.actor.units_as(Role.SECRETARY)),
                OutsideRecord.member_id.is_distinct_from(r.actor.member_id),
            )
        )
        or 0
    )


def last_applied(r: Reading, contest_id: int) -> OutsideImport | None:
    """The list that the actor recorded last."""
    return r.session.scalars(
        select(OutsideImport)
        .where(
            OutsideImport.contest_id == contest_id,
            OutsideImport.sent_by == r.actor.member_id,
            OutsideImport.applied_at.is_not(None),
        )
        .order_by(OutsideImport.applied_at.desc(), OutsideImport.id.desc())
        .limit(1)
    ).one_or_none()


def _records(desk: Desk, state: State | None) -> Select[OutsideRecord, str, str]:
    query = (
        select(OutsideRecord, Member.full_name, Unit.name)
        .join(Member, Member.id == OutsideRecord.member_id)
        .join(Unit, Unit.id == OutsideRecord.unit_id)
        .where(OutsideRecord.contest_id == desk.contest.id, OutsideRecord.unit_id.in_(desk.scope))
        .order_by(case((OutsideRecord.state == State.DECLARED.value, 0), else_=1), Member.sort_key, Member.id)
    )
    return query if state is None else query.where(OutsideRecord.state == state.value)


def _counts(session: Session, desk: Desk, query: Select[int, int], unit: InstrumentedAttribute[int]) -> dict[int, int]:
    rows = session.execute(query.where(unit.in_(desk.scope)).group_by(unit))
    return {row[0]: row[1] for row in rows}


def _concerns_one_of(scope: Select[int]) -> ColumnElement[bool]:
    """The contests of these units and of the units above them."""
    return OutsideContest.unit_id.in_(select(UnitAncestor.ancestor_id).where(UnitAncestor.unit_id.in_(scope)))
