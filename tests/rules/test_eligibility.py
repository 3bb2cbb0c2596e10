from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz_app.rules.eligibility import (
    Bar,
    Entrant,
    Terms,
    age_on,
    attempts_left,
    attempts_left_today,
    bars,
    is_ranked,
    started_today,
)
from quiz_app.rules.timing import DailyHours, Timing

HANOI = timezone(timedelta(hours=7))
OPENS = datetime(2026, 3, 2, 10, 0, tzinfo=HANOI)
CLOSES = datetime(2026, 3, 9, 9, 0, tzinfo=HANOI)
NOW = datetime(2026, 3, 5, 20, 0, tzinfo=HANOI)
TICK = timedelta(microseconds=1)
TERMS = Terms(Timing(OPENS, CLOSES, timedelta(minutes=15)), published_at=OPENS - timedelta(days=3))
MEMBER = Entrant(frozenset({7, 2, 1}), "full", born_on=date(1960, 5, 1))


def test_nothing_stands_in_the_way_of_an_ordinary_member() -> None:
    assert bars(TERMS, MEMBER, NOW) == ()


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (OPENS - TICK, (Bar.NOT_YET_OPEN,)),
        (OPENS, ()),
        (CLOSES - TICK, ()),
        (CLOSES, (Bar.CLOSED,)),
        (CLOSES + timedelta(seconds=1), (Bar.CLOSED,)),
    ],
)
def test_starting_is_possible_within_the_window_and_not_in_its_grace(now: datetime, expected: tuple[Bar, ...]) -> None:
    assert bars(TERMS, MEMBER, now) == expected


def test_an_extension_lets_people_start_after_the_first_close() -> None:
    extended = replace(TERMS, timing=replace(TERMS.timing, extension=timedelta(hours=1)))
    assert bars(extended, MEMBER, CLOSES) == ()
    assert bars(extended, MEMBER, CLOSES + timedelta(hours=1)) == (Bar.CLOSED,)


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (replace(TERMS, published_at=None), (Bar.NOT_PUBLISHED,)),
        (replace(TERMS, published_at=NOW + TICK), (Bar.NOT_PUBLISHED,)),
        (replace(TERMS, published_at=NOW), ()),
        (replace(TERMS, voided_at=NOW), (Bar.ROUND_VOIDED,)),
        (replace(TERMS, voided_at=NOW + TICK), ()),
        (replace(TERMS, is_demonstration=True), (Bar.DEMONSTRATION_ONLY,)),
        (replace(TERMS, is_demonstration=True, is_demonstration_site=True), ()),
        (replace(TERMS, is_demonstration_site=True), ()),
        (replace(TERMS, invited_unit_ids=frozenset({7})), ()),
        (replace(TERMS, invited_unit_ids=frozenset({1, 99})), ()),
        (replace(TERMS, invited_unit_ids=frozenset({8})), (Bar.UNIT_NOT_INVITED,)),
        (replace(TERMS, invited_unit_ids=frozenset()), (Bar.UNIT_NOT_INVITED,)),
        (replace(TERMS, invited_categories=frozenset({"full", "probationary"})), ()),
        (replace(TERMS, invited_categories=frozenset({"other"})), (Bar.CATEGORY_NOT_INVITED,)),
        (replace(TERMS, is_consent_required=True), (Bar.CONSENT_MISSING,)),
    ],
)
def test_terms_of_the_round(terms: Terms, expected: tuple[Bar, ...]) -> None:
    assert bars(terms, MEMBER, NOW) == expected


def test_consent_given_and_a_member_who_has_left() -> None:
    consenting = replace(MEMBER, consented_at=NOW - timedelta(days=1))
    assert bars(replace(TERMS, is_consent_required=True), consenting, NOW) == ()
    assert bars(TERMS, replace(MEMBER, is_active=False), NOW) == (Bar.MEMBER_INACTIVE,)


