"""Every cell of both tables, and that facts and clock lead to the state that the table names."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz_app.rules.lifecycle import (
    ALLOWED,
    CHANGES,
    AttemptEvent,
    AttemptFacts,
    AttemptRefusal,
    AttemptState,
    Change,
    ChangeRefusal,
    Permit,
    Phase,
    RoundFacts,
    RoundState,
    attempt_phase,
    lock,
    round_phase,
)
from quiz_app.rules.timing import VIETNAM, DailyHours, Timing

TICK = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
DEADLINE = datetime(2026, 3, 5, 20, 15, tzinfo=UTC)
ACCEPTS_UNTIL = DEADLINE + 5 * SECOND
CLOSABLE = ACCEPTS_UNTIL + 2 * SECOND
LATER = timedelta(hours=1)
SITTING = AttemptFacts(DEADLINE, ACCEPTS_UNTIL)
S, E, R = AttemptState, AttemptEvent, AttemptRefusal


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (DEADLINE - LATER, Phase(S.RUNNING, DEADLINE)),
        (DEADLINE - TICK, Phase(S.RUNNING, DEADLINE)),
        (DEADLINE, Phase(S.GRACE, ACCEPTS_UNTIL)),
        (ACCEPTS_UNTIL - TICK, Phase(S.GRACE, ACCEPTS_UNTIL)),
        (ACCEPTS_UNTIL, Phase(S.SETTLING, CLOSABLE)),
        (CLOSABLE - TICK, Phase(S.SETTLING, CLOSABLE)),
        (CLOSABLE, Phase(S.OVERDUE, None)),
        (CLOSABLE + LATER, Phase(S.OVERDUE, None)),
    ],
)
def test_an_open_attempt_ages_by_the_clock(now: datetime, expected: Phase[AttemptState]) -> None:
    assert attempt_phase(SITTING, now) == expected
    assert attempt_phase(replace(SITTING, ended_at=DEADLINE), now) == Phase(S.SUBMITTED, None)
    assert attempt_phase(replace(SITTING, annulled_at=DEADLINE), now) == Phase(S.ANNULLED, None)
    assert attempt_phase(replace(SITTING, ended_at=DEADLINE, annulled_at=DEADLINE), now) == Phase(S.ANNULLED, None)


def test_without_grace_an_attempt_settles_at_its_deadline() -> None:
    strict = AttemptFacts(DEADLINE, DEADLINE)
    assert attempt_phase(strict, DEADLINE - TICK) == Phase(S.RUNNING, DEADLINE)
    assert attempt_phase(strict, DEADLINE) == Phase(S.SETTLING, DEADLINE + 2 * SECOND)


def test_grace_never_ends_before_the_deadline() -> None:
    with pytest.raises(ValueError, match="at least until its deadline"):
        AttemptFacts(DEADLINE, DEADLINE - TICK)


@given(st.timedeltas(-LATER, LATER), st.timedeltas(timedelta(0), LATER))
def test_an_attempt_changes_at_the_instant_it_names_and_grows_only_older(since: timedelta, grace: timedelta) -> None:
    facts, now = AttemptFacts(DEADLINE, DEADLINE + grace), DEADLINE + since
    here = attempt_phase(facts, now)
    if here.changes_at is None:
        assert here.state is S.OVERDUE
        return
    assert here.changes_at > now
    assert attempt_phase(facts, here.changes_at - TICK).state is here.state
    ages = list(S)
    assert ages.index(attempt_phase(facts, here.changes_at).state) > ages.index(here.state)


ATTEMPT_TABLE = {
    S.RUNNING: (S.RUNNING, S.SUBMITTED, R.NOT_DUE, S.RUNNING, S.RUNNING, S.ANNULLED),
    S.GRACE: (S.GRACE, S.SUBMITTED, R.NOT_DUE, S.GRACE, S.RUNNING, S.ANNULLED),
    S.SETTLING: (R.TOO_LATE, R.SETTLING, R.NOT_DUE, R.TOO_LATE, S.RUNNING, S.ANNULLED),
    S.OVERDUE: (R.TOO_LATE, S.SUBMITTED, S.SUBMITTED, R.TOO_LATE, S.RUNNING, S.ANNULLED),
    S.SUBMITTED: (R.SUBMITTED, S.SUBMITTED, S.SUBMITTED, R.SUBMITTED, R.SUBMITTED, S.ANNULLED),
    S.ANNULLED: (R.ANNULLED, R.ANNULLED, S.ANNULLED, R.ANNULLED, R.ANNULLED, S.ANNULLED),
}
ATTEMPT_EVENTS = (E.SAVE, E.SUBMIT, E.CLOSE, E.TAKE_OVER, E.GRANT_TIME, E.ANNUL)
ATTEMPT_CELLS = [
    (state, event, outcome)
    for state, row in ATTEMPT_TABLE.items()
    for event, outcome in zip(ATTEMPT_EVENTS, row, strict=True)
]
IN_STATE = {
    S.RUNNING: (SITTING, DEADLINE - SECOND),
    S.GRACE: (SITTING, DEADLINE),
    S.SETTLING: (SITTING, ACCEPTS_UNTIL),
    S.OVERDUE: (SITTING, CLOSABLE),
    S.SUBMITTED: (replace(SITTING, ended_at=DEADLINE - SECOND), CLOSABLE),
    S.ANNULLED: (replace(SITTING, ended_at=DEADLINE - SECOND, annulled_at=CLOSABLE), CLOSABLE),
}


def after(facts: AttemptFacts, event: AttemptEvent, now: datetime) -> AttemptFacts:
    """The facts as an allowed event leaves them: a first end stays the end."""
    if event in (E.SUBMIT, E.CLOSE):
        return replace(facts, ended_at=facts.ended_at or min(now, facts.deadline_at))
    if event is E.GRANT_TIME:
        return replace(facts, deadline_at=facts.deadline_at + LATER, accepts_until_at=facts.accepts_until_at + LATER)
    if event is E.ANNUL:
        return replace(facts, annulled_at=facts.annulled_at or now)
    return facts


@pytest.mark.parametrize(("state", "event", "outcome"), ATTEMPT_CELLS)
def test_every_cell_of_the_attempts_table(
    state: AttemptState, event: AttemptEvent, outcome: AttemptState | AttemptRefusal
) -> None:
    assert ALLOWED[state, event] is outcome
    facts, now = IN_STATE[state]
    assert attempt_phase(facts, now).state is state
    if isinstance(outcome, AttemptRefusal):
        return
    assert attempt_phase(after(facts, event, now), now).state is outcome


def test_the_attempts_table_is_complete_and_nothing_returns_from_an_end() -> None:
    assert set(ALLOWED) == {(state, event) for state in S for event in E} == {cell[:2] for cell in ATTEMPT_CELLS}
    ends = {S.SUBMITTED, S.ANNULLED}
    for (state, _), outcome in ALLOWED.items():
        if state in ends and isinstance(outcome, AttemptState):
            assert outcome in ends
        if state is S.ANNULLED:
            assert outcome in (S.ANNULLED, R.ANNULLED)


def test_time_granted_that_does_not_reach_now_leaves_the_clock_to_decide() -> None:
    little = replace(SITTING, deadline_at=DEADLINE + SECOND, accepts_until_at=ACCEPTS_UNTIL + SECOND)
    assert attempt_phase(little, DEADLINE + 2 * SECOND).state is S.GRACE
    assert attempt_phase(little, CLOSABLE + SECOND).state is S.OVERDUE


PUBLISHED = datetime(2026, 3, 1, 8, 0, tzinfo=VIETNAM)
OPENS = datetime(2026, 3, 2, 7, 30, tzinfo=VIETNAM)
CLOSES = datetime(2026, 3, 6, 17, 30, tzinfo=VIETNAM)
OFFICE = RoundFacts(Timing(OPENS, CLOSES, timedelta(minutes=15), daily=DailyHours(450, 1050)), PUBLISHED)
EVENING = OPENS + timedelta(hours=10)
MORNING = OPENS + timedelta(days=1)
RS, C, P, CR = RoundState, Change, Permit, ChangeRefusal


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (PUBLISHED - TICK, Phase(RS.DRAFT, PUBLISHED)),
        (PUBLISHED, Phase(RS.UPCOMING, OPENS)),
        (OPENS - TICK, Phase(RS.UPCOMING, OPENS)),
        (OPENS, Phase(RS.OPEN, EVENING)),
        (EVENING - TICK, Phase(RS.OPEN, EVENING)),
        (EVENING, Phase(RS.PAUSED, MORNING)),
        (MORNING - TICK, Phase(RS.PAUSED, MORNING)),
        (MORNING, Phase(RS.OPEN, EVENING + timedelta(days=1))),
        (CLOSES - TICK, Phase(RS.OPEN, CLOSES)),
        (CLOSES, Phase(RS.CLOSED, None)),
    ],
)
def test_a_round_ages_by_the_clock(now: datetime, expected: Phase[RoundState]) -> None:
    assert round_phase(OFFICE, now) == expected
    assert round_phase(replace(OFFICE, published_at=None), now) == Phase(RS.DRAFT, None)
    assert round_phase(replace(OFFICE, finalised_at=CLOSES), now) == Phase(RS.FINAL, None)


def test_an_extension_opens_a_closed_round_again() -> None:
    extended = replace(OFFICE, timing=replace(OFFICE.timing, extension=LATER))
    assert round_phase(extended, CLOSES) == Phase(RS.OPEN, CLOSES + LATER)
    assert round_phase(extended, CLOSES + LATER) == Phase(RS.CLOSED, None)


WHILE_OPEN = {
    C.TITLE: P.FREE,
    C.NOTICE: P.FREE,
    C.WINDOW: P.UNTIL_FIRST_ATTEMPT,
    C.TERMS: P.UNTIL_FIRST_ATTEMPT,
    C.BLUEPRINT: P.UNTIL_FIRST_ATTEMPT,
    C.ENTRY: P.UNTIL_FIRST_ATTEMPT,
    C.EXCLUDED: P.FREE,
    C.CLOSE_LATER: P.FREE,
    C.EXTRA_TIME: P.FREE,
    C.TRUTH: CR.NOT_CLOSED,
}
ROUND_TABLE = {
    RS.DRAFT: {
        C.TITLE: P.FREE,
        C.NOTICE: P.FREE,
        C.WINDOW: P.FREE,
        C.TERMS: P.FREE,
        C.BLUEPRINT: P.FREE,
        C.ENTRY: P.FREE,
        C.EXCLUDED: P.FREE,
        C.CLOSE_LATER: CR.NOT_PUBLISHED,
        C.EXTRA_TIME: P.FREE,
        C.TRUTH: CR.NOT_PUBLISHED,
    },
    RS.UPCOMING: {
        C.TITLE: P.FREE,
        C.NOTICE: P.FREE,
        C.WINDOW: P.FREE,
        C.TERMS: P.FREE,
        C.BLUEPRINT: P.FREE,
        C.ENTRY: P.FREE,
        C.EXCLUDED: P.FREE,
        C.CLOSE_LATER: P.FREE,
        C.EXTRA_TIME: P.FREE,
        C.TRUTH: CR.NOT_CLOSED,
    },
    RS.OPEN: WHILE_OPEN,
    RS.PAUSED: WHILE_OPEN,
    RS.CLOSED: {
        C.TITLE: P.FREE,
        C.NOTICE: P.FREE,
        C.WINDOW: CR.CLOSED,
        C.TERMS: CR.CLOSED,
        C.BLUEPRINT: CR.CLOSED,
        C.ENTRY: CR.CLOSED,
        C.EXCLUDED: P.FREE,
        C.CLOSE_LATER: P.UNTIL_KEYS_ARE_SHOWN,
        C.EXTRA_TIME: CR.CLOSED,
        C.TRUTH: P.FREE,
    },
    RS.FINAL: {
        C.TITLE: CR.FINAL,
        C.NOTICE: P.FREE,
        C.WINDOW: CR.FINAL,
        C.TERMS: CR.FINAL,
        C.BLUEPRINT: CR.FINAL,
        C.ENTRY: CR.FINAL,
        C.EXCLUDED: CR.FINAL,
        C.CLOSE_LATER: CR.FINAL,
        C.EXTRA_TIME: CR.FINAL,
        C.TRUTH: CR.FINAL,
    },
}
ROUND_IN_STATE = {
    RS.DRAFT: (replace(OFFICE, published_at=None), OPENS),
    RS.UPCOMING: (OFFICE, PUBLISHED),
    RS.OPEN: (OFFICE, OPENS),
    RS.PAUSED: (OFFICE, EVENING),
    RS.CLOSED: (OFFICE, CLOSES),
    RS.FINAL: (replace(OFFICE, finalised_at=CLOSES + LATER), CLOSES + LATER),
}
ROUND_CELLS = [(state, change, verdict) for state, row in ROUND_TABLE.items() for change, verdict in row.items()]


@pytest.mark.parametrize(("state", "change", "verdict"), ROUND_CELLS)
def test_every_cell_of_the_rounds_table(state: RoundState, change: Change, verdict: Permit | ChangeRefusal) -> None:
    assert CHANGES[state, change] is verdict
    facts, now = ROUND_IN_STATE[state]
    assert round_phase(facts, now).state is state
    attempted, shown = replace(facts, has_attempts=True), replace(facts, has_shown_keys=True)
    if isinstance(verdict, ChangeRefusal):
        assert lock(facts, change, now) is lock(attempted, change, now) is lock(shown, change, now) is verdict
        return
    assert lock(facts, change, now) is None
    assert lock(attempted, change, now) is (CR.HAS_ATTEMPTS if verdict is P.UNTIL_FIRST_ATTEMPT else None)
    assert lock(shown, change, now) is (CR.KEYS_SHOWN if verdict is P.UNTIL_KEYS_ARE_SHOWN else None)


def test_the_rounds_table_is_complete() -> None:
    assert set(CHANGES) == {(state, change) for state in RS for change in C} == {cell[:2] for cell in ROUND_CELLS}
