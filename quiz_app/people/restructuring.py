"""Moving, merging and closing units: what becomes of their people, and what rounds and contests forbid.

People of a merged unit go to the other one at once. What was done stays where it was done: attempts, results and the
rosters of published rounds keep the unit, which stays in the tree, closed. Each round counts in the tree as it stood
when it was published (units.queries.tree_at), so no turnout of it moves with a unit.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, insert, or_, select, update
from sqlalchemy.orm import Session, joinedload

from quiz_app.contests import queries as contests
from quiz_app.contests.models import Contest, RosterEntry, Round, RoundNotice
from quiz_app.feedback.models import UnitChange, UnitChangeState
from quiz_app.kernel.access import Role
from quiz_app.kernel.work import Work
from quiz_app.members import history
from quiz_app.members import services as members
from quiz_app.members.models import (
    Member,
    MemberChange,
    MemberField,
    Registration,
    RegistrationState,
    RoleGrant,
)
from quiz_app.people import labels, queries
from quiz_app.people.errors import RoundWouldBeLost, UnitHoldsContest
from quiz_app.units import queries as units
from quiz_app.units import tree
from quiz_app.units.errors import UnitBelowItself, UnitNotEmpty
from quiz_app.units.models import Unit


@dataclass(frozen=True, slots=True)
class Merged:
    """What went to the other unit."""

    members: int
    units: int


def move_unit(w: Work, unit_id: int, parent_id: int, *, reason: str, seen_parent_id: int | None = None) -> Unit:
    """Put a unit and all below it under another one.

    The actor is organiser of where it stands and of where it goes. Raises what `units.tree.move` raises, Missing,
    TopUnit, RoundWouldBeLost.
    """
    unit = tree.changeable(w, unit_id)
    parent = units.covered_unit(w.session, w.actor, parent_id, Role.ORGANISER)
    _judge_rounds(w.session, unit, above_after=set(units.path_ids(w.session, parent.id)), is_kept=True)
    tree.move(w, unit, parent, reason=reason, seen_parent_id=seen_parent_id)
    return unit


def merge_unit(w: Work, unit_id: int, target_id: int, *, reason: str, ends_roles: bool = True) -> Merged:
    """Bring all people of a unit, and the units below it, to another one, and close it.

    Who waits to be admitted to it waits there. With `ends_roles` the roles held on it end.
    Raises Missing, TopUnit, UnitClosed, UnitBelowItself, RoundWouldBeLost, UnitHoldsContest, LastOperator, BadInput.
    """
    unit = tree.changeable(w, unit_id)
    target = units.covered_unit(w.session, w.actor, target_id, Role.ORGANISER)
    tree.hold_open(w, target.id)
    tree.reason_given(reason)
    if unit.id in units.path_ids(w.session, target.id):
        raise UnitBelowItself(name=unit.name)
    _judge_contests(w.session, unit)
    _judge_rounds(w.session, unit, above_after=set(units.path_ids(w.session, target.id)), is_kept=False)
    below = units.children(w.session, unit.id)
    for child in below:
        tree.move(w, child, target, reason=reason)
    moved = w.session.scalars(
        update(Member)
        .where(Member.unit_id == unit.id, Member.merged_into_id.is_(None))
        .values(unit_id=target.id)
        .returning(Member.id)
    ).all()
    if moved:
        rows = [history.row(w, one, MemberField.UNIT, (unit.id, target.id), reason) for one in moved]
        w.session.execute(insert(MemberChange), rows)
    if ends_roles:
        _end_roles(w, unit.id)
    _answer_requests(w, unit, labels.MERGED_INTO.format(unit=unit.name, target=target.name))
    w.session.execute(
        update(Registration)
        .where(Registration.unit_id == unit.id, Registration.state == RegistrationState.WAITING.value)
        .values(unit_id=target.id)
    )
    tree.close(w, unit, reason=reason, target=target, members=len(moved), units=len(below))
    return Merged(len(moved), len(below))


def close_unit(w: Work, unit_id: int, *, reason: str) -> Unit:
    """Close a unit in which nobody is left; the roles held on it end.

    Raises Missing, TopUnit, UnitClosed, UnitNotEmpty, UnitHoldsContest, LastOperator, BadInput.
    """
    unit = tree.changeable(w, unit_id)
    below = len(units.children(w.session, unit.id))
    people = queries.people_count(w.session, unit.id)
    if below or people:
        raise UnitNotEmpty(name=unit.name, members=people, units=below)
    _judge_contests(w.session, unit)
    tree.close(w, unit, reason=reason)
    _answer_requests(w, unit, labels.CLOSED.format(unit=unit.name))
    _end_roles(w, unit.id)
    return unit


def reopen_unit(w: Work, unit_id: int, *, reason: str) -> Unit:
    """Open a closed unit again. Raises Missing, TopUnit, UnitClosed for the one above, BadInput."""
    unit = tree.changeable(w, unit_id)
    tree.reopen(w, unit, reason=reason)
    return unit


def _judge_contests(session: Session, unit: Unit) -> None:
    """A contest needs its unit until its last round is final."""
    row = session.execute(
        select(Contest.title, Round.title)
        .join(Round, Round.contest_id == Contest.id)
        .where(Contest.unit_id == unit.id, Contest.is_rehearsal.is_(False), Round.finalised_at.is_(None))
        .order_by(Round.id)
        .limit(1)
    ).one_or_none()
    if row is not None:
        raise UnitHoldsContest(unit=unit.name, contest=row[0], round=row[1])


def _judge_rounds(session: Session, unit: Unit, *, above_after: set[int], is_kept: bool) -> None:
    """Nobody loses a round that he is on the roster of: what invites him now, or gives him longer, must still do so.

    `above_after` are the units that will stand above; where the unit is not kept it invites nobody any more either.
    """
    stays = above_after | ({unit.id} if is_kept else set())
    lost = set(units.path_ids(session, unit.id)) - stays
    if not lost:
        return
    whose = units.subtree_ids(unit.id)
    on_roster = select(RosterEntry.member_id).where(RosterEntry.round_id == Round.id, RosterEntry.unit_id.in_(whose))
    rounds = session.scalars(
        select(Round)
        .join(Contest, Contest.id == Round.contest_id)
        .options(joinedload(Round.contest))
        .where(_is_unfinished(), on_roster.exists())
        .order_by(Round.opens_at, Round.id)
    ).all()
    for round_ in rounds:
        longer = select(RoundNotice.unit_id).where(
            RoundNotice.round_id == round_.id, RoundNotice.extension_s.is_not(None), RoundNotice.unit_id.in_(lost)
        )
        invites = contests.entry_unit_ids(session, round_)
        is_out = round_.contest.unit_id in lost or bool(invites & lost and invites.isdisjoint(stays))
        if is_out or session.scalar(longer.limit(1)) is not None:
            raise RoundWouldBeLost(round=round_.title, unit=unit.name)


def _is_unfinished() -> ColumnElement[bool]:
    return Round.published_at.is_not(None) & Round.finalised_at.is_(None) & Contest.is_rehearsal.is_(False)


def _answer_requests(w: Work, unit: Unit, words: str) -> None:
    """Whoever asked to leave the unit or to come into it is told, and may ask anew."""
    w.session.execute(
        update(UnitChange)
        .where(
            UnitChange.state == UnitChangeState.ASKED.value,
            or_(UnitChange.from_unit_id == unit.id, UnitChange.to_unit_id == unit.id),
        )
        .values(state=UnitChangeState.DECLINED.value, note=words, decided_at=w.now, decided_by=w.actor.member_id)
    )


def _end_roles(w: Work, unit_id: int) -> None:
    held = select(RoleGrant).where(RoleGrant.unit_id == unit_id, RoleGrant.revoked_at.is_(None))
    with members.keeping_an_operator(w):
        for grant in w.session.scalars(held).all():
            members.end_role(w, grant)
