"""The delay after failed sign-ins of one name: kept in the database, growing, never for ever.

A try is counted before its password is looked at, so that parallel guesses cannot outrun the count.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, CompoundSelect, delete, func, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from quiz_app.kernel.text import tidy
from quiz_app.kernel.work import Work
from quiz_app.members import entering
from quiz_app.members.errors import TooManyTries
from quiz_app.members.models import Account, ActivationSlip, Member, SignInThrottle
from quiz_app.members.policy import Action

FREE_TRIES = 5
MAX_DELAY_MINUTES = 15
FORGOTTEN_AFTER = timedelta(days=1)
USERNAME_LENGTH = 60
SLIP = "SLIP:"  # no sign-in name has capitals, so nobody can make a slip rest by one
SLIP_LENGTH = 40
ADDRESS_MINUTES = 1
DEVICE = "DEVICE:"  # in capitals for the same reason


def username_key(username: str) -> str:
    """The name as it is stored and counted under."""
    return tidy(username).lower()[:USERNAME_LENGTH]


def slip_key(hashed: str) -> str:
    """The name under which tries of a slip are counted, by what is kept of its token or of its code."""
    return SLIP + hashed[:SLIP_LENGTH]


def device_key(key: str, device_sha256: str) -> str:
    """The name under which tries of a name are counted from a device of the member's own."""
    return DEVICE + hashlib.sha256(f"{key}\n{device_sha256}".encode()).hexdigest()[:SLIP_LENGTH]


def delay(failures: int) -> timedelta:
    """How long a name rests after so many failures in a row: none, then 1, 2, 4, 8 and at most 15 minutes."""
    if failures < FREE_TRIES:
        return timedelta(0)
    return timedelta(minutes=min(2 ** min(failures - FREE_TRIES, 10), MAX_DELAY_MINUTES))


def count_try(w: Work, username: str) -> None:
    """Count one try under the name as failed until `forgive` says otherwise. Raises TooManyTries while it rests."""
    if entering.count_first(w.session, username, w.now):
        return
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


def note_address(w: Work, hashed: str, failures: int) -> None:
    """Put on record that an address rests beside its names; `hashed` tells it from others and no more."""
    w.record(Action.SIGN_IN_BLOCKED, f"sign-in-address:{hashed[:16]}", failures=failures, minutes=ADDRESS_MINUTES)


def forgive(w: Work, username: str) -> None:
    """Forget the failures of a name: it was opened with the right password."""
    entering.forgive(w.session, username)


def forget_stale(w: Work) -> int:
    """Drop counts that no longer matter; how many. For the sweeper."""
    gone = w.session.scalars(
        delete(SignInThrottle)
        .where(SignInThrottle.last_failed_at < w.now - FORGOTTEN_AFTER)
        .returning(SignInThrottle.username)
    ).all()
    return len(gone)


def failing_members(failures: int, since: datetime) -> CompoundSelect[int]:
    """The ids of the members by whose names, of any kind, so many tries have failed since then; some of them twice.

    Each kind is sought by its own index, from the few names that fail. Whoever shares a telephone number is meant too.
    """
    name = SignInThrottle.username
    cut = func.substr(name, len(SLIP) + 1)
    owner = select(Account.member_id.label("member_id"))
    person = select(Member.id)
    slip = select(ActivationSlip.member_id)
    ways = [
        (owner, Account.username == name),
        (person, Member.card_number == func.substr(name, 1, 2) + literal(".") + func.substr(name, 3)),
        (person, (Member.phone == name) & (name != "")),
        (person, (Member.email == name) & (name != "")),
        (slip, _begins(ActivationSlip.token_sha256, cut)),
        (slip, _begins(ActivationSlip.code_mac, cut)),
    ]
    lately = (SignInThrottle.failures >= failures, SignInThrottle.last_failed_at > since)
    return union_all(*(who.join(SignInThrottle, is_his).where(*lately) for who, is_his in ways))


def _begins(hashed: InstrumentedAttribute[str], cut: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a hash begins so, as a range that its index answers: the next letter after the digits is `g`."""
    return (SignInThrottle.username.startswith(SLIP)) & (hashed >= cut) & (hashed < cut + literal("g"))


def _locked(w: Work, username: str) -> SignInThrottle | None:
    return w.session.scalars(
        select(SignInThrottle).where(SignInThrottle.username == username).with_for_update()
    ).one_or_none()


def _minutes_left(until: datetime, now: datetime) -> int:
    return max(1, -int((now - until).total_seconds() // 60))
