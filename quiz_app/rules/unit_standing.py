"""The order of units: turnout, mean score, number of participants; and their sums up the tree.

People and attempts are two numbers and always given separately (1.4 to 7.8 attempts a person are usual). A turnout
exists only for those on a roster: participants ÷ (members − exempt); of others there are only counts. Ratios are
exact fractions, so that equal units share a place whatever their size.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

_SMALL_UP_TO = 15
_MEDIUM_UP_TO = 40


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """What is counted of one unit.

    `members` and `exempt` come from the roster snapshot of the round; `rostered_participants` are people of it who are
    not exempt and took part (those the turnout divides by); `participants` are all people, on the roster or not.
    `ranked_participants` are those of them who are ranked: `score_sum` and `full_marks` are of these alone, so that
    organisers and authors, who know the items, lift no unit's mean.
    """

    unit_id: int
    members: int
    exempt: int
    rostered_participants: int
    participants: int
    attempts: int
    score_sum: int
    full_marks: int
    ranked_participants: int


class UnitMeasure(StrEnum):
    """What units are ranked by; more is better."""

    TURNOUT = "turnout"
    MEAN = "mean"
    PARTICIPANTS = "participants"


class SizeClass(StrEnum):
    """Units are compared among those of their size: a party cell has 3 to 166 members, about 30 in the median."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


def turnout(figures: UnitFigures) -> Fraction | None:
    """The part of the roster that took part; None where nobody on it could."""
    able = figures.members - figures.exempt
    return Fraction(figures.rostered_participants, able) if able > 0 else None


def mean_score(figures: UnitFigures) -> Fraction | None:
    """The mean of the counted scores of those who took part and are ranked; None where nobody is."""
    return Fraction(figures.score_sum, figures.ranked_participants) if figures.ranked_participants > 0 else None


def measured(figures: UnitFigures, measure: UnitMeasure) -> Fraction | None:
    """The value a unit is ranked by, larger is better; None where it has none."""
    match measure:
        case UnitMeasure.TURNOUT:
            return turnout(figures)
        case UnitMeasure.MEAN:
            return mean_score(figures)
        case UnitMeasure.PARTICIPANTS:
            return Fraction(figures.participants)


def size_class(members: int) -> SizeClass:
    """Small up to 15 members, medium up to 40, large above."""
    if members <= _SMALL_UP_TO:
        return SizeClass.SMALL
    if members <= _MEDIUM_UP_TO:
        return SizeClass.MEDIUM
    return SizeClass.LARGE


def add(a: UnitFigures, b: UnitFigures) -> UnitFigures:
    """The figures of both together, under the first one's unit."""
    return UnitFigures(
        unit_id=a.unit_id,
        members=a.members + b.members,
        exempt=a.exempt + b.exempt,
        rostered_participants=a.rostered_participants + b.rostered_participants,
        participants=a.participants + b.participants,
        attempts=a.attempts + b.attempts,
        score_sum=a.score_sum + b.score_sum,
        full_marks=a.full_marks + b.full_marks,
        ranked_participants=a.ranked_participants + b.ranked_participants,
    )


def roll_up(figures: Mapping[int, UnitFigures], parent: Mapping[int, int | None]) -> dict[int, UnitFigures]:
    """The figures of every unit given and of every ancestor, each with those of its whole subtree.

    A unit without a parent, or not in `parent`, is a root. Raises ValueError for a tree that runs in a circle.
    """
    totals: dict[int, UnitFigures] = {}
    for unit_id, own in figures.items():
        for ancestor in _line(unit_id, parent):
            held = totals.get(ancestor)
            if held is not None:
                totals[ancestor] = add(held, own)
            else:
                totals[ancestor] = own if own.unit_id == ancestor else replace(own, unit_id=ancestor)
    return totals


def unit_places(figures: Iterable[UnitFigures], measure: UnitMeasure) -> list[tuple[int | None, UnitFigures]]:
    """The units best first, each with its place. Equal values share a place: 1, 2, 2, 4.

    Units without a value come last and have no place. Units of the same place stand in the order of the other
    measures, then of their ids: an order to show them in, not a rank.
    """
    measures = [measure, *(other for other in UnitMeasure if other is not measure)]
    ranked = sorted(figures, key=lambda unit: (*(_descending(measured(unit, m)) for m in measures), unit.unit_id))
    result: list[tuple[int | None, UnitFigures]] = []
    place, previous = 0, None
    for number, unit in enumerate(ranked, start=1):
        value = measured(unit, measure)
        if value != previous:
            place, previous = number, value
        result.append((None if value is None else place, unit))
    return result


def _descending(value: Fraction | None) -> tuple[bool, Fraction]:
    return value is None, -value if value is not None else Fraction(0)


def _line(unit_id: int, parent: Mapping[int, int | None]) -> list[int]:
    line = [unit_id]
    while (above := parent.get(line[-1])) is not None:
        if above in line:
            raise ValueError(f"the units above unit {unit_id} run in a circle")
        line.append(above)
    return line
