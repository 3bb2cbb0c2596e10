"""What the page of an attempt that has ended shows: the attempt and all that hangs on it, by one statement."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.orm import Session, aliased

from quiz_app.attempts import plain, policy
from quiz_app.attempts.models import Attempt, AttemptState, CorrectionChange, LateArrival, Response, Result
from quiz_app.attempts.plain import PlainAttempt
from quiz_app.contests import plain as plain_rounds
from quiz_app.contests.models import BlueprintCell, Contest, Exclusion, Round
from quiz_app.contests.plain import PlainRound
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.prepared import Prepared
from quiz_app.kernel.work import Reading


class Counted(NamedTuple):
    """A member's result in a round: the attempt that counts, and its points."""

    attempt_id: int
    score: int
    max_score: int
    is_ranked: bool


class Outcome(NamedTuple):
    """The actor's own attempt and round, the length of its papers, and what counts for him there.

    `is_excluded`: the organisers leave him out of the ranking. `begun` are all his attempts in the round, `taken` those
    of them that were not annulled. `is_late`: something of this one came too late; `is_corrected`: a correction looked
    at it.
    """

    attempt: PlainAttempt
    round: PlainRound
    length: int
    counted: Counted | None
    is_excluded: bool
    begun: int
    taken: int
    is_late: bool
    is_corrected: bool

    @property
    def may_begin_another(self) -> bool:
        """Whether the round's number of attempts leaves him one; who has none left need not be asked about more."""
        return self.round.attempts_allowed is None or self.taken < self.round.attempts_allowed


class Marked(NamedTuple):
    """A place of a paper, what was put there, and whether that is right (None: struck from scoring)."""

    position: int
    item_version_id: int
    chosen: str | None
    is_right: bool | None


_other = aliased(Attempt)
_others = select(func.count()).where(_other.member_id == Attempt.member_id, _other.round_id == Attempt.round_id)
_OUTCOME = Prepared(
    select(
        *plain.COLUMNS,
        *plain_rounds.COLUMNS,
        Result.attempt_id,
        Result.score,
        Result.max_score,
        Result.is_ranked,
        select(func.sum(BlueprintCell.count))
        .where(BlueprintCell.round_id == Attempt.round_id)
        .scalar_subquery()
        .label("length"),
        exists()
        .where(Exclusion.contest_id == Round.contest_id, Exclusion.member_id == Attempt.member_id)
        .label("is_excluded"),
        _others.scalar_subquery().label("begun"),
        _others.where(_other.state != AttemptState.ANNULLED.value).scalar_subquery().label("taken"),
        exists().where(LateArrival.attempt_id == Attempt.id).label("is_late"),
        exists().where(CorrectionChange.attempt_id == Attempt.id).label("is_corrected"),
    )
    .join_from(Attempt, Round, Round.id == Attempt.round_id)
    .join(Contest, Contest.id == Round.contest_id)
    .outerjoin(Result, (Result.round_id == Attempt.round_id) & (Result.member_id == Attempt.member_id))
    .where(Attempt.id == bindparam("attempt"), policy.owned(bindparam("member")))
)
_MARKS = Prepared(
    select(*(getattr(Response, name) for name in Marked._fields))
    .where(Response.attempt_id == bindparam("attempt"))
    .order_by(Response.position)
)


def outcome(r: Reading, attempt_id: int) -> Outcome:
    """What there is to tell of the actor's own attempt. Raises Missing for anybody else's."""
    r.session.flush()
    rows = _OUTCOME.rows(r.session, {"attempt": attempt_id, "member": r.actor.member_id})
    if not rows:
        raise Missing
    [row] = rows
    return Outcome(
        attempt=plain.attempt_of(row),
        round=plain_rounds.round_of(row[len(plain.COLUMNS) :]),
        length=int(row.length or 0),
        counted=_counted(row),
        is_excluded=bool(row.is_excluded),
        begun=row.begun,
        taken=row.taken,
        is_late=bool(row.is_late),
        is_corrected=bool(row.is_corrected),
    )


def marks(session: Session, attempt_id: int) -> list[Marked]:
    """The places of a paper in their order, with what was put there and what became of it."""
    session.flush()
    return [Marked._make(row) for row in _MARKS.rows(session, {"attempt": attempt_id})]


def _counted(row: Any) -> Counted | None:
    if row.attempt_id is None:
        return None
    return Counted(row.attempt_id, row.score, row.max_score, bool(row.is_ranked))
