"""How many weeks in a row somebody has studied.

Weeks run from Monday to Sunday. A week counts with a single day of study in it; the running week is never held against
anybody before it is over.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

_WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Streak:
    """Weeks in a row up to now; `has_this_week`: whether the running week is among them already."""

    weeks: int
    has_this_week: bool


def streak(studied_on: Iterable[date], today: date) -> Streak:
    """The weeks in a row that end with the running one, or with the last one while the running one may still count."""
    weeks = {monday_of(day) for day in studied_on}
    this_week = monday_of(today)
    has_this_week = this_week in weeks
    week = this_week if has_this_week else this_week - _WEEK
    count = 0
    while week in weeks:
        count += 1
        week -= _WEEK
    return Streak(count, has_this_week)


def monday_of(day: date) -> date:
    """The Monday of the week that a day lies in."""
    return day - timedelta(days=day.weekday())
