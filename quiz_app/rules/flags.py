"""Marks of sittings that a person should look at. A flag is a question, never a verdict, and punishes nobody.

A perfect paper of 20 questions has been sat in 37 to 45 seconds: below two seconds a question nobody has read them.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

FEWEST_STEPS = 6
"""Fewer intervals than these may well be alike by chance."""


class FlagKind(StrEnum):
    """Why somebody should look: a paper answered too fast to be read, the same rhythm twice, one device for many."""

    FAST = "fast"
    SAME_RHYTHM = "same_rhythm"
    SHARED_DEVICE = "shared_device"


@dataclass(frozen=True, slots=True)
class Sitting:
    """What flags are raised from: when answers were saved first to last, on which device it was started."""

    attempt_id: int
    member_id: int
    started_at: datetime
    duration_ms: int
    answered: int
    saved_at: tuple[datetime, ...] = ()
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """The attempts that belong together under one flag, by id, and the figure that raised it.

    Fast: milliseconds per answered item. Same rhythm: the number of equal intervals. Shared device: people.
    """

    kind: FlagKind
    attempt_ids: tuple[int, ...]
    figure: int


def fast(sittings: Iterable[Sitting], seconds_per_item: float) -> list[Flag]:
    """Papers answered in less than so many seconds per answered item. An empty paper is not fast."""
    limit_ms = seconds_per_item * 1000
    return [
        Flag(FlagKind.FAST, (one.attempt_id,), one.duration_ms // one.answered)
        for one in sittings
        if one.answered > 0 and one.duration_ms < limit_ms * one.answered
    ]


def same_rhythm(sittings: Iterable[Sitting], step: timedelta = timedelta(seconds=1)) -> list[Flag]:
    """Attempts of different people whose answers came at the same intervals, each rounded to `step`."""
    groups: dict[tuple[int, ...], list[Sitting]] = defaultdict(list)
    for one in sittings:
        rhythm = _rhythm(one.saved_at, step)
        if len(rhythm) >= FEWEST_STEPS:
            groups[rhythm].append(one)
    return [
        Flag(FlagKind.SAME_RHYTHM, tuple(sorted(one.attempt_id for one in group)), len(rhythm))
        for rhythm, group in groups.items()
        if len({one.member_id for one in group}) > 1
    ]


def shared_device(sittings: Iterable[Sitting], within: timedelta, people: int) -> list[Flag]:
    """Stretches in which one device started attempts of at least so many people, each at most `within` after another.

    A chi bộ that passes one phone around looks just the same: it is for a person to say which it was.
    """
    by_device: dict[str, list[Sitting]] = defaultdict(list)
    for one in sittings:
        if one.device is not None:
            by_device[one.device].append(one)
    flags: list[Flag] = []
    for group in by_device.values():
        group.sort(key=lambda one: (one.started_at, one.attempt_id))
        flags += [
            Flag(FlagKind.SHARED_DEVICE, tuple(one.attempt_id for one in run), count)
            for run in _runs(group, within)
            if (count := len({one.member_id for one in run})) >= people
        ]
    return flags


def _rhythm(saved_at: Sequence[datetime], step: timedelta) -> tuple[int, ...]:
    ordered = sorted(saved_at)
    return tuple(round((later - earlier) / step) for earlier, later in pairwise(ordered))


def _runs(ordered: Sequence[Sitting], within: timedelta) -> list[list[Sitting]]:
    runs: list[list[Sitting]] = []
    for one in ordered:
        if runs and one.started_at - runs[-1][-1].started_at <= within:
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs
