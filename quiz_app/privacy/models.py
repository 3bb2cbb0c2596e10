"""What members ask for about their own data."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from quiz_app.kernel.db import Base


class Kind(StrEnum):
    CORRECT = "correct"
    RESTRICT = "restrict"
    ERASE = "erase"


class State(StrEnum):
    NEW = "new"
    DOING = "doing"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


LIVE = (State.NEW.value, State.DOING.value)


class DataRequest(Base):
    """A member asks that his data be corrected, erased, or used no further than they must be.

    `answer_by` and `finish_by` are the last days of the limits that the law sets, fixed when it was sent. A request of
    a row that was merged away is its person's.
    """

    __tablename__ = "data_request"
    __table_args__ = (
        CheckConstraint("(state IN ('new', 'doing')) = (ended_at IS NULL)", name="ended"),
        Index(
            "uq_data_request_live",
            "member_id",
            "kind",
            unique=True,
            sqlite_where=text("state IN ('new', 'doing')"),
            postgresql_where=text("state IN ('new', 'doing')"),
        ),
        Index("ix_data_request_state", "state", "finish_by"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(String(1000))
    answer: Mapped[str] = mapped_column(String(1000), default="")
    sent_at: Mapped[datetime]
    answer_by: Mapped[date]
    finish_by: Mapped[date]
    taken_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    handled_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
