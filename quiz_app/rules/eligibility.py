"""Who may start an attempt, and who is ranked.

Contests differ in their minimum age (12, 14 or 16), their area, whether members only or everybody may take part, and
in the number of attempts (one, seven a week, two a day, unlimited): all of it is terms here. What never differs: the
members of the organising committee, the authors and the technical staff are left out of the ranking.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from quiz_app.rules.timing import Timing, WindowPhase, day_of, window

UNRANKED_ROLES = frozenset({"organiser", "author", "reviewer", "operator"})


class Bar(StrEnum):
    """A reason why somebody may not start, from the most general to the most personal."""

    NOT_PUBLISHED = "not_published"
    ROUND_VOIDED = "round_voided"
    DEMONSTRATION_ONLY = "demonstration_only"
    NOT_YET_OPEN = "not_yet_open"
    OUTSIDE_HOURS = "outside_hours"
    CLOSED = "closed"
    MEMBER_INACTIVE = "member_inactive"
    UNIT_NOT_INVITED = "unit_not_invited"
    CATEGORY_NOT_INVITED = "category_not_invited"
    TOO_YOUNG = "too_young"
    BIRTH_UNKNOWN = "birth_unknown"
    CONSENT_MISSING = "consent_missing"
    SAT_INSTEAD = "sat_instead"
    NO_ATTEMPTS_LEFT = "no_attempts_left"
    NO_ATTEMPTS_TODAY = "no_attempts_today"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a round asks of those who start. None means that everybody is invited, or that there is no limit.

    `attempts_allowed` holds for the whole round, `attempts_per_day` for each calendar day in Vietnam.

    `is_demonstration`: the round draws from a set whose keys are public; it can be sat only where
    `is_demonstration_site` says that the whole installation is a demonstration.
    """

    timing: Timing
    published_at: datetime | None
    voided_at: datetime | None = None
    attempts_allowed: int | None = None
    invited_unit_ids: frozenset[int] | None = None
    invited_categories: frozenset[str] | None = None
    minimum_age: int | None = None
    is_consent_required: bool = False
    is_demonstration: bool = False
    is_demonstration_site: bool = False
    attempts_per_day: int | None = None


@dataclass(frozen=True, slots=True)
class Entrant:
    """What is known of the person who wants to start.

    `unit_ids` are the own unit and all above it: an invitation to a unit holds for its subtree. Rosters give a date
    of birth or only the year. `attempts_taken` counts every attempt started and not annulled, an open one included;
    `attempts_today` those of them that started today. `has_sat_instead`: an attempt of his stands in another round
    of which this one is the repetition, or the other way round.
    """

    unit_ids: frozenset[int]
    category: str
    born_on: date | None = None
    born_year: int | None = None
    is_active: bool = True
    consented_at: datetime | None = None
    attempts_taken: int = 0
    has_open_attempt: bool = False
    attempts_today: int = 0
    has_sat_instead: bool = False

    def __post_init__(self) -> None:
        if self.attempts_taken < (1 if self.has_open_attempt else 0):
            raise ValueError("attempts taken are never negative and include the open one")
        if not 0 <= self.attempts_today <= self.attempts_taken:
            raise ValueError("the attempts of today are among those taken")


def bars(terms: Terms, entrant: Entrant, now: datetime) -> tuple[Bar, ...]:
    """Everything that keeps somebody from starting at `now`; empty if nothing does.

    Somebody with an open attempt continues it, so having used up the attempts does not stand in the way: the open
    one is counted already and not a second time.
    """
    found = {*_bars_of_round(terms, now), *_bars_of_person(terms, entrant, now)}
    return tuple(bar for bar in Bar if bar in found)


def attempts_left(terms: Terms, entrant: Entrant) -> int | None:
    """How many more attempts may be started, besides an open one; None without limit."""
    if terms.attempts_allowed is None:
        return None
    return max(0, terms.attempts_allowed - entrant.attempts_taken)


