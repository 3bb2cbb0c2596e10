"""Reports as they are written, what was approved of them, and what a unit keeps for the next one."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from quiz_app.kernel.db import Base


class Kind(StrEnum):
    """What a report is about: one round, a contest so far, a year."""

    ROUND = "round"
    MIDYEAR = "midyear"
    YEAREND = "yearend"


class State(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"


class Report(Base):
    """A report of a unit over a period. `texts` is what people write, `figures` what was counted (None: not yet).

    Numbers run by unit and term; one that is None is written by hand. `named` are the units to be praised and those
    that lag, as proposed by the rule and chosen by a person. `revision` counts changes: who saves names the one seen.
    """

    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("unit_id", "term_begins_on", "number"),
        CheckConstraint("starts_on <= ends_on", name="period"),
        CheckConstraint("number IS NULL OR number >= 1", name="number"),
        CheckConstraint("state = 'draft' OR figures_sha256 IS NOT NULL", name="counted"),
        Index("ix_report_unit", "unit_id", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[str] = mapped_column(String(12))
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(12))
    term_begins_on: Mapped[date]
    number: Mapped[int | None]
    dated_on: Mapped[date]
    texts: Mapped[dict[str, Any]]
    search_key: Mapped[str] = mapped_column(String(600))
    named: Mapped[dict[str, Any]]
    figures: Mapped[dict[str, Any] | None]
    figures_sha256: Mapped[str | None] = mapped_column(String(64))
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"))
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))


class ReportEdition(Base):
    """A report as it was approved: all that its files are made from. Never changed; `files` are those made last."""

    __tablename__ = "report_edition"
    __table_args__ = (UniqueConstraint("report_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]]
    content_sha256: Mapped[str] = mapped_column(String(64))
    figures_sha256: Mapped[str] = mapped_column(String(64))
    files: Mapped[dict[str, Any]]
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"))
    approved_at: Mapped[datetime]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))


class ReportSetting(Base):
    """What a unit has set for its reports: its term, and whom it praises and reminds.

    Praise needs `praise_turnout` (per cent), `praise_mean` (hundredths of a point) and `smallest` members; who has as
    many and less than `lag_turnout` lags. None: no such rule.
    """

    __tablename__ = "report_setting"

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    term_begins_on: Mapped[date]
    praise_turnout: Mapped[int | None]
    praise_mean: Mapped[int | None]
    lag_turnout: Mapped[int | None]
    smallest: Mapped[int] = mapped_column(default=0, server_default="0")


class ReportWording(Base):
    """The texts of a unit's last report of a kind: where the next one begins."""

    __tablename__ = "report_wording"

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    texts: Mapped[dict[str, Any]]
