"""The guarded statements of the hot path, each in one place.

They are built once and given their values when they run: building a statement costs more than running it.
"""

from __future__ import annotations

from sqlalchemy import bindparam, literal_column, or_, select, update

from quiz_app.attempts.models import Attempt, AttemptState, Response
from quiz_app.kernel.db import UtcDateTime, table_of
from quiz_app.kernel.prepared import Prepared

_attempt = table_of(Attempt).c
_response = table_of(Response).c
_now = bindparam("now", type_=UtcDateTime())

# The attempt is locked FOR SHARE: a submission waits for saves in flight, and a save that waited for a submission finds
# the attempt closed. SQLite has one writer at a time and ignores the clause.
_open_attempt = (
    select(_attempt.id)
    .where(
        _attempt.id == bindparam("attempt"),
        _attempt.member_id == bindparam("member"),
        _attempt.epoch == bindparam("sent_epoch"),
        _attempt.state == literal_column(f"'{AttemptState.OPEN.value}'"),
        _attempt.accepts_until_at > _now,
    )
    .with_for_update(read=True)
    .cte("open_attempt")
)

# SQLite returns columns of the changed table alone, so the deadline is looked up by its key.
_deadline = (
    select(_attempt.deadline_at).where(_attempt.id == bindparam("attempt")).scalar_subquery().label("deadline_at")
)

# Letters are given in order, so the last one tells whether the question offers them all.
_place = (
    update(table_of(Response))
    .where(
        _response.attempt_id == _open_attempt.c.id,
        _response.position == bindparam("place"),
        _response.letters.contains(bindparam("last_letter")),
        or_(_response.is_multiple, bindparam("letter_count") <= literal_column("1")),
    )
    .returning(_response.revision, _response.chosen, _response.saved_at, _deadline)
)

# A browser's save names its revision, which only counts up: a late or repeated one changes nothing.
SAVE_IF_NEWER = Prepared(
    _place.where(_response.revision < bindparam("sent_revision")).values(
        chosen=bindparam("choice"), revision=bindparam("sent_revision"), saved_at=_now
    )
)

# A plain form carries no revision: what arrives last is the newest.
SAVE_NEXT = Prepared(
    _place.values(chosen=bindparam("choice"), revision=_response.revision + literal_column("1"), saved_at=_now)
)

# The attempt's own row: a submission under way is waited for, and then leaves nothing to change.
_guess = (
    update(table_of(Attempt))
    .where(
        _attempt.id == bindparam("attempt"),
        _attempt.member_id == bindparam("member"),
        _attempt.epoch == bindparam("sent_epoch"),
        _attempt.state == literal_column(f"'{AttemptState.OPEN.value}'"),
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
