"""What was found out about a round, kept until somebody asks for it anew."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from quiz_app.kernel.db import Base


class RoundAnalysis(Base):
    """The figures of a round over the attempts that `sample` takes, as they were at `computed_at`."""

    __tablename__ = "round_analysis"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    sample: Mapped[str] = mapped_column(String(12), primary_key=True)
    computed_at: Mapped[datetime]
    figures: Mapped[dict[str, Any]]
