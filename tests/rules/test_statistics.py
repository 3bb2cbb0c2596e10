"""Item and paper statistics against references worked out by hand, or written out from the definitions."""

from __future__ import annotations

import random
import statistics as reference
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz_app.rules.item_findings import Concern, Finding, findings, gravity, guess_score
from quiz_app.rules.statistics import Answer, ItemStatistics, OptionStatistics, Tally

EXACT = 1e-6
RIGHT, WRONG = 1, 2


def paper(marks: dict[int, int], points: int = 1, time_ms: int | None = None) -> list[Answer]:
    return [Answer(item, (RIGHT if mark else WRONG,), bool(mark), points, time_ms) for item, mark in marks.items()]


def tally(papers: Sequence[Sequence[Answer]]) -> Tally:
    found = Tally()
    for one in papers:
        found.add(one)
    return found


def form(*rows: str) -> list[list[Answer]]:
    return [paper({item: int(mark) for item, mark in enumerate(row, start=1)}) for row in rows]


LADDER = form("1111", "1110", "1100", "1000", "0000")


def test_a_whole_paper_worked_out_by_hand() -> None:
    """Scores 4, 3, 2, 1, 0; item variances .16 .24 .24 .16 of a variance of 2: alpha 4/3 of 1 - .8/2."""
    found = tally(LADDER).paper()
    assert (found.papers, found.scores, found.length) == (5, ((0, 1), (1, 1), (2, 1), (3, 1), (4, 1)), 4)
    assert (found.mean, found.median, found.is_one_form) == (2, 2, True)
    assert found.deviation == pytest.approx(sqrt(2.5), abs=EXACT)
    assert found.skewness == pytest.approx(0, abs=EXACT)
    assert found.kurtosis == pytest.approx(-1.2, abs=EXACT)  # k4 = (30·34 - 12·100) / 24 over 2.5²
    assert found.alpha == pytest.approx(0.8, abs=EXACT)
    assert found.standard_error == pytest.approx(sqrt(2.5) * sqrt(0.2), abs=EXACT)


def test_an_item_worked_out_by_hand() -> None:
    """Marks 1 1 1 0 0 against rests 3 2 1 1 0: n·Σxo - Σx·Σo = 9, variances 6 and 26; sorted, the same 9."""
    found = tally(LADDER).item(2, [RIGHT, WRONG])
    assert (found.papers, found.right, found.answered, found.facility) == (5, 3, 5, 0.6)
    assert found.discrimination == pytest.approx(9 / sqrt(156), abs=EXACT)
    assert found.efficiency == pytest.approx(1, abs=EXACT)
    key, other = found.options
    assert (key.chosen, other.chosen, key.share) == (3, 2, 0.6)
    assert other.correlation == pytest.approx(-9 / sqrt(156), abs=EXACT)


def test_an_item_that_goes_against_the_rest() -> None:
    """Marks 0 0 1 against rests 2 1 0: 3·0 - 1·3 = -3, variances 2 and 6; at best 3·2 - 3 = 3."""
    found = tally(form("011", "010", "100")).item(1, [RIGHT, WRONG])
    assert found.discrimination == pytest.approx(-3 / sqrt(12), abs=EXACT)
    assert found.efficiency == pytest.approx(-1, abs=EXACT)


def test_a_negative_alpha_is_shown() -> None:
    """Variances .1875 and .25 of a variance of .1875: alpha 2·(1 - .4375/.1875)."""
    found = tally(form("10", "01", "11", "10")).paper()
    assert found.alpha == pytest.approx(-8 / 3, abs=EXACT)
    assert found.standard_error == pytest.approx(0.5 * sqrt(11 / 3), abs=EXACT)
    assert found.skewness == pytest.approx(2, abs=EXACT)  # scores 1 1 1 2
    assert found.kurtosis == pytest.approx(4, abs=EXACT)


@pytest.mark.parametrize("papers", [[], form("1"), form("10"), form("1", "0"), form("11", "11"), form("10", "01")])
def test_what_cannot_be_told_is_left_out(papers: list[list[Answer]]) -> None:
    found = tally(papers)
    assert found.paper().alpha is None
    for item in found.items:
        told = found.item(item, [RIGHT, WRONG])
        assert told.discrimination is None or len(papers[0]) > 1


def test_groups_lift_ties_into_the_higher_one() -> None:
    """Ten papers, 27 % are 2.7: from the top 4 and 3·3 make four; from below 0 and 1 make two, the three of 2 stay."""
    rows = ["1111", "1110", "1110", "1110", "1100", "1100", "1100", "1100", "1000", "0000"]
    found = tally(form(*rows))
    assert (found.paper().upper, found.paper().lower) == (4, 2)
    third = found.item(3, [RIGHT, WRONG])
    assert (third.upper_papers, third.lower_papers, third.upper_right, third.lower_right) == (4, 2, 1.0, 0.0)
    first = found.item(1, [RIGHT, WRONG])
    assert [(one.upper, one.lower) for one in first.options] == [(1.0, 0.5), (0.0, 0.5)]


