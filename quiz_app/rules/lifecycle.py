"""The states of an attempt and of a round, what leads from one to the next, and what may still be changed in each.

Both machines are data: a table with a cell for every state and event, or every state and change, and nothing is
decided anywhere else. Which state holds at an instant follows from stored facts and the clock alone, so the page, the
job and an export cannot disagree; each answer also says when it will change by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from quiz_app.rules.timing import Timing, WindowPhase, finalisable_at, window

State = TypeVar("State", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Phase(Generic[State]):
    """A state, and the instant at which the clock alone changes it (None: only an act does)."""

    state: State
    changes_at: datetime | None


class AttemptState(StrEnum):
    """Where an attempt stands. Grace: the deadline has passed and saves still arrive. Settling: none is accepted any
    more, and those accepted last may still be on their way to the disk. Overdue: it waits for the job to close it."""

    RUNNING = "running"
    GRACE = "grace"
    SETTLING = "settling"
    OVERDUE = "overdue"
    SUBMITTED = "submitted"
    ANNULLED = "annulled"


class AttemptEvent(StrEnum):
    """What may happen to an attempt: acts of its member, of the job that closes it, of the organisers."""

    SAVE = "save"
    SUBMIT = "submit"
    CLOSE = "close"
    TAKE_OVER = "take_over"
    GRANT_TIME = "grant_time"
    ANNUL = "annul"


class AttemptRefusal(StrEnum):
    """Why an event changes nothing. What a member sent too late is kept as evidence, with its time of arrival."""

    NOT_DUE = "not_due"
    TOO_LATE = "too_late"
    SETTLING = "settling"
    SUBMITTED = "submitted"
    ANNULLED = "annulled"


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """What is stored of an attempt. Deadline and last accepted instant already hold every granted time."""

    deadline_at: datetime
    accepts_until_at: datetime
    ended_at: datetime | None = None
    annulled_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.accepts_until_at < self.deadline_at:
            raise ValueError("an attempt accepts what arrives at least until its deadline")


def attempt_phase(facts: AttemptFacts, now: datetime) -> Phase[AttemptState]:
    """Where an attempt stands at `now`. An end, once stored, is final whatever the clock says."""
    if facts.annulled_at is not None:
        return Phase(AttemptState.ANNULLED, None)
    if facts.ended_at is not None:
        return Phase(AttemptState.SUBMITTED, None)
    if now < facts.deadline_at:
        return Phase(AttemptState.RUNNING, facts.deadline_at)
    if now < facts.accepts_until_at:
        return Phase(AttemptState.GRACE, facts.accepts_until_at)
    closable_at = finalisable_at(facts.accepts_until_at)
    if now < closable_at:
        return Phase(AttemptState.SETTLING, closable_at)
    return Phase(AttemptState.OVERDUE, None)


def _events(**outcomes: AttemptState | AttemptRefusal) -> dict[AttemptEvent, AttemptState | AttemptRefusal]:
    return {AttemptEvent(name): outcome for name, outcome in outcomes.items()}


_EVENTS: Mapping[AttemptState, Mapping[AttemptEvent, AttemptState | AttemptRefusal]] = {
    AttemptState.RUNNING: _events(
        save=AttemptState.RUNNING,
        submit=AttemptState.SUBMITTED,
        close=AttemptRefusal.NOT_DUE,
        take_over=AttemptState.RUNNING,
        grant_time=AttemptState.RUNNING,
        annul=AttemptState.ANNULLED,
    ),
    AttemptState.GRACE: _events(
        save=AttemptState.GRACE,
        submit=AttemptState.SUBMITTED,
        close=AttemptRefusal.NOT_DUE,
        take_over=AttemptState.GRACE,
        grant_time=AttemptState.RUNNING,
        annul=AttemptState.ANNULLED,
    ),
    AttemptState.SETTLING: _events(
        save=AttemptRefusal.TOO_LATE,
        submit=AttemptRefusal.SETTLING,
        close=AttemptRefusal.NOT_DUE,
        take_over=AttemptRefusal.TOO_LATE,
        grant_time=AttemptState.RUNNING,
        annul=AttemptState.ANNULLED,
    ),
    AttemptState.OVERDUE: _events(
        save=AttemptRefusal.TOO_LATE,
        submit=AttemptState.SUBMITTED,
        close=AttemptState.SUBMITTED,
        take_over=AttemptRefusal.TOO_LATE,
        grant_time=AttemptState.RUNNING,
        annul=AttemptState.ANNULLED,
    ),
    AttemptState.SUBMITTED: _events(
        save=AttemptRefusal.SUBMITTED,
        submit=AttemptState.SUBMITTED,
        close=AttemptState.SUBMITTED,
        take_over=AttemptRefusal.SUBMITTED,
        grant_time=AttemptRefusal.SUBMITTED,
        annul=AttemptState.ANNULLED,
    ),
    AttemptState.ANNULLED: _events(
        save=AttemptRefusal.ANNULLED,
        submit=AttemptRefusal.ANNULLED,
        close=AttemptState.ANNULLED,
        take_over=AttemptRefusal.ANNULLED,
        grant_time=AttemptRefusal.ANNULLED,
        annul=AttemptState.ANNULLED,
    ),
}

ALLOWED: Mapping[tuple[AttemptState, AttemptEvent], AttemptState | AttemptRefusal] = {
    (state, event): outcome for state, events in _EVENTS.items() for event, outcome in events.items()
}
"""What becomes of an attempt by an event, or why nothing does.

