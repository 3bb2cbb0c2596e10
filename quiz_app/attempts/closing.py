"""The end of an attempt: by its member, or by the deadline when nobody is there. One end, one score, one result."""

from __future__ import annotations

import logging
import secrets
from datetime import datetime

from sqlalchemy import case, delete, func, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from quiz_app.attempts import freezing, marking, phase
from quiz_app.attempts.errors import AttemptClosing, TakenOver
from quiz_app.attempts.models import Attempt, AttemptState, EndedBy, Response, Result
from quiz_app.attempts.policy import Action
from quiz_app.contests import queries as contests
from quiz_app.contests.models import Round
from quiz_app.kernel import clock
from quiz_app.kernel.db import Database, table_of
from quiz_app.kernel.work import Work, working
from quiz_app.members.models import RoleGrant
from quiz_app.rules import prediction, standing
from quiz_app.rules.eligibility import is_ranked
from quiz_app.rules.lifecycle import AttemptEvent
from quiz_app.rules.standing import CountedAttempt, Criterion, Merit
from quiz_app.rules.timing import duration_ms, finalisable_at

log = logging.getLogger(__name__)

SWEEP_BATCH = 500
RECEIPT_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that looks like another when read out or written down
RECEIPT_LENGTH = 12


def close_if_due(w: Work, attempt_id: int) -> bool:
    """Close an attempt whose time ran out, with what was saved; whether this call closed it.

    Never before the deadline, the grace and the time for saves in flight have passed, nor, whoever asks, while this
    machine's clock is in doubt.
    """
    if clock.is_doubted(w.session):
        return False
    return finish(w, attempt_id, ended_by=EndedBy.DEADLINE)


def close_overdue(db: Database) -> int:
    """Close every attempt whose time ran out, each in a transaction of its own; how many were closed.

    One that cannot be closed stops nobody, however many there are, and is tried again the next time. On SQLite nothing
    is closed while the machine's clock is in doubt: a wrong clock must not take time from anybody.
    """
    closed = 0
    behind: tuple[datetime, int] | None = None
    while due := _due(db, behind):
        closed += sum(_close_safely(db, attempt_id) for _, attempt_id in due)
        behind = due[-1]
    return closed


def waiting_since(session: Session, instant: datetime) -> int:
    """How many open attempts accept nothing since `instant` or longer: what the closing has not got done."""
    query = select(func.count()).where(Attempt.state == AttemptState.OPEN.value, Attempt.accepts_until_at <= instant)
    return session.scalar(query) or 0


def _due(db: Database, behind: tuple[datetime, int] | None) -> list[tuple[datetime, int]]:
    """The next attempts to be closed, the oldest first: until when each accepted something, and its id."""
    with working(db) as w:
        if db.is_sqlite and not clock.is_steady(w.session, clock.ticks(db.clock_offset)):
            log.error("the clock was stepped; automatic closing rests until it is accepted (flask clock accept)")
            return []
        now = w.now
        query = select(Attempt.accepts_until_at, Attempt.id).where(
            Attempt.state == AttemptState.OPEN.value, Attempt.accepts_until_at <= now - (finalisable_at(now) - now)
        )
        if behind is not None:
            query = query.where(tuple_(Attempt.accepts_until_at, Attempt.id) > behind)
        rows = w.session.execute(query.order_by(Attempt.accepts_until_at, Attempt.id).limit(SWEEP_BATCH))
        return [(row.accepts_until_at, row.id) for row in rows]


def _close_safely(db: Database, attempt_id: int) -> bool:
    try:
        with working(db) as w:
            return close_if_due(w, attempt_id)
    except Exception:  # whatever is wrong with one attempt, the others are closed all the same
        log.exception("attempt %s could not be closed and will be tried again", attempt_id)
        return False


