"""Items to draw from, and whether what was drawn is fair."""

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import TypeVar

from quiz_app.rules.drawing import Candidate

Outcome = TypeVar("Outcome", bound=Hashable)


def item(number: int, topic: str = "quan-diem", level: int = 1, options: int = 4) -> Candidate:
    return Candidate(number, topic, level, tuple(number * 10 + k for k in range(options)))


def critical(freedom: int) -> float:
    """The 99.9 % point of chi-square, by Wilson and Hilferty."""
    spread = 2 / (9 * freedom)
    return float(freedom * (1 - spread + 3.0902 * spread**0.5) ** 3)


def chi_square(counts: Counter[Outcome], among: int, expected: float) -> float:
    assert len(counts) <= among
    return sum((count - expected) ** 2 / expected for count in [*counts.values(), *[0] * (among - len(counts))])


def is_fair(papers: Sequence[frozenset[int]], among: frozenset[int]) -> bool:
    """Whether papers drew these items equally often, however many of them each paper held.

    Drawn without putting back, k of m items vary by k × (1 − k/m) together, and not independently.
    """
    size = len(among)
    held = [len(paper & among) for paper in papers]
    counts = Counter(number for paper in papers for number in paper & among)
    variance = sum(k * (1 - k / size) for k in held) / (size - 1)
    expected = sum(held) / size
    return sum((counts[number] - expected) ** 2 for number in among) / variance < critical(size - 1)
