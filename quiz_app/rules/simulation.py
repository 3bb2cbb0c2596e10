"""What organisers see before and while a blueprint is drawn from: how even papers are, and how worn items are."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from random import Random

from quiz_app.rules.blueprint import Candidate, Cell, Group, NotEnoughItems, PinnedOutOfPlace, distinct
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


@dataclass(frozen=True, slots=True)
class Simulation:
    """What simulated papers tell: the expected score of each, and by item version the share of papers it stands in."""

    scores: tuple[float, ...]
    shares: Mapping[int, float]

    @property
    def spread(self) -> Spread:
        mean = sum(self.scores) / len(self.scores)
        deviation = sqrt(sum((score - mean) ** 2 for score in self.scores) / len(self.scores))
        return Spread(min(self.scores), max(self.scores), mean, deviation)


def expected_spread(
    cells: Sequence[Cell],
    pool: Iterable[Candidate],
    facility: Mapping[int, float],
    seed: str,
    papers: int = 1000,
    *,
    pinned: frozenset[int] = frozenset(),
) -> Spread:
    """The spread over simulated papers of the score to be expected; see `simulate`."""
    return simulate(cells, pool, facility, seed, papers, pinned=pinned).spread


def simulate(
    cells: Sequence[Cell],
    pool: Iterable[Candidate],
    facility: Mapping[int, float],
    seed: str,
    papers: int = 1000,
    *,
    pinned: frozenset[int] = frozenset(),
) -> Simulation:
    """The score to be expected of simulated papers, from each item's facility, and how often each item stands in one.

    Facility is the share of people who got an item right, by item version id; an item nobody has tried counts
    UNTRIED_FACILITY. Papers are drawn by the rule of `drawing.draw`, in an order from a faster generator: the same
    seed gives the same papers. Items of one topic and level are equally likely, so each has the mean share of all of
    them, pinned ones aside. Raises NotEnoughItems, PinnedOutOfPlace.
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
    free_of = Counter(item.group for item in free)
    drawn: Counter[Group] = Counter()
    random = Random(seed)  # noqa: S311 - a simulation, of which nothing is kept secret
    scores = []
    for _ in range(papers):
        paper = choose(cells, _preferred(fixed, free, random))
        scores.append(sum(points * facility.get(item.item_version_id, UNTRIED_FACILITY) for item, points in paper))
        drawn.update(item.group for item, _ in paper if item.item_version_id not in pinned)
    shares = {item.item_version_id: drawn[item.group] / papers / free_of[item.group] for item in free}
    return Simulation(tuple(scores), shares | {item.item_version_id: 1.0 for item in fixed})


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