def finish(
    w: Work, attempt_id: int, *, ended_by: EndedBy, epoch: int | None = None, arrived_at: datetime | None = None
) -> bool:
    """Score an open attempt and write its result, all in this transaction; False when it was finished already.

    The attempt's row is locked first, so that saves in flight are counted and none comes after. `epoch` is that of the
    window which submits: raises TakenOver when another has taken over, AttemptClosing when the time ran out meanwhile.
    """
    # The round before its attempts, as whoever grants time or strikes from the ranking holds them: the result's foreign
    # key would otherwise ask for the round last, and two who wait for each other both fail.
    round_ = w.session.scalars(
        select(Round)
        .join(Attempt, Attempt.round_id == Round.id)
        .where(Attempt.id == attempt_id)
        .with_for_update(read=True, key_share=True, of=Round)
        .execution_options(populate_existing=True)
    ).one()
    attempt = w.session.scalars(
        select(Attempt).where(Attempt.id == attempt_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    event = AttemptEvent.SUBMIT if ended_by is EndedBy.MEMBER else AttemptEvent.CLOSE
    if not phase.allows(attempt, event, w.now):  # ended already, or given more time while this waited for the lock
        return False
    if epoch is not None and attempt.epoch != epoch:
        raise TakenOver
    if ended_by is EndedBy.MEMBER and w.now >= attempt.accepts_until_at:
        raise AttemptClosing
    # What arrives within the grace ended at the deadline: the network's allowance gains and costs nobody a place.
    arrived_at = w.now if arrived_at is None else min(max(arrived_at, _last_kept_at(w.session, attempt)), w.now)
    ended_at = min(arrived_at, attempt.deadline_at) if ended_by is EndedBy.MEMBER else attempt.deadline_at
    end(w, attempt, ended_by=ended_by, ended_at=ended_at)
    write_result(w.session, round_, attempt.member_id, w.now)
    return True


def end(w: Work, attempt: Attempt, *, ended_by: EndedBy, ended_at: datetime) -> None:
    """Score an open attempt, whose row is held, and store its end. Its result is the caller's to write."""
    paper = marking.paper(w.session, attempt.id)
    score = marking.mark(w.session, paper, marking.in_force(w.session, attempt.round_id))
    attempt.state = AttemptState.SUBMITTED.value
    attempt.ended_at = ended_at
    attempt.ended_by = ended_by.value
    attempt.score = score.points
    attempt.max_score = score.max_points
    attempt.right_count = score.right
    attempt.answered_count = marking.answered_count(paper)
    attempt.receipt_code = receipt_code()
    attempt.duration_ms = duration_ms(attempt.started_at, ended_at, attempt.deadline_at)
    w.session.flush()
    w.record(Action.ATTEMPT_FINALISED, f"attempt:{attempt.id}", ended_by=ended_by.value, score=score.points)


def _last_kept_at(session: Session, attempt: Attempt) -> datetime:
    """When the attempt's last answer was acknowledged: what came after that cannot have arrived before it."""
    saved_at = session.scalar(select(func.max(Response.saved_at)).where(Response.attempt_id == attempt.id))
    return max(attempt.started_at, saved_at or attempt.started_at, attempt.prediction_saved_at or attempt.started_at)


def receipt_code() -> str:
    """A new code by which a submission can be checked: 59 random bits, so nobody finds another's."""
    return "".join(secrets.choice(RECEIPT_ALPHABET) for _ in range(RECEIPT_LENGTH))


def write_result(session: Session, round_: Round, member_id: int, now: datetime) -> None:
    """Store which of a member's finished attempts counts in a round, with its rank key; nothing where none is left.

    What frozen boards show of him is kept.
    """
    freezing.keep_shown(session, round_, [member_id], now)
    finished = session.scalars(
        select(Attempt)
        .where(
            Attempt.member_id == member_id,
            Attempt.round_id == round_.id,
            Attempt.state == AttemptState.SUBMITTED.value,
        )
        .order_by(Attempt.number)
    ).all()
    if not finished:
        session.execute(delete(Result).where(Result.round_id == round_.id, Result.member_id == member_id))
        return
    roles = session.scalars(
        select(RoleGrant.role).where(RoleGrant.member_id == member_id, RoleGrant.revoked_at.is_(None))
    ).all()
    is_excluded = contests.is_excluded(session, round_.contest_id, member_id)
    values = result_values(round_, list(finished), list(roles), is_excluded=is_excluded)
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table_of(Result)).values({**values, "written_at": now})
    # Never back in time: a write that began before the freeze may come after one that began later.
    latest = case((Result.written_at > now, Result.written_at), else_=statement.excluded.written_at)
    statement = statement.on_conflict_do_update(
        index_elements=["round_id", "member_id"], set_={**values, "written_at": latest}
    )
    session.execute(statement)


def result_values(
    round_: Round, finished: list[Attempt], roles: list[str], *, is_excluded: bool = False
) -> dict[str, object]:
    """What the result of a member in a round must be, given his finished attempts and the roles he holds.

    An attempt that somebody started for him is ranked where the round says that such attempts count.
    """
    merits = [merit(attempt, round_.prediction_truth) for attempt in finished]
    index = standing.counted(CountedAttempt(round_.counted), merits)
    counted = finished[index]
    order = [Criterion(name) for name in round_.tie_breaks]
    k1, k2, k3, k4 = standing.rank_key(order, merits[index])
    return {
        "round_id": round_.id,
        "member_id": counted.member_id,
        "unit_id": counted.unit_id,
        "attempt_id": counted.id,
        "attempts": len(finished),
        "score": counted.score,
        "max_score": counted.max_score,
        "duration_ms": counted.duration_ms,
        "submitted_at": counted.ended_at,
        "prediction": counted.prediction,
        "is_ranked": is_ranked(roles, is_excluded) and (counted.assisted_by is None or round_.assisted_counts),
        "k1": k1,
        "k2": k2,
        "k3": k3,
        "k4": k4,
    }


def merit(attempt: Attempt, truth: int | None) -> Merit:
    """What a finished attempt is ranked by; `truth` is what its prediction was about, None until that is fixed."""
    if attempt.score is None or attempt.duration_ms is None or attempt.ended_at is None:
        raise ValueError(f"attempt {attempt.id} is not finished")
    error = None if truth is None else prediction.error(attempt.prediction, truth)
    return Merit(attempt.score, attempt.duration_ms, round(attempt.ended_at.timestamp() * 1000), error)
