"""Thematic meetings of units: what is on the agenda, and who was there."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from quiz_app.kernel.db import Base


class Presence(StrEnum):
    PRESENT = "present"
    EXCUSED = "excused"
    UNEXCUSED = "unexcused"
    UNKNOWN = "unknown"


class Meeting(Base):
    """A meeting of one unit. `revision` counts changes of the plan, `list_revision` those of the attendance list: who
    changes either names the one he saw. `token` stands in the QR code by which members say that they are there.
    At `roster_at`, the first confirming, it was fixed who is on the list: who joins the unit later never is.
    """

    __tablename__ = "meeting"
    __table_args__ = (
        CheckConstraint("minutes > 0", name="minutes"),
        CheckConstraint("canceled_at IS NULL OR confirmed_at IS NULL", name="held_or_canceled"),
        Index("ix_meeting_unit", "unit_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    title: Mapped[str] = mapped_column(String(160))
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    place: Mapped[str] = mapped_column(String(160))
    chair: Mapped[str] = mapped_column(String(120))
    token: Mapped[str] = mapped_column(String(40), unique=True)
    revision: Mapped[int]
    list_revision: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    changed_at: Mapped[datetime]
    canceled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(String(400), default="")
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    roster_at: Mapped[datetime | None]

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)


class MeetingPoint(Base):
    """One point of the agenda; it may lead to a module or to one lesson, which are then shown in the hall."""

    __tablename__ = "meeting_point"
    __table_args__ = (
        UniqueConstraint("meeting_id", "position"),
        CheckConstraint("module_id IS NULL OR lesson_id IS NULL", name="one_link"),
        CheckConstraint("minutes > 0", name="minutes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    position: Mapped[int]
    text: Mapped[str] = mapped_column(String(300))
    minutes: Mapped[int]
    module_id: Mapped[int | None] = mapped_column(ForeignKey("study_module.id"))
    lesson_id: Mapped[int | None] = mapped_column(ForeignKey("lesson.id"))


class Attendance(Base):
    """Whether a member was at a meeting. A row is there once something is known; confirming makes one for everybody.

    `reported_at`: when he said so himself. `is_expected`: whether he counts in the roster that the present are
    measured by; fixed by confirming, and not touched by what becomes of him later.
    """

    __tablename__ = "meeting_attendance"

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True, index=True)
    presence: Mapped[str] = mapped_column(String(10))
    is_expected: Mapped[bool]
    reported_at: Mapped[datetime | None]
    marked_at: Mapped[datetime | None]
    marked_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
