"""What organisers see before and while a blueprint is drawn from: how even papers are, and how worn items are."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from random import Random

from quiz_app.rules.blueprint import Candidate, Cell, NotEnoughItems, PinnedOutOfPlace, distinct
from quiz_app.rules.drawing import DrawnItem, choose
from quiz_app.rules.feasibility import out_of_place, shortages

UNTRIED_FACILITY = 0.5


@dataclass(frozen=True, slots=True)
class Spread:
    """How the expected score of a typical member varies from paper to paper, in points."""

    minimum: float
    maximum: float
    mean: float
    standard_deviation: float


def expected_spread(
    cells: Sequence[Cell],
    pool: Iterable[Candidate],
    facility: Mapping[int, float],
    seed: str,
    papers: int = 1000,
    *,
    pinned: frozenset[int] = frozenset(),
) -> Spread:
    """The spread over simulated papers of the score to be expected, from each item's facility.

    Facility is the share of people who got an item right, by item version id; an item nobody has tried counts
    UNTRIED_FACILITY. Papers are drawn by the rule of `drawing.draw`, in an order from a faster generator: the same
    seed gives the same spread. Raises NotEnoughItems, PinnedOutOfPlace.
    """
    if papers < 1:
        raise ValueError("a spread needs at least one paper")
    if not all(0 <= share <= 1 for share in facility.values()):
        raise ValueError("facility is a share from 0 to 1")
    items = sorted(distinct(pool), key=lambda item: item.item_version_id)
    short = shortages(cells, items)
    if short:
        raise NotEnoughItems(short)
    misplaced = out_of_place(cells, items, pinned)
    if misplaced:
        raise PinnedOutOfPlace(misplaced)
    fixed = [item for item in items if item.item_version_id in pinned]
    free = [item for item in items if item.item_version_id not in pinned]
    random = Random(seed)  # noqa: S311 - a simulation, of which nothing is kept secret
    scores = []
    for _ in range(papers):
        paper = choose(cells, _preferred(fixed, free, random))
        scores.append(sum(points * facility.get(item.item_version_id, UNTRIED_FACILITY) for item, points in paper))
    mean = sum(scores) / papers
    return Spread(min(scores), max(scores), mean, sqrt(sum((score - mean) ** 2 for score in scores) / papers))


def exposure(papers: Iterable[Iterable[DrawnItem]]) -> Counter[int]:
    """In how many of these papers each item stands, by item version id."""
    return Counter(place.item_version_id for paper in papers for place in paper)


def _preferred(fixed: list[Candidate], free: list[Candidate], random: Random) -> Iterator[Candidate]:
    """The fixed items, then the others in random order, shuffled only as far as somebody reads."""
    yield from fixed
    for index in range(len(free)):
        other = random.randrange(index, len(free))
        free[index], free[other] = free[other], free[index]
        yield free[index]
