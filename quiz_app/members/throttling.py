"""The delay after failed sign-ins of one name: kept in the database, growing, never for ever.

A try is counted before its password is looked at, so that parallel guesses cannot outrun the count.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from quiz_app.kernel.text import tidy
from quiz_app.kernel.work import Work
from quiz_app.members.errors import TooManyTries
from quiz_app.members.models import SignInThrottle
from quiz_app.members.policy import Action

FREE_TRIES = 5
MAX_DELAY_MINUTES = 15
FORGOTTEN_AFTER = timedelta(days=1)
USERNAME_LENGTH = 60


def username_key(username: str) -> str:
    """The name as it is stored and counted under."""
    return tidy(username).lower()[:USERNAME_LENGTH]


def delay(failures: int) -> timedelta:
    """How long a name rests after so many failures in a row: none, then 1, 2, 4, 8 and at most 15 minutes."""
    if failures < FREE_TRIES:
        return timedelta(0)
    return timedelta(minutes=min(2 ** min(failures - FREE_TRIES, 10), MAX_DELAY_MINUTES))


def count_try(w: Work, username: str) -> None:
    """Count one try under the name as failed until `forgive` says otherwise. Raises TooManyTries while it rests."""
    row = _locked(w, username)
    if row is None:
        try:
            with w.session.begin_nested():
                w.session.add(SignInThrottle(username=username, failures=1, blocked_until=None, last_failed_at=w.now))
        except IntegrityError:
            row = _locked(w, username)
    if row is None:
        return
    if row.blocked_until is not None and row.blocked_until > w.now:
        raise TooManyTries(minutes=_minutes_left(row.blocked_until, w.now))
    row.failures = 1 if w.now - row.last_failed_at >= FORGOTTEN_AFTER else row.failures + 1
    row.last_failed_at = w.now
    rest = delay(row.failures)
    row.blocked_until = w.now + rest if rest else None
    if rest:
        # The name itself may be a password typed into the wrong field.
        subject = f"sign-in:{hashlib.sha256(username.encode()).hexdigest()[:16]}"
        w.record(Action.SIGN_IN_BLOCKED, subject, failures=row.failures, minutes=int(rest.total_seconds() // 60))


def forgive(w: Work, username: str) -> None:
    """Forget the failures of a name: it was opened with the right password."""
    w.session.execute(delete(SignInThrottle).where(SignInThrottle.username == username))


def forget_stale(w: Work) -> int:
    """Drop counts that no longer matter; how many. For the sweeper."""
    gone = w.session.scalars(
        delete(SignInThrottle)
        .where(SignInThrottle.last_failed_at < w.now - FORGOTTEN_AFTER)
        .returning(SignInThrottle.username)
    ).all()
    return len(gone)


def _locked(w: Work, username: str) -> SignInThrottle | None:
    return w.session.scalars(
        select(SignInThrottle).where(SignInThrottle.username == username).with_for_update()
    ).one_or_none()


def _minutes_left(until: datetime, now: datetime) -> int:
    return max(1, -int((now - until).total_seconds() // 60))
