"""What a sign-in has to know of those who registered themselves."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session

from quiz_app.kernel.errors import Refused
from quiz_app.members.errors import RegistrationRefused, RegistrationWaiting, WrongCredentials
from quiz_app.members.models import Member, Registration, RegistrationState
from quiz_app.units import queries as units_queries


def registered(phone: str, most: int) -> Select[int, str]:
    """The registrations under this number that are not accounts, the latest first: what each is, and its hash."""
    return (
        select(Registration.id, Registration.password_hash)
        .where(Registration.phone == phone, Registration.state != RegistrationState.ADMITTED.value)
        .order_by(Registration.id.desc())
        .limit(most)
    )


def word_about(session: Session, registration_id: int | None) -> Refused:
    """What whoever registered himself is told when he signs in and has no account yet."""
    found = session.get(Registration, registration_id)
    if found is None or found.state == RegistrationState.ADMITTED.value:
        return WrongCredentials()
    if found.state == RegistrationState.REFUSED.value:
        return RegistrationRefused(reason=found.reason)
    return RegistrationWaiting(unit=units_queries.unit(session, found.unit_id).name)


def has_registered() -> ColumnElement[bool]:
    """Whether the member of a row has registered himself, as a condition on Member."""
    return exists().where(Registration.member_id == Member.id)
