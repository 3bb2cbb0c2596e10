"""Where an attempt stands at an instant, and what that lets happen: the table of `rules.lifecycle`, asked with rows.

Pages, the closing job and exports ask here. The guarded statements of the hot path say the same in SQL; the tests walk
every cell of the table through both.
"""

from __future__ import annotations

from datetime import datetime

from quiz_app.attempts.errors import AttemptClosed, AttemptClosing
from quiz_app.attempts.models import AttemptState as Stored
from quiz_app.attempts.plain import AnyAttempt
from quiz_app.kernel.errors import Refused
from quiz_app.rules.lifecycle import (
    ALLOWED,
    AttemptEvent,
    AttemptFacts,
    AttemptRefusal,
    AttemptState,
    Phase,
    attempt_phase,
)

ACCEPTING = frozenset({AttemptState.RUNNING, AttemptState.GRACE})
UNFINISHED = frozenset({AttemptState.RUNNING, AttemptState.GRACE, AttemptState.SETTLING, AttemptState.OVERDUE})

_REFUSALS: dict[AttemptRefusal, type[Refused]] = {
    AttemptRefusal.TOO_LATE: AttemptClosed,
    AttemptRefusal.SETTLING: AttemptClosing,
    AttemptRefusal.SUBMITTED: AttemptClosed,
    AttemptRefusal.ANNULLED: AttemptClosed,
}


def phase_of(attempt: AnyAttempt, now: datetime) -> Phase[AttemptState]:
    """The state of an attempt at `now`, and when the clock alone changes it."""
    facts = AttemptFacts(
        deadline_at=attempt.deadline_at,
        accepts_until_at=attempt.accepts_until_at,
        ended_at=attempt.ended_at,
        annulled_at=attempt.ended_at if attempt.state == Stored.ANNULLED.value else None,
    )
    return attempt_phase(facts, now)


def is_over(attempt: AnyAttempt, now: datetime) -> bool:
    """Whether nothing is accepted for the attempt any more."""
    return phase_of(attempt, now).state not in ACCEPTING


def is_unfinished(attempt: AnyAttempt, now: datetime) -> bool:
    """Whether neither its member nor the job has ended it yet."""
    return phase_of(attempt, now).state in UNFINISHED


def allows(attempt: AnyAttempt, event: AttemptEvent, now: datetime) -> bool:
    """Whether an event may change the attempt at `now`; one that finds its work done already may not, and is no error.

    Raises AttemptClosed or AttemptClosing where the table refuses it for good.
    """
    here = phase_of(attempt, now).state
    outcome = ALLOWED[here, event]
    if isinstance(outcome, AttemptState):
        return outcome is not here or here in UNFINISHED
    if outcome in _REFUSALS:
        raise _REFUSALS[outcome]
    return False
