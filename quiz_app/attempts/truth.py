"""What a prediction asked for: counted when nobody sits any more, fixed by the organisers, and then ranked by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from quiz_app.attempts import freezing, predicting, queries
from quiz_app.attempts.closing import result_values
from quiz_app.attempts.errors import NobodySat, SomebodySits
from quiz_app.attempts.models import Attempt, AttemptState, Response, Result
from quiz_app.attempts.policy import Action
from quiz_app.contests import locking
from quiz_app.contests.models import Round
from quiz_app.contests.policy import answers_end_at
from quiz_app.contests.services import held_round
from quiz_app.kernel.db import Database, table_of
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.jobs import Handler, Job, JobState, Progress, ask_again, enqueue
from quiz_app.kernel.work import Reading, Work, viewing, working
from quiz_app.rules import prediction
from quiz_app.rules.lifecycle import Change

KIND = "prediction-keys"
BATCH = 200


@dataclass(frozen=True, slots=True)
class Counted:
    """The figures of a round: people with a submitted attempt, those attempts, and people with every answer right."""

    people: int
    attempts: int
    all_right: int

    def truth(self, round_: Round) -> int | None:
        """What the round's question asked for; None for a percentage of nobody."""
        return prediction.truth(
            predicting.kind_of(round_),
            people=self.people,
            attempts=self.attempts,
            all_right=self.all_right,
            base=self.people,
            decimals=round_.prediction_decimals,
        )


def count(session: Session, round_: Round) -> Counted:
    """Count what a prediction may ask for. Annulled attempts are none.

    Somebody has all right where no place of his counted attempt is wrong; what is struck from scoring is not.
    """
    taken = select(func.count(Attempt.member_id.distinct()), func.count()).where(
        Attempt.round_id == round_.id, Attempt.state == AttemptState.SUBMITTED.value
    )
    people, attempts = session.execute(taken).one()
    is_wrong = select(Response.attempt_id).where(Response.attempt_id == Result.attempt_id, Response.is_right.is_(False))
    right = select(func.count()).select_from(Result).where(Result.round_id == round_.id, ~is_wrong.exists())
    return Counted(people, attempts, session.scalar(right) or 0)


def fix_truth(w: Work, round_id: int) -> Job:
    """Fix what the prediction of a round was about as it is counted now, and have its results ranked by it.

    Fixing what is fixed already changes nothing, and takes up again a ranking that failed. Raises Missing, ChangeLocked
    before the round has closed and after its results are final, SomebodySits, NobodySat.
    """
    round_ = held_round(w, round_id)
    if round_.prediction_kind is None:
        raise Missing
    locking.require_free(round_, [Change.TRUTH], w.now)
    sitting = queries.open_count(w.session, round_.id)
    if sitting:
        raise SomebodySits(count=sitting)
    counted = count(w.session, round_)
    value = counted.truth(round_)
    if value is None:
        raise NobodySat
    if round_.prediction_fixed_at is not None and round_.prediction_truth == value:
        job = _rank_anew(w, round_, round_.prediction_fixed_at)
        ask_again(w, job.id)
        return job
    round_.prediction_truth, round_.prediction_fixed_at = value, w.now
    w.record(
        Action.TRUTH_FIXED,
        f"round:{round_.id}",
        truth=value,
        people=counted.people,
        attempts=counted.attempts,
        all_right=counted.all_right,
    )
    return _rank_anew(w, round_, w.now)


def count_again(w: Work, round_: Round) -> None:
    """Fix a truth anew where what it counts has changed, as by an annulment, and rank by it. The round must be held."""
    if round_.prediction_fixed_at is None:
        return
    counted = count(w.session, round_)
    value = counted.truth(round_)
    if value is None or value == round_.prediction_truth:
        return
    round_.prediction_truth, round_.prediction_fixed_at = value, w.now
    w.record(
        Action.TRUTH_FIXED,
        f"round:{round_.id}",
        truth=value,
        people=counted.people,
        attempts=counted.attempts,
        all_right=counted.all_right,
    )
    _rank_anew(w, round_, w.now)


def end_predictions(w: Work, round_: Round) -> None:
    """Ask nobody for a prediction any more where figures have come out: for whoever opens a round once more.

    Guesses made before stay. The round must be held, its times still those by which it closed.
    """
    if round_.prediction_kind is None or round_.predictions_end_at is not None:
        return
    ended_at = answers_end_at(round_)
    if w.now >= ended_at:
        round_.predictions_end_at = ended_at


