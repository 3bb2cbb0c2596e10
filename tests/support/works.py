"""Units of work in tests: for an actor or a member, at an instant."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from quiz_app.kernel.access import SYSTEM, Actor, Grant, Role
from quiz_app.kernel.db import Database
from quiz_app.kernel.work import Reading, viewing, working
from quiz_app.kernel.work import Work as UnitOfWork
from quiz_app.members.models import Account, Member, RoleGrant


def actor_of(session: Session, member: Member) -> Actor:
    """The actor that the member is when signed in."""
    grants = session.execute(
        select(RoleGrant.role, RoleGrant.unit_id).where(
            RoleGrant.member_id == member.id, RoleGrant.revoked_at.is_(None)
        )
    ).all()
    return Actor(
        member_id=member.id,
        account_id=session.scalar(select(Account.id).where(Account.member_id == member.id)),
        unit_id=member.unit_id,
        name=member.full_name,
        grants=tuple(Grant(Role(role), unit_id) for role, unit_id in grants),
    )


class _Opener:
    def __init__(self, db: Database) -> None:
        self.db = db

    def _actor(self, who: Actor | Member) -> Actor:
        if isinstance(who, Actor):
            return who
        with self.db.reading() as session:
            return actor_of(session, who)


class Work(_Opener):
    def __call__(
        self, *, actor: Actor | Member = SYSTEM, now: datetime | None = None
    ) -> AbstractContextManager[UnitOfWork]:
        return working(self.db, actor=self._actor(actor), now=now)


class View(_Opener):
    def __call__(
        self, *, actor: Actor | Member = SYSTEM, now: datetime | None = None
    ) -> AbstractContextManager[Reading]:
        return viewing(self.db, actor=self._actor(actor), now=now)
