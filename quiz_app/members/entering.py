"""The statements of a sign-in: two hundred people at a meeting come in within half a minute, past the ORM."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, delete, exists, insert, literal_column, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database, table_of
from quiz_app.kernel.prepared import Prepared
from quiz_app.members.models import Account, Member, SignInThrottle, Standing, UserSession
from quiz_app.members.policy import Action
from quiz_app.members.queries import NO_CREDENTIALS, Credentials
from quiz_app.members.staff_models import SecondFactor

_account, _member, _session = (table_of(model) for model in (Account, Member, UserSession))
_throttle, _factor, _entry = (table_of(model) for model in (SignInThrottle, SecondFactor, AuditEntry))


def _is(text: str) -> Any:
    return literal_column(f"'{text}'")


_opened: Select[Any] = (
    select(_account.c.id, _account.c.member_id, _account.c.password_hash, _account.c.username)
    .join_from(_account, _member, _member.c.id == _account.c.member_id)
    .where(
        _account.c.disabled_at.is_(None),
        _member.c.standing != _is(Standing.LEFT.value),
        _member.c.standing != _is(Standing.MOVED.value),
    )
)
_NAMED = Prepared(_opened.where(_account.c.username == bindparam("name")))
_HELD = Prepared(_opened.where(_account.c.id == bindparam("account")).with_for_update(of=_account))
_FORGIVEN = Prepared(delete(_throttle).where(_throttle.c.username == bindparam("name")))


def _counting(dialect: Any) -> Prepared:
    told: dict[str, Any] = {
        "username": bindparam("name"),
        "failures": literal_column("1"),
        "last_failed_at": bindparam("at"),
    }
    return Prepared(dialect.insert(_throttle).values(told).on_conflict_do_nothing().returning(_throttle.c.username))


_FIRST_TRY = {"sqlite": _counting(sqlite), "postgresql": _counting(postgresql)}
_OPENED = (
    "token_sha256",
    "account_id",
    "is_shared_device",
    "created_at",
    "last_seen_at",
    "proved_at",
    "idle_s",
    "expires_at",
    "user_agent",
    "device_sha256",
)
_OPEN = Prepared(
    insert(_session).values(
        **{name: bindparam(f"new_{name}") for name in _OPENED},
        awaits_second_factor=exists().where(
            _factor.c.account_id == bindparam("new_account_id"), _factor.c.confirmed_at.is_not(None)
        ),
    )
)
_TOLD = Prepared(
    select(_entry.c.at, _entry.c.action, _member.c.full_name)
    .join_from(_entry, _member, _member.c.id == _entry.c.actor_member_id, isouter=True)
    .where(
        _entry.c.subject == bindparam("about"),
        or_(
            _entry.c.action == _is(Action.PASSWORD_RENEWED.code),
            _entry.c.action == _is(Action.SLIP_RENEWED.code),
            _entry.c.action == _is(Action.SECOND_FACTOR_RESET.code),
        ),
        _entry.c.at >= bindparam("since"),
    )
    .order_by(_entry.c.at.desc(), _entry.c.id.desc())
)


def credentials(session: Session, username: str) -> Credentials:
    """The account of this (stored) name; `NO_CREDENTIALS` where it is disabled or its member has gone."""
    return _credentials(_NAMED.rows(session, {"name": username}))


def held_credentials(session: Session, account_id: int) -> Credentials:
    """The account of this id, held until the transaction ends; `NO_CREDENTIALS` where it may not be opened."""
    return _credentials(_HELD.rows(session, {"account": account_id}))


def count_first(session: Session, username: str, now: datetime) -> bool:
    """Count a try under a name that has none; False where it has."""
    return bool(_FIRST_TRY[session.get_bind().dialect.name].rows(session, {"name": username, "at": now}))


def forgive(session: Session, username: str) -> None:
    """Forget the tries of a name."""
    _FORGIVEN.run(session, {"name": username})


def open_session(session: Session, **new: Any) -> None:
    """Store a sign-in; whether it waits for a second factor is what the account says at this moment."""
    _OPEN.run(session, {f"new_{name}": new[name] for name in _OPENED})


def acts_upon(database: Database, account_id: int, since: datetime) -> Collection[Any]:
    """What others have done to the account since then, the latest first: `at`, `action`, `full_name` of who did it."""
    return _TOLD.glance(database, {"about": f"account:{account_id}", "since": since})


def _credentials(rows: Collection[Any]) -> Credentials:
    found = next(iter(rows), None)
    if found is None:
        return NO_CREDENTIALS
    return Credentials(found.id, found.member_id, found.password_hash, username=found.username)
