"""Rounds as the pages of a sitting read them: the values of a row and of its contest, past the ORM."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Label

from quiz_app.contests.models import Contest, Round


class PlainContest(NamedTuple):
    """What such pages need of a Contest, named as there."""

    id: int
    title: str
    unit_id: int
    is_demonstration: bool
    is_rehearsal: bool


class PlainRound(NamedTuple):
    """What such pages need of a Round, named as there. It loads nothing and notices no change."""

    contest: PlainContest
    id: int
    contest_id: int
    title: str
    opens_at: datetime
    closes_at: datetime
    daily_opens_minute: int | None
    daily_closes_minute: int | None
    weekdays: list[int]
    time_limit_s: int | None
    extension_s: int
    longest_extension_s: int
    grace_ms: int
    attempts_allowed: int | None
    attempts_per_day: int | None
    tie_breaks: list[str]
    prediction_kind: str | None
    prediction_decimals: int
    prediction_truth: int | None
    predictions_end_at: datetime | None
    minimum_age: int | None
    entry_categories: list[str]
    assisted_counts: bool
    freeze_minutes: int | None
    show_score: str
    show_marks: str
    show_keys: str
    rules_number: int
    published_at: datetime | None
    finalised_at: datetime | None


class PlainRules(NamedTuple):
    """What such pages show of a RulesVersion, named as there."""

    number: int
    sections: list[dict[str, Any]]
    created_at: datetime


AnyRound: TypeAlias = Round | PlainRound

_OF_CONTEST = PlainContest._fields
_OF_ROUND = PlainRound._fields[1:]
COLUMNS: tuple[Label[Any], ...] = (
    *(getattr(Contest, name).label(f"contest__{name}") for name in _OF_CONTEST),
    *(getattr(Round, name).label(f"round__{name}") for name in _OF_ROUND),
)
"""What a statement that joins Round and Contest selects, to be read by `round_of`."""


def round_of(values: Sequence[Any]) -> PlainRound:
    """The round that begins with the values of COLUMNS."""
    contest, rest = values[: len(_OF_CONTEST)], values[len(_OF_CONTEST) : len(COLUMNS)]
    return PlainRound(PlainContest(*contest), *rest)
