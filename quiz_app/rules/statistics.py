"""What answers tell about items and papers. Every formula stands, with its source, in docs/thong-ke.md.

Papers are counted into a `Tally` one by one, in any order, and forgotten: it keeps a small table of counts for each
item (how often it went with which score) and, for the reliability alone, how often two items stood in one paper. All
figures follow from these counts, exact but for the last rounding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from math import fsum, sqrt
from typing import NamedTuple

GROUP_SHARE = Fraction(27, 100)


class Answer(NamedTuple):
    """One place of a sat paper. `is_right` None: struck from scoring. `chosen` empty: left blank.

    `time_ms`: how long it took, None where that is unknown.
    """

    item: int
    chosen: tuple[int, ...]
    is_right: bool | None
    points: int = 1
    time_ms: int | None = None


class _At(NamedTuple):
    """Where an item met a paper: points and most points of the whole paper, and of the item in it."""

    points: int
    most: int
    won: int
    worth: int

    @property
    def score(self) -> Fraction | None:
        return Fraction(self.points, self.most) if self.most else None

    @property
    def rest(self) -> Fraction | None:
        """The share of points without the item itself; None where the paper has nothing else."""
        most = self.most - self.worth
        return Fraction(self.points - self.won, most) if most else None


@dataclass(slots=True)
class _ItemCounts:
    papers: Counter[_At] = field(default_factory=Counter)
    chosen: Counter[tuple[_At, int]] = field(default_factory=Counter)
    answered: int = 0
    timed: int = 0
    time_ms: int = 0
    struck: int = 0
    # over the papers in which it is scored, in points
    marked: int = 0
    won: int = 0
    won_squared: int = 0
    with_points: int = 0


@dataclass(frozen=True, slots=True)
class OptionStatistics:
    """`upper`, `lower`: its share in the best and in the weakest group; `correlation`: with the rest score."""

    option: int
    chosen: int
    share: float
    upper: float | None
    lower: float | None
    correlation: float | None


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """One item. `papers`: in how many it stood; what has no answer there was left blank, and is wrong.

    `upper_right`, `lower_right`: shares of right answers in the best and the weakest group, of `upper_papers` and
    `lower_papers` papers. What cannot be told is None; of an item struck from scoring only its options are told.
    """

    item: int
    papers: int
    answered: int
    right: int
    is_struck: bool
    facility: float | None
    discrimination: float | None
    efficiency: float | None
    upper_papers: int
    lower_papers: int
    upper_right: float | None
    lower_right: float | None
    mean_ms: int | None
    options: tuple[OptionStatistics, ...]


@dataclass(frozen=True, slots=True)
class PaperStatistics:
    """All papers together, in points. `scores`: points with how many papers have them. `length`: mean items."""

    papers: int
    scores: tuple[tuple[int, int], ...]
    length: float
    mean: float | None
    median: float | None
    deviation: float | None
    skewness: float | None
    kurtosis: float | None
    alpha: float | None
    standard_error: float | None
    is_one_form: bool
    upper: int
    lower: int


class Tally:
    """Counts papers. Adding the same papers in another order comes to the same."""

    def __init__(self) -> None:
        self._papers: Counter[tuple[int, int]] = Counter()
        self._items: dict[int, _ItemCounts] = {}
        self._pairs: Counter[tuple[int, int]] = Counter()
        self._places = self._ordered_pairs = 0

    def add(self, paper: Sequence[Answer]) -> None:
        """Count one paper; no item stands in it twice."""
        scored = sorted(answer.item for answer in paper if answer.is_right is not None)
        points = sum(answer.points for answer in paper if answer.is_right)
        most = sum(answer.points for answer in paper if answer.is_right is not None)
        self._papers[points, most] += 1
        self._pairs.update(combinations(scored, 2))
        self._places += len(scored)
        self._ordered_pairs += len(scored) * (len(scored) - 1)
        for answer in paper:
            self._count(answer, points, most)

    def _count(self, answer: Answer, points: int, most: int) -> None:
        counts = self._items.get(answer.item)
        if counts is None:
            counts = self._items[answer.item] = _ItemCounts()
        if answer.is_right is None:
            at = _At(points, most, 0, 0)
            counts.struck += 1
        else:
            won = answer.points if answer.is_right else 0
            at = _At(points, most, won, answer.points)
            counts.marked += 1
            counts.won += won
            counts.won_squared += won * won
            counts.with_points += points
        counts.papers[at] += 1
        for option in answer.chosen:
            counts.chosen[at, option] += 1
        if answer.chosen:
            counts.answered += 1
        if answer.time_ms is not None:
            counts.timed += 1
            counts.time_ms += answer.time_ms

    @property
    def items(self) -> Iterator[int]:
        """The items that stood in some paper, in order."""
        return iter(sorted(self._items))

    def item(self, item: int, options: Sequence[int]) -> ItemStatistics:
        """The figures of one item whose options are these. Raises KeyError where no paper held it."""
        counts = self._items[item]
        papers = counts.papers.total()
        lowest, highest = self._bounds()
        upper = {at for at in counts.papers if highest is not None and at.score is not None and at.score >= highest}
        lower = {at for at in counts.papers if lowest is not None and at.score is not None and at.score <= lowest}
        right = Counter({at: n for at, n in counts.papers.items() if at.won and at.worth})
        is_struck = counts.struck > 0
        rested = {at: (at.rest, n) for at, n in counts.papers.items()}
        pairs = _Pairs.of(rested.values(), [(rest, right[at]) for at, (rest, _) in rested.items()])
        return ItemStatistics(
            item=item,
            papers=papers,
            answered=counts.answered,
            right=right.total(),
            is_struck=is_struck,
            facility=None if is_struck else right.total() / papers,
            discrimination=None if is_struck else pairs.correlation,
            efficiency=None if is_struck else pairs.efficiency,
            upper_papers=_sum(counts.papers, upper),
            lower_papers=_sum(counts.papers, lower),
            upper_right=None if is_struck else _share(right, counts.papers, upper),
            lower_right=None if is_struck else _share(right, counts.papers, lower),
            mean_ms=round(counts.time_ms / counts.timed) if counts.timed else None,
            options=tuple(self._option(counts, option, upper, lower) for option in options),
        )

    def _option(self, counts: _ItemCounts, option: int, upper: set[_At], lower: set[_At]) -> OptionStatistics:
        chosen = Counter({at: counts.chosen[at, option] for at in counts.papers})
        pairs = _Pairs.of([(at.rest, n) for at, n in counts.papers.items()], [(at.rest, n) for at, n in chosen.items()])
        return OptionStatistics(
            option=option,
            chosen=chosen.total(),
            share=chosen.total() / counts.papers.total(),
            upper=_share(chosen, counts.papers, upper),
            lower=_share(chosen, counts.papers, lower),
            correlation=pairs.correlation,
        )

    def paper(self) -> PaperStatistics:
        """The figures of all papers together."""
        papers = self._papers.total()
        scores: Counter[int] = Counter()
        for (points, _), n in self._papers.items():
            scores[points] += n
        lowest, highest = self._bounds()
        shares = [(Fraction(points, most), n) for (points, most), n in self._papers.items() if most]
        moments = _moments(scores)
        alpha, within = self._reliability()
        return PaperStatistics(
            papers=papers,
            scores=tuple(sorted(scores.items())),
            length=self._places / papers if papers else 0.0,
            mean=moments.mean,
            median=_median(scores),
            deviation=moments.deviation,
            skewness=moments.skewness,
            kurtosis=moments.kurtosis,
            alpha=alpha,
            standard_error=None if alpha is None or within is None else within * sqrt(max(0.0, 1 - alpha)),
            is_one_form=all(counts.marked in (0, papers) for counts in self._items.values()),
            upper=sum(n for share, n in shares if highest is not None and share >= highest),
            lower=sum(n for share, n in shares if lowest is not None and share <= lowest),
        )

    def _bounds(self) -> tuple[Fraction | None, Fraction | None]:
        """The highest score of the weakest group and the lowest of the best; None where there is no such group.

        Papers of equal score stay together: those at a boundary are lifted into the higher group.
        """
        counts: Counter[Fraction] = Counter()
        for (points, most), n in self._papers.items():
            if most:
                counts[Fraction(points, most)] += n
        wanted = GROUP_SHARE * counts.total()
        lowest = highest = None
        taken = 0
        for share in sorted(counts):
            taken += counts[share]
            if taken > wanted:
                break
            lowest = share
        taken = 0
        for share in sorted(counts, reverse=True):
            taken += counts[share]
            highest = share
            if taken >= wanted:
                break
        return lowest, highest if len(counts) > 1 else None

    def _reliability(self) -> tuple[float | None, float | None]:
        """Cronbach's alpha by mean variance and mean covariance, and the deviation of scores within items' means.

        A covariance is taken over the papers that hold both items; where all papers hold the same items this is alpha
        as usually written. None where fewer than two papers or items, or nothing that varies.
        """
        papers = self._papers.total()
        if papers < 2 or not self._ordered_pairs:
            return None, None
        scored = {item: counts for item, counts in self._items.items() if counts.marked}
        mean = {item: counts.won / counts.marked for item, counts in scored.items()}
        spread = fsum(
            (counts.marked * counts.won_squared - counts.won**2) / counts.marked for counts in scored.values()
        )
        squared = sum(points * points * n for (points, _), n in self._papers.items())
        whole = fsum(
            [
                squared,
                *(
                    mean[item] * (mean[item] * counts.marked - 2 * counts.with_points)
                    for item, counts in scored.items()
                ),
                *(2 * mean[one] * mean[other] * n for (one, other), n in self._pairs.items()),
            ]
        )
        if spread <= 0 or whole <= 1e-12 * squared:
            return None, None
        length = self._places / papers
        variance = spread / self._places
        covariance = (whole - spread) / self._ordered_pairs
        below = variance + (length - 1) * covariance
        return (length * covariance / below if below > 0 else None), sqrt(whole / (papers - 1))


class _Pairs(NamedTuple):
    """Sums over papers of a mark x, 0 or 1, and the rest score y."""

    n: int
    x: int
    y: Fraction
    yy: Fraction
    xy: Fraction
    best: Fraction

    @classmethod
    def of(cls, papers: Iterable[tuple[Fraction | None, int]], marked: Iterable[tuple[Fraction | None, int]]) -> _Pairs:
        """`papers`: rest scores with their number; `marked`: of how many of them the mark is 1."""
        counts: Counter[Fraction] = Counter()
        ones: Counter[Fraction] = Counter()
        for rest, n in papers:
            if rest is not None:
                counts[rest] += n
        for rest, n in marked:
            if rest is not None:
                ones[rest] += n
        total = ones.total()
        best, left = Fraction(0), total
        for rest in sorted(counts, reverse=True):  # the marks dealt to the best: the largest covariance there could be
            taken = min(left, counts[rest])
            best += rest * taken
            left -= taken
        return cls(
            n=counts.total(),
            x=total,
            y=sum((rest * n for rest, n in counts.items()), Fraction(0)),
            yy=sum((rest * rest * n for rest, n in counts.items()), Fraction(0)),
            xy=sum((rest * n for rest, n in ones.items()), Fraction(0)),
            best=best,
        )

    @property
    def correlation(self) -> float | None:
        variances = (self.n * self.x - self.x**2) * (self.n * self.yy - self.y**2)
        return float(self.n * self.xy - self.x * self.y) / sqrt(variances) if variances else None

    @property
    def efficiency(self) -> float | None:
        most = self.n * self.best - self.x * self.y
        return float((self.n * self.xy - self.x * self.y) / most) if most else None


class _Moments(NamedTuple):
    mean: float | None
    deviation: float | None
    skewness: float | None
    kurtosis: float | None


def _moments(scores: Mapping[int, int]) -> _Moments:
    """Mean, and from Fisher's k-statistics standard deviation, skewness and kurtosis."""
    n = sum(scores.values())
    if not n:
        return _Moments(None, None, None, None)
    mean = Fraction(sum(score * count for score, count in scores.items()), n)
    second, third, fourth = (
        sum((count * (score - mean) ** power for score, count in scores.items()), Fraction(0)) for power in (2, 3, 4)
    )
    if n < 2:
        return _Moments(float(mean), None, None, None)
    k2 = second / (n - 1)
    skewness = kurtosis = None
    if k2 and n >= 3:
        skewness = float(n * third / ((n - 1) * (n - 2))) / float(k2) ** 1.5
    if k2 and n >= 4:
        k4 = (n * (n + 1) * fourth - 3 * (n - 1) * second**2) / ((n - 1) * (n - 2) * (n - 3))
        kurtosis = float(k4 / k2**2)
    return _Moments(float(mean), sqrt(k2), skewness, kurtosis)


def _median(scores: Mapping[int, int]) -> float | None:
    n = sum(scores.values())
    if not n:
        return None
    middle, seen = [], 0
    for score in sorted(scores):
        before, seen = seen, seen + scores[score]
        middle += [score for place in {(n - 1) // 2, n // 2} if before <= place < seen]
    return sum(middle) / len(middle)


def _sum(counts: Mapping[_At, int], within: set[_At]) -> int:
    return sum(counts[at] for at in within)


def _share(part: Mapping[_At, int], whole: Mapping[_At, int], within: set[_At]) -> float | None:
    total = _sum(whole, within)
    return _sum(part, within) / total if total else None
