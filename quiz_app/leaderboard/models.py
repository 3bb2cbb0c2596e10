"""Snapshots of the boards, made by jobs: sums over the tree of units, and the order of many people."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
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


class Ranking(Base):
    """The order of everybody ranked in a round, or over the rounds of a stage or contest, as it was at `taken_at`.

    `marks` hold for every thousandth how many stand as well or better, then his rank key; two with the same key are
    one. `fingerprint` says which rounds showed, and by which rules. Nothing is read of one that is not whole.
    """

    __tablename__ = "ranking"
    __table_args__ = (Index("ix_ranking_contest", "contest_id", "scope"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"))
    scope: Mapped[str] = mapped_column(String(40))
    fingerprint: Mapped[str] = mapped_column(String(64))
    taken_at: Mapped[datetime]
    took_ms: Mapped[int]
    is_whole: Mapped[bool]
    people: Mapped[int]
    marks: Mapped[list[list[int]]] = mapped_column(JSON)


class RankedSum(Base):
    """What somebody is ranked by over several rounds, as a ranking has it. `member_id` is as it was then."""

    __tablename__ = "ranked_sum"

    ranking_id: Mapped[int] = mapped_column(ForeignKey("ranking.id"), primary_key=True)
    k1: Mapped[int] = mapped_column(primary_key=True)
    k2: Mapped[int] = mapped_column(primary_key=True)
    k3: Mapped[int] = mapped_column(primary_key=True)
    k4: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(primary_key=True)
    score: Mapped[int]
    max_score: Mapped[int]
    duration_ms: Mapped[int]
    rounds_sat: Mapped[int]
