from collections.abc import Sequence
from functools import cmp_to_key
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz_app.rules.standing import (
    KEY_WIDTH,
    CountedAttempt,
    Criterion,
    Merit,
    counted,
    decided_by,
    missed_round,
    overall_key,
    places,
    rank_key,
)

SCORE, DURATION = Criterion.SCORE, Criterion.DURATION
SUBMITTED, PREDICTION = Criterion.SUBMITTED, Criterion.PREDICTION
BEST = Merit(score=20, duration_ms=40_000, submitted_at_ms=1_000, prediction_error=7)

small = st.integers(0, 3)
merits = st.builds(Merit, small, small, small, small)
orders = st.sampled_from([order for width in range(1, 5) for order in permutations(Criterion, width)])
keys = st.tuples(small, small, small, small)


def compare(order: Sequence[Criterion], a: Merit, b: Merit) -> int:
    """Negative when `a` stands before `b`: written out from the meaning of each criterion, without keys."""
    for criterion in order:
        if criterion is SCORE and a.score != b.score:
            return -1 if a.score > b.score else 1
        if criterion is DURATION and a.duration_ms != b.duration_ms:
            return -1 if a.duration_ms < b.duration_ms else 1
        if criterion is SUBMITTED and a.submitted_at_ms != b.submitted_at_ms:
            return -1 if a.submitted_at_ms < b.submitted_at_ms else 1
        if criterion is PREDICTION and a.prediction_error != b.prediction_error:
            assert a.prediction_error is not None
            assert b.prediction_error is not None
            return -1 if a.prediction_error < b.prediction_error else 1
    return 0


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ([SCORE], (-20, 0, 0, 0)),
        ([SCORE, DURATION], (-20, 40_000, 0, 0)),
        ([SCORE, PREDICTION, SUBMITTED], (-20, 7, 1_000, 0)),
        ([SCORE, DURATION, PREDICTION, SUBMITTED], (-20, 40_000, 7, 1_000)),
        ([PREDICTION, SCORE], (7, -20, 0, 0)),
    ],
)
def test_rank_key(order: list[Criterion], expected: tuple[int, ...]) -> None:
    assert rank_key(order, BEST) == expected
    assert len(rank_key(order, BEST)) == KEY_WIDTH == len(Criterion)


def test_an_unknown_truth_neither_helps_nor_hurts() -> None:
    assert rank_key([SCORE, PREDICTION], Merit(20, 40_000, 1_000)) == (-20, 0, 0, 0)


@pytest.mark.parametrize("order", [[], [SCORE, SCORE], [SCORE, DURATION, SCORE]])
def test_a_list_that_is_empty_or_repeats_is_refused(order: list[Criterion]) -> None:
    with pytest.raises(ValueError, match="criterion"):
        rank_key(order, BEST)


@given(orders, st.lists(merits, max_size=12))
def test_keys_order_as_the_criteria_say(order: tuple[Criterion, ...], field: list[Merit]) -> None:
    def by_meaning(a: Merit, b: Merit) -> int:
        return compare(order, a, b)

    by_criteria = sorted(field, key=cmp_to_key(by_meaning))
    by_key = sorted(field, key=lambda merit: rank_key(order, merit))
    assert by_key == by_criteria


@given(orders, merits, merits)
def test_equal_keys_are_equal_merit(order: tuple[Criterion, ...], a: Merit, b: Merit) -> None:
    verdict = compare(order, a, b)
    mine, other = rank_key(order, a), rank_key(order, b)
    assert (mine < other, mine == other, mine > other) == (verdict < 0, verdict == 0, verdict > 0)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([], []),
        ([5], [1]),
        ([1, 2, 3], [1, 2, 3]),
        ([1, 2, 2, 3], [1, 2, 2, 4]),
        ([1, 1, 1, 2], [1, 1, 1, 4]),
        ([2, 3, 1, 2], [2, 4, 1, 2]),
        ([7, 7, 7], [1, 1, 1]),
        ([3, 3, 2, 2, 1], [4, 4, 2, 2, 1]),
    ],
)
def test_equal_merit_shares_a_place(scores: list[int], expected: list[int]) -> None:
    assert places([(score,) for score in scores]) == expected


@given(st.lists(keys, max_size=30))
def test_a_place_is_one_more_than_the_number_strictly_better(field: list[tuple[int, ...]]) -> None:
    assert places(field) == [1 + sum(other < key for other in field) for key in field]


ATTEMPTS = [
    Merit(score=18, duration_ms=30_000, submitted_at_ms=1_000),
    Merit(score=20, duration_ms=50_000, submitted_at_ms=2_000),
    Merit(score=20, duration_ms=40_000, submitted_at_ms=3_000),
    Merit(score=19, duration_ms=10_000, submitted_at_ms=4_000),
]


