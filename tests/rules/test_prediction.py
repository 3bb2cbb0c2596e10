import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz_app.rules.prediction import MISSING_GUESS_ERROR, error, percentage


@pytest.mark.parametrize(
    ("guess", "truth", "expected"),
    [
        (100, 100, 0),
        (101, 100, 1),
        (99, 100, 1),
        (0, 100, 100),
        (0, 0, 0),
        (None, 0, MISSING_GUESS_ERROR),
        (MISSING_GUESS_ERROR - 1, 0, MISSING_GUESS_ERROR - 1),
        (MISSING_GUESS_ERROR, 0, MISSING_GUESS_ERROR - 1),
        (10**30, 0, MISSING_GUESS_ERROR - 1),
    ],
)
def test_error(guess: int | None, truth: int, expected: int) -> None:
    assert error(guess, truth) == expected


def test_missing_guesses_of_many_rounds_fit_the_database() -> None:
    assert 1_000 * MISSING_GUESS_ERROR < 2**63


@given(st.integers(0), st.integers(0))
def test_a_missing_guess_is_worse_than_any_and_distance_has_no_side(guess: int, truth: int) -> None:
    assert 0 <= error(guess, truth) < error(None, truth)
    assert error(guess, truth) == error(truth, guess)


@pytest.mark.parametrize(
    ("part", "whole", "decimals", "expected"),
    [
        (1, 2, 0, 50),
        (1, 3, 2, 3333),
        (2, 3, 2, 6667),
        (1, 200, 0, 1),
        (1, 201, 0, 0),
        (1, 800, 2, 13),
        (0, 7, 2, 0),
        (7, 7, 1, 1000),
        (0, 0, 2, None),
    ],
)
def test_percentage(part: int, whole: int, decimals: int, expected: int | None) -> None:
    assert percentage(part, whole, decimals) == expected


def test_percentage_of_nonsense_is_refused() -> None:
    for part, decimals in [(-1, 0), (1, -1)]:
        with pytest.raises(ValueError, match="asked of counts"):
            percentage(part, 2, decimals)
