"""Sign-ins of this installation: sessions as rows, known by a random token of which only the hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from flask import Flask
from sqlalchemy import CTE, ColumnElement, bindparam, func, literal_column, null, select, true, update
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from quiz_app.kernel.access import NOBODY, Actor, Grant, Role
from quiz_app.kernel.db import Database, Elapsed, Instant, UtcDateTime, table_of
from quiz_app.kernel.errors import Refused, RoleAtRest, SecondFactorNeeded
from quiz_app.kernel.prepared import Prepared
from quiz_app.members import entering
from quiz_app.members.models import Account, Member, RoleGrant, Standing, UserSession
from quiz_app.members.policy import STAFF_ROLES
from quiz_app.web.guard import Beside, Identity

OWN_DEVICE = timedelta(days=30)
SHARED_DEVICE_IDLE = timedelta(minutes=30)
STAFF_IDLE = timedelta(minutes=30)
STAFF_DAY = timedelta(hours=8)
TOUCH_EVERY = timedelta(minutes=5)

_session, _account, _member, _grant = (table_of(model) for model in (UserSession, Account, Member, RoleGrant))


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def caller() -> CTE:
    """Who sends a request, for a statement that asks so itself: a row where the sign-in holds, with `member_id`,
    `only_attempt_id` and the instant as `now`. Its parameters are those of `SignIns.asking`.

    The twin of `SignIns.identify`, without roles: for what every member may do.
    """
    at = select(Instant().label("now")).cte("at")
    return (
        select(_member.c.id.label("member_id"), _session.c.only_attempt_id, at.c.now)
        .join_from(_session, _account, _account.c.id == _session.c.account_id)
        .join(_member, _member.c.id == _account.c.member_id)
        .join(at, true())
        .where(
            *_holds(), _session.c.expires_at > at.c.now, Elapsed(at.c.now, _session.c.last_seen_at) < _session.c.idle_s
        )
        .cte("caller")
    )


def _holds() -> tuple[ColumnElement[bool], ...]:
    """What a sign-in and its member must be, whatever the time."""
    return (
        _session.c.token_sha256 == bindparam("token_sha256"),
        _session.c.revoked_at.is_(None),
        _account.c.disabled_at.is_(None),
        _member.c.standing != literal_column(f"'{Standing.LEFT.value}'"),
        _member.c.standing != literal_column(f"'{Standing.MOVED.value}'"),
    )


class SignIns:
    """What the guard asks: who a cookie's token belongs to, in one query.

    Every request asks it, so it is built once, over the tables and not the models: the ORM would cost more than the
    database.
    """

    def __init__(
        self, db: Database, *, is_secure: bool, notices_version: str, demands_second_factor: bool = False
    ) -> None:
        self._db = db
        self._notices_version = notices_version
        self._is_secure = is_secure
        self._demands_second_factor = demands_second_factor
        self.cookie_name = "__Host-phien" if is_secure else "phien"
        stamp = null() if db.is_sqlite else func.clock_timestamp(type_=UtcDateTime())
        self._select = (
            select(
                _session.c.id,
                _session.c.last_seen_at,
                _session.c.idle_s,
                _session.c.expires_at,
                _session.c.only_attempt_id,
                _session.c.awaits_second_factor,
                _session.c.proved_at,
                _session.c.second_factor_at,
                _account.c.id.label("account_id"),
                _account.c.notices_version,
                _member.c.id.label("member_id"),
                _member.c.unit_id,
                _member.c.full_name,
                _grant.c.role,
                _grant.c.unit_id.label("granted_unit_id"),
                stamp.label("stamp"),
            )
            .join_from(_session, _account, _account.c.id == _session.c.account_id)
            .join(_member, _member.c.id == _account.c.member_id)
            .outerjoin(_grant, (_grant.c.member_id == _member.c.id) & _grant.c.revoked_at.is_(None))
            .where(*_holds())
        )
        self._query = Prepared(self._select)
        self._with: dict[Beside, Prepared] = {}

    def asking(self, token: str) -> dict[str, Any]:
        """What a statement over `caller` is told."""
        return {"token_sha256": token_hash(token), **self._db.instant()}

    def identify(self, session: Session, token: str) -> Identity:
        """Who the token belongs to now: nobody for a token that is unknown, ended, or unused for too long."""
        rows = self._query.rows(session, {"token_sha256": token_hash(token)})
        return self._identity(rows) if rows else Identity(NOBODY, self._db.now(session))

    def glance(
        self, token: str, beside: Beside | None = None, values: Mapping[str, Any] = MappingProxyType({})
    ) -> tuple[Identity, Mapping[str, Any] | None]:
        """The same, asked by itself; and the member's row that is asked for beside it."""
        query = self._query if beside is None else self._with.get(beside) or self._join(beside)
        rows = query.glance(self._db, {**values, "token_sha256": token_hash(token)})
        if not rows:
            return Identity(NOBODY, self._db.adjusted(None)), None
        return self._identity(rows), None if beside is None else _of_beside(beside, rows[0])

    def _join(self, beside: Beside) -> Prepared:
        columns = [column.label(f"beside_{column.key}") for column in beside.columns]
        joined = self._select.outerjoin(beside.columns[0].table, (beside.member == _member.c.id) & beside.where)
        query = self._with[beside] = Prepared(joined.add_columns(*columns))
        return query

    def _identity(self, rows: Sequence[Any]) -> Identity:
        first = rows[0]
        now = self._db.adjusted(first.stamp)
        if now >= first.expires_at or now >= first.last_seen_at + timedelta(seconds=first.idle_s):
            return Identity(NOBODY, now)
        grants = () if first.only_attempt_id is not None else _grants(rows)
        proved_at = None if now - first.last_seen_at >= STAFF_IDLE else first.proved_at
        asleep, waking = self._asleep(first, grants, now, proved_at)
        actor = Actor(
            member_id=first.member_id,
            account_id=first.account_id,
            session_id=first.id,
            unit_id=first.unit_id,
            name=first.full_name,
            grants=tuple(grant for grant in grants if grant not in asleep),
            only_attempt=first.only_attempt_id,
            held_back=asleep,
            owes_notices=first.notices_version != self._notices_version,
        )
        is_touch_due = now - first.last_seen_at >= TOUCH_EVERY
        return Identity(actor, now, is_touch_due=is_touch_due, proved_at=proved_at, held_back_by=waking)

    def demands_second_factor(self, actor: Actor) -> bool:
        """Whether the actor may not be without one: whoever bears a staff role where real people are."""
        bears = {grant.role for grant in (*actor.grants, *actor.held_back)}
        return self._demands_second_factor and not STAFF_ROLES.isdisjoint(bears)

    def _asleep(
        self, row: Any, grants: tuple[Grant, ...], now: datetime, proved_at: datetime | None
    ) -> tuple[tuple[Grant, ...], type[Refused]]:
        """The roles that wait, and for what. All wait for a second factor that is enrolled.

        Those that demand one wait for it once a working day, and for the password after each rest.
        """
        shown_at = row.second_factor_at
        if row.awaits_second_factor and shown_at is None:
            return grants, SecondFactorNeeded
        staff = tuple(grant for grant in grants if grant.role in STAFF_ROLES) if self._demands_second_factor else ()
        if shown_at is None or now - shown_at >= STAFF_DAY:
            return staff, SecondFactorNeeded
        return staff if proved_at is None else (), RoleAtRest

    def touch(self, session: Session, identity: Identity) -> None:
        """Note that the sign-in is in use, and that it has rested."""
        rested: dict[str, None] = {"proved_at": None} if identity.proved_at is None else {}
        session.execute(
            update(UserSession)
            .where(UserSession.id == identity.actor.session_id)
            .values(last_seen_at=identity.now, **rested)
        )

    def hand_out(self, answer: Response, token: str, *, is_shared_device: bool) -> None:
        """Give the browser its token; on a shared device only until the browser is closed."""
        answer.set_cookie(
            self.cookie_name,
            token,
            max_age=None if is_shared_device else OWN_DEVICE,
            secure=self._is_secure,
            httponly=True,
            samesite="Lax",
        )

    def take_back(self, answer: Response) -> None:
        """Clear the browser of its token and of what pages have kept in it."""
        answer.delete_cookie(self.cookie_name, secure=self._is_secure, httponly=True, samesite="Lax")
        answer.headers["Clear-Site-Data"] = '"cache", "storage"'


