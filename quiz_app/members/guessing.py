"""Failed sign-ins of one network address: what slows somebody who tries few secrets on very many names.

It stands beside the delay of each name, never in its place: a whole meeting may sit behind one address. Asked before
a secret is looked at and counted only when that failed; what is kept may be lost at any moment, then each name still
rests for itself.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from flask import current_app, request

from quiz_app.kernel.settings import Settings
from quiz_app.kernel.work import working
from quiz_app.members import throttling
from quiz_app.members.errors import AddressRests, WrongCode, WrongCredentials, WrongSlip
from quiz_app.web.allowance import Allowance
from quiz_app.web.guard import asked_at, database

# A hall of three hundred in which everybody mistypes six times is let through, and so are the thousands of phones that
# a carrier puts behind one address. Whoever guesses gets some 17,000 tries a day from then on, which with names that
# rest after five opens no account by its digits.
FAILURES = 2000
ONE_IN_S = 5
TOLD_ONCE_IN_S = 3600
_OF_ONE_LINE = 64  # bits of an IPv6 address that name the line; whoever has it picks the others as he likes


@contextmanager
def counted() -> Iterator[bool]:
    """Whether the caller's address rests; a secret that turns out wrong within the block is counted against it."""
    address, now = _address(), asked_at()
    if address is None:
        yield False
        return
    failures = _allowance("sign-in-failures", FAILURES, ONE_IN_S)
    try:
        yield not failures.has(address, now)
    except (WrongCredentials, WrongSlip, WrongCode):
        failures.take(address, now)
        if not failures.has(address, now):
            _tell(address, now)
        raise


@contextmanager
def refused_at_rest() -> Iterator[None]:
    """The same, where no device is known: nothing is tried while the address rests. Raises AddressRests."""
    with counted() as rests:
        if rests:
            raise AddressRests(minutes=throttling.ADDRESS_MINUTES)
        yield


def _tell(address: str, now: datetime) -> None:
    """Put on record that the address rests, once an hour however long it goes on."""
    if not _allowance("sign-in-address-told", 1, TOLD_ONCE_IN_S).take(address, now):
        return
    settings: Settings = current_app.extensions["settings"]
    hashed = hmac.new(settings.secret_key.encode(), address.encode(), hashlib.sha256).hexdigest()
    with working(database()) as w:
        throttling.note_address(w, hashed, FAILURES)


def _address() -> str | None:
    """By what callers are told apart; None for a proxy that the settings do not name, behind which everybody is."""
    told = request.remote_addr
    if not told:
        return None
    try:
        address = ipaddress.ip_address(told)
    except ValueError:  # whatever else our own proxy calls it
        return told
    settings: Settings = current_app.extensions["settings"]
    if address.is_private and not settings.proxy_hops and "X-Forwarded-For" in request.headers:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, _OF_ONE_LINE), strict=False))


def _allowance(name: str, burst: int, one_in_s: int) -> Allowance:
    found: Allowance = current_app.extensions.setdefault(name, Allowance(name, burst=burst, per_s=1 / one_in_s))
    return found
