"""Drawing a paper: which items of the pool a member gets, in which order, with which order of options.

A blueprint asks for a number of items per cell (topic and level); papers of 3 to 35 items with a quota per topic are
common. The draw is a keyed order, not a random generator: each candidate is placed by HMAC-SHA256 of its id under the
seed. Any language and any version of Python draws the same paper again from the same seed and pool, so a contested
paper can be recomputed by somebody else, and the order in which a database returns the pool cannot matter.
"""

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Cell:
    """How many items of one topic and level a paper holds."""

    topic: str
    level: int
    count: int

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError("a cell cannot ask for fewer than no items")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A published item that may be drawn. `pinned` options ("all of the above") stay last, in the order given."""

    item_version_id: int
    topic: str
    level: int
    option_ids: tuple[int, ...]
    pinned: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if len(set(self.option_ids)) != len(self.option_ids):
            raise ValueError(f"item version {self.item_version_id} lists an option twice")
        if len(set(self.pinned)) != len(self.pinned) or not set(self.pinned) <= set(self.option_ids):
            raise ValueError(f"item version {self.item_version_id} pins an option twice or one it does not have")


@dataclass(frozen=True, slots=True)
class Shortage:
    """A cell that the pool cannot fill."""

    topic: str
    level: int
    needed: int
    available: int


@dataclass(frozen=True, slots=True)
class DrawnItem:
    """One place of a paper: the item and its options in the order shown."""

    item_version_id: int
    option_order: tuple[int, ...]


class NotEnoughItems(Exception):
    """The pool cannot fill the blueprint; `shortages` names each cell that is short."""

    def __init__(self, shortages: tuple[Shortage, ...]) -> None:
        super().__init__(shortages)
        self.shortages = shortages


def shortages(cells: Iterable[Cell], pool: Iterable[Candidate]) -> tuple[Shortage, ...]:
    """The cells that the pool cannot fill, in the blueprint's order. Cells of the same topic and level add up."""
    available = Counter((item.topic, item.level) for item in _distinct(pool))
    return tuple(
        Shortage(topic, level, needed, available[topic, level])
        for (topic, level), needed in _needed(cells).items()
        if available[topic, level] < needed
    )


def draw(
    cells: Sequence[Cell], pool: Sequence[Candidate], seed: str, avoid: frozenset[int] = frozenset()
) -> tuple[DrawnItem, ...]:
    """Draw a paper: every cell filled exactly, no item twice, items and options shuffled.

    The same seed, cells, pool and `avoid` give the same paper, in whatever order cells and pool are listed. Items in
    `avoid` (already seen by the member) are taken only when the rest of their cell is used up. Every item of a cell is
    equally likely. Raises NotEnoughItems.
    """
    short = shortages(cells, pool)
    if short:
        raise NotEnoughItems(short)
    by_cell: dict[tuple[str, int], list[Candidate]] = {}
    for item in _distinct(pool):
        by_cell.setdefault((item.topic, item.level), []).append(item)
    key = seed.encode()
    chosen: list[Candidate] = []
    for cell, count in _needed(cells).items():
        candidates = by_cell.get(cell, [])
        candidates.sort(key=lambda item: (item.item_version_id in avoid, _rank(key, "item", item.item_version_id)))
        chosen.extend(candidates[:count])
    # A purpose of its own: by the rank that chose them, an item first in a large pool would stand early in the paper.
    chosen.sort(key=lambda item: _rank(key, "place", item.item_version_id))
    return tuple(DrawnItem(item.item_version_id, _option_order(key, item)) for item in chosen)


def pool_hash(pool: Iterable[Candidate]) -> str:
    """A fingerprint of everything in the pool that a draw depends on, stored with the paper; 64 hexadecimal digits.

    Equal for the same candidates in another order.
    """
    rows = sorted(
        (item.item_version_id, item.topic, item.level, sorted(item.option_ids), item.pinned) for item in _distinct(pool)
    )
    return hashlib.sha256(json.dumps(rows, separators=(",", ":")).encode()).hexdigest()


def letter(index: int) -> str:
    """The letter of the option shown at `index`, counted from 0: A, B, C …"""
    if not 0 <= index < len(_LETTERS):
        raise ValueError(f"no letter for option {index}")
    return _LETTERS[index]


def _needed(cells: Iterable[Cell]) -> dict[tuple[str, int], int]:
    needed: dict[tuple[str, int], int] = {}
    for cell in cells:
        needed[cell.topic, cell.level] = needed.get((cell.topic, cell.level), 0) + cell.count
    return needed


def _distinct(pool: Iterable[Candidate]) -> list[Candidate]:
    """Each item once: a pool joined from two sets may list an item twice, and a paper must not."""
    by_id: dict[int, Candidate] = {}
    for item in pool:
        if by_id.setdefault(item.item_version_id, item) != item:
            raise ValueError(f"the pool describes item version {item.item_version_id} in two ways")
    return list(by_id.values())


def _option_order(key: bytes, item: Candidate) -> tuple[int, ...]:
    free = [option for option in item.option_ids if option not in item.pinned]
    free.sort(key=lambda option: _rank(key, "option", item.item_version_id, option))
    return (*free, *item.pinned)


def _rank(key: bytes, purpose: str, *ids: int) -> tuple[bytes, tuple[int, ...]]:
    message = ":".join((purpose, *map(str, ids))).encode()
    return hmac.digest(key, message, "sha256"), ids
