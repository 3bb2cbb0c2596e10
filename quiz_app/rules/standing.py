"""The order of contestants.

The tie-break list is configuration: contests publish score → prediction → submission time, score → duration →
prediction, and others. 47 to 67 % of the people reach full marks, so the list decides nearly everything, and a
published rank states the rule that produced it. A round's list and a member's result become a rank key: four whole
numbers, smaller is better, so that one index of the database serves every list.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

KEY_WIDTH = 4


class Criterion(StrEnum):
    """What a tie-break list may name: more points, less time, earlier submission, nearer prediction."""

    SCORE = "score"
    DURATION = "duration"
    SUBMITTED = "submitted"
    PREDICTION = "prediction"


@dataclass(frozen=True, slots=True)
class Merit:
    """What one attempt is ranked by. `prediction_error` is None while the truth is unknown."""

    score: int
    duration_ms: int
    submitted_at_ms: int
    prediction_error: int | None = None


class CountedAttempt(StrEnum):
    """Which of a member's attempts counts for the round."""

    ONLY = "only"
    BEST_EARLIEST = "best_earliest"
    BEST_FASTEST = "best_fastest"
    LAST = "last"


def rank_key(order: Sequence[Criterion], merit: Merit) -> tuple[int, int, int, int]:
    """The key that ranks a merit under a tie-break list: compared element by element, smaller is better.

    The score stands negated, unused places hold 0, and so does the prediction while its truth is unknown: nobody
    gains or loses by it, and boards say that the order is provisional. Raises ValueError for a list that is empty or
    names a criterion twice.
    """
    if not order:
        raise ValueError("a ranking needs at least one criterion")
    if len(set(order)) != len(order):
        raise ValueError("a ranking names each criterion at most once")
    elements = [_element(criterion, merit) for criterion in order]
    first, second, third, fourth = elements + [0] * (KEY_WIDTH - len(elements))
    return first, second, third, fourth


def places(keys: Sequence[tuple[int, ...]]) -> list[int]:
    """The place of each key, in the order given: 1 + the number of strictly better ones.

    Equal merit shares a place, and as many places are then left out: 1, 2, 2, 4.
    """
    held = Counter(keys)
    ranked = sorted(held)
    better = accumulate((held[key] for key in ranked), initial=0)
    place = {key: 1 + count for key, count in zip(ranked, better, strict=False)}
    return [place[key] for key in keys]


def counted(policy: CountedAttempt, merits: Sequence[Merit]) -> int:
    """The index of the attempt that counts.

    Best is the highest score; among equal ones the earliest (then the fastest), or the fastest (then the earliest).
    Where only one attempt is allowed, the first submitted counts, should there ever be more. What is equal in all
    this goes to the first listed, under LAST to the last listed. Raises ValueError where there is no attempt.
    """
    if not merits:
        raise ValueError("nothing counts where nothing was submitted")
    indexes = range(len(merits))
    if policy is CountedAttempt.ONLY:
        return min(indexes, key=lambda i: merits[i].submitted_at_ms)
    if policy is CountedAttempt.LAST:
        return max(indexes, key=lambda i: (merits[i].submitted_at_ms, i))
    if policy is CountedAttempt.BEST_EARLIEST:
        return min(indexes, key=lambda i: (-merits[i].score, merits[i].submitted_at_ms, merits[i].duration_ms))
    return min(indexes, key=lambda i: (-merits[i].score, merits[i].duration_ms, merits[i].submitted_at_ms))


def decided_by(order: Sequence[Criterion], better: Merit, worse: Merit) -> Criterion | None:
    """The criterion that put one before the other; None where they share a place.

    Raises ValueError if the second is the better one: a board must not print a reason for an order that is wrong.
    """
    pairs = zip(order, rank_key(order, better), rank_key(order, worse), strict=False)
    for criterion, mine, other in pairs:
        if mine > other:
            raise ValueError("these two stand the other way round")
        if mine < other:
            return criterion
    return None


def missed_round(full_time_ms: int, closed_at_ms: int, prediction_error: int | None = None) -> Merit:
    """What a missed round counts in an overall ranking: no points, the full time, submitted at the close.

    `prediction_error` is that of a missing guess once the truth is known.
    """
    return Merit(score=0, duration_ms=full_time_ms, submitted_at_ms=closed_at_ms, prediction_error=prediction_error)


def overall_key(keys: Sequence[tuple[int, ...]], missed: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """The key of an overall ranking: the sum, element by element, over the rounds sat and the rounds missed.

    Comparable only between members for whom sat and missed rounds together are the same rounds. Raises ValueError for
    keys of different width.
    """
    every = [*keys, *missed]
    if not every:
        return (0,) * KEY_WIDTH
    return tuple(map(sum, zip(*every, strict=True)))


def _element(criterion: Criterion, merit: Merit) -> int:
    match criterion:
        case Criterion.SCORE:
            return -merit.score
        case Criterion.DURATION:
            return merit.duration_ms
        case Criterion.SUBMITTED:
            return merit.submitted_at_ms
        case Criterion.PREDICTION:
            return 0 if merit.prediction_error is None else merit.prediction_error