@pytest.mark.parametrize(
    ("allowed", "taken", "is_open", "left", "expected"),
    [
        (1, 0, False, 1, ()),
        (1, 1, False, 0, (Bar.NO_ATTEMPTS_LEFT,)),
        (1, 1, True, 0, ()),
        (3, 2, False, 1, ()),
        (3, 2, True, 1, ()),
        (3, 3, True, 0, ()),
        (3, 3, False, 0, (Bar.NO_ATTEMPTS_LEFT,)),
        (3, 4, False, 0, (Bar.NO_ATTEMPTS_LEFT,)),
        (None, 1_000, False, None, ()),
    ],
)
def test_attempts_left(
    allowed: int | None, taken: int, is_open: bool, left: int | None, expected: tuple[Bar, ...]
) -> None:
    terms = replace(TERMS, attempts_allowed=allowed)
    entrant = replace(MEMBER, attempts_taken=taken, has_open_attempt=is_open)
    assert attempts_left(terms, entrant) == left
    assert bars(terms, entrant, NOW) == expected


@pytest.mark.parametrize(
    ("allowed", "per_day", "taken", "today", "left", "expected"),
    [
        (None, 2, 0, 0, 2, ()),
        (None, 2, 9, 1, 1, ()),
        (None, 2, 2, 2, 0, (Bar.NO_ATTEMPTS_TODAY,)),
        (None, 2, 5, 3, 0, (Bar.NO_ATTEMPTS_TODAY,)),
        (7, 2, 6, 0, 1, ()),
        (7, 2, 6, 2, 0, (Bar.NO_ATTEMPTS_TODAY,)),
        (7, 2, 7, 2, 0, (Bar.NO_ATTEMPTS_LEFT,)),
        (7, 2, 7, 0, 0, (Bar.NO_ATTEMPTS_LEFT,)),
        (7, None, 6, 6, 1, ()),
        (None, None, 99, 99, None, ()),
    ],
)
def test_attempts_left_today(
    allowed: int | None, per_day: int | None, taken: int, today: int, left: int | None, expected: tuple[Bar, ...]
) -> None:
    terms = replace(TERMS, attempts_allowed=allowed, attempts_per_day=per_day)
    entrant = replace(MEMBER, attempts_taken=taken, attempts_today=today)
    assert attempts_left_today(terms, entrant) == left
    assert bars(terms, entrant, NOW) == expected
    going_on = replace(MEMBER, attempts_taken=max(taken, 1), attempts_today=today, has_open_attempt=True)
    assert bars(terms, going_on, NOW) == ()


def test_a_new_day_of_attempts_begins_at_midnight_in_vietnam() -> None:
    midnight = datetime(2026, 3, 4, 17, 0, tzinfo=UTC)
    started = [midnight - TICK, midnight, NOW, NOW + timedelta(hours=4) - TICK, NOW + timedelta(hours=4)]
    assert started_today(started, NOW) == 3
    assert started_today(started, midnight - TICK) == 1
    assert started_today([], NOW) == 0


def test_nobody_starts_between_the_hours() -> None:
    office = replace(TERMS, timing=replace(TERMS.timing, daily=DailyHours(450, 1050)))
    closed_for_the_day = NOW.replace(hour=17, minute=30)
    assert bars(office, MEMBER, closed_for_the_day - TICK) == ()
    assert bars(office, MEMBER, closed_for_the_day) == (Bar.OUTSIDE_HOURS,)
    assert bars(office, MEMBER, OPENS - TICK) == (Bar.NOT_YET_OPEN,)
    assert bars(office, MEMBER, CLOSES) == (Bar.CLOSED,)


@pytest.mark.parametrize(("taken", "today"), [(0, 1), (3, 4), (3, -1)])
def test_attempts_of_today_that_cannot_be_are_refused(taken: int, today: int) -> None:
    with pytest.raises(ValueError, match="among those taken"):
        replace(MEMBER, attempts_taken=taken, attempts_today=today)


@pytest.mark.parametrize(("taken", "is_open"), [(-1, False), (0, True)])
def test_attempts_that_cannot_be_are_refused(taken: int, is_open: bool) -> None:
    with pytest.raises(ValueError, match="include the open one"):
        replace(MEMBER, attempts_taken=taken, has_open_attempt=is_open)


def test_an_open_attempt_does_not_outlive_the_window() -> None:
    terms = replace(TERMS, attempts_allowed=1)
    assert bars(terms, replace(MEMBER, attempts_taken=1, has_open_attempt=True), CLOSES) == (Bar.CLOSED,)


