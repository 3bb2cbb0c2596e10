"""Contests, their stages and rounds, blueprints, frozen pools and the rosters that rates are counted against."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quiz_app.kernel.db import Base


class Shown(StrEnum):
    """From when on a member may see a thing about his attempt."""

    NEVER = "never"
    AFTER_SUBMISSION = "after_submission"
    AFTER_CLOSING = "after_closing"
    AFTER_FINAL = "after_final"


class NamesShown(StrEnum):
    """Whose names a board carries: nobody's, those of members who agreed, or all within the own chi bộ."""

    NOBODY = "nobody"
    CONSENTED = "consented"
    OWN_UNIT = "own_unit"


class Contest(Base):
    """A competition held for the subtree of `unit_id`."""

    __tablename__ = "contest"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    is_demonstration: Mapped[bool]
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))


class Stage(Base):
    __tablename__ = "stage"
    __table_args__ = (UniqueConstraint("contest_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))


class Round(Base):
    """One timed part of a contest: a draft until `published_at`, then fixed but for what may be extended.

    `draw_secret` keys the draw of papers and never leaves the server before the round is final.
    """

    __tablename__ = "round"
    __table_args__ = (
        UniqueConstraint("contest_id", "position"),
        CheckConstraint("opens_at < closes_at", name="window"),
        CheckConstraint("attempts_allowed >= 1", name="attempts_allowed"),
        Index("ix_round_window", "published_at", "closes_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"))
    stage_id: Mapped[int | None] = mapped_column(ForeignKey("stage.id"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    time_limit_s: Mapped[int | None]
    extension_s: Mapped[int] = mapped_column(default=0)
    grace_ms: Mapped[int] = mapped_column(default=5000)
    attempts_allowed: Mapped[int]
    counted: Mapped[str] = mapped_column(String(20))
    tie_breaks: Mapped[list[str]]
    points_per_item: Mapped[int] = mapped_column(default=1)
    show_score: Mapped[str] = mapped_column(String(20))
    show_marks: Mapped[str] = mapped_column(String(20))
    show_keys: Mapped[str] = mapped_column(String(20))
    names_shown: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text, default="")
    draw_secret: Mapped[str] = mapped_column(String(64))
    pool_hash: Mapped[str] = mapped_column(String(64), default="")
    published_at: Mapped[datetime | None]
    published_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    finalised_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    contest: Mapped[Contest] = relationship()
    cells: Mapped[list[BlueprintCell]] = relationship(order_by="BlueprintCell.position", cascade="all, delete-orphan")

    @property
    def time_limit(self) -> timedelta | None:
        return None if self.time_limit_s is None else timedelta(seconds=self.time_limit_s)


class BlueprintCell(Base):
    __tablename__ = "blueprint_cell"
    __table_args__ = (CheckConstraint("count >= 1", name="count"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(ForeignKey("topic.code"))
    level: Mapped[int]
    count: Mapped[int]


class RoundSet(Base):
    """A set that a round draws from."""

    __tablename__ = "round_set"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("item_set.id"), primary_key=True)


class PoolItem(Base):
    """The pool, frozen when the round is published."""

    __tablename__ = "pool_item"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    item_version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"), primary_key=True)


class RosterEntry(Base):
    """A member on a round's roster with the unit he counts for: the denominators of every rate of that round."""

    __tablename__ = "roster_entry"
    __table_args__ = (Index("ix_roster_entry_unit", "round_id", "unit_id"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    is_exempt: Mapped[bool]


class Accommodation(Base):
    """Extra time that one member has in one round."""

    __tablename__ = "accommodation"
    __table_args__ = (CheckConstraint("extra_time_s >= 0", name="extra_time"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    extra_time_s: Mapped[int]
    reason: Mapped[str] = mapped_column(String(400))
