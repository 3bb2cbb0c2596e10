"""Contests that others hold: which ones, and who of our people took part there."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from quiz_app.kernel.db import Base


class Source(StrEnum):
    """How it became known that somebody took part."""

    LIST = "list"
    DECLARATION = "declaration"


class State(StrEnum):
    DECLARED = "declared"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


class OutsideContest(Base):
    """A contest of somebody else's that the members of `unit_id`'s subtree may sit.

    Desks count it until `hidden_at`; its own pages stay.
    """

    __tablename__ = "outside_contest"
    __table_args__ = (CheckConstraint("starts_on <= ends_on", name="period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    title: Mapped[str] = mapped_column(String(200))
    organiser: Mapped[str] = mapped_column(String(200))
    link: Mapped[str] = mapped_column(String(400), default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    hidden_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))


class OutsideRecord(Base):
    """One member's part in an outside contest; `unit_id` is his unit when it was recorded.

    `score_hundredths` is the organiser's own score. `revision` counts what the member sent: who decides names the one
    he looked at.
    """

    __tablename__ = "outside_record"
    __table_args__ = (
        UniqueConstraint("contest_id", "member_id"),
        CheckConstraint("attempts >= 1", name="attempts"),
        Index("ix_outside_record_unit", "contest_id", "unit_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("outside_contest.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    score_hundredths: Mapped[int | None]
    attempts: Mapped[int | None]
    took_part_on: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(400), default="")
    revision: Mapped[int] = mapped_column(default=1)
    recorded_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))


class OutsideProof(Base):
    """The picture by which a member shows that he took part; gone some days after the decision."""

    __tablename__ = "outside_proof"

    record_id: Mapped[int] = mapped_column(ForeignKey("outside_record.id"), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    suffix: Mapped[str] = mapped_column(String(5))


class OutsideImport(Base):
    """A list of results that was sent; `rows` are what it says until it was applied or grew old."""

    __tablename__ = "outside_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("outside_contest.id"), index=True)
    file_sha256: Mapped[str] = mapped_column(String(64))
    file_name: Mapped[str] = mapped_column(String(200))
    rows: Mapped[list[dict[str, Any]]]
    sent_at: Mapped[datetime]
    sent_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    applied_at: Mapped[datetime | None]
    added: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
