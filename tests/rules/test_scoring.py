import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz_app.rules.scoring import Score, Scored, is_right, score

ids = st.integers(1, 8)
keys = st.frozensets(ids, min_size=1, max_size=4)
choices = st.frozensets(ids, max_size=4)


@pytest.mark.parametrize(
    ("key", "chosen", "expected"),
    [
        ({1}, {1}, True),
        ({1}, {2}, False),
        ({1}, set(), False),
        ({1}, {1, 2}, False),
        ({1, 2}, {1, 2}, True),
        ({1, 2}, {1}, False),
        ({1, 2}, {1, 2, 3}, False),
        ({1, 2}, {1, 3}, False),
        ({1, 2, 3, 4}, {4, 3, 2, 1}, True),
        (set(), set(), False),
    ],
)
def test_all_or_nothing(key: set[int], chosen: set[int], expected: bool) -> None:
    assert is_right(frozenset(key), frozenset(chosen)) is expected


def test_a_paper_sums_points_and_counts() -> None:
    paper = [
        (Scored(frozenset({1})), frozenset({1})),
        (Scored(frozenset({2}), points=3), frozenset({2})),
        (Scored(frozenset({3, 4}), points=5), frozenset({3})),
        (Scored(frozenset({5})), frozenset[int]()),
    ]
    assert score(paper) == Score(points=4, max_points=10, right=2, total=4)


def test_an_empty_paper_is_nothing_and_not_full_marks() -> None:
    assert score([]) == Score(0, 0, 0, 0)
    assert not score([]).is_full_marks


def test_full_marks_need_every_item_even_a_worthless_one() -> None:
    right = (Scored(frozenset({1})), frozenset({1}))
    assert score([right, right]).is_full_marks
    assert not score([right, (Scored(frozenset({1}), points=0), frozenset({2}))]).is_full_marks


def test_items_that_cannot_be_scored_are_refused() -> None:
    with pytest.raises(ValueError, match="without a right option"):
        Scored(frozenset())
    with pytest.raises(ValueError, match="never negative"):
        Scored(frozenset({1}), points=-1)


@given(st.lists(st.tuples(keys, st.integers(0, 10), choices), max_size=35))
def test_score_is_whole_bounded_and_blind_to_order(rows: list[tuple[frozenset[int], int, frozenset[int]]]) -> None:
    paper = [(Scored(key, points), chosen) for key, points, chosen in rows]
    result = score(paper)
    assert result.points == sum(points for key, points, chosen in rows if key == chosen)
    assert 0 <= result.points <= result.max_points == sum(points for _, points, _ in rows)
    assert 0 <= result.right <= result.total == len(rows)
    assert score(reversed(paper)) == result
    assert score([(item, item.key) for item, _ in paper]).points == result.max_points
