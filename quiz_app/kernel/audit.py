"""The audit: append-only rows, sealed afterwards into a hash chain so that a change of history shows."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from itertools import takewhile
from typing import Any

from sqlalchemy import String, bindparam, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from quiz_app.kernel.db import Base, table_of
from quiz_app.kernel.prepared import Prepared

SEAL_BATCH = 1000
GENESIS = "0" * 64
PRINTED = 32


class FeatureAction(Enum):
    """Base of each feature's `Action`: code and the names of the facts that every entry of it carries."""

    def __init__(self, code: str, facts: Iterable[str] = ()) -> None:
        self.code = code
        self.fact_names = frozenset(facts)


class AuditEntry(Base):
    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_member_id: Mapped[int | None]
    action: Mapped[str] = mapped_column(String(60), index=True)
    subject: Mapped[str] = mapped_column(String(80), index=True)
    facts: Mapped[dict[str, Any]]


_WRITE = Prepared(
    insert(table_of(AuditEntry)).values(
        at=bindparam("moment"),
        actor_member_id=bindparam("actor"),
        action=bindparam("act"),
        subject=bindparam("about"),
        facts=bindparam("told"),
    )
)


class AuditSeal(Base):
    """One batch of entries: `chain` is the hash over the previous seal's chain and the batch's rows."""

    __tablename__ = "audit_seal"

    id: Mapped[int] = mapped_column(primary_key=True)
    first_id: Mapped[int]
    last_id: Mapped[int] = mapped_column(unique=True)
    count: Mapped[int]
    chain: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Head:
    """How far the chain reached at some instant. Kept outside, it tells whether the end was cut off since.

    `chain` is the hash, or as much of it as is `printed`. `sealed_at` is known of a head that was read here.
    """

    last_id: int
    count: int
    chain: str
    sealed_at: datetime | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.last_id}-{self.count}-{self.chain}"

    @property
    def printed(self) -> str:
        """What is copied by hand: half the hash, still too much for two histories to be made that share it."""
        return f"{self.last_id}-{self.count}-{self.chain[:PRINTED]}"

    @classmethod
    def parse(cls, text: str) -> Head | None:
        """What `str` or `printed` wrote, None for anything else."""
        found = re.fullmatch(
            r"([0-9]{1,18})-([0-9]{1,18})-([0-9a-f]{32}|[0-9a-f]{64})", text.strip(" .\t\r\n").lower(), re.ASCII
        )
        return cls(int(found[1]), int(found[2]), found[3]) if found else None


def entry(
    at: datetime, actor_member_id: int | None, action: FeatureAction, subject: str, facts: dict[str, Any]
) -> AuditEntry:
    """A row for the audit. Raises ValueError when the facts are not those that the action declares."""
    if facts.keys() != action.fact_names:
        raise ValueError(f"{action.code} records {sorted(action.fact_names)}, not {sorted(facts)}")
    return AuditEntry(at=at, actor_member_id=actor_member_id, action=action.code, subject=subject, facts=facts)


def write(session: Session, row: AuditEntry) -> None:
    """Write a row by one statement, past the ORM: for acts that come by the thousand."""
    told = {"moment": row.at, "actor": row.actor_member_id, "act": row.action, "about": row.subject, "told": row.facts}
    _WRITE.run(session, told)


def seal(session: Session, now: datetime, *, settled_before: datetime) -> int:
    """Chain the oldest unsealed entries written before `settled_before`; how many were sealed.

    Ids are given before a transaction commits, so a younger row may still appear below an older one: the caller leaves
    more time than a transaction may last.
    """
    last = session.scalars(
        select(AuditSeal).order_by(AuditSeal.last_id.desc()).limit(1).with_for_update()
    ).one_or_none()
    waiting = select(AuditEntry).where(AuditEntry.id > (last.last_id if last else 0)).order_by(AuditEntry.id)
    # Not every older row: one that waited for its id may stand above a row that is younger than it. One of an instant
    # to come was written while a clock was ahead: all below it must not wait for that day.
    rows = list(
        takewhile(lambda row: row.at < settled_before or row.at > now, session.scalars(waiting.limit(SEAL_BATCH)))
    )
    if not rows:
        return 0
    chain = _chained(last.chain if last else GENESIS, rows)
    session.add(AuditSeal(first_id=rows[0].id, last_id=rows[-1].id, count=len(rows), chain=chain, sealed_at=now))
    return len(rows)


def first_broken(session: Session) -> AuditSeal | None:
    """The first seal that its rows no longer match, or None where the whole chain holds."""
    chain = GENESIS
    previous_last = 0
    for seal_row in session.scalars(select(AuditSeal).order_by(AuditSeal.last_id)):
        rows = session.scalars(
            select(AuditEntry)
            .where(AuditEntry.id > previous_last, AuditEntry.id <= seal_row.last_id)
            .order_by(AuditEntry.id)
        ).all()
        chain = _chained(chain, rows)
        if chain != seal_row.chain or len(rows) != seal_row.count:
            return seal_row
        previous_last = seal_row.last_id
    return None


def head(session: Session) -> Head | None:
    """The end of the chain; None where nothing was sealed yet."""
    last = session.scalars(select(AuditSeal).order_by(AuditSeal.last_id.desc()).limit(1)).one_or_none()
    if last is None:
        return None
    count = session.scalar(select(func.sum(AuditSeal.count))) or 0
    return Head(last.last_id, count, last.chain, last.sealed_at)


def contains(session: Session, head: Head) -> bool:
    """Whether the chain once ended so: it does no longer when a seal was cut off, or everything was sealed anew."""
    chain = session.scalar(select(AuditSeal.chain).where(AuditSeal.last_id == head.last_id))
    count = session.scalar(select(func.sum(AuditSeal.count)).where(AuditSeal.last_id <= head.last_id))
    return chain is not None and chain.startswith(head.chain) and count == head.count


def _chained(chain: str, rows: Iterable[AuditEntry]) -> str:
    digest = hashlib.sha256(chain.encode())
    for row in rows:
        at = row.at.astimezone(UTC).isoformat()
        plain = [row.id, at, row.actor_member_id, row.action, row.subject, row.facts]
        digest.update(json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode())
    return digest.hexdigest()
