"""Attempts as the pages of a sitting read them: the values of a row, past the ORM."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Label

from quiz_app.attempts.models import Attempt


class PlainAttempt(NamedTuple):
    """What such pages need of an Attempt, named as there. It notices no change."""

    id: int
    unit_id: int
    number: int
    state: str
    epoch: int
    started_at: datetime
    deadline_at: datetime
    accepts_until_at: datetime
    rules_number: int
    asks_prediction: bool
    prediction: int | None
    prediction_revision: int
    prediction_saved_at: datetime | None
    assisted_by: int | None
    assist_reason: str | None
    ended_at: datetime | None
    ended_by: str | None
    score: int | None
    max_score: int | None
    duration_ms: int | None
    receipt_code: str | None
    held_by_session: int | None


AnyAttempt: TypeAlias = Attempt | PlainAttempt

COLUMNS: tuple[Label[Any], ...] = tuple(
    getattr(Attempt, name).label(f"attempt__{name}") for name in PlainAttempt._fields
)
"""What a statement about Attempt selects, to be read by `attempt_of`."""


def attempt_of(values: Sequence[Any]) -> PlainAttempt:
    """The attempt that begins with the values of COLUMNS."""
    return PlainAttempt._make(values[: len(COLUMNS)])
