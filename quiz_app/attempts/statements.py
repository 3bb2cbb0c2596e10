"""The guarded statements of the hot path, each in one place.

They are built once and given their values when they run: building a statement costs more than running it.
"""

from __future__ import annotations

from sqlalchemy import CTE, Update, bindparam, func, literal_column, or_, select, update

from quiz_app.attempts.models import Attempt, Response
from quiz_app.kernel.db import BigInt, UtcDateTime, table_of
from quiz_app.kernel.prepared import Prepared
from quiz_app.members.sign_ins import caller

_attempt = table_of(Attempt).c
_response = table_of(Response).c
_now = bindparam("now", type_=UtcDateTime())

# The same as its state, by a rule of the table. Where the state is asked for, PostgreSQL may go through the indexes of
# open attempts instead of the key: they are empty when it looks before a round, and it keeps the plan when it is not.
_is_open = _attempt.ended_at.is_(None)


def _saving(caller: CTE) -> Update:
    """Put a choice at a place of the caller's own open attempt.

    The attempt is locked FOR SHARE: a submission waits for saves in flight, and a save that waited for a submission
    finds the attempt closed. SQLite has one writer at a time and ignores the clause.
    """
    open_attempt = (
        select(_attempt.id, caller.c.now)
        .join_from(table_of(Attempt), caller, caller.c.member_id == _attempt.member_id)
        .where(
            _attempt.id == bindparam("attempt"),
            _attempt.epoch == bindparam("sent_epoch"),
            _is_open,
            _attempt.accepts_until_at > caller.c.now,
        )
        .with_for_update(read=True)  # a statement before it ("caller") is not locked by it
    )
    if "only_attempt_id" in caller.c:
        open_attempt = open_attempt.where(func.coalesce(caller.c.only_attempt_id, _attempt.id) == _attempt.id)
    held = open_attempt.cte("open_attempt")
    # SQLite returns columns of the changed table alone, so the deadline is looked up by its key.
    deadline = select(_attempt.deadline_at).where(_attempt.id == bindparam("attempt")).scalar_subquery()
    return (
        update(table_of(Response))
        .where(
            _response.attempt_id == held.c.id,
            _response.position == bindparam("place"),
            # Letters are given in order, so the last one tells whether the question offers them all.
            _response.letters.contains(bindparam("last_letter")),
            or_(_response.is_multiple, bindparam("letter_count") <= literal_column("1")),
        )
        .values(chosen=bindparam("choice"), saved_at=held.c.now)
        .returning(_response.revision, _response.chosen, _response.saved_at, deadline.label("deadline_at"))
    )


def _if_newer(saving: Update) -> Prepared:
    """A browser's save names its revision, which only counts up: a late or repeated one changes nothing."""
    is_newer = _response.revision < bindparam("sent_revision")
    return Prepared(saving.where(is_newer).values(revision=bindparam("sent_revision")))


_known = select(bindparam("member", type_=BigInt).label("member_id"), _now.label("now")).cte("caller")

SAVE_IF_NEWER = _if_newer(_saving(_known))
SAVE_IF_NEWER_AT_ONCE = _if_newer(_saving(caller()))  # who saves is asked by the statement itself

# A plain form carries no revision: what arrives last is the newest.
SAVE_NEXT = Prepared(_saving(_known).values(revision=_response.revision + literal_column("1")))

# The attempt's own row: a submission under way is waited for, and then leaves nothing to change.
_guess = (
    update(table_of(Attempt))
    .where(
        _attempt.id == bindparam("attempt"),
        _attempt.member_id == bindparam("member"),
        _attempt.epoch == bindparam("sent_epoch"),
        _is_open,
        _attempt.accepts_until_at > _now,
        _attempt.asks_prediction,
    )
    .returning(_attempt.prediction_revision, _attempt.prediction, _attempt.prediction_saved_at, _attempt.deadline_at)
)

# As with responses: a browser's guess names its revision, a plain form's is the newest.
PREDICT_IF_NEWER = Prepared(
    _guess.where(_attempt.prediction_revision < bindparam("sent_revision")).values(
        prediction=bindparam("guess"), prediction_revision=bindparam("sent_revision"), prediction_saved_at=_now
    )
)
PREDICT_NEXT = Prepared(
    _guess.values(
        prediction=bindparam("guess"),
        prediction_revision=_attempt.prediction_revision + literal_column("1"),
        prediction_saved_at=_now,
    )
)
