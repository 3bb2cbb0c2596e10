"""What was decided about people who look like one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from quiz_app.kernel.db import Base


class Verdict(StrEnum):
    TWO_PEOPLE = "two_people"
    SAME_PERSON = "same_person"


class MemberPair(Base):
    """Two members who looked like one, the lower id first, and what somebody decided about them."""

    __tablename__ = "member_pair"
    __table_args__ = (CheckConstraint("first_id < second_id", name="order"),)

    first_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    second_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    verdict: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(400))
    decided_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