def test_there_is_no_weakest_group_where_too_many_have_the_lowest_score() -> None:
    found = tally(form("11", "11", "10", "10"))
    assert (found.paper().upper, found.paper().lower) == (2, 0)
    assert found.item(2, [RIGHT, WRONG]).lower_right is None
    same = tally(form("10", "10")).paper()
    assert (same.upper, same.lower) == (0, 0)


def test_blank_and_struck_places_and_times() -> None:
    blank = Answer(1, (), False, 1, None)
    struck = Answer(2, (RIGHT,), None, 1, 4000)
    found = tally([[blank, struck, Answer(3, (RIGHT,), True, 1, 3000)], [*paper({1: 1, 3: 0}, time_ms=1000), struck]])
    first, second = found.item(1, [RIGHT, WRONG]), found.item(2, [RIGHT, WRONG])
    assert (first.papers, first.answered, first.right, first.mean_ms) == (2, 1, 1, 1000)
    assert (second.is_struck, second.facility, second.discrimination, second.mean_ms) == (True, None, None, 4000)
    assert second.options[0].share == 1
    assert found.item(3, [RIGHT, WRONG]).mean_ms == 2000
    assert found.paper().scores == ((1, 2),)


marks = st.lists(st.lists(st.integers(0, 1), min_size=3, max_size=6), min_size=4, max_size=14)


def _same_length(rows: list[list[int]]) -> list[dict[int, int]]:
    length = min(map(len, rows))
    return [dict(enumerate(row[:length])) for row in rows]


@given(marks)
def test_one_form_agrees_with_the_textbook(rows: list[list[int]]) -> None:
    people = _same_length(rows)
    found = tally([paper(one) for one in people])
    totals = [sum(one.values()) for one in people]
    told = found.paper()
    assert told.mean == pytest.approx(reference.mean(totals), abs=EXACT)
    assert told.median == reference.median(totals)
    assert told.deviation == pytest.approx(reference.stdev(totals), abs=EXACT)
    length = len(people[0])
    spread = reference.pvariance(totals)
    if not spread:
        assert told.alpha is None
        return
    of_items = sum(reference.pvariance([one[item] for one in people]) for item in range(length))
    assert told.alpha == pytest.approx(length / (length - 1) * (1 - of_items / spread), rel=EXACT, abs=EXACT)
    for item in range(length):
        own = [one[item] for one in people]
        rest = [total - mark for total, mark in zip(totals, own, strict=True)]
        figures = found.item(item, [RIGHT, WRONG])
        if len(set(own)) == 1 or len(set(rest)) == 1:
            assert figures.discrimination is None
            continue
        assert figures.discrimination == pytest.approx(reference.correlation(own, rest), abs=EXACT)
        best = reference.covariance(sorted(own), sorted(rest))
        assert figures.efficiency == pytest.approx(reference.covariance(own, rest) / best, abs=EXACT)


def _mean_covariance_alpha(people: list[dict[int, int]]) -> float | None:
    """From the definition: every pair of places of a paper, each mark less the mean of all who had the item."""
    items = sorted({item for one in people for item in one})
    mean = {
        item: Fraction(sum(one[item] for one in people if item in one), sum(item in one for one in people))
        for item in items
    }
    squares = [(one[item] - mean[item]) ** 2 for one in people for item in one]
    products = [
        (one[first] - mean[first]) * (one[second] - mean[second])
        for one in people
        for first, second in combinations(sorted(one), 2)
    ]
    variance, covariance = sum(squares, Fraction(0)) / len(squares), sum(products, Fraction(0)) / len(products)
    length = Fraction(len(squares), len(people))
    below = variance + (length - 1) * covariance
    return None if not below or not variance else float(length * covariance / below)


@given(st.randoms(use_true_random=False), st.integers(6, 20))
def test_random_papers_take_each_covariance_over_those_who_had_both(chance: random.Random, count: int) -> None:
    people = []
    for _ in range(count):
        ability = chance.random()
        people.append({item: int(chance.random() < ability) for item in chance.sample(range(8), 4)})
    found = tally([paper(one) for one in people]).paper()
    expected = _mean_covariance_alpha(people)
    if expected is None:
        assert found.alpha is None
    else:
        assert found.alpha == pytest.approx(expected, rel=EXACT, abs=EXACT)


