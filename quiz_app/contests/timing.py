"""A round's times as the rules want them."""

from __future__ import annotations

from datetime import timedelta

from quiz_app.contests.models import Round
from quiz_app.rules.timing import Timing


def timing_of(round_: Round, *, extra_time_s: int = 0) -> Timing:
    """The times of a round for a member with this much extra time."""
    return Timing(
        opens_at=round_.opens_at,
        closes_at=round_.closes_at,
        time_limit=round_.time_limit,
        extension=timedelta(seconds=round_.extension_s),
        extra_time=timedelta(seconds=extra_time_s),
        grace=timedelta(milliseconds=round_.grace_ms),
    )
