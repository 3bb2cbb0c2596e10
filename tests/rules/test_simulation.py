from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quiz_app.rules.drawing import Cell, NotEnoughItems, PinnedOutOfPlace, Shortage, draw
from quiz_app.rules.simulation import Spread, expected_spread, exposure
from tests.rules.pools import item

POOL = [item(number) for number in range(10)]
ANY_THREE = [Cell("quan-diem", 1, 3)]


def test_items_of_one_difficulty_make_even_papers() -> None:
    spread = expected_spread(ANY_THREE, POOL, dict.fromkeys(range(10), 0.75), "seed", papers=50)
    assert spread == Spread(2.25, 2.25, 2.25, 0.0)


def test_items_never_tried_count_half_and_points_count() -> None:
    assert expected_spread([Cell("quan-diem", 1, 4, points=2)], POOL, {}, "seed", papers=5) == Spread(4, 4, 4, 0)


def test_the_spread_is_that_of_drawing_without_putting_back() -> None:
    """Five easy and five impossible items, three drawn: a hypergeometric number of points."""
    facility = {number: float(number < 5) for number in range(10)}
    spread = expected_spread(ANY_THREE, POOL, facility, "seed", papers=4000)
    assert (spread.minimum, spread.maximum) == (0, 3)
    assert spread.mean == pytest.approx(1.5, abs=0.06)
    assert spread.standard_deviation == pytest.approx(sqrt(3 * 0.25 * 7 / 9), abs=0.04)


def test_overlapping_cells_are_drawn_as_papers_are() -> None:
    """The simulation draws by another generator, and must still draw what papers are drawn like."""
    pool = [item(number, "a" if number < 4 else "b") for number in range(8)]
    cells = [Cell("a", 1, 1), Cell(None, None, 2)]
    facility = {number: float(number < 4) for number in range(8)}
    drawn = [sum(place.item_version_id < 4 for place in draw(cells, pool, f"{n}")) for n in range(3000)]
    assert expected_spread(cells, pool, facility, "seed", papers=3000).mean == pytest.approx(
        sum(drawn) / 3000, abs=0.08
    )


def test_a_pinned_item_is_in_every_simulated_paper() -> None:
    facility = {number: float(number == 7) for number in range(10)}
    assert expected_spread(ANY_THREE, POOL, facility, "seed", 50, pinned=frozenset({7})) == Spread(1, 1, 1, 0)
    everything = expected_spread([Cell("quan-diem", 1, 10)], POOL, facility, "seed", 3, pinned=frozenset(range(10)))
    assert everything == Spread(1, 1, 1, 0)


@settings(max_examples=30)
@given(st.lists(st.floats(0, 1), min_size=10, max_size=10), st.text(max_size=5))
def test_same_seed_same_spread_within_what_papers_can_reach(shares: list[float], seed: str) -> None:
    facility = dict(enumerate(shares))
    spread = expected_spread(ANY_THREE, POOL, facility, seed, papers=20)
    assert expected_spread(ANY_THREE, POOL[::-1], facility, seed, papers=20) == spread
    ranked = sorted(shares)
    slack = 1e-9
    assert sum(ranked[:3]) - slack <= spread.minimum <= spread.mean + slack
    assert spread.mean - slack <= spread.maximum <= sum(ranked[-3:]) + slack
    assert 0 <= spread.standard_deviation <= (spread.maximum - spread.minimum) / 2 + slack


def test_what_cannot_be_simulated_is_refused() -> None:
    with pytest.raises(NotEnoughItems) as refused:
        expected_spread([Cell("quan-diem", 1, 11)], POOL, {}, "seed")
    assert refused.value.shortages == (Shortage("quan-diem", 1, 11, 10),)
    with pytest.raises(PinnedOutOfPlace) as misplaced:
        expected_spread(ANY_THREE, POOL, {}, "seed", pinned=frozenset({1, 77}))
    assert misplaced.value.item_version_ids == (77,)
    with pytest.raises(ValueError, match="at least one paper"):
        expected_spread(ANY_THREE, POOL, {}, "seed", papers=0)
    with pytest.raises(ValueError, match="from 0 to 1"):
        expected_spread(ANY_THREE, POOL, {1: 1.5}, "seed")


def test_exposure_counts_the_papers_an_item_stands_in() -> None:
    papers = [draw(ANY_THREE, POOL, f"seed {n}") for n in range(20)]
    counts = exposure(papers)
    assert counts.total() == 60
    for number in range(10):
        assert counts[number] == sum(number in {place.item_version_id for place in paper} for paper in papers)
    assert exposure([]) == {}
