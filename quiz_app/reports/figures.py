"""Everything that a report says in numbers, as values: counted once, kept as JSON, known by its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from quiz_app.rules.unit_standing import UnitFigures


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A round that is over. `best`, `place` and points are None or 0 where the boards do not tell them.

    `outside` are participants who stand on no roster; `place` is the unit's among `ranked` of its class.
    """

    title: str
    contest: str
    closed_at: str
    figures: UnitFigures
    outside: int
    best: int | None
    max_score: int | None
    place: int | None
    ranked: int
    is_final: bool
    is_frozen: bool
    shows_scores: bool


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit below, its rounds added up; `members` is how many its latest roster has, `depth` 1 right below."""

    unit_id: int
    name: str
    depth: int
    members: int
    place: int | None
    figures: UnitFigures


@dataclass(frozen=True, slots=True)
class ModuleLine:
    """How many members have read a module to its end; `unit_id` 0 for the unit itself with all below."""

    unit_id: int
    module: str
    finished: int
    members: int


@dataclass(frozen=True, slots=True)
class MeetingLine:
    """The confirmed thematic meetings of a unit with all below: how many, people expected at them, people there.

    `unit_id` 0 for the report's own unit.
    """

    unit_id: int
    meetings: int
    expected: int
    present: int


@dataclass(frozen=True, slots=True)
class OutsideLine:
    title: str
    organiser: str
    people: int


@dataclass(frozen=True, slots=True)
class AskedLine:
    kind: str
    state: str
    count: int


@dataclass(frozen=True, slots=True)
class PrizeLine:
    """A prize of a published table. `is_for_unit`: of the unit itself or one below, else of so many of its people."""

    subject: str
    title: str
    is_for_unit: bool
    winner: str
    count: int


@dataclass(frozen=True, slots=True)
class Figures:
    """One report's numbers as they stood at `counted_at`, for a unit with all below, over the rounds that ended within
    the period. `waiting` are titles of rounds that had begun and were not over: no figure has them. `closed` are units
    below that took part and are no more: they have a line, and neither place nor mention."""

    unit_id: int
    unit_name: str
    starts_on: str
    ends_on: str
    counted_at: str
    rounds: tuple[RoundLine, ...]
    waiting: tuple[str, ...]
    members: int
    total: UnitFigures
    place: int | None
    ranked: int
    units: tuple[UnitLine, ...]
    modules: tuple[ModuleLine, ...]
    meetings: tuple[MeetingLine, ...]
    outside: tuple[OutsideLine, ...]
    asked: tuple[AskedLine, ...]
    prizes: tuple[PrizeLine, ...]
    closed: tuple[int, ...] = ()

    @property
    def counted_instant(self) -> datetime:
        return datetime.fromisoformat(self.counted_at)

    @property
    def period(self) -> tuple[date, date]:
        return date.fromisoformat(self.starts_on), date.fromisoformat(self.ends_on)

    @property
    def children(self) -> tuple[UnitLine, ...]:
        """The units right below."""
        return tuple(line for line in self.units if line.depth == 1)

    @property
    def own_modules(self) -> tuple[ModuleLine, ...]:
        return tuple(line for line in self.modules if not line.unit_id)


def absent(figures: UnitFigures) -> int:
    """Members who should have taken part and have not."""
    return figures.members - figures.exempt - figures.rostered_participants


def to_json(figures: Figures) -> dict[str, Any]:
    """The units, of which there may be thousands, as plain rows."""
    kept = asdict(replace(figures, units=()))
    kept["units"] = [
        [line.unit_id, line.name, line.depth, line.members, line.place, *_counts(line.figures)]
        for line in figures.units
    ]
    return kept


def from_json(kept: Mapping[str, Any]) -> Figures:
    return Figures(
        **{
            **kept,
            "rounds": tuple(RoundLine(**{**one, "figures": UnitFigures(**one["figures"])}) for one in kept["rounds"]),
            "waiting": tuple(kept["waiting"]),
            "total": UnitFigures(**kept["total"]),
            "units": tuple(_unit_line(row) for row in kept["units"]),
            "modules": tuple(ModuleLine(**one) for one in kept["modules"]),
            "meetings": tuple(MeetingLine(**one) for one in kept["meetings"]),
            "outside": tuple(OutsideLine(**one) for one in kept["outside"]),
            "asked": tuple(AskedLine(**one) for one in kept["asked"]),
            "prizes": tuple(PrizeLine(**one) for one in kept["prizes"]),
            "closed": tuple(kept.get("closed", ())),
        }
    )


def hash_of(kept: Mapping[str, Any]) -> str:
    """The hash of figures, or of a whole report, as they are kept."""
    written = json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def _counts(figures: UnitFigures) -> list[int]:
    _, *counts = asdict(figures).values()
    return counts


def _unit_line(row: Sequence[Any]) -> UnitLine:
    unit_id, name, depth, members, place, *counts = row
    return UnitLine(unit_id, name, depth, members, place, UnitFigures(unit_id, *counts))
