"""Points: whole numbers, all or nothing.

Contests of this kind ask for one right answer, sometimes for one to four; a question with several right answers
counts only when exactly those were chosen.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scored:
    """What scoring needs of an item: the ids of its right options and what it is worth."""

    key: frozenset[int]
    points: int = 1

    def __post_init__(self) -> None:
        if not self.key:
            raise ValueError("an item without a right option cannot be scored")
        if self.points < 0:
            raise ValueError("points are never negative")


@dataclass(frozen=True, slots=True)
class Score:
    """The sum over a paper: points won of those to be had, items right of those asked."""

    points: int
    max_points: int
    right: int
    total: int

    @property
    def is_full_marks(self) -> bool:
        """Whether every item was right; never so for an empty paper."""
        return self.total > 0 and self.right == self.total


def is_right(key: frozenset[int], chosen: frozenset[int]) -> bool:
    """Whether the choice is the key, no more and no less. Nothing chosen is never right."""
    return bool(chosen) and chosen == key


def score(items: Iterable[tuple[Scored, frozenset[int]]]) -> Score:
    """Score a paper given as items with what was chosen. An item struck from scoring is simply not among them."""
    points = max_points = right = total = 0
    for item, chosen in items:
        total += 1
        max_points += item.points
        if is_right(item.key, chosen):
            right += 1
            points += item.points
    return Score(points, max_points, right, total)
