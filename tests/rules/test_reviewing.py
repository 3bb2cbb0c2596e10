from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz_app.rules.reviewing import DAYS_AHEAD, DayAhead, Recall, Review, due_on, forecast

FIRST = date(2026, 12, 1)


def after(*answers: tuple[int, Recall]) -> int:
    """In how many days from the first a question comes back that was answered so many days after it."""
    return (due_on([Review(FIRST + timedelta(days=day), recall) for day, recall in answers]) - FIRST).days


@pytest.mark.parametrize(
    ("answers", "days"),
    [
        ([(0, Recall.WRONG)], 1),
        ([(0, Recall.RIGHT)], 2),
        ([(0, Recall.EASY)], 8),
        ([(0, Recall.RIGHT), (2, Recall.RIGHT)], 13),
        ([(0, Recall.RIGHT), (2, Recall.WRONG)], 3),
        ([(0, Recall.WRONG), (1, Recall.RIGHT)], 3),
        ([(0, Recall.WRONG), (0, Recall.RIGHT)], 1),
    ],
)
def test_the_day_a_question_comes_back(answers: list[tuple[int, Recall]], days: int) -> None:
    assert after(*answers) == days


histories = st.lists(st.tuples(st.integers(0, 40), st.sampled_from(Recall)), min_size=1, max_size=12)


@given(histories)
def test_it_never_comes_back_on_the_same_day_nor_after_half_a_year(answers: list[tuple[int, Recall]]) -> None:
    answers = sorted(answers, key=lambda answer: answer[0])
    assert answers[-1][0] < after(*answers) <= answers[-1][0] + 180
    assert after(*answers) == after(*answers)


@given(histories)
def test_easy_is_never_earlier_than_right_nor_right_than_wrong(answers: list[tuple[int, Recall]]) -> None:
    *before, (day, _) = sorted(answers, key=lambda answer: answer[0])
    wrong, right, easy = (after(*before, (day, recall)) for recall in (Recall.WRONG, Recall.RIGHT, Recall.EASY))
    assert wrong <= right <= easy


def test_what_was_never_answered_is_due_on_no_day() -> None:
    with pytest.raises(ValueError, match="never answered"):
        due_on([])


def test_the_forecast_counts_what_is_overdue_for_today_and_leaves_out_what_is_far() -> None:
    due = [FIRST + timedelta(days=day) for day in (-30, -1, 0, 1, 6, 6, 7, 90)]
    assert [day.count for day in forecast(due, FIRST)] == [3, 1, 0, 0, 0, 0, 2]


@given(st.lists(st.integers(-50, 50)))
def test_the_forecast_has_each_day_once_and_loses_nothing_within_them(offsets: list[int]) -> None:
    days = forecast([FIRST + timedelta(days=offset) for offset in offsets], FIRST)
    assert [day.on for day in days] == [FIRST + timedelta(days=ahead) for ahead in range(DAYS_AHEAD)]
    assert sum(day.count for day in days) == sum(offset < DAYS_AHEAD for offset in offsets)


def test_nothing_due_is_seven_empty_days() -> None:
    assert set(forecast([], FIRST)) == {DayAhead(FIRST + timedelta(days=ahead), 0) for ahead in range(DAYS_AHEAD)}
