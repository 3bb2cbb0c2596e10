"""By what people sign in: the name on the slip always, and card number, phone and e-mail as the commune chooses.

A phone or an address may belong to several: all of them are meant. Tries by the card and by the name on the slip rest
as one; those by a phone or an address rest by themselves, since whatever rests together tells that it belongs together.

Whoever registered himself has no slip: his phone always is his name. Until he is admitted it opens the word about it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from quiz_app.kernel import switches
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import NotAllowed
from quiz_app.kernel.switches import Switch
from quiz_app.kernel.work import Work
from quiz_app.members import accounts, entering, policy, queries, registrations, throttling
from quiz_app.members.models import Member
from quiz_app.members.policy import Action
from quiz_app.members.queries import Credentials
from quiz_app.units import queries as units_queries

MOST_SHARING = 4  # so many may share a phone or an address; each try by one costs as many hashes
_SWITCHES = (Switch.NO_SIGN_IN_BY_CARD, Switch.SIGN_IN_BY_PHONE, Switch.SIGN_IN_BY_EMAIL)
_CARD = re.compile(r"\d{8}", re.ASCII)
_PHONE = re.compile(r"0\d{9,10}", re.ASCII)


class Way(StrEnum):
    """What opens an account besides the name on the slip."""

    CARD = "card"
    PHONE = "phone"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Named:
    """What was typed: the key under which its tries are counted, the accounts that it means, and how many hashes a try
    by it costs, which hangs on its shape alone.
    """

    key: str
    accounts: tuple[Credentials, ...]
    checks: int


def allowed(session: Session, now: datetime) -> frozenset[Way]:
    """The ways in that are open."""
    return _open(switches.on(session, _SWITCHES, now))


def glance(db: Database, now: datetime) -> frozenset[Way]:
    """The same, asked by itself."""
    return _open(switches.glance(db, _SWITCHES, now))


def _open(on: Collection[Switch]) -> frozenset[Way]:
    are_open = {
        Way.CARD: Switch.NO_SIGN_IN_BY_CARD not in on,
        Way.PHONE: Switch.SIGN_IN_BY_PHONE in on,
        Way.EMAIL: Switch.SIGN_IN_BY_EMAIL in on,
    }
    return frozenset(way for way, is_open in are_open.items() if is_open)


def named(session: Session, typed: str, now: datetime) -> Named:
    """Whom this means, by the ways that are open."""
    key, ways = throttling.username_key(typed), allowed(session, now)
    digits = re.sub(r"[\s.()+-]", "", key)
    if Way.EMAIL in ways and "@" in key:
        return Named(key, _sharing(session, Member.email == key), MOST_SHARING)
    phone = "0" + digits[2:] if digits.startswith("84") else digits
    own = _named(key, entering.credentials(session, key))
    if _PHONE.fullmatch(phone):
        is_his = Member.phone == phone
        if Way.PHONE not in ways:
            if own.accounts:
                return Named(own.key, own.accounts, MOST_SHARING)
            is_his &= registrations.has_registered()
        return Named(phone, (*_sharing(session, is_his), *_waiting(session, phone))[:MOST_SHARING], MOST_SHARING)
    if _CARD.fullmatch(digits):
        if Way.CARD not in ways:
            return Named(digits, (), 1)
        by_card = _by(session, Member.card_number == f"{digits[:2]}.{digits[2:]}", digits)
        return own if own.accounts and not by_card.accounts else by_card
    member_id = accounts.member_of(key)
    return own if own.accounts or member_id is None else _by(session, Member.id == member_id, key)


def choose(w: Work, chosen: Collection[Way]) -> None:
    """Let people in by exactly these ways from now on. Raises NotAllowed for who does not run the whole house."""
    if not policy.sets_ways(w.actor, units_queries.root_ids(w.session)):
        raise NotAllowed
    for switch, is_on in (
        (Switch.NO_SIGN_IN_BY_CARD, Way.CARD not in chosen),
        (Switch.SIGN_IN_BY_PHONE, Way.PHONE in chosen),
        (Switch.SIGN_IN_BY_EMAIL, Way.EMAIL in chosen),
    ):
        if is_on:
            switches.turn_on(w, switch, "", None)
        else:
            switches.turn_off(w, switch, "")
    w.record(Action.WAYS_CHANGED, "site:sign-in", ways=sorted(chosen))


def _by(session: Session, is_his: ColumnElement[bool], typed: str) -> Named:
    """The one account that this means, its tries counted under its own name."""
    return _named(typed, next(iter(queries.all_credentials(session, is_his)), queries.NO_CREDENTIALS))


def _named(typed: str, found: Credentials) -> Named:
    if found.account_id is None:
        return Named(typed, (), 1)
    return Named(found.username or typed, (found,), 1)


def _waiting(session: Session, phone: str) -> list[Credentials]:
    found = session.execute(registrations.registered(phone, MOST_SHARING))
    return [Credentials(None, None, password_hash, number) for number, password_hash in found]


def _sharing(session: Session, is_theirs: ColumnElement[bool]) -> tuple[Credentials, ...]:
    """Where more than may share it do, it means nobody: they come in by the name on their slips."""
    found = queries.all_credentials(session, is_theirs)
    return tuple(found) if len(found) <= MOST_SHARING else ()
