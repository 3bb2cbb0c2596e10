"""The end of an attempt: by its member, or by the deadline when nobody is there. One end, one score, one result."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, inspect, select, tuple_
from sqlalchemy.orm import Session

from quiz_app.attempts import ending, freezing, marking, phase
from quiz_app.attempts.errors import AttemptClosing, TakenOver
from quiz_app.attempts.models import Attempt, AttemptState, EndedBy, Result
from quiz_app.attempts.policy import Action
from quiz_app.contests import queries as contests
from quiz_app.contests.models import Round
from quiz_app.kernel import clock
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.prepared import rows_of, together
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
    w: Work,
    attempt_id: int,
    *,
    ended_by: EndedBy,
    member_id: int | None = None,
    epoch: int | None = None,
    arrived_at: datetime | None = None,
) -> bool:
    """Score an open attempt and write its result, all in this transaction; False when it was finished already.

    The attempt's row is locked before its paper is read: saves in flight are counted, and none comes after. `member_id`
    is whose it must be: raises Missing where it is another's or there is none. `epoch` is that of the window which
    submits: raises AttemptClosing when the time has run out, TakenOver when another window has taken over.
    """
    w.session.flush()
    held = {"attempt": attempt_id, "entrant": member_id}
    found, attempts, paper = rows_of(
        w.session, [(one, held) for one in (ending.ROUND_HELD, ending.ATTEMPT_HELD, ending.PAPER)]
    )
    if not attempts:
        raise Missing
    [round_], [attempt] = found, attempts
    _forget(w.session, attempt_id)
    event = AttemptEvent.SUBMIT if ended_by is EndedBy.MEMBER else AttemptEvent.CLOSE
    if not phase.allows(attempt, event, w.now):  # ended already, or given more time while this waited for the lock
        return False
    if ended_by is EndedBy.MEMBER and w.now >= attempt.accepts_until_at:
        raise AttemptClosing
    if epoch is not None and attempt.epoch != epoch:
        raise TakenOver
    # What arrives within the grace ended at the deadline: the network's allowance gains and costs nobody a place.
    arrived_at = w.now if arrived_at is None else min(max(arrived_at, _last_kept_at(attempt, paper)), w.now)
    ended_at = min(arrived_at, attempt.deadline_at) if ended_by is EndedBy.MEMBER else attempt.deadline_at
    known: marking.Corrections = {} if attempt.is_plain else marking.in_force(w.session, round_.id)
    marked = marking.marked(w.session, paper, known)
    if not attempt.is_plain:
        end(w, attempt, marked, ended_by=ended_by, ended_at=ended_at)
        write_result(w.session, round_, attempt.member_id, w.now)
        return True
    freezing.keep_shown(w.session, round_, [attempt.member_id], w.now)
    with together(w.session):
        ended = attempt._replace(**end(w, attempt, marked, ended_by=ended_by, ended_at=ended_at))
        _store(w.session, result_values(round_, [ended], []), w.now)
    return True


def end(
    w: Work, attempt: Any, marked: marking.Marked, *, ended_by: EndedBy, ended_at: datetime
) -> dict[str, datetime | int | str]:
    """Store the end of an open attempt, whose row is held, past the ORM: what its row says from now on.

    Its result is the caller's to write.
    """
    marking.store(w.session, attempt.id, marked)
    says: dict[str, datetime | int | str] = {
        "state": AttemptState.SUBMITTED.value,
        "ended_at": ended_at,
        "ended_by": ended_by.value,
        "score": marked.score.points,
        "max_score": marked.score.max_points,
        "right_count": marked.score.right,
        "answered_count": marked.answered,
        "receipt_code": receipt_code(),
        "duration_ms": duration_ms(attempt.started_at, ended_at, attempt.deadline_at),
    }
    ending.END.run(w.session, {"attempt": attempt.id, **{f"new_{name}": value for name, value in says.items()}})
    facts = {"ended_by": ended_by.value, "score": marked.score.points}
    w.record_at_once(Action.ATTEMPT_FINALISED, f"attempt:{attempt.id}", **facts)
    return says


def _forget(session: Session, attempt_id: int) -> None:
    """Let whoever has loaded this attempt before it was held read it anew."""
    known = session.identity_map.get(inspect(Attempt).identity_key_from_primary_key((attempt_id,)))
    if known is not None:
        session.expire(known)


def _last_kept_at(attempt: Any, paper: Sequence[Any]) -> datetime:
    """When the attempt's last answer was acknowledged: what came after that cannot have arrived before it."""
    kept = [place.saved_at for place in paper if place.saved_at is not None]
    latest: datetime = max([attempt.started_at, attempt.prediction_saved_at or attempt.started_at, *kept])
    return latest


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
    _store(session, values, now)


def _store(session: Session, values: dict[str, object], now: datetime) -> None:
    told = {f"new_{name}": value for name, value in {**values, "written_at": now}.items()}
    ending.STORE_RESULT[session.get_bind().dialect.name].run(session, told)


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
