"""A collective ranking from several measures at once, as contests publish it for units.

Notices of this kind name a mix of number of participants, turnout, attempts, mean score, share of good scores and
number of winners, each in its size class or block, because big units win by size and small ones by one good paper.
Each measure is the unit's value divided by the best value of its class, times 1000, rounded half up to a whole number;
the unit's mark is their sum by whole weights. So everybody can work out a published mark with paper and pencil.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from quiz_app.rules.standing import places
from quiz_app.rules.unit_standing import UnitFigures, mean_score, turnout

FULL = 1000
"""What the best of a class gets for a measure."""


class MixMeasure(StrEnum):
    """What a collective ranking may weigh; more is better. Above: the share of ranked people with at least x points."""

    PARTICIPANTS = "participants"
    TURNOUT = "turnout"
    ATTEMPTS = "attempts"
    MEAN = "mean"
    ABOVE = "above"
    WINNERS = "winners"


@dataclass(frozen=True, slots=True)
class Contender:
    """A unit with what is counted of it. `class_name` says among which it is compared: its size class or its block.

    `at_or_above` of its ranked participants have at least the points that the rules name; `winners` won a prize.
    `size` is how many members it has, where the figures are those of several rounds and their rosters added up.
    """

    figures: UnitFigures
    class_name: str
    at_or_above: int = 0
    winners: int = 0
    size: int | None = None

    @property
    def members(self) -> int:
        return self.figures.members if self.size is None else self.size


@dataclass(frozen=True, slots=True)
class Mark:
    """What a unit got: 0 to 1000 for each measure weighed, and their weighted sum. `place` is within its class.

    A unit below the minimum size has its marks, so that it sees where it stands, but no place.
    """

    unit_id: int
    class_name: str
    parts: Mapping[MixMeasure, int]
    total: int
    place: int | None


def value(contender: Contender, measure: MixMeasure) -> Fraction:
    """A unit's value in one measure. Where it has none (nobody on the roster, nobody ranked) it is 0."""
    figures = contender.figures
    match measure:
        case MixMeasure.PARTICIPANTS:
            return Fraction(figures.participants)
        case MixMeasure.TURNOUT:
            return turnout(figures) or Fraction(0)
        case MixMeasure.ATTEMPTS:
            return Fraction(figures.attempts)
        case MixMeasure.MEAN:
            return max(mean_score(figures) or Fraction(0), Fraction(0))
        case MixMeasure.ABOVE:
            ranked = figures.ranked_participants
            return Fraction(contender.at_or_above, ranked) if ranked else Fraction(0)
        case MixMeasure.WINNERS:
            return Fraction(contender.winners)


def marks(contenders: Iterable[Contender], weights: Mapping[MixMeasure, int], minimum_members: int = 0) -> list[Mark]:
    """The marks of all units, class by class, best first; equal totals share a place: 1, 2, 2, 4.

    Only units of at least `minimum_members` are measured against and have places: the best value of a class is that of
    the best among them. Raises ValueError for weights that are negative or all zero.
    """
    if min(weights.values(), default=0) < 0 or not any(weights.values()):
        raise ValueError("weights are whole numbers from 0, and at least one of them counts")
    weighed = [measure for measure in MixMeasure if weights.get(measure, 0) > 0]
    classes: dict[str, list[Contender]] = defaultdict(list)
    for contender in contenders:
        classes[contender.class_name].append(contender)
    found: list[Mark] = []
    for name in sorted(classes):
        found += _of_class(name, classes[name], weighed, weights, minimum_members)
    return found


def _of_class(
    name: str,
    contenders: list[Contender],
    weighed: list[MixMeasure],
    weights: Mapping[MixMeasure, int],
    minimum_members: int,
) -> list[Mark]:
    placed = [one for one in contenders if one.members >= minimum_members]
    best = {measure: max((value(one, measure) for one in placed), default=Fraction(0)) for measure in weighed}
    totals: list[tuple[int, bool, Contender, dict[MixMeasure, int]]] = []
    for one in contenders:
        parts = {measure: _part(value(one, measure), best[measure]) for measure in weighed}
        total = sum(weights[measure] * part for measure, part in parts.items())
        totals.append((total, one.members >= minimum_members, one, parts))
    totals.sort(key=lambda row: (not row[1], -row[0], row[2].figures.unit_id))
    held = iter(places([(-total,) for total, is_placed, _, _ in totals if is_placed]))
    return [
        Mark(
            unit_id=one.figures.unit_id,
            class_name=name,
            parts=parts,
            total=total,
            place=next(held) if is_placed else None,
        )
        for total, is_placed, one, parts in totals
    ]


def _part(own: Fraction, best: Fraction) -> int:
    """0 to 1000, rounded half up. A unit too small for a place may be better than the best that has one: 1000."""
    if best <= 0:
        return 0
    return min(FULL, int(own * FULL / best + Fraction(1, 2)))
