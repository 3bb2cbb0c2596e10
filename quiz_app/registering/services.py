"""Registering, and what others decide about it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.exc import IntegrityError

from quiz_app.kernel.access import Role
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.text import search_key, sort_key, tidy
from quiz_app.kernel.work import Work, working
from quiz_app.members import accounts, throttling
from quiz_app.members import services as members
from quiz_app.members.errors import TooManyTries
from quiz_app.members.models import Category, Consent, Member, Purpose, Registration, RegistrationState
from quiz_app.members.queries import has_demo_accounts
from quiz_app.members.slips import read_code
from quiz_app.members.ways import MOST_SHARING
from quiz_app.registering import labels, queries
from quiz_app.registering.errors import AlikeElsewhere, PhoneShared, RegistrationDecided, TooManyRegistrations
from quiz_app.registering.policy import Action
from quiz_app.registering.queries import Place
from quiz_app.units import queries as units
from quiz_app.units.models import Unit
from quiz_app.units.tree import hold_open

KEPT = timedelta(days=30)
FORGOTTEN_AT_ONCE = 500
REASON_LENGTH = 400


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody says of himself, and what he agrees to in the words of a version."""

    full_name: str
    born_on: date
    born_year_only: bool
    phone: str
    agreed: Collection[Purpose]
    consent_version: str


def opens(place: Place, typed: str) -> bool:
    """Whether this is the code of the desk, where it asks for one."""
    return not place.asks_code or hmac.compare_digest(read_code(typed).encode(), place.desk.code.encode())


def register(w: Work, place: Place, told: Told, *, password_hash: str, code: str) -> None:
    """Keep what somebody sent; with the code of the desk he has his account at once, unless he looks like another.

    Whoever calls is told the same whatever came of it, so nobody learns who is known here. The same sent twice is one.
    Raises BadInput for a wrong code, TooManyRegistrations, UnitClosed.
    """
    if not opens(place, code):
        raise BadInput({"code": [labels.WRONG_CODE]})
    _count(w, told.phone)
    one = Registration(
        desk_unit_id=place.desk.unit_id,
        unit_id=place.unit.id,
        is_by_code=place.asks_code,
        full_name=told.full_name,
        search_key=search_key(told.full_name),
        born_on=told.born_on,
        born_year_only=told.born_year_only,
        phone=told.phone,
        password_hash=password_hash,
        consents=sorted(purpose.value for purpose in told.agreed),
        consent_version=told.consent_version,
        sent_at=w.now,
    )
    try:
        with w.session.begin_nested():
            w.session.add(one)
            w.session.flush()
    except IntegrityError:
        return
    w.record(Action.SENT, f"registration:{one.id}", unit_id=one.unit_id, is_by_code=one.is_by_code)
    if one.is_by_code and queries.is_alike_to_nobody(w.session, one):
        _take_in(w, one, alike=0)


def admit(w: Work, registration_id: int) -> Member:
    """Say yes: he has an account from now on, as somebody on no roster.

    Where somebody beyond the actor's units looks like him, only an organiser above the desk says so.
    Raises Missing, RegistrationDecided, AlikeElsewhere, PhoneShared, UnitClosed.
    """
    one = _held(w, registration_id)
    alike = queries.alike(w, one)
    if alike.hidden and not units.does_cover(w.session, w.actor, one.desk_unit_id, Role.ORGANISER):
        raise AlikeElsewhere
    if queries.sharing(w.session, one.phone) >= MOST_SHARING:
        raise PhoneShared(count=MOST_SHARING)
    return _take_in(w, one, alike=alike.count)


def refuse(w: Work, registration_id: int, reason: str) -> Registration:
    """Say no; he reads the reason when he signs in, for as long as the row is kept.

    Raises Missing, RegistrationDecided, BadInput without a reason.
    """
    words = tidy(reason)
    if not words or len(words) > REASON_LENGTH:
        raise BadInput({"reason": [labels.NO_REASON]})
    one = _held(w, registration_id)
    one.state, one.reason = RegistrationState.REFUSED.value, words
    one.decided_at, one.decided_by = w.now, w.actor.member_id
    w.record(Action.REFUSED, f"registration:{one.id}", reason=words)
    return one


def forget_old(db: Database) -> int:
    """Delete what was refused, or left without an answer, long enough ago; how many. For the worker."""
    with working(db) as w:
        until = w.now - KEPT
        is_old = or_(
            and_(Registration.state == RegistrationState.REFUSED.value, Registration.decided_at < until),
            and_(Registration.state == RegistrationState.WAITING.value, Registration.sent_at < until),
        )
        old = w.session.scalars(select(Registration.id).where(is_old).limit(FORGOTTEN_AT_ONCE)).all()
        if not old:
            return 0
        w.session.execute(delete(Registration).where(Registration.id.in_(old)))
        w.record(Action.FORGOTTEN, "registration:all", count=len(old))
        return len(old)


def _count(w: Work, phone: str) -> None:
    """One more with this number; those of one number go one after the other. Raises TooManyRegistrations."""
    try:
        throttling.count_try(w, "REG:" + hashlib.sha256(phone.encode()).hexdigest()[:40])
    except TooManyTries as error:
        raise TooManyRegistrations(**error.facts) from error


def _held(w: Work, registration_id: int) -> Registration:
    """One that waits for the actor, held. Raises Missing, RegistrationDecided."""
    query = select(Registration).where(Registration.id == registration_id).with_for_update()
    w.session.execute(query.execution_options(populate_existing=True))
    one = queries.registration(w, registration_id)
    if one.state != RegistrationState.WAITING.value:
        raise RegistrationDecided
    return one


def _take_in(w: Work, one: Registration, *, alike: int) -> Member:
    unit = _receiver(w, one)
    member = Member(
        unit_id=unit.id,
        full_name=one.full_name,
        sort_key=sort_key(one.full_name),
        search_key=one.search_key,
        category=Category.OTHER.value,
        born_on=one.born_on,
        born_year_only=one.born_year_only,
        phone=one.phone,
        is_demo=has_demo_accounts(w.session),  # whoever comes into a demo belongs to it
        created_at=w.now,
    )
    w.session.add(member)
    w.session.flush()
    account = members.create_account(
        w, member.id, username=accounts.username_for(member), password_hash=one.password_hash
    )
    account.notices_version = one.consent_version
    for purpose in one.consents:
        w.session.add(
            Consent(member_id=member.id, purpose=purpose, text_version=one.consent_version, given_at=one.sent_at)
        )
    one.state, one.member_id, one.password_hash = RegistrationState.ADMITTED.value, member.id, ""
    one.decided_at, one.decided_by = w.now, w.actor.member_id
    facts = {"member_id": member.id, "is_by_code": one.is_by_code, "alike": alike}
    w.record(Action.ADMITTED, f"registration:{one.id}", **facts)
    return member


def _receiver(w: Work, one: Registration) -> Unit:
    """The unit he named, held; where it has merged since, the one that it merged into. Raises UnitClosed."""
    unit = units.unit(w.session, one.unit_id)
    while unit.closed_at is not None and unit.merged_into_id is not None:
        unit = units.unit(w.session, unit.merged_into_id)
    return hold_open(w, unit.id)
