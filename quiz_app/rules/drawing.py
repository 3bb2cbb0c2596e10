"""Drawing a paper: which items of the pool a member gets, in which order, with which order of options.

A blueprint asks for a number of items per cell (topic and level, or any); papers of 3 to 35 items with a quota per
topic are common. The draw is a keyed order, not a random generator: each candidate is placed by HMAC-SHA256 of its id
under the seed. Any language and any version of Python draws the same paper again from the same seed and pool, so a
contested paper can be recomputed by somebody else, and the order in which a database returns the pool cannot matter.

Along that order every item is taken that still leaves a full paper possible. So, whatever the cells: items of one
topic and level are equally likely; so are all items of a cell, also of any topic or level, that shares none with
another cell. Where cells overlap, an item that several could hold is likelier than one that only one could hold.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from quiz_app.rules.blueprint import (
    Candidate,
    Cell,
    Group,
    NotEnoughItems,
    PinnedOutOfPlace,
    Shortage,
    distinct,
)
from quiz_app.rules.feasibility import Seating, out_of_place, shortages

__all__ = [
    "Candidate",
    "Cell",
    "DrawnItem",
    "NotEnoughItems",
    "PinnedOutOfPlace",
    "Shortage",
    "choose",
    "draw",
    "letter",
    "pool_hash",
    "shortages",
]

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class DrawnItem:
    """One place of a paper: the item, its options in the order shown, and what it is worth by its cell."""

    item_version_id: int
    option_order: tuple[int, ...]
    points: int = 1


def draw(
    cells: Sequence[Cell],
    pool: Sequence[Candidate],
    seed: str,
    avoid: frozenset[int] = frozenset(),
    pinned: frozenset[int] = frozenset(),
) -> tuple[DrawnItem, ...]:
    """Draw a paper: every cell filled exactly, no item twice, items and options shuffled.

    The same seed, cells, pool, `avoid` and `pinned` give the same paper, in whatever order cells and pool are listed.
    Items in `pinned` stand in every paper, each in a cell that takes it. Of those in `avoid` (already seen by the
    member) there are as few as the pool allows, over the whole paper. Raises NotEnoughItems, PinnedOutOfPlace.
    """
    items = distinct(pool)
    key = seed.encode()

    def preference(item: Candidate) -> tuple[bool, bool, tuple[bytes, tuple[int, ...]]]:
        number = item.item_version_id
        return number not in pinned, number in avoid, _rank(key, "item", number)

    groups = {group for group in {item.group for item in items} if any(cell.takes(group) for cell in cells)}
    chosen = choose(cells, sorted((item for item in items if item.group in groups), key=preference))
    if len(chosen) < sum(cell.count for cell in cells):
        raise NotEnoughItems(shortages(cells, items))
    if not pinned <= {item.item_version_id for item, _ in chosen}:
        raise PinnedOutOfPlace(out_of_place(cells, items, pinned))
    # A purpose of its own: by the rank that chose them, an item first in a large pool would stand early in the paper.
    chosen.sort(key=lambda place: _rank(key, "place", place[0].item_version_id))
    return tuple(DrawnItem(item.item_version_id, _option_order(key, item), points) for item, points in chosen)


def choose(cells: Iterable[Cell], preferred: Iterable[Candidate]) -> list[tuple[Candidate, int]]:
    """The items of a paper with the points of their cells, from candidates given once each in order of preference.

    Each is taken if a full paper remains possible with it: no other full paper is better by that order. Where no full
    paper exists, as many items as can stand in the cells.
    """
    by_name = sorted(cells, key=_by_name)
    seating = Seating(by_name)
    left = seating.free
    taken: dict[Group, list[Candidate]] = {}
    full: set[Group] = set()
    for item in preferred:
        if left == 0:
            break
        if item.group in full:
            continue
        if not seating.seat(item.group):
            full.add(item.group)
            continue
        taken.setdefault(item.group, []).append(item)
        left -= 1
    chosen: list[tuple[Candidate, int]] = []
    for index, cell in enumerate(by_name):
        for group, count in sorted(seating.seated(index).items()):
            chosen += [(taken[group].pop(), cell.points) for _ in range(count)]
    return chosen


def pool_hash(pool: Iterable[Candidate]) -> str:
    """A fingerprint of everything in the pool that a draw depends on, stored with the paper; 64 hexadecimal digits.

    Equal for the same candidates in another order.
    """
    rows = sorted(
        (item.item_version_id, item.topic, item.level, sorted(item.option_ids), item.pinned) for item in distinct(pool)
    )
    return hashlib.sha256(json.dumps(rows, separators=(",", ":")).encode()).hexdigest()


def letter(index: int) -> str:
    """The letter of the option shown at `index`, counted from 0: A, B, C …"""
    if not 0 <= index < len(_LETTERS):
        raise ValueError(f"no letter for option {index}")
    return _LETTERS[index]


def _by_name(cell: Cell) -> tuple[bool, str, bool, int, int, int]:
    return cell.topic is None, cell.topic or "", cell.level is None, cell.level or 0, cell.points, cell.count


def _option_order(key: bytes, item: Candidate) -> tuple[int, ...]:
    free = [option for option in item.option_ids if option not in item.pinned]
    free.sort(key=lambda option: _rank(key, "option", item.item_version_id, option))
    return (*free, *item.pinned)


def _rank(key: bytes, purpose: str, *ids: int) -> tuple[bytes, tuple[int, ...]]:
    message = ":".join((purpose, *map(str, ids))).encode()
    return hmac.digest(key, message, "sha256"), ids
