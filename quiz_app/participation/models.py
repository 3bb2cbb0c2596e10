"""What a reader of desks has set for himself, and the figures of desks too large to be summed up for every reader."""

from __future__ import annotations

from datetime import datetime

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


class DeskSnapshot(Base):
    """When the figures of a round's desks were last summed up, and how long that took."""

    __tablename__ = "desk_snapshot"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    taken_at: Mapped[datetime]
    took_ms: Mapped[int]


class DeskTally(Base):
    """What a desk shows of a unit alone, or (`is_whole`) with everything below it, as of the round's snapshot.

    `newcomers`, of units with many below alone: who took part for the first time, by the steps of `over_time`.
    """

    __tablename__ = "desk_tally"

    round_id: Mapped[int] = mapped_column(ForeignKey("desk_snapshot.round_id"), primary_key=True)
    is_whole: Mapped[bool] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    members: Mapped[int]
    exempt: Mapped[int]
    rostered_participants: Mapped[int]
    participants: Mapped[int]
    attempts: Mapped[int]
    done: Mapped[int]
    sitting: Mapped[int]
    outside: Mapped[int]
    elsewhere: Mapped[int]
    needing: Mapped[int]
    newcomers: Mapped[list[int] | None]
