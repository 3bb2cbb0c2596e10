import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz_app.rules import scoring
from quiz_app.rules.rescoring import Answered, Correction, Remedy, is_right, rescore
from quiz_app.rules.scoring import Score, Scored

A, B, C = frozenset({1}), frozenset({2}), frozenset({3})
EMPTY = frozenset[int]()


def place(item: int, chosen: frozenset[int], key: frozenset[int] = A, points: int = 1) -> Answered:
    return Answered(item, Scored(key, points), chosen)


@pytest.mark.parametrize(
    ("correction", "chosen", "expected"),
    [
        (None, A, True),
        (None, B, False),
        (Correction(Remedy.AWARD), B, True),
        (Correction(Remedy.AWARD), EMPTY, True),
        (Correction(Remedy.DROP), A, None),
        (Correction(Remedy.REPLACE_KEY, B), A, False),
        (Correction(Remedy.REPLACE_KEY, B), B, True),
        (Correction(Remedy.ACCEPT_BOTH, B), A, True),
        (Correction(Remedy.ACCEPT_BOTH, B), B, True),
        (Correction(Remedy.ACCEPT_BOTH, B), C, False),
        (Correction(Remedy.ACCEPT_BOTH, B), A | B, False),
    ],
)
def test_what_counts_as_right(correction: Correction | None, chosen: frozenset[int], expected: bool | None) -> None:
    assert is_right(place(1, chosen), correction) is expected


def test_each_remedy_changes_its_item_alone() -> None:
    paper = [place(1, B, points=3), place(2, A, points=2), place(3, EMPTY, points=5)]
    assert rescore(paper, {}) == Score(2, 10, 1, 3)
    assert rescore(paper, {1: Correction(Remedy.AWARD)}) == Score(5, 10, 2, 3)
    assert rescore(paper, {1: Correction(Remedy.DROP)}) == Score(2, 7, 1, 2)
    assert rescore(paper, {1: Correction(Remedy.REPLACE_KEY, B)}) == Score(5, 10, 2, 3)
    assert rescore(paper, {2: Correction(Remedy.REPLACE_KEY, B)}) == Score(0, 10, 0, 3)
    assert rescore(paper, {9: Correction(Remedy.DROP)}) == Score(2, 10, 1, 3)


@pytest.mark.parametrize(
    ("remedy", "key"), [(Remedy.AWARD, A), (Remedy.DROP, A), (Remedy.REPLACE_KEY, EMPTY), (Remedy.ACCEPT_BOTH, EMPTY)]
)
def test_a_key_belongs_to_remedies_that_change_it(remedy: Remedy, key: frozenset[int]) -> None:
    with pytest.raises(ValueError, match="key"):
        Correction(remedy, key)


options = st.frozensets(st.integers(1, 4), max_size=2)
keys = st.frozensets(st.integers(1, 4), min_size=1, max_size=2)
papers = st.lists(st.tuples(options, keys, st.integers(0, 3)), max_size=8).map(
    lambda rows: [place(n, chosen, key, points) for n, (chosen, key, points) in enumerate(rows)]
)


@given(papers)
def test_without_corrections_it_is_the_first_score(paper: list[Answered]) -> None:
    assert rescore(paper, {}) == scoring.score((one.scored, one.chosen) for one in paper)


@given(papers, st.integers(0, 7))
def test_nobody_loses_by_an_award_or_by_two_keys(paper: list[Answered], item: int) -> None:
    before = rescore(paper, {})
    for correction in (Correction(Remedy.AWARD), Correction(Remedy.ACCEPT_BOTH, B)):
        after = rescore(paper, {item: correction})
        assert after.points >= before.points
        assert (after.max_points, after.total) == (before.max_points, before.total)
