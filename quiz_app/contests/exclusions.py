"""Persons whom the organisers leave out of a contest's ranking: they may practise, and are told so beforehand."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from quiz_app.contests import labels, locking, queries
from quiz_app.contests.errors import ChangeLocked
from quiz_app.contests.models import Contest, Exclusion, Round
from quiz_app.contests.policy import Action
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.work import Reading, Work
from quiz_app.members import queries as members
from quiz_app.members.models import Member
from quiz_app.rules.lifecycle import Change
from quiz_app.units import queries as units
from quiz_app.units.models import Unit

LONGEST_REASON = 400
NO_REASON = "Mời đồng chí ghi lý do; chỉ Ban tổ chức đọc được."


@dataclass(frozen=True, slots=True)
class Excluded:
    member: Member
    unit: Unit
    exclusion: Exclusion


def excluded(session: Session, contest_id: int) -> list[Excluded]:
    """Who is never ranked in a contest, in the order of a list of names."""
    rows = session.execute(
        select(Exclusion, Member, Unit)
        .join(Member, Member.id == Exclusion.member_id)
        .join(Unit, Unit.id == Member.unit_id)
        .where(Exclusion.contest_id == contest_id)
        .order_by(Member.sort_key, Member.id)
    )
    return [Excluded(member, unit, exclusion) for exclusion, member, unit in rows]


def exclude(w: Work, contest_id: int, member_id: int, reason: str) -> list[Round]:
    """Put a member on the list; the rounds whose results must follow, held. None are left where he stood on it.

    Raises Missing, ChangeLocked, BadInput.
    """
    contest, rounds = held_contest(w, contest_id)
    member = invited_member(w, contest, member_id)
    if not reason.strip():
        raise BadInput({"reason": [NO_REASON]})
    kept = w.session.get(Exclusion, (contest.id, member.id))
    if kept is not None:
        kept.reason = reason.strip()
        return []
    w.session.add(
        Exclusion(
            contest_id=contest.id,
            member_id=member.id,
            reason=reason.strip(),
            created_at=w.now,
            created_by=w.actor.member_id,
        )
    )
    w.session.flush()
    w.record(Action.EXCLUSION_ADDED, f"contest:{contest.id}", member_id=member.id, reason=reason.strip())
    return rounds


def readmit(w: Work, contest_id: int, member_id: int) -> list[Round]:
    """Take a member off the list; the rounds whose results must follow, held. Raises Missing, ChangeLocked."""
    contest, rounds = held_contest(w, contest_id)
    kept = w.session.get(Exclusion, (contest.id, member_id))
    if kept is None:
        return []
    w.session.delete(kept)
    w.session.flush()
    w.record(Action.EXCLUSION_REMOVED, f"contest:{contest.id}", member_id=member_id)
    return rounds


def held_contest(w: Work, contest_id: int) -> tuple[Contest, list[Round]]:
    """A contest that the actor runs, with those of its rounds whose ranking may still change; all are held.

    Submissions wait for it. What is final stays as it is. Raises Missing, and ChangeLocked where every round is final.
    """
    contest = queries.managed_contest(w, contest_id)
    w.session.refresh(contest, with_for_update=True)
    rounds = w.session.scalars(
        select(Round)
        .where(Round.contest_id == contest.id)
        .order_by(Round.id)
        .with_for_update(of=Round)
        .execution_options(populate_existing=True)
    ).all()
    locked = {round_.id: locking.locks(round_, w.now).get(Change.EXCLUDED) for round_ in rounds}
    free = [round_ for round_ in rounds if locked[round_.id] is None]
    if rounds and not free:
        reason = locked[rounds[-1].id]
        raise ChangeLocked(labels.CHANGES[Change.EXCLUDED], labels.LOCKS[reason] if reason else "")
    return contest, free


def invited_member(r: Reading, contest: Contest, member_id: int) -> Member:
    """A member of the units that a contest is held for. Raises Missing."""
    member = members.visible_member(r.session, r.actor, member_id)
    if contest.unit_id not in units.path_ids(r.session, member.unit_id):
        raise Missing
    return member
