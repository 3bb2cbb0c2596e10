"""What arrived too late: refused, but kept with its instant of arrival, so that a complaint can be answered."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from quiz_app.attempts import queries
from quiz_app.attempts.models import Attempt, EndedBy, LateArrival
from quiz_app.kernel.access import Actor
from quiz_app.kernel.db import Database
from quiz_app.kernel.prepared import Prepared
from quiz_app.kernel.work import Work, working
from quiz_app.members.models import Member
from quiz_app.units.models import Unit

log = logging.getLogger(__name__)

MOST_PER_ATTEMPT = 100
LONGEST_SENT = 40


class What(StrEnum):
    SAVE = "save"
    PREDICTION = "prediction"
    SUBMIT = "submit"


@dataclass(frozen=True, slots=True)
class Sent:
    """What a request carried: letters at a place, a prediction as typed, or nothing but the wish to submit."""

    what: What
    epoch: int
    position: int | None = None
    text: str = ""
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class LateRow:
    """A late arrival as organisers see it; `late_by` is counted from the deadline and negative before it."""

    full_name: str
    unit_name: str
    number: int
    what: What
    position: int | None
    sent: str
    deadline_at: datetime
    arrived_at: datetime

    @property
    def late_by(self) -> timedelta:
        return self.arrived_at - self.deadline_at


@dataclass(frozen=True, slots=True)
class OwnLate:
    """How much of a member's own attempt came too late, and when the last of it arrived."""

    count: int
    last_at: datetime


def keep(
    db: Database, actor: Actor, attempt_id: int, sent: Sent, *, now: datetime, arrived_at: datetime | None = None
) -> datetime | None:
    """Keep what has just been refused, in a transaction of its own; its instant of arrival, or None if not kept.

    `now` is the instant by which it was refused, `arrived_at` when the proxy received it. Kept is what its own member
    sent after the attempt's last accepted instant, unless he has submitted himself before the deadline; after the
    submission that his page makes at the deadline, answers are kept, since they may have been on their way. Never
    raises: whatever goes wrong here, the refusal stays what it is.
    """
    try:
        with working(db, actor=actor) as w:
            return _keep(w, attempt_id, sent, now, arrived_at)
    except Exception:  # evidence is worth less than the answer that the member waits for
        log.exception("a late arrival for attempt %s could not be kept", attempt_id)
        return None


def _keep(w: Work, attempt_id: int, sent: Sent, now: datetime, arrived_at: datetime | None) -> datetime | None:
    attempt, _ = queries.own_attempt(w, attempt_id)
    w.session.refresh(attempt, with_for_update=True)  # those that arrive at once are counted one after the other
    is_submitted = attempt.ended_by == EndedBy.MEMBER.value
    if not (_is_cut_off(attempt, sent) if is_submitted else now >= attempt.accepts_until_at):
        return None
    kept = w.session.scalar(select(func.count()).where(LateArrival.attempt_id == attempt_id)) or 0
    if kept >= MOST_PER_ATTEMPT:
        return None
    at = now if arrived_at is None else min(max(arrived_at, attempt.started_at), now)
    w.session.add(
        LateArrival(
            attempt_id=attempt_id,
            what=sent.what.value,
            position=sent.position,
            sent=sent.text[:LONGEST_SENT],
            revision=sent.revision,
            epoch=sent.epoch,
            arrived_at=at,
        )
    )
    return at


def _is_cut_off(attempt: Attempt, sent: Sent) -> bool:
    """Whether an answer may have been on its way when a submission at the deadline ended its attempt."""
    return sent.what is not What.SUBMIT and attempt.ended_at is not None and attempt.ended_at >= attempt.deadline_at


_OWN = Prepared(
    select(func.count().label("count"), func.max(LateArrival.arrived_at).label("last")).where(
        LateArrival.attempt_id == bindparam("attempt")
    )
)


def own(session: Session, attempt_id: int) -> OwnLate | None:
    """What of an attempt came too late; None where nothing did."""
    session.flush()
    [row] = _OWN.rows(session, {"attempt": attempt_id})
    return OwnLate(row.count, row.last) if row.count else None


def of_round(session: Session, round_id: int, *, limit: int, offset: int = 0) -> list[LateRow]:
    """The late arrivals of a round, the latest first."""
    rows = session.execute(
        select(
            Member.full_name,
            Unit.name.label("unit_name"),
            Attempt.number,
            LateArrival.what,
            LateArrival.position,
            LateArrival.sent,
            Attempt.deadline_at,
            LateArrival.arrived_at,
        )
        .join_from(LateArrival, Attempt, Attempt.id == LateArrival.attempt_id)
        .join(Member, Member.id == Attempt.member_id)
        .join(Unit, Unit.id == Attempt.unit_id)
        .where(Attempt.round_id == round_id)
        .order_by(LateArrival.arrived_at.desc(), LateArrival.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [
        LateRow(
            full_name=row.full_name,
            unit_name=row.unit_name,
            number=row.number,
            what=What(row.what),
            position=row.position,
            sent=row.sent,
            deadline_at=row.deadline_at,
            arrived_at=row.arrived_at,
        )
        for row in rows
    ]


def count(session: Session, round_id: int) -> int:
    query = select(func.count()).select_from(LateArrival).join(Attempt, Attempt.id == LateArrival.attempt_id)
    return session.scalar(query.where(Attempt.round_id == round_id)) or 0
