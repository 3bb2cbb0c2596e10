import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz_app.rules import prediction
from quiz_app.rules.prediction import (
    LARGEST_GUESS,
    MISSING_GUESS_ERROR,
    Misread,
    PredictionKind,
    UnreadableGuess,
    error,
    parse,
    percentage,
    truth,
)

COUNTS = [PredictionKind.PEOPLE, PredictionKind.ATTEMPTS, PredictionKind.ALL_RIGHT]


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


@pytest.mark.parametrize("kind", COUNTS)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("7", 7),
        ("007", 7),
        ("1234567", 1_234_567),
        ("1.234.567", 1_234_567),
        ("1 234 567", 1_234_567),
        ("12\u00a0345", 12_345),
        ("12\u202f345", 12_345),
        ("  1.234 \n", 1_234),
        ("999.999.999.999", LARGEST_GUESS),
        ("0" * 5000 + "1", 1),
    ],
)
def test_counts_are_read_as_people_write_them(kind: PredictionKind, text: str, expected: int) -> None:
    assert parse(text, kind) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Misread.EMPTY),
        ("  \u00a0", Misread.EMPTY),
        ("-5", Misread.NEGATIVE),
        ("−5", Misread.NEGATIVE),
        ("–1.234", Misread.NEGATIVE),
        ("-", Misread.NOT_A_NUMBER),
        ("1,5", Misread.NOT_WHOLE),
        ("1.234,0", Misread.NOT_WHOLE),
        ("1,234,567", Misread.NOT_A_NUMBER),
        ("1.5", Misread.NOT_A_NUMBER),
        ("1.2345", Misread.NOT_A_NUMBER),
        ("1234.567", Misread.NOT_A_NUMBER),
        ("0.123", Misread.NOT_A_NUMBER),
        ("1..234", Misread.NOT_A_NUMBER),
        ("1.234 567", Misread.NOT_A_NUMBER),
        ("12 34", Misread.NOT_A_NUMBER),
        (".5", Misread.NOT_A_NUMBER),
        ("5,", Misread.NOT_A_NUMBER),
        ("10%", Misread.NOT_A_NUMBER),
        ("+5", Misread.NOT_A_NUMBER),
        ("1e3", Misread.NOT_A_NUMBER),
        ("1_000", Misread.NOT_A_NUMBER),
        ("٣", Misread.NOT_A_NUMBER),
        ("²", Misread.NOT_A_NUMBER),
        ("một trăm", Misread.NOT_A_NUMBER),
        ("100 người", Misread.NOT_A_NUMBER),
        ("1.000.000.000.000", Misread.TOO_LARGE),
        ("9" * 5000, Misread.TOO_LARGE),
    ],
)
def test_what_is_no_count_is_refused_with_the_reason(text: str, reason: Misread) -> None:
    with pytest.raises(UnreadableGuess) as refused:
        parse(text, PredictionKind.PEOPLE)
    assert refused.value.reason is reason


@pytest.mark.parametrize(
    ("text", "decimals", "expected"),
    [
        ("12,34", 2, 1234),
        ("12,34%", 2, 1234),
        ("12,34 %", 2, 1234),
        ("12,3", 2, 1230),
        ("12", 2, 1200),
        ("0,05", 2, 5),
        ("12", 0, 12),
        ("100", 0, 100),
        ("100,00", 2, 10_000),
        ("0", 3, 0),
        ("12,345", 3, 12_345),
        ("99,999999", 6, 99_999_999),
    ],
)
def test_percentages_are_read_with_a_decimal_comma(text: str, decimals: int, expected: int) -> None:
    assert parse(text, PredictionKind.PERCENTAGE, decimals) == expected


