"""What item statistics say that somebody should look at. A finding is a question to the authors, never a verdict."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

from quiz_app.rules.statistics import ItemStatistics

FEWEST_PAPERS = 30
TOO_EASY = 0.95
TOO_HARD = 0.3
WEAK_EFFICIENCY = 0.15


class Concern(StrEnum):
    """The gravest first; the first four cast doubt on the key or the item itself."""

    OPTION_BEATS_KEY = "option_beats_key"
    OPTION_FOLLOWS_SCORE = "option_follows_score"
    NEGATIVE = "negative"
    BELOW_GUESS = "below_guess"
    WEAK = "weak"
    TOO_HARD = "too_hard"
    TOO_EASY = "too_easy"
    IDLE_OPTION = "idle_option"
    STRUCK = "struck"
    FEW = "few"


SUSPICIOUS = frozenset({Concern.OPTION_BEATS_KEY, Concern.OPTION_FOLLOWS_SCORE, Concern.NEGATIVE, Concern.BELOW_GUESS})
REMARKABLE = frozenset({Concern.WEAK, Concern.TOO_HARD, Concern.TOO_EASY, Concern.IDLE_OPTION})


@dataclass(frozen=True, slots=True)
class Finding:
    """`option`: which one it is about, where it is about one."""

    concern: Concern
    option: int | None = None


def guess_score(options: int, *, is_multiple: bool, accepted: int = 1) -> float:
    """The share of right answers of somebody who chooses blindly. Of several right options any choice may be made
    but none at all; `accepted` choices count as right."""
    choices = 2**options - 1 if is_multiple else options
    return accepted / choices if choices else 0.0


def findings(item: ItemStatistics, keys: Collection[int], guess: float) -> tuple[Finding, ...]:
    """What is to be said of an item whose right options are `keys`, the gravest first.

    Below FEWEST_PAPERS papers only that: anything else would be chance.
    """
    if item.is_struck:
        return (Finding(Concern.STRUCK),)
    if item.papers < FEWEST_PAPERS:
        return (Finding(Concern.FEW),)
    found = [*_rivals(item, keys), *_of_marks(item, guess)]
    found += [
        Finding(Concern.IDLE_OPTION, one.option) for one in item.options if not one.chosen and one.option not in keys
    ]
    order = list(Concern)
    return tuple(sorted(found, key=lambda finding: order.index(finding.concern)))


def _rivals(item: ItemStatistics, keys: Collection[int]) -> Iterable[Finding]:
    """Wrong options that the best choose more often than the key, or that go with better scores than it does: by more
    than two standard errors of a correlation of nothing, since among many options some go a little by chance."""
    right = [one for one in item.options if one.option in keys]
    best_of_key = min((one.upper or 0.0 for one in right), default=0.0)
    follows = max(min((one.correlation or 0.0 for one in right), default=0.0), 2 / sqrt(item.papers))
    for one in item.options:
        if one.option in keys:
            continue
        if one.upper is not None and one.upper > best_of_key:
            yield Finding(Concern.OPTION_BEATS_KEY, one.option)
        elif one.correlation is not None and one.correlation > follows:
            yield Finding(Concern.OPTION_FOLLOWS_SCORE, one.option)


def _of_marks(item: ItemStatistics, guess: float) -> Iterable[Finding]:
    """A discrimination below nothing by less than one standard error is called weak, as it may as well be above."""
    facility = item.facility or 0.0
    if item.discrimination is not None and item.discrimination < -1 / sqrt(item.papers):
        yield Finding(Concern.NEGATIVE)
    elif item.efficiency is not None and item.efficiency < WEAK_EFFICIENCY and facility <= TOO_EASY:
        yield Finding(Concern.WEAK)
    if facility < guess:
        yield Finding(Concern.BELOW_GUESS)
    elif facility < TOO_HARD:
        yield Finding(Concern.TOO_HARD)
    elif facility > TOO_EASY:
        yield Finding(Concern.TOO_EASY)


def gravity(found: Iterable[Finding]) -> int:
    """2 where the key or the item is in doubt, 1 where it could be better, else 0."""
    concerns = {finding.concern for finding in found}
    return 2 if concerns & SUSPICIOUS else 1 if concerns & REMARKABLE else 0
