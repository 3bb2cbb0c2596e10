"""A round's board in memory, before and after a correction: a few numbers for each result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from quiz_app.attempts.models import Attempt, Result
from quiz_app.contests.models import Round
from quiz_app.results import tables
from quiz_app.rules import prediction, standing
from quiz_app.rules.standing import Criterion, Merit


class Ranked(NamedTuple):
    """What one member stands on the board with."""

    attempt_id: int
    code: str
    unit_id: int
    score: int
    duration_ms: int
    submitted_ms: int
    prediction: int | None
    is_ranked: bool


Board = dict[int, Ranked]
Keys = Mapping[int, tuple[int, int, int, int]]
"""Both by member; only who is ranked has a key."""


class Side(NamedTuple):
    """A round before or after; `truth` is what its prediction asked for, where that is fixed."""

    people: Board
    keys: Keys
    truth: int | None


def board(session: Session, round_: Round) -> Board:
    """The results of a round as they are stored."""
    rows = session.execute(
        select(
            Result.member_id,
            Result.attempt_id,
            Attempt.receipt_code,
            Result.unit_id,
            Result.score,
            Result.duration_ms,
            Result.submitted_at,
            Result.prediction,
            Result.is_ranked,
        )
        .join(Attempt, Attempt.id == Result.attempt_id)
        .where(Result.round_id == round_.id)
    )
    return {
        row.member_id: Ranked(
            row.attempt_id,
            tables.public_code(row.attempt_id, row.receipt_code),
            row.unit_id,
            row.score,
            row.duration_ms,
            round(row.submitted_at.timestamp() * 1000),
            row.prediction,
            row.is_ranked,
        )
        for row in rows.yield_per(1000)
    }


def keys_of(round_: Round, people: Board, fixed: int | None) -> Keys:
    """The rank keys of those who are ranked."""
    order = [Criterion(name) for name in round_.tie_breaks]
    return {
        member_id: standing.rank_key(
            order,
            Merit(
                one.score,
                one.duration_ms,
                one.submitted_ms,
                None if fixed is None else prediction.error(one.prediction, fixed),
            ),
        )
        for member_id, one in people.items()
        if one.is_ranked
    }


def places_of(keys: Mapping[int, tuple[int, ...]]) -> dict[int, int]:
    """The place of each by his key."""
    return dict(zip(keys, standing.places(list(keys.values())), strict=True))
