"""By when a request about one's data has to be answered and done, in days of Vietnam."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from quiz_app.kernel.clock import VIETNAM
from quiz_app.privacy.models import Kind

WORKING_DAYS_TO_ANSWER = 2
DAYS_TO_FINISH = {Kind.CORRECT: 10, Kind.RESTRICT: 15, Kind.ERASE: 20}
SATURDAY = 5


def today(now: datetime) -> date:
    """The day it is in Vietnam."""
    return now.astimezone(VIETNAM).date()


def answer_by(sent_on: date) -> date:
    """The last day to say that the request is being looked at. Saturdays and Sundays do not count, holidays do."""
    day, left = sent_on, WORKING_DAYS_TO_ANSWER
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < SATURDAY
    return day


def finish_by(sent_on: date, kind: Kind) -> date:
    """The last day to do it, or to say why not."""
    return sent_on + timedelta(days=DAYS_TO_FINISH[kind])