def sign_ins_of(app: Flask) -> SignIns:
    """The sign-ins of this application, as the factory gave them to the guard."""
    found: SignIns = app.extensions["sign_ins"]
    return found


def actor_of(session: Session, member: Member) -> Actor:
    """A member as he would act himself, whether he has an account or not. For acts that a helper does in his name."""
    rows = session.execute(
        select(RoleGrant.role, RoleGrant.unit_id.label("granted_unit_id")).where(
            RoleGrant.member_id == member.id, RoleGrant.revoked_at.is_(None)
        )
    ).all()
    return Actor(
        member_id=member.id,
        unit_id=member.unit_id,
        name=member.full_name,
        grants=_grants(rows),
    )


def open_session(
    session: Session,
    account_id: int,
    now: datetime,
    *,
    is_shared_device: bool,
    user_agent: str,
    device_sha256: str | None = None,
) -> str:
    """Start a sign-in and return its token, which is shown to the browser alone.

    The roles of whoever has a second factor sleep until that was shown as well.
    """
    token = secrets.token_urlsafe(32)
    session.flush()
    entering.open_session(
        session,
        token_sha256=token_hash(token),
        account_id=account_id,
        is_shared_device=is_shared_device,
        created_at=now,
        last_seen_at=now,
        proved_at=now,
        idle_s=int((SHARED_DEVICE_IDLE if is_shared_device else OWN_DEVICE).total_seconds()),
        expires_at=now + OWN_DEVICE,
        user_agent=user_agent[:200],
        device_sha256=device_sha256,
    )
    return token