def test_random_papers_are_not_taken_as_if_all_had_all_items() -> None:
    """Two forms without an item in common, each a ladder: alpha is that of the ladder, not of a paper of eight."""
    other = [[answer._replace(item=answer.item + 10) for answer in one] for one in LADDER]
    found = tally([*LADDER, *other]).paper()
    assert found.alpha == pytest.approx(0.8, abs=EXACT)
    assert not found.is_one_form


@given(marks, st.randoms(use_true_random=False), st.integers(2, 5))
def test_order_and_points_change_nothing_that_they_should_not(
    rows: list[list[int]], chance: random.Random, points: int
) -> None:
    people = _same_length(rows)
    found = tally([paper(one) for one in people])
    shuffled = [list(paper(one)) for one in people]
    chance.shuffle(shuffled)
    for one in shuffled:
        chance.shuffle(one)
    again = tally(shuffled)
    assert again.paper() == found.paper()
    dearer = tally([paper(one, points) for one in people])
    assert dearer.paper().skewness == pytest.approx(found.paper().skewness, abs=EXACT)
    if (alpha := found.paper().alpha) is not None:
        assert dearer.paper().alpha == pytest.approx(alpha, rel=EXACT, abs=EXACT)
    if (deviation := found.paper().deviation) is not None:
        assert dearer.paper().deviation == pytest.approx(points * deviation, abs=EXACT)
    for item in found.items:
        assert again.item(item, [RIGHT, WRONG]) == found.item(item, [RIGHT, WRONG])
        assert dearer.item(item, [RIGHT, WRONG]) == found.item(item, [RIGHT, WRONG])


# Findings

KEY, B, C = 11, 12, 13


def _option(option: int, upper: float, correlation: float, chosen: int = 10) -> OptionStatistics:
    return OptionStatistics(option, chosen, 0.3, upper, 0.2, correlation)


SOUND = ItemStatistics(
    item=1, papers=100, answered=100, right=60, is_struck=False, facility=0.6, discrimination=0.4, efficiency=0.5,
    upper_papers=27, lower_papers=27, upper_right=0.9, lower_right=0.3, mean_ms=20_000,
    options=(_option(KEY, 0.9, 0.4), _option(B, 0.1, -0.2), _option(C, 0.0, -0.3)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"papers": 29, "discrimination": -1.0}, [Finding(Concern.FEW)]),
        ({"is_struck": True}, [Finding(Concern.STRUCK)]),
        ({"discrimination": -0.11}, [Finding(Concern.NEGATIVE)]),
        ({"discrimination": -0.09, "efficiency": -0.2}, [Finding(Concern.WEAK)]),
        ({"discrimination": 0.0, "efficiency": 0.0}, [Finding(Concern.WEAK)]),
        ({"efficiency": 0.15}, []),
        ({"facility": 0.3}, []),
        ({"facility": 0.29}, [Finding(Concern.TOO_HARD)]),
        ({"facility": 0.24}, [Finding(Concern.BELOW_GUESS)]),
        ({"facility": 0.95}, []),
        ({"facility": 0.96, "efficiency": 0.1}, [Finding(Concern.TOO_EASY)]),
        (
            {"options": (_option(KEY, 0.4, 0.4), _option(B, 0.1, 0.5), _option(C, 0.41, 0.1))},
            [Finding(Concern.OPTION_BEATS_KEY, C), Finding(Concern.OPTION_FOLLOWS_SCORE, B)],
        ),
        ({"options": (_option(KEY, 0.9, 0.1), _option(B, 0.1, 0.19), _option(C, 0.1, 0.0))}, []),
        (
            {"options": (_option(KEY, 0.9, 0.1), _option(B, 0.1, 0.21), _option(C, 0.1, 0.0))},
            [Finding(Concern.OPTION_FOLLOWS_SCORE, B)],
        ),
        (
            {"options": (_option(KEY, 0.9, 0.4), _option(B, 0.0, -0.2, chosen=0))},
            [Finding(Concern.IDLE_OPTION, B)],
        ),
    ],
)
def test_what_is_found(changes: dict[str, object], expected: list[Finding]) -> None:
    item = replace(SOUND, **changes)  # type: ignore[arg-type] # names are checked by replace
    assert list(findings(item, {KEY}, 0.25)) == expected


def test_gravity_and_guessing() -> None:
    assert [gravity([Finding(one)]) for one in Concern] == [2, 2, 2, 2, 1, 1, 1, 1, 0, 0]
    assert gravity([]) == 0
    assert guess_score(4, is_multiple=False) == 0.25
    assert guess_score(4, is_multiple=True) == pytest.approx(1 / 15)
    assert guess_score(4, is_multiple=False, accepted=2) == 0.5
