"""What of a round may still be changed: the table of `rules.lifecycle`, asked with what is stored."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from quiz_app.contests import labels, policy
from quiz_app.contests.errors import ChangeLocked
from quiz_app.contests.models import Round, Shown
from quiz_app.contests.timing import longest_timing
from quiz_app.rules.lifecycle import Change, ChangeRefusal, RoundFacts, lock


def facts(round_: Round, now: datetime) -> RoundFacts:
    """What the life cycle asks of a round. Keys shown after submission are shown from the first attempt on."""
    has_attempts = round_.first_attempt_at is not None
    keys_shown = policy.reveals_keys(round_, now)
    if round_.show_keys == Shown.AFTER_SUBMISSION.value:
        keys_shown = has_attempts
    return RoundFacts(
        timing=longest_timing(round_),
        published_at=round_.published_at,
        finalised_at=round_.finalised_at,
        has_attempts=has_attempts,
        has_shown_keys=keys_shown,
    )


def locks(round_: Round, now: datetime) -> dict[Change, ChangeRefusal]:
    """Every change that is locked now, with what locks it."""
    known = facts(round_, now)
    found = {change: lock(known, change, now) for change in Change}
    return {change: reason for change, reason in found.items() if reason is not None}


def require_free(round_: Round, changes: Iterable[Change], now: datetime) -> None:
    """Raises ChangeLocked for the first of these changes that is locked."""
    locked = locks(round_, now)
    for change in sorted(changes):
        if change in locked:
            raise ChangeLocked(labels.CHANGES[change], labels.LOCKS[locked[change]])
