"""The tree of units, and the index that answers questions about subtrees."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from quiz_app.kernel.db import Base


class UnitKind(StrEnum):
    CITY = "city"
    COMMUNE = "commune"
    BASE_COMMITTEE = "base_committee"
    SECTION_COMMITTEE = "section_committee"
    CELL = "cell"


class Unit(Base):
    """A Party organisation in the tree. `sort_key` orders siblings; `helper_*` is whom its members may call.
    `audience` is a code of `question_bank.model.Audience`, or nothing: which modules are meant for it first.

    A closed unit stays where it stood, with everything that was done in it; its people may be in `merged_into_id` now.
    """

    __tablename__ = "unit"
    __table_args__ = (CheckConstraint("parent_id IS NULL OR parent_id <> id", name="not_own_parent"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    sort_key: Mapped[str] = mapped_column(String(400), default="")
    search_key: Mapped[str] = mapped_column(String(200), default="")
    helper_name: Mapped[str] = mapped_column(String(120), default="")
    helper_phone: Mapped[str] = mapped_column(String(20), default="")
    audience: Mapped[str] = mapped_column(String(20), default="")
    closed_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))


class UnitAncestor(Base):
    """One row per unit and each of its ancestors, itself included (distance 0)."""

    __tablename__ = "unit_ancestor"
    __table_args__ = (Index("ix_unit_ancestor_subtree", "ancestor_id", "unit_id"),)

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    ancestor_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    distance: Mapped[int]


class UnitEventKind(StrEnum):
    CREATED = "created"
    RENAMED = "renamed"
    MOVED = "moved"
    MERGED = "merged"
    CLOSED = "closed"
    REOPENED = "reopened"


class UnitEvent(Base):
    """One change of a unit: what it was before and after, by whom, when and why. Never changed.

    `before` and `after` hold what the kind is about: `name`, `parent_id`, or `target_id` and `members` of a merger.
    """

    __tablename__ = "unit_event"
    __table_args__ = (Index("ix_unit_event_unit", "unit_id", "at"), Index("ix_unit_event_kind", "kind", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[str] = mapped_column(String(12))
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(String(400), default="")
    at: Mapped[datetime]
    by_member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
