"""Cells of any topic or any level: feasibility against brute force, and what a draw from them promises."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz_app.rules.blueprint import Candidate, Cell, NotEnoughItems, PinnedOutOfPlace, Shortage
from quiz_app.rules.drawing import draw, shortages
from quiz_app.rules.feasibility import assign, out_of_place
from tests.rules.pools import is_fair, item

DRAWS = 10_000


def fits(cells: Sequence[Cell], items: Sequence[Candidate]) -> bool:
    """Whether all these items can stand in the cells together, by trying everything."""
    if not items:
        return True
    first, rest = items[0], items[1:]
    for index, cell in enumerate(cells):
        if cell.count and cell.topic in (None, first.topic) and cell.level in (None, first.level):
            fewer = Cell(cell.topic, cell.level, cell.count - 1, cell.points)
            if fits([*cells[:index], fewer, *cells[index + 1 :]], rest):
                return True
    return False


def full_papers(cells: Sequence[Cell], pool: Sequence[Candidate]) -> list[frozenset[int]]:
    """Every set of items that fills every place of every cell."""
    length = sum(cell.count for cell in cells)
    return [
        frozenset(c.item_version_id for c in items) for items in combinations(pool, length) if fits(cells, list(items))
    ]


some_cells = st.lists(
    st.builds(
        Cell,
        st.sampled_from([None, "a", "b"]),
        st.sampled_from([None, 1, 2]),
        st.integers(0, 2),
        st.integers(1, 3),
    ),
    max_size=4,
)
some_items = st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 2)), max_size=8).map(
    lambda groups: tuple(item(number, *group, options=2) for number, group in enumerate(groups, start=1))
)
numbers = st.frozensets(st.integers(1, 9), max_size=4)
seeds = st.text(max_size=5)


@given(some_cells, some_items)
def test_a_proof_is_found_exactly_where_a_full_paper_exists(cells: list[Cell], pool: tuple[Candidate, ...]) -> None:
    proof = assign(cells, pool)
    assert (proof is not None) == bool(full_papers(cells, pool))
    assert (shortages(cells, pool) == ()) == (proof is not None)
    if proof is None:
        return
    sizes = Counter(candidate.group for candidate in pool)
    used: Counter[tuple[str, int]] = Counter()
    held: Counter[int] = Counter()
    for filling in proof:
        assert filling.count > 0
        assert cells[filling.cell].takes((filling.topic, filling.level))
        used[filling.topic, filling.level] += filling.count
        held[filling.cell] += filling.count
    assert [held[index] for index in range(len(cells))] == [cell.count for cell in cells]
    assert used <= sizes


@given(some_cells, some_items)
def test_what_is_short_is_explained_in_numbers_that_anybody_can_check(
    cells: list[Cell], pool: tuple[Candidate, ...]
) -> None:
    for short in shortages(cells, pool):
        names = short.together or ((short.topic, short.level),)
        named = [cell for cell in cells if (cell.topic, cell.level) in names]
        assert short.needed == sum(cell.count for cell in named)
        assert short.available == sum(any(cell.takes(candidate.group) for cell in named) for candidate in pool)
        assert short.available < short.needed
        for name in short.together:
            assert full_papers([cell for cell in named if (cell.topic, cell.level) != name], pool)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        pytest.param([Cell("a", 1, 2), Cell("a", None, 1), Cell(None, None, 2)], (), id="exactly enough"),
        pytest.param([Cell(None, None, 6)], (Shortage(None, None, 6, 5),), id="more than the pool holds"),
        pytest.param([Cell("a", None, 4)], (Shortage("a", None, 4, 3),), id="a topic at any level"),
        pytest.param([Cell(None, 2, 3)], (Shortage(None, 2, 3, 2),), id="a level of any topic"),
        pytest.param(
            [Cell("b", 1, 1), Cell("a", 1, 2), Cell("a", None, 2)],
            (Shortage("a", None, 4, 3, together=(("a", 1), ("a", None))),),
            id="short only together, and the cell that is well is not named",
        ),
        pytest.param(
            [Cell("a", None, 3), Cell(None, 2, 2)],
            (Shortage(None, None, 5, 4, together=(("a", None), (None, 2))),),
            id="a topic and a level that cross",
        ),
        pytest.param(
            [Cell("a", 2, 2), Cell("a", None, 3), Cell("a", 1, 1)],
            (Shortage("a", 2, 2, 1), Shortage("a", None, 4, 3, together=(("a", None), ("a", 1)))),
            id="alone first, then together",
        ),
    ],
)
def test_shortages_of_overlapping_cells(cells: list[Cell], expected: tuple[Shortage, ...]) -> None:
    pool = [item(1, "a"), item(2, "a"), item(3, "a", 2), item(4, "b"), item(5, "b", 2)]
    assert shortages(cells, pool) == expected
    if not expected:
        assert len(draw(cells, pool, "seed")) == 5
        return
    with pytest.raises(NotEnoughItems) as refused:
        draw(cells, pool, "seed")
    assert refused.value.shortages == expected


def test_a_large_pool_is_proved_like_a_small_one() -> None:
    pool = [item(number, f"t{number % 40}", number % 3) for number in range(10_000)]
    cells = [*(Cell(f"t{n}", None, 2) for n in range(40)), Cell(None, 0, 30), Cell(None, None, 20)]
    assert assign(cells, pool) is not None
    assert shortages([*cells, Cell("t7", 1, 85)], pool) == (Shortage("t7", 1, 85, 84),)
    assert shortages([*cells, Cell("t7", 1, 84), Cell("t7", 2, 83), Cell("t7", 0, 82)], pool) == (
        Shortage("t7", None, 251, 250, together=(("t7", None), ("t7", 1), ("t7", 2), ("t7", 0))),
    )


@given(some_cells, some_items, seeds, numbers, numbers)
def test_a_draw_fills_every_cell_with_what_is_pinned_and_as_little_as_can_be_seen(
    cells: list[Cell], pool: tuple[Candidate, ...], seed: str, avoid: frozenset[int], pinned: frozenset[int]
) -> None:
    papers = full_papers(cells, pool)
    if not papers:
        with pytest.raises(NotEnoughItems):
            draw(cells, pool, seed, avoid, pinned)
        return
    allowed = [paper for paper in papers if pinned <= paper]
    assert (out_of_place(cells, pool, pinned) == ()) == bool(allowed)
    if not allowed:
        with pytest.raises(PinnedOutOfPlace) as refused:
            draw(cells, pool, seed, avoid, pinned)
        assert frozenset(refused.value.item_version_ids) <= pinned
        return
    paper = draw(cells, pool, seed, avoid, pinned)
    drawn = frozenset(place.item_version_id for place in paper)
    assert len(drawn) == len(paper)
    assert drawn in allowed
    assert len(drawn & avoid) == min(len(other & avoid) for other in allowed)


@given(some_cells, some_items, seeds)
def test_points_come_from_cells_that_take_the_item(cells: list[Cell], pool: tuple[Candidate, ...], seed: str) -> None:
    if not full_papers(cells, pool):
        return
    by_id = {candidate.item_version_id: candidate for candidate in pool}
    worth: dict[int, list[Candidate]] = {}
    for place in draw(cells, pool, seed):
        worth.setdefault(place.points, []).append(by_id[place.item_version_id])
    for points in {cell.points for cell in cells}:
        alike = [cell for cell in cells if cell.points == points]
        assert len(worth.get(points, [])) == sum(cell.count for cell in alike)
        assert fits(alike, worth.get(points, []))


@given(some_cells, some_items, seeds, numbers, st.randoms(use_true_random=False))
def test_same_seed_same_paper_in_whatever_order_things_are_listed(
    cells: list[Cell], pool: tuple[Candidate, ...], seed: str, avoid: frozenset[int], random: Random
) -> None:
    if not full_papers(cells, pool):
        return
    first = draw(cells, pool, seed, avoid)
    assert draw(random.sample(cells, len(cells)), random.sample(pool, len(pool)), seed, avoid) == first


def test_a_cell_of_anything_does_not_eat_what_another_needs() -> None:
    """A greedy draw, cell after cell, fails here for about half of all seeds."""
    pool = [item(1, "a"), item(2, "b")]
    for n in range(50):
        paper = draw([Cell(None, None, 1, points=1), Cell("a", 1, 1, points=2)], pool, f"seed {n}")
        assert {place.item_version_id: place.points for place in paper} == {1: 2, 2: 1}


def test_least_overlap_is_sought_over_the_whole_paper() -> None:
    """The unseen item of topic a must go to the cell of topic a, so that the other can take the unseen one of b."""
    pool = [item(1, "a"), item(2, "a"), item(3, "b")]
    for n in range(50):
        paper = draw([Cell(None, None, 1), Cell("a", 1, 1)], pool, f"seed {n}", avoid=frozenset({1}))
        assert {place.item_version_id for place in paper} == {2, 3}


def test_a_pinned_item_counts_into_its_cell() -> None:
    pool = [item(number, "a") for number in range(1, 6)] + [item(9, "b")]
    for n in range(50):
        paper = draw([Cell("a", 1, 2)], pool, f"seed {n}", avoid=frozenset({3}), pinned=frozenset({3}))
        assert len(paper) == 2
        assert 3 in {place.item_version_id for place in paper}


@pytest.mark.parametrize(
    ("pinned", "expected"),
    [
        ([1, 2], ()),
        ([1, 2, 3], (3,)),
        ([9], (9,)),
        ([77], (77,)),
        ([77, 9, 3, 2, 1], (3, 9, 77)),
    ],
)
def test_pinned_items_without_a_place_are_named(pinned: Iterable[int], expected: tuple[int, ...]) -> None:
    pool = [item(number, "a") for number in range(1, 6)] + [item(9, "b")]
    assert out_of_place([Cell("a", 1, 2)], pool, frozenset(pinned)) == expected


def papers_of(cells: list[Cell], pool: list[Candidate]) -> list[frozenset[int]]:
    return [
        frozenset(place.item_version_id for place in draw(cells, pool, f"seed {n} of {len(cells)}"))
        for n in range(DRAWS)
    ]


def test_every_item_of_a_cell_of_any_topic_or_level_is_equally_likely() -> None:
    pool = [item(n, "abc"[n % 3], 1 + n % 2, options=1) for n in range(7)] + [item(7, "d", 3, options=1)]
    assert is_fair(papers_of([Cell(None, None, 3)], pool), frozenset(range(8)))


def test_every_item_of_a_cell_beside_one_of_anything_is_equally_likely() -> None:
    """Two of topic a, two of anything: items of one topic and level are alike, and those of a are the likelier."""
    inside, outside = frozenset(range(6)), frozenset(range(6, 12))
    pool = [item(n, "a" if n in inside else "b", options=1) for n in range(12)]
    papers = papers_of([Cell("a", 1, 2), Cell(None, None, 2)], pool)
    assert is_fair(papers, inside)
    assert is_fair(papers, outside)
    assert all(len(paper & inside) >= 2 for paper in papers)
    # Of the first four of twelve in a random order, no more than two of b can stay: 2 − 120/495 − 2 × 15/495 a paper.
    assert sum(len(paper & outside) for paper in papers) == pytest.approx(DRAWS * 840 / 495, abs=300)
    assert not is_fair(papers, inside | outside)


def test_cells_and_points_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="fewer than no items"):
        Cell(None, None, -1)
    with pytest.raises(ValueError, match="never negative"):
        Cell("a", 1, 1, points=-1)
