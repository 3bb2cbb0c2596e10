"""What a reader of desks has set for himself."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from quiz_app.kernel.db import Base


class LagRule(Base):
    """By what a member calls a unit lagging: a turnout below `percent` with less than `days` left."""

    __tablename__ = "lag_rule"
    __table_args__ = (
        CheckConstraint("percent BETWEEN 1 AND 100", name="percent"),
        CheckConstraint("days >= 1", name="days"),
    )

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    percent: Mapped[int]
    days: Mapped[int]
