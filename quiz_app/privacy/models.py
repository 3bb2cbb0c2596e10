"""What members ask for about their own data."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
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


class Seen(StrEnum):
    """What of a person somebody else has looked at."""

    PROFILE = "profile"
    CONTACT = "contact"
    PAPER = "paper"
    COMPLAINT = "complaint"
    REQUEST = "request"
    QUESTION = "question"
    PRIZE = "prize"
    ELSEWHERE = "elsewhere"


class DataView(Base):
    """Somebody has looked at a person's data, first `at` that instant of a day; `role` on `unit_id` is his office."""

    __tablename__ = "data_view"
    __table_args__ = (
        UniqueConstraint("viewer_id", "member_id", "seen", "day"),
        Index("ix_data_view_member", "member_id", "at"),
        Index("ix_data_view_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    viewer_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    role: Mapped[str] = mapped_column(String(20))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    seen: Mapped[str] = mapped_column(String(12))
    day: Mapped[date]
    at: Mapped[datetime]


class Breach(Base):
    """Personal data were lost, disclosed or changed by whom they should not: what happened, and who was told when.

    `found_at` begins the time within which the authority has to be told; `closed_at` ends the case.
    """

    __tablename__ = "data_breach"
    __table_args__ = (
        CheckConstraint("people >= 0", name="people"),
        CheckConstraint("closed_at IS NULL OR reported_at IS NOT NULL OR unreported_reason <> ''", name="told"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    found_at: Mapped[datetime]
    what: Mapped[str] = mapped_column(Text)
    people: Mapped[int]
    cause: Mapped[str] = mapped_column(Text)
    measures: Mapped[str] = mapped_column(Text)
    reported_to: Mapped[str] = mapped_column(String(200))
    reported_at: Mapped[datetime | None]
    unreported_reason: Mapped[str] = mapped_column(String(1000))
    people_told_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    revision: Mapped[int] = mapped_column(default=1)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
