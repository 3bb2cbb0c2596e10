"""Snapshots of the boards, made by a job: sums over the tree of units."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from quiz_app.kernel.db import Base


class UnitTally(Base):
    """Figures of a unit's subtree in a round at `taken_at`. People and attempts are two numbers.

    Points are those of ranked participants alone.
    """

    __tablename__ = "unit_tally"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    members: Mapped[int]
    exempt: Mapped[int]
    rostered_participants: Mapped[int]
    participants: Mapped[int]
    attempts: Mapped[int]
    score_sum: Mapped[int]
    full_marks: Mapped[int]
    ranked_participants: Mapped[int]
    taken_at: Mapped[datetime]
