"""The tree of units, and the index that answers questions about subtrees."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

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
    """A Party organisation in the tree. `sort_key` orders siblings; `helper_*` is whom its members may call."""

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
    closed_at: Mapped[datetime | None]


class UnitAncestor(Base):
    """One row per unit and each of its ancestors, itself included (distance 0)."""

    __tablename__ = "unit_ancestor"
    __table_args__ = (Index("ix_unit_ancestor_subtree", "ancestor_id", "unit_id"),)

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    ancestor_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    distance: Mapped[int]
