"""The figures of a unit on a desk, and how they add up along the tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from quiz_app.rules.unit_standing import UnitFigures, roll_up, turnout


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums of a unit: what the rules know of it, who of its roster has sat or sits now, and people from outside.

    `elsewhere` are its people who took part in contests that others hold; they are in no other figure.
    """

    figures: UnitFigures
    done: int = 0
    sitting: int = 0
    outside: int = 0
    elsewhere: int = 0

    @property
    def missing(self) -> int:
        """Members who should have taken part and have not, those who sit now left out."""
        return self.figures.members - self.done - self.sitting - self.exempt

    @property
    def exempt(self) -> int:
        """Exempt members who have not taken part all the same."""
        return self.figures.exempt - (self.done - self.figures.rostered_participants)

    @property
    def able(self) -> int:
        """How many the turnout divides by."""
        return self.figures.members - self.figures.exempt

    @property
    def turnout(self) -> Fraction | None:
        return turnout(self.figures)


def rolled_up(own: Mapping[int, Figures], parent: Mapping[int, int | None]) -> dict[int, Figures]:
    figures = roll_up({unit_id: sums.figures for unit_id, sums in own.items()}, parent)
    totals = {unit_id: Figures(figures[unit_id]) for unit_id in own}
    for unit_id, sums in own.items():
        at: int | None = unit_id
        while at is not None:
            total = totals[at]
            totals[at] = replace(
                total,
                done=total.done + sums.done,
                sitting=total.sitting + sums.sitting,
                outside=total.outside + sums.outside,
                elsewhere=total.elsewhere + sums.elsewhere,
            )
            at = parent[at]
    return totals


def nothing(unit_id: int) -> Figures:
    return Figures(UnitFigures(unit_id, 0, 0, 0, 0, 0, 0, 0, 0))
