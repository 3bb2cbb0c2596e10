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
    """Why somebody should look: a paper answered too fast to be read, the same rhythm twice, one device for many, or a
    paper begun on the device of who had just renewed its member's password.
    """

    FAST = "fast"
    SAME_RHYTHM = "same_rhythm"
    SHARED_DEVICE = "shared_device"
    RENEWED = "renewed"


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
class Renewal:
    """Somebody gave a member a new password, or (by None) the server did.

    `devices` are those on which he, or somebody else through whose hands the password may go, has signed in.
    """

    member_id: int
    by: int | None
    at: datetime
    devices: frozenset[str]


@dataclass(frozen=True, slots=True)
class Flag:
    """The attempts that belong together under one flag, by id, and the figure that raised it.

    Fast: milliseconds per answered item. Same rhythm: the number of equal intervals. Shared device: people. Renewed
    password: seconds from the renewal to the start.
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
    """Attempts of different people whose answers came at the same intervals, each rounded to `step`.

    Answers that came at once count for nothing: so they do from any phone that was without a network.
    """
    groups: dict[tuple[int, ...], dict[int, int]] = defaultdict(dict)  # attempts with their members: sittings are large
    for one in sittings:
        rhythm = _rhythm(one.saved_at, step)
        if sum(interval > 0 for interval in rhythm) >= FEWEST_STEPS:
            groups[rhythm][one.attempt_id] = one.member_id
    return [
        Flag(FlagKind.SAME_RHYTHM, tuple(sorted(group)), len(rhythm))
        for rhythm, group in groups.items()
        if len(set(group.values())) > 1
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


def renewed_password(
    sittings: Iterable[Sitting], renewals: Iterable[Renewal], within: timedelta = timedelta(hours=1)
) -> list[Flag]:
    """Attempts begun so soon after another renewed their member's password, on a device of a renewal.

    Whoever hands out passwords could sit in the names of those who get them.
    """
    by_member: dict[int, list[Renewal]] = defaultdict(list)
    for renewal in renewals:
        if renewal.by != renewal.member_id:
            by_member[renewal.member_id].append(renewal)
    flags: list[Flag] = []
    for one in sittings:
        waits = [
            one.started_at - renewal.at
            for renewal in by_member.get(one.member_id, ())
            if one.device in renewal.devices and timedelta(0) <= one.started_at - renewal.at <= within
        ]
        if waits:
            flags.append(Flag(FlagKind.RENEWED, (one.attempt_id,), min(waits) // timedelta(seconds=1)))
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
