"""Units of work: one transaction, one actor, one instant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quiz_app.kernel import audit
from quiz_app.kernel.access import SYSTEM, Actor
from quiz_app.kernel.db import Database


@dataclass(slots=True)
class Reading:
    """A read-only view of the database for an actor at an instant."""

    session: Session
    actor: Actor
    now: datetime


@dataclass(slots=True)
class Work(Reading):
    """A unit of work that changes something. Everything in it is kept, or nothing."""

    def record(self, action: audit.FeatureAction, subject: str, **facts: Any) -> None:
        """Put an act into the audit, in the same transaction. `subject` reads `kind:id`."""
        self.session.add(audit.entry(self.now, self.actor.member_id, action, subject, facts))

    def record_at_once(self, action: audit.FeatureAction, subject: str, **facts: Any) -> None:
        """The same for acts that come by the thousand: written by one statement, past the ORM."""
        audit.write(self.session, audit.entry(self.now, self.actor.member_id, action, subject, facts))


@contextmanager
def working(db: Database, *, actor: Actor = SYSTEM, now: datetime | None = None) -> Iterator[Work]:
    """A unit of work, committed when the block ends without an exception.

    `now` is the database's clock unless a test (or a request that has already asked) gives the instant.
    """
    with db.writing() as session:
        yield Work(session, actor, now or db.now(session))


@contextmanager
def viewing(db: Database, *, actor: Actor = SYSTEM, now: datetime | None = None) -> Iterator[Reading]:
    """A read-only transaction; see `working`."""
    with db.reading() as session:
        yield Reading(session, actor, now or db.now(session))
