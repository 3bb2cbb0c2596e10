"""The figures of a unit on a desk, and how they add up along the tree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from quiz_app.rules.unit_standing import UnitFigures, add, turnout


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums of a unit: what the rules know of it, who of its roster has sat or sits now, and people from outside.

    `elsewhere` are its people who took part in contests that others hold; they are in no other figure. `needing` are
    those of its roster whom somebody should look after now.
    """

    figures: UnitFigures
    done: int = 0
    sitting: int = 0
    outside: int = 0
    elsewhere: int = 0
    needing: int = 0

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


def together(a: Figures, b: Figures) -> Figures:
    """The sums of both, under the first one's unit."""
    return Figures(
        add(a.figures, b.figures),
        done=a.done + b.done,
        sitting=a.sitting + b.sitting,
        outside=a.outside + b.outside,
        elsewhere=a.elsewhere + b.elsewhere,
        needing=a.needing + b.needing,
    )


def rolled_up(own: Mapping[int, Figures], parent: Mapping[int, int | None]) -> dict[int, Figures]:
    """The sums of every unit with everything below it: each is added once, to the unit right above."""
    totals = dict(own)
    waiting = Counter(above for unit_id in own if (above := parent[unit_id]) is not None)
    ready = [unit_id for unit_id in own if not waiting[unit_id]]
    while ready:
        unit_id = ready.pop()
        above = parent[unit_id]
        if above is None:
            continue
        totals[above] = together(totals[above], totals[unit_id])
        waiting[above] -= 1
        if not waiting[above]:
            ready.append(above)
    return totals


def counted(
    unit_id: int,
    *,
    members: int = 0,
    exempt: int = 0,
    rostered_participants: int = 0,
    participants: int = 0,
    attempts: int = 0,
    done: int = 0,
    sitting: int = 0,
    outside: int = 0,
    elsewhere: int = 0,
    needing: int = 0,
) -> Figures:
    """A unit's figures; points are none of a desk's business."""
    figures = UnitFigures(unit_id, members, exempt, rostered_participants, participants, attempts, 0, 0, 0)
    return Figures(figures, done, sitting, outside, elsewhere, needing)


def nothing(unit_id: int) -> Figures:
    return counted(unit_id)
