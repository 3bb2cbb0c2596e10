"""What a paper is drawn from: the blueprint's cells, the pool's candidates, and what stands in the way of a draw."""

from collections.abc import Iterable
from dataclasses import dataclass

Group = tuple[str, int]
"""The topic and level that items share: for a blueprint they are alike."""


@dataclass(frozen=True, slots=True)
class Cell:
    """How many items of one topic and level a paper holds, and what each is worth. None: of any topic, of any level."""

    topic: str | None
    level: int | None
    count: int
    points: int = 1

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError("a cell cannot ask for fewer than no items")
        if self.points < 0:
            raise ValueError("points are never negative")

    def takes(self, group: Group) -> bool:
        """Whether items of this topic and level may stand in the cell."""
        topic, level = group
        return self.topic in (None, topic) and self.level in (None, level)


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

    @property
    def group(self) -> Group:
        return self.topic, self.level


@dataclass(frozen=True, slots=True)
class Shortage:
    """A cell that the pool cannot fill; topic or level None is any.

    Where cells are short only together, because they need the same items, `together` lists the topic and level of
    each, and without any one of them the others could be filled. `topic` and `level` are then what they have in common.
    """

    topic: str | None
    level: int | None
    needed: int
    available: int
    together: tuple[tuple[str | None, int | None], ...] = ()


class NotEnoughItems(Exception):
    """The pool cannot fill the blueprint; `shortages` names each cell that is short."""

    def __init__(self, shortages: tuple[Shortage, ...]) -> None:
        super().__init__(shortages)
        self.shortages = shortages


class PinnedOutOfPlace(Exception):
    """Items that must stand in every paper are not in the pool, or have no place left in the cells that take them."""

    def __init__(self, item_version_ids: tuple[int, ...]) -> None:
        super().__init__(item_version_ids)
        self.item_version_ids = item_version_ids


def distinct(pool: Iterable[Candidate]) -> list[Candidate]:
    """Each item once: a pool joined from two sets may list an item twice, and a paper must not."""
    by_id: dict[int, Candidate] = {}
    for item in pool:
        if by_id.setdefault(item.item_version_id, item) != item:
            raise ValueError(f"the pool describes item version {item.item_version_id} in two ways")
    return list(by_id.values())