@pytest.mark.parametrize(
    ("born_on", "born_year", "expected"),
    [
        (date(2012, 3, 5), None, ()),
        (date(2012, 3, 6), None, (Bar.TOO_YOUNG,)),
        (date(2012, 3, 6), 1950, (Bar.TOO_YOUNG,)),
        (None, 2011, ()),
        (None, 2012, (Bar.BIRTH_UNKNOWN,)),
        (None, 2013, (Bar.TOO_YOUNG,)),
        (None, None, (Bar.BIRTH_UNKNOWN,)),
    ],
)
def test_minimum_age(born_on: date | None, born_year: int | None, expected: tuple[Bar, ...]) -> None:
    entrant = replace(MEMBER, born_on=born_on, born_year=born_year)
    assert bars(replace(TERMS, minimum_age=14), entrant, NOW) == expected
    assert bars(TERMS, entrant, NOW) == ()


def test_a_birthday_begins_at_midnight_in_vietnam() -> None:
    terms, entrant = replace(TERMS, minimum_age=14), replace(MEMBER, born_on=date(2012, 3, 6))
    midnight = datetime(2026, 3, 5, 17, 0, tzinfo=UTC)
    assert bars(terms, entrant, midnight - TICK) == (Bar.TOO_YOUNG,)
    assert bars(terms, entrant, midnight) == ()


def test_every_reason_is_named_in_a_fixed_order() -> None:
    terms = Terms(
        TERMS.timing,
        published_at=None,
        voided_at=OPENS,
        attempts_allowed=1,
        invited_unit_ids=frozenset({99}),
        invited_categories=frozenset({"other"}),
        minimum_age=16,
        is_consent_required=True,
        is_demonstration=True,
    )
    entrant = Entrant(frozenset(), "full", born_on=date(2020, 1, 1), is_active=False, attempts_taken=1)
    others = {Bar.NOT_YET_OPEN, Bar.OUTSIDE_HOURS, Bar.BIRTH_UNKNOWN, Bar.NO_ATTEMPTS_TODAY, Bar.SAT_INSTEAD}
    assert bars(terms, entrant, CLOSES) == tuple(bar for bar in Bar if bar not in others)


@pytest.mark.parametrize(
    ("born_on", "day", "expected"),
    [
        (date(2000, 5, 10), date(2016, 5, 9), 15),
        (date(2000, 5, 10), date(2016, 5, 10), 16),
        (date(2000, 5, 10), date(2016, 5, 11), 16),
        (date(2000, 12, 31), date(2001, 1, 1), 0),
        (date(2004, 2, 29), date(2018, 2, 28), 13),
        (date(2004, 2, 29), date(2018, 3, 1), 14),
        (date(2004, 2, 29), date(2020, 2, 29), 16),
        (date(2004, 2, 28), date(2020, 2, 28), 16),
        (date(2026, 3, 5), date(2026, 3, 5), 0),
    ],
)
def test_age_on(born_on: date, day: date, expected: int) -> None:
    assert age_on(born_on, day) == expected


@given(st.dates(date(1900, 1, 1), date(2020, 12, 31)), st.integers(1, 12), st.integers(0, 400))
def test_knowing_the_day_never_contradicts_knowing_the_year(born_on: date, minimum_age: int, later: int) -> None:
    terms = replace(TERMS, minimum_age=minimum_age)
    by_year = bars(terms, replace(MEMBER, born_on=None, born_year=born_on.year), NOW)
    by_day = bars(terms, replace(MEMBER, born_on=born_on), NOW)
    assert by_year in (by_day, (Bar.BIRTH_UNKNOWN,))
    day = born_on + timedelta(days=later)
    assert 0 <= age_on(born_on, day + timedelta(days=1)) - age_on(born_on, day) <= 1


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ([], True),
        (["secretary"], True),
        (["secretary", "overseer"], True),
        (["organiser"], False),
        (["author"], False),
        (["reviewer"], False),
        (["operator"], False),
        (["secretary", "author"], False),
    ],
)
def test_staff_of_the_contest_is_not_ranked(roles: list[str], expected: bool) -> None:
    assert is_ranked(roles) is expected
    assert is_ranked(frozenset(roles)) is expected
    assert is_ranked(roles, is_excluded=True) is False


def test_who_has_sat_the_round_that_this_one_repeats_goes_on_but_does_not_begin() -> None:
    began = replace(MEMBER, attempts_taken=1, has_open_attempt=True, has_sat_instead=True)
    assert bars(TERMS, replace(MEMBER, has_sat_instead=True), NOW) == (Bar.SAT_INSTEAD,)
    assert bars(TERMS, began, NOW) == ()
