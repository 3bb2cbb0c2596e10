"""A member's place on the rosters, changed by hand: how he stands, what he is, where he belongs. Each change is kept.

Rosters of published rounds are snapshots and stay as they are; the next round is published with what holds then.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Select, select

from quiz_app.kernel.access import Actor, Role
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Work
from quiz_app.members import history
from quiz_app.members import services as members
from quiz_app.members.models import Category, Member, MemberField, Standing
from quiz_app.members.queries import GONE
from quiz_app.people import policy
from quiz_app.people.errors import MemberChangedMeanwhile, NothingChanged, OwnRecord
from quiz_app.people.policy import Action
from quiz_app.units import queries as units
from quiz_app.units.tree import reason_given


def change_standing(w: Work, member_id: int, standing: Standing, *, seen: str, reason: str) -> Member:
    """Say how a member stands from now on; whoever has gone is signed out everywhere. `seen` is what the page showed.

    Raises Missing, OwnRecord, MemberChangedMeanwhile, NothingChanged, LastOperator, BadInput.
    """
    member = _held(w, member_id, policy.kept_members)
    words = _judged(member.full_name, member.standing, seen, standing.value, reason)
    with members.keeping_an_operator(w):
        member.standing = standing.value
    if standing.value in GONE:
        members.end_member_sessions(w, member.id)
    history.note(w, member.id, MemberField.STANDING, (seen, standing.value), words)
    w.record(Action.STANDING_CHANGED, f"member:{member.id}", before=seen, after=standing.value, reason=words)
    return member


def change_category(w: Work, member_id: int, category: Category, *, seen: str, reason: str) -> Member:
    """Say what a member is from now on. `seen` is what the page showed.

    Raises Missing, OwnRecord, MemberChangedMeanwhile, NothingChanged, BadInput.
    """
    member = _held(w, member_id, policy.arranged_members)
    words = _judged(member.full_name, member.category, seen, category.value, reason)
    member.category = category.value
    history.note(w, member.id, MemberField.CATEGORY, (seen, category.value), words)
    w.record(Action.CATEGORY_CHANGED, f"member:{member.id}", before=seen, after=category.value, reason=words)
    return member


def change_unit(w: Work, member_id: int, to_unit_id: int, *, seen: int, reason: str) -> Member:
    """Put a member on another unit's roster. What he has done, and rosters of published rounds, stay where they were.

    Raises Missing, OwnRecord, MemberChangedMeanwhile, NothingChanged, UnitClosed, BadInput.
    """
    member = _held(w, member_id, policy.arranged_members)
    units.covered_unit(w.session, w.actor, to_unit_id, Role.ORGANISER)
    words = _judged(member.full_name, str(member.unit_id), str(seen), str(to_unit_id), reason)
    if not members.move_member(w, member.id, from_unit_id=seen, to_unit_id=to_unit_id, reason=words):
        raise MemberChangedMeanwhile(name=member.full_name)
    return member


def _held(w: Work, member_id: int, allowed: Callable[[Actor], Select[int]]) -> Member:
    """The member, held until this work ends, so that of two changes the second sees the first."""
    query = select(Member).where(Member.id == member_id, Member.id.in_(allowed(w.actor)))
    member = w.session.scalars(query.with_for_update(of=Member).execution_options(populate_existing=True)).one_or_none()
    if member is None:
        raise Missing
    if member.id == w.actor.member_id:
        raise OwnRecord
    return member


def _judged(name: str, kept: str, seen: str, wanted: str, reason: str) -> str:
    if kept != seen:
        raise MemberChangedMeanwhile(name=name)
    if kept == wanted:
        raise NothingChanged
    return reason_given(reason)
