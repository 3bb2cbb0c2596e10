"""Practice: what a member was asked and what he answered, for himself alone. Nothing of it counts in any contest."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from quiz_app.kernel.db import Base


class Kind(StrEnum):
    """What a session draws from; `MOCK` is a paper sat by the rules and the clock of a round."""

    MODULE = "module"
    LEVEL = "level"
    MISTAKES = "mistakes"
    MIXED = "mixed"
    DAILY = "daily"
    MOCK = "mock"


class PracticeSession(Base):
    """Some questions drawn for a member at once. He has at most one under way, and goes on with it on any device.

    `title` names the rules of a mock round, `deadline_at` is its last instant; other sessions have neither.
    """

    __tablename__ = "practice_session"
    __table_args__ = (
        CheckConstraint("(kind = 'mock') = (deadline_at IS NOT NULL)", name="deadline"),
        Index("ix_practice_session_member", "member_id", "started_at"),
        Index(
            "uq_practice_session_open",
            "member_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    kind: Mapped[str] = mapped_column(String(12))
    module_id: Mapped[int | None] = mapped_column(ForeignKey("study_module.id"))
    level: Mapped[int | None]
    title: Mapped[str] = mapped_column(String(200), default="")
    started_at: Mapped[datetime]
    deadline_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class PracticePlace(Base):
    """A question of a session with its options in the order shown.

    Of a mock round it also keeps what is chosen until the paper is handed in; `revision` counts up with each save.
    """

    __tablename__ = "practice_place"

    session_id: Mapped[int] = mapped_column(ForeignKey("practice_session.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    item_version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"))
    option_order: Mapped[list[int]]
    points: Mapped[int]
    chosen: Mapped[list[int]] = mapped_column(default=list)
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    saved_at: Mapped[datetime | None]


class PracticeAnswer(Base):
    """The one answer given to a question of a session. Only `is_easy` is ever changed, once, by who answered."""

    __tablename__ = "practice_answer"
    __table_args__ = (
        ForeignKeyConstraint(["session_id", "position"], ["practice_place.session_id", "practice_place.position"]),
        Index("ix_practice_answer_member", "member_id", "item_id"),
    )

    session_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    item_version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"))
    chosen: Mapped[list[int]]
    is_right: Mapped[bool]
    is_easy: Mapped[bool] = mapped_column(default=False, server_default=false())
    answered_at: Mapped[datetime]


class ReviewCard(Base):
    """When a question comes back to a member, worked out from his answers to it whenever one is added.

    It belongs to the item, so it outlives new versions: a mended comma must not make anybody begin again, and where the
    meaning changed the next answer says what is remembered.
    """

    __tablename__ = "review_card"
    __table_args__ = (Index("ix_review_card_due", "member_id", "due_on"),)

    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    due_on: Mapped[date]
    was_right: Mapped[bool]
    answered_at: Mapped[datetime]
