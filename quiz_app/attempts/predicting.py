"""The prediction of a sitting: what is asked, in words, and keeping what is guessed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from quiz_app.attempts import labels, queries, statements
from quiz_app.attempts.errors import AttemptClosed, TakenOver
from quiz_app.attempts.models import AttemptState
from quiz_app.attempts.plain import AnyAttempt
from quiz_app.contests import queries as contests
from quiz_app.contests.plain import AnyRound
from quiz_app.contests.policy import sight
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.work import Reading, Work
from quiz_app.rules import prediction
from quiz_app.rules.prediction import PredictionKind, UnreadableGuess
from quiz_app.rules.visibility import Sight, Thing

FIELD = "du_doan"


@dataclass(frozen=True, slots=True)
class Question:
    """What a round asks to be predicted, and what this attempt has answered; `text` is empty without a guess.

    It is not `is_asked` any more of who has got to see the figures since. `truth` and `distance` are told once the
    truth is fixed; without a guess there is no distance.
    """

    is_asked: bool
    asks: str
    counted: str
    example: str
    text: str
    revision: int
    saved_at: datetime | None
    truth: str | None = None
    distance: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """The guess that is kept now, whether by this request or by a newer one, and how long there is left."""

    revision: int
    text: str
    saved_at: datetime | None
    remaining: timedelta


def question(r: Reading, attempt: AnyAttempt, round_: AnyRound) -> Question | None:
    """The prediction question of one's own attempt; None where none is asked."""
    is_asked = _is_asked(r, attempt, round_)
    if round_.prediction_kind is None or not (is_asked or attempt.prediction is not None):
        return None
    kind, decimals = kind_of(round_), round_.prediction_decimals
    # What was asked for is how many people or attempts there are, or a share of them: told where the counts are.
    seen = sight(round_, Thing.COUNTS, contests.audience(r, round_), r.now)
    truth = None if seen in (Sight.HIDDEN, Sight.AS_FROZEN) else round_.prediction_truth
    distance = None
    if truth is not None and attempt.prediction is not None:
        distance = labels.distance(prediction.error(attempt.prediction, truth), kind, decimals)
    return Question(
        is_asked=is_asked,
        asks=labels.PREDICTION_QUESTIONS[kind],
        counted=labels.PREDICTION_COUNTED[kind],
        example=labels.prediction_example(kind, decimals),
        text=written(round_, attempt.prediction),
        revision=attempt.prediction_revision,
        saved_at=attempt.prediction_saved_at,
        truth=None if truth is None else written(round_, truth),
        distance=distance,
    )


def kind_of(round_: AnyRound) -> PredictionKind:
    """What a round asks for. Raises ValueError for one that asks nothing."""
    if round_.prediction_kind is None:
        raise ValueError(f"round {round_.id} asks for no prediction")
    return PredictionKind(round_.prediction_kind)


def written(round_: AnyRound, value: int | None) -> str:
    """A guess or a truth as people write it; empty for none."""
    if value is None:
        return ""
    return prediction.format(value, kind_of(round_), round_.prediction_decimals)


def save_prediction(w: Work, attempt_id: int, text: str, epoch: int, revision: int | None = None) -> Kept:
    """Keep a guess and say what is kept now, and how long there is left; an empty text takes the guess back.

    The promises are those of `services.save_response`: `revision` only counts up, so a late or repeated guess changes
    nothing and is answered with what is kept; a post without JavaScript carries none and is the newest. Raises what
    stands in the way: Missing (also where nothing is asked), BadInput with words about the guess, TakenOver,
    AttemptClosed.
    """
    attempt, round_ = queries.own_attempt(w, attempt_id)
    if not _is_asked(w, attempt, round_):
        raise Missing
    values = {
        "attempt": attempt_id,
        "member": w.actor.member,
        "sent_epoch": epoch,
        "now": w.now,
        "guess": _read(text, round_),
    }
    statement = statements.PREDICT_NEXT
    if revision is not None:
        statement, values["sent_revision"] = statements.PREDICT_IF_NEWER, revision
    for kept in statement.rows(w.session, values):
        remaining = kept.deadline_at - w.now
        return Kept(kept.prediction_revision, written(round_, kept.prediction), kept.prediction_saved_at, remaining)
    w.session.refresh(attempt)
    if attempt.state != AttemptState.OPEN.value or w.now >= attempt.accepts_until_at:
        raise AttemptClosed
    if attempt.epoch != epoch:
        raise TakenOver
    return Kept(
        attempt.prediction_revision,
        written(round_, attempt.prediction),
        attempt.prediction_saved_at,
        attempt.deadline_at - w.now,
    )


def _is_asked(r: Reading, attempt: AnyAttempt, round_: AnyRound) -> bool:
    """Whether the attempt asks for a guess, and its member has not been given sight of the figures meanwhile."""
    if not attempt.asks_prediction or round_.prediction_kind is None:
        return False
    return round_.contest.is_rehearsal or not contests.sees_figures(r, round_)


def _read(text: str, round_: AnyRound) -> int | None:
    if not text.strip():
        return None
    kind, decimals = kind_of(round_), round_.prediction_decimals
    try:
        return prediction.parse(text, kind, decimals)
    except UnreadableGuess as unreadable:
        raise BadInput({FIELD: [labels.misread(unreadable.reason, kind, decimals)]}) from None
