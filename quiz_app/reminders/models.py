"""Who was reminded when, the mails that wait or went out, and those that go out by themselves."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from quiz_app.kernel.db import Base


class Channel(StrEnum):
    GROUP = "group"
    PERSON = "person"
    MAIL = "mail"


class MailState(StrEnum):
    """UNKNOWN: a worker died while it was sending. It is not sent again: nobody is reminded twice."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Occasion(StrEnum):
    OPENING = "opening"
    CLOSING = "closing"


class Reminder(Base):
    """Somebody, or with no member the group of a unit, was reminded of a round; `by_member_id` None: by itself."""

    __tablename__ = "reminder"
    __table_args__ = (
        Index("ix_reminder_unit", "round_id", "unit_id", "at"),
        Index("ix_reminder_member", "member_id", "round_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    channel: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime]
    by_member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))


class ReminderMail(Base):
    """One mail to one member about one round. `occasion` makes asking twice the same as asking once."""

    __tablename__ = "reminder_mail"
    __table_args__ = (
        UniqueConstraint("round_id", "member_id", "occasion"),
        Index(
            "ix_reminder_mail_waiting",
            "due_at",
            sqlite_where=text("state IN ('queued', 'sending')"),
            postgresql_where=text("state IN ('queued', 'sending')"),
        ),
        Index("ix_reminder_mail_member", "member_id", "changed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    occasion: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(12))
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(String(200), default="")
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))


class ReminderPlan(Base):
    """Mails that go to a unit's members by themselves: at the opening, or `hours_before` the close.

    `queued_at`: when they were put into the queue, which is done once.
    """

    __tablename__ = "reminder_plan"
    __table_args__ = (CheckConstraint("hours_before >= 0", name="hours_before"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    occasion: Mapped[str] = mapped_column(String(12), primary_key=True)
    with_subtree: Mapped[bool]
    hours_before: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    created_at: Mapped[datetime]
    queued_at: Mapped[datetime | None]