@pytest.mark.parametrize(
    ("text", "decimals", "reason"),
    [
        ("", 2, Misread.EMPTY),
        ("%", 2, Misread.EMPTY),
        ("12,345", 2, Misread.TOO_MANY_DECIMALS),
        ("12,0", 0, Misread.TOO_MANY_DECIMALS),
        ("12.34", 2, Misread.NOT_A_NUMBER),
        ("12.5%", 1, Misread.NOT_A_NUMBER),
        ("12,3,4", 2, Misread.NOT_A_NUMBER),
        ("12,", 2, Misread.NOT_A_NUMBER),
        (",5", 2, Misread.NOT_A_NUMBER),
        ("5%%", 2, Misread.NOT_A_NUMBER),
        ("-0,5", 2, Misread.NEGATIVE),
        ("100,01", 2, Misread.ABOVE_HUNDRED),
        ("101", 0, Misread.ABOVE_HUNDRED),
        ("12.345", 3, Misread.ABOVE_HUNDRED),
        ("9" * 5000, 2, Misread.ABOVE_HUNDRED),
    ],
)
def test_what_is_no_percentage_is_refused_with_the_reason(text: str, decimals: int, reason: Misread) -> None:
    with pytest.raises(UnreadableGuess, match=reason.value) as refused:
        parse(text, PredictionKind.PERCENTAGE, decimals)
    assert refused.value.reason is reason


@pytest.mark.parametrize(
    ("value", "kind", "decimals", "expected"),
    [
        (0, PredictionKind.PEOPLE, 0, "0"),
        (1_234_567, PredictionKind.ATTEMPTS, 0, "1.234.567"),
        (999, PredictionKind.ALL_RIGHT, 2, "999"),
        (1234, PredictionKind.PERCENTAGE, 2, "12,34%"),
        (5, PredictionKind.PERCENTAGE, 2, "0,05%"),
        (12, PredictionKind.PERCENTAGE, 0, "12%"),
        (11_250, PredictionKind.PERCENTAGE, 1, "1.125,0%"),
    ],
)
def test_values_are_written_as_usual_in_vietnam(value: int, kind: PredictionKind, decimals: int, expected: str) -> None:
    assert prediction.format(value, kind, decimals) == expected


@given(st.integers(0, LARGEST_GUESS), st.sampled_from(COUNTS))
def test_a_written_count_is_read_back(value: int, kind: PredictionKind) -> None:
    assert parse(prediction.format(value, kind), kind) == value


@given(st.integers(0, 6).flatmap(lambda places: st.tuples(st.integers(0, 100 * 10**places), st.just(places))))
def test_a_written_percentage_is_read_back(asked: tuple[int, int]) -> None:
    value, places = asked
    kind = PredictionKind.PERCENTAGE
    assert parse(prediction.format(value, kind, places), kind, places) == value


@given(st.text(), st.sampled_from(PredictionKind), st.integers(0, 6))
def test_whatever_is_written_is_read_within_bounds_or_refused(text: str, kind: PredictionKind, decimals: int) -> None:
    try:
        value = parse(text, kind, decimals)
    except UnreadableGuess:
        return
    assert 0 <= value <= (100 * 10**decimals if kind is PredictionKind.PERCENTAGE else LARGEST_GUESS)


@pytest.mark.parametrize("decimals", [-1, 7])
def test_decimal_places_that_cannot_be_asked(decimals: int) -> None:
    with pytest.raises(ValueError, match="decimal places"):
        parse("1", PredictionKind.PERCENTAGE, decimals)
    with pytest.raises(ValueError, match="decimal places"):
        prediction.format(1, PredictionKind.PERCENTAGE, decimals)


def test_nothing_negative_is_written() -> None:
    with pytest.raises(ValueError, match="never negative"):
        prediction.format(-1, PredictionKind.PEOPLE)


@pytest.mark.parametrize(
    ("kind", "base", "expected"),
    [
        (PredictionKind.PEOPLE, 40, 40),
        (PredictionKind.ATTEMPTS, 40, 95),
        (PredictionKind.ALL_RIGHT, 40, 23),
        (PredictionKind.PERCENTAGE, 40, 5750),
        (PredictionKind.PERCENTAGE, 30, 7667),
        (PredictionKind.PERCENTAGE, 0, None),
    ],
)
def test_truth(kind: PredictionKind, base: int, expected: int | None) -> None:
    assert truth(kind, people=40, attempts=95, all_right=23, base=base, decimals=2) == expected
