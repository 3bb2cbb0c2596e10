"""When a question comes back for review, and how many come back on which day.

The days are those of FSRS (version 6, its own parameters, nothing random): who was right sees the question again after
a growing number of days, who was wrong the next day. A question's day follows from the answers given to it and from
nothing else, so it can be worked out again at any time, and two people's rows can be made one.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum

from fsrs import Card, Rating, Scheduler

DAYS_AHEAD = 7
_LONGEST_DAYS = 180
_NOON = time(12, tzinfo=UTC)  # one hour for all, so that what lies between two reviews is whole days
# Without steps of minutes: a question that was wrong comes back on another day, not again and again within one.
_SCHEDULER = Scheduler(learning_steps=(), relearning_steps=(), maximum_interval=_LONGEST_DAYS, enable_fuzzing=False)


class Recall(Enum):
    """How an answer went: wrong, right, or right and found easy."""

    WRONG = Rating.Again
    RIGHT = Rating.Good
    EASY = Rating.Easy


@dataclass(frozen=True, slots=True)
class Review:
    """One answer to a question, on a day of Vietnam's calendar."""

    on: date
    recall: Recall


@dataclass(frozen=True, slots=True)
class DayAhead:
    """A day and how many questions come back on it; what is overdue counts for the first day."""

    on: date
    count: int


def due_on(reviews: Sequence[Review]) -> date:
    """The day on which a question comes back, after these answers in the order given. Raises ValueError without any."""
    if not reviews:
        raise ValueError("a question never answered is not due on any day")
    card = Card(card_id=0, due=_noon(reviews[0].on))
    for review in reviews:
        card, _ = _SCHEDULER.review_card(card, review.recall.value, _noon(review.on))
    return card.due.astimezone(UTC).date()


def forecast(due: Iterable[date], today: date) -> tuple[DayAhead, ...]:
    """How many come back today and on each of the days after it, DAYS_AHEAD days in all."""
    counts = Counter(max(day, today) for day in due)
    days = [today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD)]
    return tuple(DayAhead(day, counts[day]) for day in days)


def _noon(day: date) -> datetime:
    return datetime.combine(day, _NOON)
