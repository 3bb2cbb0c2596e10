"""Who wins what, from a final order of contestants: a number of prizes of each kind, best kind first.

Prizes are given down the order. What is still tied where a prize ends is drawn by lot (`rules.lots`), so no id and no
name ever decides. Notices of this kind cap the number of prizes a person may win over the rounds of a contest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from quiz_app.rules.lots import drawn


@dataclass(frozen=True, slots=True)
class Prize:
    """A kind of prize and how many of it are given."""

    title: str
    count: int

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError("a number of prizes is never negative")


@dataclass(frozen=True, slots=True)
class Contestant:
    """Somebody ranked: `code` is unique and public (it draws the lot), `key` his rank key, smaller is better."""

    code: str
    key: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Award:
    """A prize won. `by_lot`: others of equal merit got another prize or none."""

    code: str
    title: str
    by_lot: bool


def award(
    prizes: Sequence[Prize],
    contestants: Sequence[Contestant],
    seed: str,
    won_before: Mapping[str, int],
    most: int | None,
) -> list[Award]:
    """The prizes in the order they are given; fewer where there are fewer contestants.

    Whoever has won `most` prizes before (by code; None: no cap) is passed over, and the next moves up.
    """
    able = [one for one in contestants if most is None or won_before.get(one.code, 0) < most]
    titles = [prize.title for prize in prizes for _ in range(prize.count)]
    awards: list[Award] = []
    for _, equals in groupby(sorted(able, key=lambda one: one.key), key=lambda one: one.key):
        codes = drawn(seed, [one.code for one in equals])
        given = titles[len(awards) : len(awards) + len(codes)]
        is_split = len(given) < len(codes) or len(set(given)) > 1
        awards += [Award(code, title, by_lot=is_split) for code, title in zip(codes, given, strict=False)]
        if len(awards) == len(titles):
            break
    return awards
