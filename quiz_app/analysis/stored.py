"""Figures as they are kept: plain values there, the dataclasses of the rules here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from quiz_app.rules.statistics import ItemStatistics, OptionStatistics, PaperStatistics


@dataclass(frozen=True, slots=True)
class Left:
    """How many attempts were taken, and what was left out: annulled ones, those of members who are not ranked, further
    ones of those who are. `pool`: how many items could have been drawn."""

    taken: int
    annulled: int
    unranked: int
    other_attempts: int
    pool: int


@dataclass(frozen=True, slots=True)
class Figures:
    papers: PaperStatistics
    items: tuple[ItemStatistics, ...]
    left: Left


def to_json(figures: Figures) -> dict[str, Any]:
    return asdict(figures)


def from_json(kept: Mapping[str, Any]) -> Figures:
    papers = {**kept["papers"], "scores": tuple((points, n) for points, n in kept["papers"]["scores"])}
    items = (
        ItemStatistics(**{**item, "options": tuple(OptionStatistics(**one) for one in item["options"])})
        for item in kept["items"]
    )
    return Figures(PaperStatistics(**papers), tuple(items), Left(**kept["left"]))
