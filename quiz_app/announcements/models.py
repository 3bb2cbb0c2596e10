"""What units tell their people on the first page."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from quiz_app.kernel.db import Base


class Announcement(Base):
    """A short text for the members of a unit and of everything below it, from one day to the end of another.

    `text_html` is what the markup made of `text`. `revision` counts the changes: who edits names the one he saw.
    """

    __tablename__ = "announcement"
    __table_args__ = (
        CheckConstraint("starts_on <= ends_on", name="period"),
        CheckConstraint("contest_id IS NULL OR module_id IS NULL", name="one_link"),
        Index("ix_announcement_unit", "unit_id", "ends_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    title: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(String(2000))
    text_html: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    contest_id: Mapped[int | None] = mapped_column(ForeignKey("contest.id"))
    module_id: Mapped[int | None] = mapped_column(ForeignKey("study_module.id"))
    revision: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    changed_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
