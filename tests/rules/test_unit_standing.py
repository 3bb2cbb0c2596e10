from dataclasses import astuple
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz_app.rules.unit_standing import (
    SizeClass,
    UnitFigures,
    UnitMeasure,
    add,
    mean_score,
    measured,
    roll_up,
    size_class,
    turnout,
    unit_places,
)

TURNOUT, MEAN, PARTICIPANTS = UnitMeasure.TURNOUT, UnitMeasure.MEAN, UnitMeasure.PARTICIPANTS


def unit(unit_id: int, members: int = 0, took_part: int = 0, score_sum: int = 0, exempt: int = 0) -> UnitFigures:
    return UnitFigures(unit_id, members, exempt, took_part, took_part, took_part, score_sum, 0, took_part)


small = st.integers(0, 6)


@st.composite
def forests(draw: st.DrawFn) -> tuple[dict[int, UnitFigures], dict[int, int | None]]:
    size = draw(st.integers(1, 15))
    parent = {n: draw(st.none() | st.integers(0, n - 1)) if n else None for n in range(size)}
    counts = st.tuples(small, small, small, small, small, small, small, small)
    figures = {n: UnitFigures(n, *draw(counts)) for n in range(size) if draw(st.booleans())}
    return figures, parent


fields = st.lists(st.tuples(small, small, small, small), max_size=12).map(
    lambda rows: [unit(n, *row) for n, row in enumerate(rows)]
)


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        (unit(1, members=30, took_part=15), Fraction(1, 2)),
        (unit(1, members=32, took_part=15, exempt=2), Fraction(1, 2)),
        (unit(1, members=3, took_part=3), Fraction(1)),
        (unit(1, members=3), Fraction(0)),
        (unit(1), None),
        (unit(1, members=4, exempt=4), None),
        (unit(1, members=4, exempt=5), None),
        (unit(1, members=4, exempt=3), Fraction(0)),
    ],
)
def test_turnout(figures: UnitFigures, expected: Fraction | None) -> None:
    assert turnout(figures) == expected


def test_turnout_counts_the_roster_and_the_mean_those_who_are_ranked() -> None:
    mixed = UnitFigures(
        1,
        members=10,
        exempt=2,
        rostered_participants=4,
        participants=8,
        attempts=11,
        score_sum=100,
        full_marks=1,
        ranked_participants=6,
    )
    assert turnout(mixed) == Fraction(1, 2)
    assert mean_score(mixed) == Fraction(50, 3)
    assert measured(mixed, PARTICIPANTS) == 8


def test_there_is_no_mean_of_nobody() -> None:
    assert mean_score(unit(1, members=10)) is None


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        (0, SizeClass.SMALL),
        (15, SizeClass.SMALL),
        (16, SizeClass.MEDIUM),
        (40, SizeClass.MEDIUM),
        (41, SizeClass.LARGE),
        (166, SizeClass.LARGE),
    ],
)
def test_size_class(members: int, expected: SizeClass) -> None:
    assert size_class(members) is expected


def test_add_sums_everything_under_the_first_unit() -> None:
    assert add(UnitFigures(1, 1, 2, 3, 4, 5, 6, 7, 8), UnitFigures(2, 10, 20, 30, 40, 50, 60, 70, 80)) == UnitFigures(
        1, 11, 22, 33, 44, 55, 66, 77, 88
    )


def test_roll_up_reaches_every_ancestor() -> None:
    parent = {1: None, 2: 1, 3: 2, 4: 2, 5: 1}
    totals = roll_up({3: unit(3, 30, 10), 4: unit(4, 20, 5), 2: unit(2, 1, 1)}, parent)
    assert totals == {1: unit(1, 51, 16), 2: unit(2, 51, 16), 3: unit(3, 30, 10), 4: unit(4, 20, 5)}


def test_a_unit_outside_the_tree_is_a_root() -> None:
    assert roll_up({9: unit(9, 3)}, {}) == {9: unit(9, 3)}


@pytest.mark.parametrize("parent", [{1: 1}, {1: 2, 2: 1}, {1: 2, 2: 3, 3: 2}])
def test_a_tree_in_a_circle_is_refused(parent: dict[int, int | None]) -> None:
    with pytest.raises(ValueError, match="in a circle"):
        roll_up({1: unit(1)}, parent)


def subtree(top: int, parent: dict[int, int | None]) -> set[int]:
    below = {top}
    while more := {n for n, above in parent.items() if above in below} - below:
        below |= more
    return below


@given(forests())
def test_each_total_is_the_sum_of_its_subtree_and_roots_hold_everything(
    forest: tuple[dict[int, UnitFigures], dict[int, int | None]],
) -> None:
    figures, parent = forest
    totals = roll_up(figures, parent)
    for unit_id, total in totals.items():
        parts = [astuple(figures[n])[1:] for n in subtree(unit_id, parent) if n in figures]
        assert astuple(total) == (unit_id, *map(sum, zip(*parts, strict=True)))
    assert totals.keys() == {n for n in parent if subtree(n, parent) & figures.keys()}
    roots = [astuple(total)[1:] for n, total in totals.items() if parent[n] is None]
    everything = [astuple(own)[1:] for own in figures.values()]
    assert [*map(sum, zip(*roots, strict=True))] == [*map(sum, zip(*everything, strict=True))]


def shown(field: list[UnitFigures], measure: UnitMeasure) -> list[tuple[int | None, int]]:
    return [(place, figures.unit_id) for place, figures in unit_places(field, measure)]


def test_units_share_places_and_those_without_a_value_come_last() -> None:
    field = [unit(1), unit(2, 30, 15), unit(3, 10, 10), unit(4, 4, 2), unit(5, 9, 0), unit(6, 3, exempt=3)]
    assert shown(field, TURNOUT) == [(1, 3), (2, 2), (2, 4), (4, 5), (None, 1), (None, 6)]


def test_equal_units_are_shown_by_the_other_measures_then_by_id() -> None:
    field = [unit(4, 10, 5, 50), unit(3, 10, 5, 50), unit(2, 20, 10, 100), unit(1, 10, 5, 60)]
    assert shown(field, TURNOUT) == [(1, 1), (1, 2), (1, 3), (1, 4)]
    assert shown(field, MEAN) == [(1, 1), (2, 2), (2, 3), (2, 4)]
    assert shown(field, PARTICIPANTS) == [(1, 2), (2, 1), (2, 3), (2, 4)]


def test_ratios_are_compared_exactly() -> None:
    huge = 10**17
    assert shown([unit(1, huge + 1, huge), unit(2, huge, huge - 1)], TURNOUT) == [(1, 1), (2, 2)]


@given(fields, st.sampled_from(UnitMeasure), st.randoms(use_true_random=False))
def test_a_unit_stands_after_those_strictly_better(
    field: list[UnitFigures], measure: UnitMeasure, random: Random
) -> None:
    result = unit_places(field, measure)
    values = [value for figures in field if (value := measured(figures, measure)) is not None]
    for place, figures in result:
        own = measured(figures, measure)
        assert place == (None if own is None else 1 + sum(value > own for value in values))
    known = [place for place, _ in result if place is not None]
    assert [place for place, _ in result] == sorted(known) + [None] * (len(field) - len(known))
    assert unit_places(random.sample(field, len(field)), measure) == result
