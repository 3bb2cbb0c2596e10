"""The watch over this machine's clock where it decides: on SQLite there is no second clock to ask.

A stored anchor (boot id, clock since boot, wall clock) tells a step of the wall clock from the passing of time.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from quiz_app.kernel.db import Base

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
MAX_STEP = timedelta(seconds=60)


class ClockAnchor(Base):
    """The single row against which the wall clock is checked."""

    __tablename__ = "clock_anchor"

    id: Mapped[int] = mapped_column(primary_key=True)
    boot_id: Mapped[str] = mapped_column(String(64))
    since_boot_ms: Mapped[int]
    wall_at: Mapped[datetime]
    stepped_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Ticks:
    """What this machine's clocks show at one moment."""

    boot_id: str
    since_boot_ms: int
    wall: datetime


def ticks(offset: timedelta = timedelta(0)) -> Ticks:
    boot = Path("/proc/sys/kernel/random/boot_id")
    boot_id = boot.read_text().strip() if boot.exists() else "unknown"
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return Ticks(boot_id, time.clock_gettime_ns(clock) // 1_000_000, datetime.now(UTC) + offset)


def step(anchor: ClockAnchor, seen: Ticks) -> timedelta:
    """How far the wall clock has moved beyond the time that passed; after a reboot only a move back can be told."""
    if anchor.boot_id != seen.boot_id:
        return min(seen.wall - anchor.wall_at, timedelta(0))
    passed = timedelta(milliseconds=seen.since_boot_ms - anchor.since_boot_ms)
    return seen.wall - (anchor.wall_at + passed)


def is_steady(session: Session, seen: Ticks) -> bool:
    """Whether the wall clock can be trusted; moves the anchor on when it can, and marks the step when it cannot.

    Stays False until an operator accepts the new time with `accept`.
    """
    anchor = session.get(ClockAnchor, 1)
    if anchor is None:
        accept(session, seen)
        return True
    if anchor.stepped_at is not None:
        return False
    if abs(step(anchor, seen)) > MAX_STEP:
        anchor.stepped_at = seen.wall
        return False
    _move(anchor, seen)
    return True


def is_doubted(session: Session) -> bool:
    """Whether a step was found that nobody has accepted yet. Never so where no clock is watched (PostgreSQL)."""
    anchor = session.get(ClockAnchor, 1)
    return anchor is not None and anchor.stepped_at is not None


def accept(session: Session, seen: Ticks) -> None:
    """Take the wall clock as it is now: the operator has looked at it."""
    anchor = session.get(ClockAnchor, 1)
    if anchor is None:
        anchor = ClockAnchor(id=1, boot_id=seen.boot_id, since_boot_ms=seen.since_boot_ms, wall_at=seen.wall)
        session.add(anchor)
    anchor.stepped_at = None
    _move(anchor, seen)


def _move(anchor: ClockAnchor, seen: Ticks) -> None:
    anchor.boot_id, anchor.since_boot_ms, anchor.wall_at = seen.boot_id, seen.since_boot_ms, seen.wall
