from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz_app.rules.unit_mix import FULL, Contender, Mark, MixMeasure, marks, value
from quiz_app.rules.unit_standing import UnitFigures

WEIGHTS = {MixMeasure.TURNOUT: 3, MixMeasure.MEAN: 2, MixMeasure.WINNERS: 1}


def contender(
    unit_id: int,
    *,
    members: int = 30,
    took_part: int = 15,
    score_sum: int = 150,
    attempts: int = 20,
    above: int = 0,
    winners: int = 0,
    class_name: str = "vừa",
) -> Contender:
    figures = UnitFigures(unit_id, members, 0, took_part, took_part, attempts, score_sum, 0, took_part)
    return Contender(figures, class_name, above, winners)


def test_a_mark_can_be_worked_out_with_paper_and_pencil() -> None:
    """Turnout 24/30 and 15/30, mean 12 and 16, winners 1 and 0; the best turnout is 0,8, the best mean 16."""
    first = contender(1, took_part=24, score_sum=24 * 12, winners=1)
    second = contender(2, took_part=15, score_sum=15 * 16)
    one, two = marks([second, first], WEIGHTS)
    assert one == Mark(
        1, "vừa", {MixMeasure.TURNOUT: 1000, MixMeasure.MEAN: 750, MixMeasure.WINNERS: 1000}, 5500, place=1
    )
    assert two == Mark(2, "vừa", {MixMeasure.TURNOUT: 625, MixMeasure.MEAN: 1000, MixMeasure.WINNERS: 0}, 3875, place=2)


def test_halves_are_rounded_up() -> None:
    """1/16 of the best is 62,5 thousandths."""
    best, other = contender(1, members=16, took_part=16), contender(2, members=16, took_part=1)
    found = marks([best, other], {MixMeasure.TURNOUT: 1})
    assert [mark.total for mark in found] == [1000, 63]


def test_classes_are_ranked_apart_and_equal_totals_share_a_place() -> None:
    units = [
        contender(1, took_part=10, class_name="nhỏ"),
        contender(2, took_part=30, class_name="lớn"),
        contender(3, took_part=10, class_name="nhỏ"),
        contender(4, took_part=5, class_name="nhỏ"),
    ]
    found = marks(units, {MixMeasure.PARTICIPANTS: 1})
    assert [(mark.class_name, mark.unit_id, mark.place) for mark in found] == [
        ("lớn", 2, 1),
        ("nhỏ", 1, 1),
        ("nhỏ", 3, 1),
        ("nhỏ", 4, 3),
    ]


def test_a_unit_below_the_minimum_has_marks_and_no_place_and_takes_nothing_from_others() -> None:
    tiny, usual = contender(1, members=3, took_part=3), contender(2, members=30, took_part=15)
    found = marks([tiny, usual], {MixMeasure.TURNOUT: 1}, minimum_members=5)
    assert [(mark.unit_id, mark.total, mark.place) for mark in found] == [(2, 1000, 1), (1, 1000, None)]


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        (MixMeasure.PARTICIPANTS, Fraction(15)),
        (MixMeasure.TURNOUT, Fraction(1, 2)),
        (MixMeasure.ATTEMPTS, Fraction(20)),
        (MixMeasure.MEAN, Fraction(10)),
        (MixMeasure.ABOVE, Fraction(3, 15)),
        (MixMeasure.WINNERS, Fraction(2)),
    ],
)
def test_values(measure: MixMeasure, expected: Fraction) -> None:
    assert value(contender(1, above=3, winners=2), measure) == expected


@pytest.mark.parametrize("measure", list(MixMeasure))
def test_a_unit_of_nobody_has_nothing(measure: MixMeasure) -> None:
    nobody = contender(1, members=0, took_part=0, score_sum=0, attempts=0)
    assert value(nobody, measure) == 0
    assert [mark.total for mark in marks([nobody], {measure: 1})] == [0]


@pytest.mark.parametrize("weights", [{}, {MixMeasure.MEAN: 0}, {MixMeasure.MEAN: 2, MixMeasure.TURNOUT: -1}])
def test_weights_that_weigh_nothing_are_refused(weights: dict[MixMeasure, int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        marks([contender(1)], weights)


counts = st.integers(0, 40)


@given(st.lists(st.tuples(counts, counts, counts), min_size=1, max_size=12), st.integers(0, 20))
def test_marks_stay_within_bounds_and_the_order_given_cannot_matter(
    rows: list[tuple[int, int, int]], minimum: int
) -> None:
    units = [contender(n, members=m + t, took_part=t, score_sum=s * t, attempts=t) for n, (m, t, s) in enumerate(rows)]
    weights = dict.fromkeys(MixMeasure, 1)
    found = marks(units, weights, minimum)
    assert found == marks(reversed(units), weights, minimum)
    assert all(0 <= part <= FULL for mark in found for part in mark.parts.values())
    assert {mark.unit_id for mark in found if mark.place is None} == {
        one.figures.unit_id for one in units if one.figures.members < minimum
    }
    placed = [mark for mark in found if mark.place is not None]
    assert all(mark.place == 1 + sum(other.total > mark.total for other in placed) for mark in placed)