def attempts_left_today(terms: Terms, entrant: Entrant) -> int | None:
    """How many more attempts may be started today, besides an open one: as many as round and day both leave."""
    left = attempts_left(terms, entrant)
    if terms.attempts_per_day is None:
        return left
    today = max(0, terms.attempts_per_day - entrant.attempts_today)
    return today if left is None else min(left, today)


def started_today(started: Iterable[datetime], now: datetime) -> int:
    """How many of these starts fall on today's date in Vietnam, whatever the time zone they are given in."""
    return sum(day_of(instant) == day_of(now) for instant in started)


def age_on(born_on: date, day: date) -> int:
    """Full years on a day, reached on the birthday itself; somebody born on 29 February turns on 1 March."""
    had_birthday = (day.month, day.day) >= (born_on.month, born_on.day)
    return day.year - born_on.year - (0 if had_birthday else 1)


def is_ranked(roles: Collection[str], is_excluded: bool = False) -> bool:
    """Whether somebody with these roles is ranked. Organisers, authors, reviewers and operators never are.

    Nor is whoever the organisers named as excluded (their families, say): he may sit, and is told that it is practice.
    """
    return not is_excluded and UNRANKED_ROLES.isdisjoint(roles)


def _bars_of_round(terms: Terms, now: datetime) -> set[Bar]:
    found: set[Bar] = set()
    if terms.published_at is None or now < terms.published_at:
        found.add(Bar.NOT_PUBLISHED)
    if terms.voided_at is not None and now >= terms.voided_at:
        found.add(Bar.ROUND_VOIDED)
    if terms.is_demonstration and not terms.is_demonstration_site:
        found.add(Bar.DEMONSTRATION_ONLY)
    phase = window(terms.timing, now).phase
    if phase is WindowPhase.UPCOMING:
        found.add(Bar.NOT_YET_OPEN)
    if phase is WindowPhase.PAUSED:
        found.add(Bar.OUTSIDE_HOURS)
    if phase is WindowPhase.CLOSED:
        found.add(Bar.CLOSED)
    return found


def _bars_of_person(terms: Terms, entrant: Entrant, now: datetime) -> set[Bar]:
    found: set[Bar] = set()
    if not entrant.is_active:
        found.add(Bar.MEMBER_INACTIVE)
    if terms.invited_unit_ids is not None and terms.invited_unit_ids.isdisjoint(entrant.unit_ids):
        found.add(Bar.UNIT_NOT_INVITED)
    if terms.invited_categories is not None and entrant.category not in terms.invited_categories:
        found.add(Bar.CATEGORY_NOT_INVITED)
    if terms.minimum_age is not None:
        found |= _bars_of_age(entrant, terms.minimum_age, day_of(now))
    if terms.is_consent_required and entrant.consented_at is None:
        found.add(Bar.CONSENT_MISSING)
    if not entrant.has_open_attempt:
        found |= {Bar.SAT_INSTEAD} if entrant.has_sat_instead else _bars_of_attempts(terms, entrant)
    return found


def _bars_of_attempts(terms: Terms, entrant: Entrant) -> set[Bar]:
    """Who has none left in the round is not told to come back tomorrow."""
    if attempts_left(terms, entrant) == 0:
        return {Bar.NO_ATTEMPTS_LEFT}
    return {Bar.NO_ATTEMPTS_TODAY} if attempts_left_today(terms, entrant) == 0 else set()


def _bars_of_age(entrant: Entrant, minimum_age: int, today: date) -> set[Bar]:
    """A year of birth alone decides wherever every day of that year would decide alike."""
    if entrant.born_on is not None:
        return {Bar.TOO_YOUNG} if age_on(entrant.born_on, today) < minimum_age else set()
    if entrant.born_year is None:
        return {Bar.BIRTH_UNKNOWN}
    if age_on(date(entrant.born_year, 12, 31), today) >= minimum_age:
        return set()
    if age_on(date(entrant.born_year, 1, 1), today) < minimum_age:
        return {Bar.TOO_YOUNG}
    return {Bar.BIRTH_UNKNOWN}
