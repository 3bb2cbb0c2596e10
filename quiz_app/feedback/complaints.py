"""Complaints about a result or about one item of one's own paper: sent, taken back, decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from quiz_app.attempts import corrected
from quiz_app.attempts import queries as attempts
from quiz_app.attempts.models import Attempt, AttemptState, Response
from quiz_app.contests import policy as contests_policy
from quiz_app.contests.models import Contest, Round
from quiz_app.contests.timing import longest_timing
from quiz_app.feedback import labels, policy
from quiz_app.feedback.errors import (
    AlreadyComplained,
    ComplaintsClosed,
    ComplaintSettled,
    OwnComplaint,
    TooManyComplaints,
    TooManyToday,
)
from quiz_app.feedback.models import Complaint, ComplaintState
from quiz_app.feedback.policy import Action
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.work import Reading, Work
from quiz_app.members.models import Member
from quiz_app.rules.timing import closes_finally_at
from quiz_app.units.models import Unit

MOST_OPEN = 10
MOST_A_DAY = 20  # taken back ones included: nobody fills the log by sending and withdrawing
A_DAY = timedelta(days=1)
LONGEST_TEXT = 2000


class Bar(StrEnum):
    """Why no complaint about an attempt is taken."""

    UNFINISHED = "unfinished"
    REHEARSAL = "rehearsal"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Sent:
    """A complaint with what it is about."""

    complaint: Complaint
    attempt: Attempt
    round: Round


@dataclass(frozen=True, slots=True)
class Received:
    """A complaint as organisers list it."""

    complaint: Complaint
    attempt_number: int
    member: Member
    unit: Unit


@dataclass(frozen=True, slots=True)
class Filter:
    """What an organiser wants to see of a round's complaints; None: whatever."""

    state: ComplaintState | None = None
    is_about_item: bool | None = None


def taken_until(round_: Round, changed_at: datetime | None = None) -> datetime:
    """Until when complaints are taken: so many days after the round has closed for everybody, and again after its
    results were made final, which may be when people first see them, or the attempt in question was put right.
    """
    begins = [closes_finally_at(longest_timing(round_)), round_.finalised_at, changed_at]
    return max(one for one in begins if one is not None) + timedelta(days=round_.complaint_days)


def taken_until_about(session: Session, attempt: Attempt, round_: Round) -> datetime:
    """Until when complaints about one attempt are taken."""
    changes = corrected.told(session, attempt)
    return taken_until(round_, changes[0].at if changes else None)


def bar(session: Session, attempt: Attempt, round_: Round, now: datetime) -> Bar | None:
    """Why no complaint about an attempt is taken at `now`; None where one is."""
    if round_.contest.is_rehearsal:
        return Bar.REHEARSAL
    if attempt.state == AttemptState.OPEN.value:
        return Bar.UNFINISHED
    return Bar.OVER if now >= taken_until_about(session, attempt, round_) else None


def complain(w: Work, attempt_id: int, *, position: int | None, text: str) -> Complaint:
    """Complain about the actor's own attempt, or about the item at one place of its paper.

    The round is held while it is made final, so that neither overlooks the other; the member's row is held so that of
    two complaints at once one is the first.
    Raises Missing, ComplaintsClosed, AlreadyComplained, TooManyComplaints, TooManyToday, BadInput.
    """
    attempt, round_ = _held(w, attempt_id)
    barred = bar(w.session, attempt, round_, w.now)
    if barred is not None:
        raise ComplaintsClosed(labels.BARS[barred])
    if not text.strip():
        raise BadInput({"text": [labels.NO_TEXT]})
    if len(text.strip()) > LONGEST_TEXT:
        raise BadInput({"text": [labels.LONG_TEXT.format(most=LONGEST_TEXT)]})
    if position is not None and w.session.get(Response, (attempt.id, position)) is None:
        raise BadInput({"position": [labels.NO_SUCH_PLACE]})
    is_open = (Complaint.member_id == w.actor.member) & (Complaint.state == ComplaintState.OPEN.value)
    same = (Complaint.attempt_id == attempt.id) & Complaint.position.is_not_distinct_from(position)
    if w.session.scalar(select(Complaint.id).where(is_open, same).limit(1)) is not None:
        raise AlreadyComplained
    if (w.session.scalar(select(func.count()).select_from(Complaint).where(is_open)) or 0) >= MOST_OPEN:
        raise TooManyComplaints(most=MOST_OPEN)
    lately = (Complaint.member_id == w.actor.member) & (Complaint.created_at > w.now - A_DAY)
    if (w.session.scalar(select(func.count()).select_from(Complaint).where(lately)) or 0) >= MOST_A_DAY:
        raise TooManyToday(most=MOST_A_DAY)
    complaint = Complaint(
        round_id=round_.id,
        member_id=w.actor.member,
        attempt_id=attempt.id,
        position=position,
        text=text.strip(),
        state=ComplaintState.OPEN.value,
        created_at=w.now,
    )
    w.session.add(complaint)
    w.session.flush()
    w.record(
        Action.COMPLAINT_SENT,
        f"complaint:{complaint.id}",
        round_id=round_.id,
        attempt_id=attempt.id,
        position=position,
    )
    return complaint


def withdraw(w: Work, complaint_id: int) -> None:
    """Take back the actor's own complaint before it is decided. Raises Missing, ComplaintSettled."""
    complaint = w.session.scalars(
        select(Complaint).where(Complaint.id == complaint_id, policy.written(w.actor)).with_for_update()
    ).one_or_none()
    if complaint is None:
        raise Missing
    _settle(w, complaint, ComplaintState.WITHDRAWN)
    w.record(Action.COMPLAINT_WITHDRAWN, f"complaint:{complaint.id}", round_id=complaint.round_id)