An event that leaves a submitted or annulled attempt as it is changes and records nothing: two submits, submit and
job, job and job have one result and one entry in the log. Submitting an overdue attempt closes it as the job would,
with what was saved in time. Granted time leads to running where it reaches past the instant at which it is granted;
otherwise the clock decides as before.
"""


class RoundState(StrEnum):
    """Where a round stands. Paused: between two sessions of its daily hours."""

    DRAFT = "draft"
    UPCOMING = "upcoming"
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class RoundFacts:
    """What is stored of a round, and what has happened in it. Rehearsals are no attempts.

    `has_shown_keys`: members may see right answers of this round already.
    """

    timing: Timing
    published_at: datetime | None
    finalised_at: datetime | None = None
    has_attempts: bool = False
    has_shown_keys: bool = False


_BY_WINDOW: Mapping[WindowPhase, RoundState] = {
    WindowPhase.UPCOMING: RoundState.UPCOMING,
    WindowPhase.OPEN: RoundState.OPEN,
    WindowPhase.PAUSED: RoundState.PAUSED,
    WindowPhase.CLOSED: RoundState.CLOSED,
}


def round_phase(facts: RoundFacts, now: datetime) -> Phase[RoundState]:
    """Where a round stands at `now`. Results, once final, stay so whatever the clock says."""
    if facts.finalised_at is not None:
        return Phase(RoundState.FINAL, None)
    if facts.published_at is None or now < facts.published_at:
        return Phase(RoundState.DRAFT, facts.published_at)
    here = window(facts.timing, now)
    return Phase(_BY_WINDOW[here.phase], here.changes_at)


class Change(StrEnum):
    """What organisers may want to change about a round.

    Window: opening, close, hours and weekdays. Terms: limit, attempts, counted attempt, tie-breaks, prediction,
    what is shown when. Blueprint: cells, pool, points, pinned items. Entry: who may enter. Excluded: who is never
    ranked. Truth: what a prediction asked for.
    """

    TITLE = "title"
    NOTICE = "notice"
    WINDOW = "window"
    TERMS = "terms"
    BLUEPRINT = "blueprint"
    ENTRY = "entry"
    EXCLUDED = "excluded"
    CLOSE_LATER = "close_later"
    EXTRA_TIME = "extra_time"
    TRUTH = "truth"


class Permit(StrEnum):
    """Under what condition a change is free."""

    FREE = "free"
    UNTIL_FIRST_ATTEMPT = "until_first_attempt"
    UNTIL_KEYS_ARE_SHOWN = "until_keys_are_shown"


class ChangeRefusal(StrEnum):
    """Why a change is locked."""

    NOT_PUBLISHED = "not_published"
    NOT_CLOSED = "not_closed"
    HAS_ATTEMPTS = "has_attempts"
    KEYS_SHOWN = "keys_shown"
    CLOSED = "closed"
    FINAL = "final"


def _changes(
    of: Mapping[Change, Permit | ChangeRefusal], otherwise: Permit | ChangeRefusal
) -> dict[Change, Permit | ChangeRefusal]:
    return {change: of.get(change, otherwise) for change in Change}


_WHILE_OPEN = _changes(
    {
        Change.TITLE: Permit.FREE,
        Change.NOTICE: Permit.FREE,
        Change.EXCLUDED: Permit.FREE,
        Change.CLOSE_LATER: Permit.FREE,
        Change.EXTRA_TIME: Permit.FREE,
        Change.TRUTH: ChangeRefusal.NOT_CLOSED,
    },
    otherwise=Permit.UNTIL_FIRST_ATTEMPT,
)

_CHANGES: Mapping[RoundState, Mapping[Change, Permit | ChangeRefusal]] = {
    RoundState.DRAFT: _changes(
        {Change.CLOSE_LATER: ChangeRefusal.NOT_PUBLISHED, Change.TRUTH: ChangeRefusal.NOT_PUBLISHED},
        otherwise=Permit.FREE,
    ),
    RoundState.UPCOMING: _changes({Change.TRUTH: ChangeRefusal.NOT_CLOSED}, otherwise=Permit.FREE),
    RoundState.OPEN: _WHILE_OPEN,
    RoundState.PAUSED: _WHILE_OPEN,
    RoundState.CLOSED: _changes(
        {
            Change.TITLE: Permit.FREE,
            Change.NOTICE: Permit.FREE,
            Change.EXCLUDED: Permit.FREE,
            Change.CLOSE_LATER: Permit.UNTIL_KEYS_ARE_SHOWN,
            Change.TRUTH: Permit.FREE,
        },
        otherwise=ChangeRefusal.CLOSED,
    ),
    RoundState.FINAL: _changes({Change.NOTICE: Permit.FREE}, otherwise=ChangeRefusal.FINAL),
}

CHANGES: Mapping[tuple[RoundState, Change], Permit | ChangeRefusal] = {
    (state, change): verdict for state, changes in _CHANGES.items() for change, verdict in changes.items()
}
"""Under what condition a round may be changed in a state, or why it may not.

A published round closes later by an extension alone, also after its close, while no member can have seen the right
answers: that is how time lost to a fault is given back. A final round takes notices and nothing else.
"""


def lock(facts: RoundFacts, change: Change, now: datetime) -> ChangeRefusal | None:
    """What keeps a round from being changed in this way at `now`; None if nothing does."""
    verdict = CHANGES[round_phase(facts, now).state, change]
    match verdict:
        case Permit.FREE:
            return None
        case Permit.UNTIL_FIRST_ATTEMPT:
            return ChangeRefusal.HAS_ATTEMPTS if facts.has_attempts else None
        case Permit.UNTIL_KEYS_ARE_SHOWN:
            return ChangeRefusal.KEYS_SHOWN if facts.has_shown_keys else None
        case _:
            return verdict
