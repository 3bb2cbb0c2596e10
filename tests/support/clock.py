"""The one clock, in the hands of a test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from quiz_app.kernel.db import Database

NOW = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)  # 9 o'clock in Vietnam, a Tuesday


class Clock:
    """Shifts what a Database takes for now; time goes on from there."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def set(self, instant: datetime) -> None:
        self._db.clock_offset = instant - datetime.now(UTC)

    def move(self, **by: float) -> None:
        """Go on by days, hours, minutes or seconds (as `timedelta` takes them)."""
        self._db.clock_offset += timedelta(**by)

    def now(self) -> datetime:
        with self._db.reading() as session:
            return self._db.now(session)
