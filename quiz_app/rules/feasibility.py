"""Whether a pool can fill a blueprint, proved by maximum flow between cells and items.

Cells may overlap ("any of topic 5" beside "topic 5, level 3"), so looking at one cell after the other is not enough:
the first may take the only item that the second could use, though a full paper exists. Items of one topic and level
are alike and flow as one group; a pool of ten thousand items is a network of some dozen nodes.
"""

from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from quiz_app.rules.blueprint import Candidate, Cell, Group, Shortage, distinct


@dataclass(frozen=True, slots=True)
class Filling:
    """So many items of this topic and level stand in the cell listed at this index."""

    cell: int
    topic: str
    level: int
    count: int


class Seating:
    """Items given to the places of cells one by one, those already seated moving over where that makes room.

    What can be seated together is a matroid: whoever offers items in an order of preference gets the best paper by
    that order, and a group refused once is refused ever after.
    """

    def __init__(self, cells: Sequence[Cell]) -> None:
        self._cells = cells
        self._free = [cell.count for cell in cells]
        self._seated: list[Counter[Group]] = [Counter() for _ in cells]

    @property
    def free(self) -> int:
        """How many places are empty."""
        return sum(self._free)

    def seated(self, cell: int) -> Mapping[Group, int]:
        """How many items of each group stand in the cell at this index."""
        return {group: count for group, count in self._seated[cell].items() if count > 0}

    def seat(self, group: Group) -> bool:
        """Find a place for one more item of a group by a shortest augmenting path; False if there is none."""
        came_from: dict[int, Group] = {}
        moved_out_of: dict[Group, int] = {}
        waiting = deque([group])
        while waiting:
            arriving = waiting.popleft()
            for index, cell in enumerate(self._cells):
                if index in came_from or cell.count == 0 or not cell.takes(arriving):
                    continue
                came_from[index] = arriving
                if self._free[index] > 0:
                    self._free[index] -= 1
                    self._move(group, index, came_from, moved_out_of)
                    return True
                for sitting, count in self._seated[index].items():
                    if count > 0 and sitting != group and sitting not in moved_out_of:
                        moved_out_of[sitting] = index
                        waiting.append(sitting)
        return False

    def _move(self, group: Group, index: int, came_from: dict[int, Group], moved_out_of: dict[Group, int]) -> None:
        while (arriving := came_from[index]) != group:
            self._seated[index][arriving] += 1
            index = moved_out_of[arriving]
            self._seated[index][arriving] -= 1
        self._seated[index][group] += 1


def assign(cells: Sequence[Cell], pool: Iterable[Candidate]) -> tuple[Filling, ...] | None:
    """The proof that the pool fills every cell: how many items of which group stand in which; None if it cannot."""
    seating = _seat_all(cells, _sizes(pool))
    if seating.free:
        return None
    return tuple(
        Filling(index, topic, level, count)
        for index in range(len(cells))
        for (topic, level), count in sorted(seating.seated(index).items())
    )


def shortages(cells: Iterable[Cell], pool: Iterable[Candidate]) -> tuple[Shortage, ...]:
    """The cells that the pool cannot fill, in the blueprint's order; empty exactly where `assign` finds a proof.

    Cells of the same topic and level add up. Cells that are short by themselves come first; then those that are short
    only together, in groups as small as can be.
    """
    sizes = _sizes(pool)
    alone: list[Shortage] = []
    rest: list[Cell] = []
    for cell in _added_up(cells):
        available = _available([cell], sizes)
        if available < cell.count:
            alone.append(Shortage(cell.topic, cell.level, cell.count, available))
        else:
            rest.append(cell)
    joint: list[Shortage] = []
    while _seat_all(rest, sizes).free:
        short = _least_short(rest, sizes)
        joint.append(_joint_shortage(short, sizes))
        rest = [cell for cell in rest if cell not in short]
    return (*alone, *joint)


def out_of_place(cells: Sequence[Cell], pool: Iterable[Candidate], pinned: Collection[int]) -> tuple[int, ...]:
    """Those of the items pinned to every paper that are not in the pool, or for which the cells have no place left."""
    groups = {item.item_version_id: item.group for item in distinct(pool)}
    seating = Seating(cells)
    return tuple(number for number in sorted(pinned) if number not in groups or not seating.seat(groups[number]))


def _sizes(pool: Iterable[Candidate]) -> Counter[Group]:
    return Counter(item.group for item in distinct(pool))


def _added_up(cells: Iterable[Cell]) -> list[Cell]:
    needed: dict[tuple[str | None, int | None], int] = {}
    for cell in cells:
        needed[cell.topic, cell.level] = needed.get((cell.topic, cell.level), 0) + cell.count
    return [Cell(topic, level, count) for (topic, level), count in needed.items()]


def _available(cells: Sequence[Cell], sizes: Mapping[Group, int]) -> int:
    return sum(size for group, size in sizes.items() if any(cell.takes(group) for cell in cells))


def _seat_all(cells: Sequence[Cell], sizes: Mapping[Group, int]) -> Seating:
    seating = Seating(cells)
    for group in sorted(sizes):
        for _ in range(sizes[group]):
            if not seating.seat(group):
                break
    return seating


def _least_short(cells: Sequence[Cell], sizes: Mapping[Group, int]) -> list[Cell]:
    """Cells short together of which none can be left out: each alone is left out as long as the others stay short."""
    short = list(cells)
    for cell in cells:
        others = [other for other in short if other is not cell]
        if _seat_all(others, sizes).free:
            short = others
    return short


def _joint_shortage(cells: Sequence[Cell], sizes: Mapping[Group, int]) -> Shortage:
    """By Hall's theorem such cells need, all together, more items than there are for all of them together."""
    topics, levels = {cell.topic for cell in cells}, {cell.level for cell in cells}
    return Shortage(
        topic=topics.pop() if len(topics) == 1 else None,
        level=levels.pop() if len(levels) == 1 else None,
        needed=sum(cell.count for cell in cells),
        available=_available(cells, sizes),
        together=tuple((cell.topic, cell.level) for cell in cells),
    )
