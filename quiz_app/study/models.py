"""How far a member has come in the lessons."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from quiz_app.kernel.db import Base


class LessonProgress(Base):
    """Three separate facts about a member and a lesson: opened, read to the end, check questions answered.

    `place` is the section that was on screen last, at `seen_at`: where to go on, on any device.
    """

    __tablename__ = "lesson_progress"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id"), primary_key=True, index=True)
    opened_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    place: Mapped[int] = mapped_column(default=0)
    seen_at: Mapped[datetime | None]


class CheckResponse(Base):
    """A member's latest response to a check question of a lesson."""

    __tablename__ = "check_response"

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    item_version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"))
    chosen: Mapped[list[int]]
    is_right: Mapped[bool]
    answered_at: Mapped[datetime]
