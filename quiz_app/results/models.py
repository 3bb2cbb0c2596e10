"""Results made final: flags that were looked at, and the tables as they were published."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from quiz_app.kernel.db import Base


class FlagState(StrEnum):
    OPEN = "open"
    CLEARED = "cleared"
    CONFIRMED = "confirmed"


class Flag(Base):
    """Sittings of a round that somebody should look at (rules.flags). Found again it is the same row."""

    __tablename__ = "flag"
    __table_args__ = (UniqueConstraint("round_id", "kind", "fingerprint"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    kind: Mapped[str] = mapped_column(String(20))
    fingerprint: Mapped[str] = mapped_column(String(64))
    figure: Mapped[int]
    state: Mapped[str] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(String(1000), default="")
    created_at: Mapped[datetime]
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))


class FlagAttempt(Base):
    __tablename__ = "flag_attempt"

    flag_id: Mapped[int] = mapped_column(ForeignKey("flag.id"), primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True, index=True)


class FinalTable(Base):
    """The results of a round, a stage or a whole contest as one person proposed and another approved them.

    Once published nothing of it changes: a later change makes the next version, with its reason. `scope` names what it
    is about (`round:12`, `stage:3`, `contest:1`); `rule` holds what the order came from, `sha256` all rows.
    """

    __tablename__ = "final_table"
    __table_args__ = (
        UniqueConstraint("scope", "version"),
        CheckConstraint("approved_by IS NULL OR approved_by <> proposed_by", name="second_person"),
        CheckConstraint("published_at IS NULL OR approved_by IS NOT NULL", name="approved"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), index=True)
    scope: Mapped[str] = mapped_column(String(40))
    version: Mapped[int]
    reason: Mapped[str] = mapped_column(String(1000), default="")
    rule: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[int] = mapped_column(ForeignKey("member.id"))
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    published_at: Mapped[datetime | None]


class FinalRow(Base):
    """One person of a final table: his place, the figures that gave it, what decided against the next better one."""

    __tablename__ = "final_row"
    __table_args__ = (Index("ix_final_row_place", "table_id", "place"),)

    table_id: Mapped[int] = mapped_column(ForeignKey("final_table.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(16))
    place: Mapped[int | None]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("attempt.id"))
    attempts: Mapped[int]
    score: Mapped[int]
    max_score: Mapped[int]
    duration_ms: Mapped[int]
    submitted_at: Mapped[datetime]
    prediction: Mapped[int | None]
    rank_key: Mapped[list[int]]
    decided_by: Mapped[str | None] = mapped_column(String(20))
    prize: Mapped[str | None] = mapped_column(String(120))
    is_by_lot: Mapped[bool]


class FinalUnitRow(Base):
    """One unit of a final table: its figures, its marks by the contest's mix, its place in its class."""

    __tablename__ = "final_unit_row"

    table_id: Mapped[int] = mapped_column(ForeignKey("final_table.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    class_name: Mapped[str] = mapped_column(String(40))
    place: Mapped[int | None]
    figures: Mapped[dict[str, Any]]
    parts: Mapped[dict[str, Any]]
    total: Mapped[int]
    prize: Mapped[str | None] = mapped_column(String(120))
