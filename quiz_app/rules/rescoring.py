"""What becomes of points when an item turns out to be wrong after it was sat.

Peers know four ways: everybody gets the points, the question leaves the total, the right answer changes, or both the
former and the new one are accepted. A correction never changes another item's points.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from quiz_app.rules import scoring
from quiz_app.rules.scoring import Score, Scored


class Remedy(StrEnum):
    """How an item is put right. Award: everybody who had it gets its points. Drop: it leaves points and total."""

    AWARD = "award"
    DROP = "drop"
    REPLACE_KEY = "replace_key"
    ACCEPT_BOTH = "accept_both"


@dataclass(frozen=True, slots=True)
class Correction:
    """What is done about one item version; `key` is the new right choice where the remedy has one."""

    remedy: Remedy
    key: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if self.has_key != bool(self.key):
            raise ValueError("a new key belongs to a remedy that changes the key, and to no other")

    @property
    def has_key(self) -> bool:
        return self.remedy in (Remedy.REPLACE_KEY, Remedy.ACCEPT_BOTH)


@dataclass(frozen=True, slots=True)
class Answered:
    """One place of a sat paper: which item, what it is worth by its first key, and what was chosen."""

    item_version_id: int
    scored: Scored
    chosen: frozenset[int]


def is_right(place: Answered, correction: Correction | None) -> bool | None:
    """Whether a place counts as right under its correction; None where the item is struck from scoring."""
    first = scoring.is_right(place.scored.key, place.chosen)
    if correction is None:
        return first
    match correction.remedy:
        case Remedy.AWARD:
            return True
        case Remedy.DROP:
            return None
        case Remedy.REPLACE_KEY:
            return scoring.is_right(correction.key, place.chosen)
        case Remedy.ACCEPT_BOTH:
            return first or scoring.is_right(correction.key, place.chosen)


def rescore(paper: Iterable[Answered], corrections: Mapping[int, Correction]) -> Score:
    """Score a paper under the corrections in force, by item version id. Without any it is the first score.

    The outcome depends on paper and corrections alone, not on earlier scores: doing it twice changes nothing.
    """
    points = most = right = total = 0
    for place in paper:
        verdict = is_right(place, corrections.get(place.item_version_id))
        if verdict is None:
            continue
        total += 1
        most += place.scored.points
        if verdict:
            right += 1
            points += place.scored.points
    return Score(points, most, right, total)