def forget_truth(w: Work, round_: Round) -> None:
    """Take back a truth that has been fixed, as people may predict again: for whoever opens a round once more.

    The round must be held. Where nothing is fixed this does nothing.
    """
    if round_.prediction_fixed_at is None:
        return
    w.record(Action.TRUTH_FORGOTTEN, f"round:{round_.id}", truth=round_.prediction_truth)
    round_.prediction_truth = round_.prediction_fixed_at = None
    _rank_anew(w, round_, w.now)


def ranking_job(r: Reading, round_: Round) -> Job | None:
    """The job that ranks a round's results by the truth as it is fixed now."""
    if round_.prediction_fixed_at is None:
        return None
    key = _key(round_, round_.prediction_fixed_at)
    return r.session.scalars(select(Job).where(Job.key == key)).one_or_none()


def is_ranked_by_it(r: Reading, round_: Round) -> bool:
    """Whether every result stands by the truth as it is fixed now."""
    job = ranking_job(r, round_)
    return job is not None and job.state == JobState.DONE.value


def rank_by_truth(db: Database, payload: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Write the rank keys of a round's results by the truth as it stands: some at a time, in their own transactions.

    A job that was cut off goes on behind the last batch, and doing one twice comes to the same.
    """
    round_id = int(payload["round_id"])
    with viewing(db) as r:
        total = r.session.scalar(select(func.count()).where(Result.round_id == round_id)) or 0
    done, last = 0, 0
    progress.report(0, max(total, 1))
    while True:
        answer = progress.step(_rank_batch, db, round_id, last)
        if not answer["count"]:
            break
        done, last = done + answer["count"], answer["last"]
        progress.report(done)
    return {"results": done}


def differences(session: Session, round_: Round) -> Iterator[str]:
    """A truth that is fixed and no longer what is counted, as when an attempt was annulled since."""
    if round_.prediction_kind is None or round_.prediction_fixed_at is None:
        return
    counted = count(session, round_).truth(round_)
    if counted != round_.prediction_truth:
        yield f"round {round_.id}: stored truth {round_.prediction_truth}, recounted {counted}"


JOBS: dict[str, Handler] = {KIND: rank_by_truth}


def _rank_anew(w: Work, round_: Round, settled_at: datetime) -> Job:
    return enqueue(w, KIND, _key(round_, settled_at), {"round_id": round_.id})


def _key(round_: Round, settled_at: datetime) -> str:
    """One job for each time that a truth is fixed or taken back."""
    return f"{KIND}:{round_.id}:{settled_at.astimezone(UTC).isoformat()}"


def _rank_batch(db: Database, round_id: int, after: int) -> dict[str, int]:
    """Rank the results of the next members anew, with whoever ends or annuls one of their attempts kept waiting.

    Only what hangs on the truth is written: whether somebody is ranked was settled when he submitted.
    """
    with working(db) as w:
        members = w.session.scalars(
            select(Result.member_id)
            .where(Result.round_id == round_id, Result.member_id > after)
            .order_by(Result.member_id)
            .limit(BATCH)
        ).all()
        if not members:
            return {"count": 0, "last": after}
        held = w.session.scalars(
            select(Attempt)
            .where(Attempt.round_id == round_id, Attempt.member_id.in_(members))
            .order_by(Attempt.id)
            .with_for_update()
        ).all()
        round_ = w.session.get_one(Round, round_id)  # read when they are held: of two jobs the later knows the newer
        attempts = sorted(held, key=lambda one: (one.member_id, one.number))
        finished = [one for one in attempts if one.state == AttemptState.SUBMITTED.value]
        keys = [_keys(round_, list(own)) for _, own in groupby(finished, key=lambda one: one.member_id)]
        if keys:
            freezing.keep_shown(w.session, round_, members, w.now)
            w.session.connection().execute(_WRITE_KEYS, [{**one, "new_written_at": w.now} for one in keys])
        return {"count": len(members), "last": members[-1]}


def _keys(round_: Round, finished: list[Attempt]) -> dict[str, object]:
    values = result_values(round_, finished, [])
    return {
        "of_round": round_.id,
        "of_member": values["member_id"],
        **{f"new_{name}": values[name] for name in ("prediction", "k1", "k2", "k3", "k4")},
    }


_WRITE_KEYS = (
    update(table_of(Result))
    .where(Result.round_id == bindparam("of_round"), Result.member_id == bindparam("of_member"))
    .values(
        prediction=bindparam("new_prediction"),
        k1=bindparam("new_k1"),
        k2=bindparam("new_k2"),
        k3=bindparam("new_k3"),
        k4=bindparam("new_k4"),
        written_at=bindparam("new_written_at"),
    )
)