@pytest.mark.parametrize(
    ("policy", "attempts", "expected"),
    [
        (CountedAttempt.ONLY, ATTEMPTS[3:], 0),
        (CountedAttempt.ONLY, ATTEMPTS[::-1], 3),
        (CountedAttempt.BEST_EARLIEST, ATTEMPTS, 1),
        (CountedAttempt.BEST_FASTEST, ATTEMPTS, 2),
        (CountedAttempt.LAST, ATTEMPTS, 3),
        (CountedAttempt.LAST, ATTEMPTS[::-1], 0),
        (CountedAttempt.BEST_EARLIEST, [Merit(5, 9, 1), Merit(5, 8, 1)], 1),
        (CountedAttempt.BEST_FASTEST, [Merit(5, 8, 2), Merit(5, 8, 1)], 1),
        (CountedAttempt.BEST_EARLIEST, [BEST, BEST], 0),
        (CountedAttempt.BEST_FASTEST, [BEST, BEST], 0),
        (CountedAttempt.LAST, [BEST, BEST], 1),
    ],
)
def test_counted_attempt(policy: CountedAttempt, attempts: list[Merit], expected: int) -> None:
    assert counted(policy, attempts) == expected


@pytest.mark.parametrize("policy", CountedAttempt)
def test_nothing_counts_where_nothing_was_submitted(policy: CountedAttempt) -> None:
    with pytest.raises(ValueError, match="nothing"):
        counted(policy, [])


@given(st.sampled_from([CountedAttempt.BEST_EARLIEST, CountedAttempt.BEST_FASTEST]), st.lists(merits, min_size=1))
def test_the_best_counted_has_the_highest_score_and_no_better_rival(
    policy: CountedAttempt, attempts: list[Merit]
) -> None:
    order = [SCORE, SUBMITTED] if policy is CountedAttempt.BEST_EARLIEST else [SCORE, DURATION]
    chosen = attempts[counted(policy, attempts)]
    assert all(compare(order, chosen, other) <= 0 for other in attempts)


@pytest.mark.parametrize(
    ("worse", "expected"),
    [
        (Merit(19, 1, 1, 1), SCORE),
        (Merit(20, 40_001, 1, 1), DURATION),
        (Merit(20, 40_000, 1, 8), PREDICTION),
        (Merit(20, 40_000, 1_001, 7), SUBMITTED),
        (BEST, None),
    ],
)
def test_decided_by(worse: Merit, expected: Criterion | None) -> None:
    assert decided_by([SCORE, DURATION, PREDICTION, SUBMITTED], BEST, worse) is expected


def test_what_is_not_in_the_list_decides_nothing() -> None:
    assert decided_by([SCORE], BEST, Merit(20, 1, 1, 1)) is None


def test_a_reason_for_the_wrong_order_is_refused() -> None:
    with pytest.raises(ValueError, match="the other way round"):
        decided_by([SCORE], Merit(19, 1, 1), BEST)


@given(orders, st.lists(merits, min_size=2, max_size=10))
def test_between_neighbours_the_deciding_criterion_is_the_first_that_differs(
    order: tuple[Criterion, ...], field: list[Merit]
) -> None:
    field.sort(key=lambda merit: rank_key(order, merit))
    for better, worse in pairwise(field):
        decided = decided_by(order, better, worse)
        before = order if decided is None else order[: order.index(decided)]
        assert compare(before, better, worse) == 0
        assert decided is None or compare([decided], better, worse) < 0


def test_overall_adds_rounds_and_a_missed_one_counts_nothing_in_full_time() -> None:
    order = [SCORE, DURATION, SUBMITTED]
    sat = [rank_key(order, Merit(20, 40_000, 1_000)), rank_key(order, Merit(18, 60_000, 2_000))]
    missed = [rank_key(order, missed_round(900_000, 9_000))]
    assert overall_key(sat, missed) == (-38, 1_000_000, 12_000, 0)
    assert overall_key([], []) == (0, 0, 0, 0)


def test_sitting_a_round_without_a_point_beats_missing_it() -> None:
    order = [SCORE, DURATION]
    sat = rank_key(order, Merit(0, 899_999, 1_000))
    assert overall_key([sat], []) < overall_key([], [rank_key(order, missed_round(900_000, 9_000))])


def test_keys_of_different_width_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        overall_key([(1, 2)], [(1, 2, 3)])


@given(st.lists(keys, max_size=8), st.lists(keys, max_size=8))
def test_overall_is_the_sum_of_its_columns(sat: list[tuple[int, ...]], missed: list[tuple[int, ...]]) -> None:
    expected = tuple(sum(key[column] for key in sat + missed) for column in range(KEY_WIDTH))
    assert overall_key(sat, missed) == expected == overall_key(missed, sat)