def open_session_for_attempt(
    session: Session, account_id: int, attempt_id: int, now: datetime, *, expires_at: datetime, user_agent: str
) -> tuple[int, str]:
    """Start a sign-in that opens one attempt and nothing else, in place of any other for it; its id and its token.

    A pause does not end it: whoever sits thinks as long as the attempt lasts.
    """
    end_sessions_for_attempt(session, attempt_id, now)
    token = secrets.token_urlsafe(32)
    opened = UserSession(
        token_sha256=token_hash(token),
        account_id=account_id,
        is_shared_device=True,
        created_at=now,
        last_seen_at=now,
        idle_s=int(OWN_DEVICE.total_seconds()),
        expires_at=expires_at,
        user_agent=user_agent[:200],
        only_attempt_id=attempt_id,
    )
    session.add(opened)
    session.flush()
    return opened.id, token


def is_own_device(
    session: Session, account_ids: Collection[int], device_sha256: str, *, has_shown_factor: bool = False
) -> bool:
    """Whether one of these accounts was signed in with this browser and called it its own.

    `has_shown_factor`: and whether it showed its second factor there.
    """
    known = select(UserSession.id).where(
        UserSession.account_id.in_(account_ids),
        UserSession.device_sha256 == device_sha256,
        UserSession.is_shared_device.is_(False),
        UserSession.only_attempt_id.is_(None),
    )
    if has_shown_factor:
        known = known.where(UserSession.second_factor_at.is_not(None))
    return session.scalar(known.limit(1)) is not None


def end_sessions_for_attempt(session: Session, attempt_id: int, now: datetime) -> None:
    """End every sign-in that was opened for this attempt alone; their cookies are dead at once."""
    session.execute(
        update(UserSession)
        .where(UserSession.only_attempt_id == attempt_id, UserSession.revoked_at.is_(None))
        .values(revoked_at=now)
        .execution_options(synchronize_session=False)
    )


def _of_beside(beside: Beside, row: Any) -> Mapping[str, Any] | None:
    found = {column.key: getattr(row, f"beside_{column.key}") for column in beside.columns}
    return found if found[beside.columns[0].key] is not None else None


def _grants(rows: Iterable[Any]) -> tuple[Grant, ...]:
    return tuple(Grant(Role(row.role), row.granted_unit_id) for row in rows if row.role is not None)