def decide(w: Work, complaint_id: int, *, is_upheld: bool, answer: str) -> Complaint:
    """Uphold or decline a complaint with an answer to its sender. Raises Missing, OwnComplaint, ComplaintSettled,
    BadInput.
    """
    complaint = managed(w, complaint_id, is_held=True)
    if policy.wrote(w.actor, complaint):
        raise OwnComplaint
    if not answer.strip():
        raise BadInput({"answer": [labels.NO_ANSWER]})
    if len(answer.strip()) > LONGEST_TEXT:
        raise BadInput({"answer": [labels.LONG_TEXT.format(most=LONGEST_TEXT)]})
    _settle(w, complaint, ComplaintState.UPHELD if is_upheld else ComplaintState.DECLINED)
    complaint.answer = answer.strip()
    w.record(
        Action.COMPLAINT_DECIDED,
        f"complaint:{complaint.id}",
        round_id=complaint.round_id,
        is_upheld=is_upheld,
        answer=complaint.answer,
    )
    return complaint


def managed(r: Reading, complaint_id: int, *, is_held: bool = False) -> Complaint:
    """A complaint in a contest that the actor runs, with `is_held` locked. Raises Missing."""
    query = (
        select(Complaint)
        .join(Round, Round.id == Complaint.round_id)
        .join(Contest, Contest.id == Round.contest_id)
        .where(Complaint.id == complaint_id, contests_policy.managed(r.actor))
    )
    if is_held:
        query = query.with_for_update(of=Complaint).execution_options(populate_existing=True)
    found = r.session.scalars(query).one_or_none()
    if found is None:
        raise Missing
    return found


def own(r: Reading) -> list[Sent]:
    """The actor's complaints with what they are about, the latest first."""
    rows = r.session.execute(
        select(Complaint, Attempt, Round)
        .join(Attempt, Attempt.id == Complaint.attempt_id)
        .join(Round, Round.id == Complaint.round_id)
        .options(joinedload(Round.contest))
        .where(policy.written(r.actor))
        .order_by(Complaint.created_at.desc(), Complaint.id.desc())
    )
    return [Sent(complaint, attempt, round_) for complaint, attempt, round_ in rows]


def of_attempt(r: Reading, attempt_id: int) -> list[Complaint]:
    """The actor's complaints about one attempt, the latest first."""
    query = select(Complaint).where(Complaint.attempt_id == attempt_id, policy.written(r.actor))
    return list(r.session.scalars(query.order_by(Complaint.created_at.desc(), Complaint.id.desc())))


def received(session: Session, round_id: int, asked: Filter, *, limit: int, offset: int = 0) -> list[Received]:
    """The complaints of a round, the open ones first and of them the oldest, then what was settled last."""
    is_settled = Complaint.state != ComplaintState.OPEN.value
    rows = session.execute(
        select(Complaint, Attempt.number, Member, Unit)
        .join(Attempt, Attempt.id == Complaint.attempt_id)
        .join(Member, Member.id == Complaint.member_id)
        .join(Unit, Unit.id == Attempt.unit_id)
        .where(*_asked(round_id, asked))
        .order_by(is_settled, Complaint.decided_at.desc(), Complaint.created_at, Complaint.id)
        .limit(limit)
        .offset(offset)
    )
    return [Received(complaint, number, member, unit) for complaint, number, member, unit in rows]


def count(session: Session, round_id: int, asked: Filter) -> int:
    return session.scalar(select(func.count(Complaint.id)).where(*_asked(round_id, asked))) or 0


def open_count(session: Session, round_id: int) -> int:
    """How many complaints of a round wait for a decision: none may where its results become final."""
    return count(session, round_id, Filter(ComplaintState.OPEN))


def waiting(r: Reading) -> list[tuple[Round, int]]:
    """The rounds that the actor runs in which complaints wait for a decision, and how many, the oldest round first."""
    waits = (
        select(Complaint.round_id, func.count().label("count"))
        .where(Complaint.state == ComplaintState.OPEN.value)
        .group_by(Complaint.round_id)
        .subquery()
    )
    rows = r.session.execute(
        select(Round, waits.c.count)
        .join(waits, waits.c.round_id == Round.id)
        .join(Contest, Contest.id == Round.contest_id)
        .where(contests_policy.managed(r.actor))
        .order_by(Round.closes_at, Round.id)
    )
    return [(round_, count) for round_, count in rows]


def _asked(round_id: int, asked: Filter) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [Complaint.round_id == round_id]
    if asked.state is not None:
        wanted.append(Complaint.state == asked.state.value)
    if asked.is_about_item is not None:
        wanted.append(Complaint.position.is_not(None) if asked.is_about_item else Complaint.position.is_(None))
    return wanted


def _held(w: Work, attempt_id: int) -> tuple[Attempt, Round]:
    """The actor's own attempt; its round and his own row are held. Raises Missing."""
    attempt, round_ = attempts.own_attempt(w, attempt_id)
    w.session.execute(
        select(Round.id).where(Round.id == round_.id).with_for_update(read=True, key_share=True, of=Round)
    )
    w.session.refresh(round_)
    w.session.execute(select(Member.id).where(Member.id == w.actor.member).with_for_update(key_share=True))
    w.session.refresh(attempt)
    return attempt, round_


def _settle(w: Work, complaint: Complaint, state: ComplaintState) -> None:
    if complaint.state != ComplaintState.OPEN.value:
        raise ComplaintSettled
    complaint.state = state.value
    complaint.decided_at = w.now
    complaint.decided_by = w.actor.member_id
