"""A round's times as the rules want them."""

from __future__ import annotations

from datetime import datetime, timedelta

from quiz_app.contests.plain import AnyRound
from quiz_app.rules.timing import DailyHours, Timing, closes_finally_at
from quiz_app.rules.visibility import BoardFacts


def timing_of(round_: AnyRound, *, extra_time_s: int = 0, extension_s: int | None = None) -> Timing:
    """The times of a round for a member with this much extra time and, where his unit has its own, this extension."""
    return Timing(
        opens_at=round_.opens_at,
        closes_at=round_.closes_at,
        time_limit=None if round_.time_limit_s is None else timedelta(seconds=round_.time_limit_s),
        extension=timedelta(seconds=round_.extension_s if extension_s is None else extension_s),
        extra_time=timedelta(seconds=extra_time_s),
        grace=timedelta(milliseconds=round_.grace_ms),
        daily=daily_hours(round_),
        weekdays=frozenset(round_.weekdays),
    )


def longest_timing(round_: AnyRound) -> Timing:
    """The times of a round for those who may sit it longest: when it is over for them, it is over for everybody."""
    return timing_of(round_, extension_s=round_.longest_extension_s)


def closed_for_all_at(round_: AnyRound) -> datetime:
    """The first instant at which a round is closed for everybody, however long a unit was extended."""
    return closes_finally_at(longest_timing(round_))


def board_facts(round_: AnyRound) -> BoardFacts:
    """What decides where the boards of a round stand."""
    return BoardFacts(
        timing=longest_timing(round_),
        freeze=None if round_.freeze_minutes is None else timedelta(minutes=round_.freeze_minutes),
        has_prediction=round_.prediction_kind is not None and round_.predictions_end_at is None,
        finalised_at=round_.finalised_at,
    )


def daily_hours(round_: AnyRound) -> DailyHours | None:
    if round_.daily_opens_minute is None or round_.daily_closes_minute is None:
        return None
    return DailyHours(round_.daily_opens_minute, round_.daily_closes_minute)
