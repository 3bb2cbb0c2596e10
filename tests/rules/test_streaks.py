from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz_app.rules.streaks import Streak, monday_of, streak

MONDAY = date(2026, 11, 30)
SUNDAY = date(2026, 12, 6)


@pytest.mark.parametrize(
    ("studied", "today", "expected"),
    [
        ([], MONDAY, Streak(0, has_this_week=False)),
        ([MONDAY], MONDAY, Streak(1, has_this_week=True)),
        ([MONDAY], SUNDAY, Streak(1, has_this_week=True)),
        ([MONDAY - timedelta(days=1)], MONDAY, Streak(1, has_this_week=False)),  # last Sunday is another week
        ([MONDAY - timedelta(days=1)], SUNDAY, Streak(1, has_this_week=False)),  # and stands while this week may count
        ([MONDAY - timedelta(days=1)], SUNDAY + timedelta(days=1), Streak(0, has_this_week=False)),
        ([MONDAY - timedelta(days=1), MONDAY], MONDAY, Streak(2, has_this_week=True)),
        ([MONDAY - timedelta(days=8), MONDAY], MONDAY, Streak(1, has_this_week=True)),  # a week left out ends it
        ([MONDAY, MONDAY, SUNDAY], SUNDAY, Streak(1, has_this_week=True)),
        ([date(2026, 12, 28), date(2027, 1, 3), date(2027, 1, 4)], date(2027, 1, 4), Streak(2, has_this_week=True)),
    ],
)
def test_weeks_in_a_row(studied: list[date], today: date, expected: Streak) -> None:
    assert streak(studied, today) == expected


@given(st.integers(0, 60), st.integers(0, 6))
def test_a_day_in_each_week_is_a_streak_of_all_of_them(weeks: int, weekday: int) -> None:
    studied = [MONDAY + timedelta(days=weekday, weeks=-back) for back in range(weeks)]
    assert streak(studied, SUNDAY) == Streak(weeks, has_this_week=weeks > 0)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_a_week_begins_on_its_monday(day: date) -> None:
    assert monday_of(day).weekday() == 0
    assert timedelta(0) <= day - monday_of(day) < timedelta(days=7)
