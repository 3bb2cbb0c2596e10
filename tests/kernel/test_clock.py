"""The watch over the wall clock: a step is told from the passing of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from quiz_app.kernel.clock import ClockAnchor, Ticks, accept, is_steady, step, ticks
from quiz_app.kernel.db import Database

WALL = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
BOOT, OTHER_BOOT = "boot-1", "boot-2"


def _seen(passed_s: float, wall_s: float, boot: str = BOOT) -> Ticks:
    return Ticks(boot, 1_000_000 + int(passed_s * 1000), WALL + timedelta(seconds=wall_s))


@pytest.mark.parametrize(
    ("seen", "moved_s"),
    [
        (_seen(0, 0), 0),
        (_seen(3600, 3600), 0),
        (_seen(3600, 3600 + 59), 59),
        (_seen(3600, 7200), 3600),
        (_seen(3600, 0), -3600),
        (_seen(10, 10.5), 0.5),
        # after a reboot the clock since boot starts anew: forwards is the time the machine was off
        (Ticks(OTHER_BOOT, 5_000, WALL + timedelta(days=3)), 0),
        (Ticks(OTHER_BOOT, 5_000, WALL), 0),
        (Ticks(OTHER_BOOT, 5_000, WALL - timedelta(hours=1)), -3600),
    ],
)
def test_how_far_the_wall_clock_stepped(seen: Ticks, moved_s: float) -> None:
    anchor = ClockAnchor(id=1, boot_id=BOOT, since_boot_ms=1_000_000, wall_at=WALL, stepped_at=None)
    assert step(anchor, seen) == timedelta(seconds=moved_s)


@pytest.mark.parametrize(
    ("wall_s", "is_trusted"), [(60, True), (60.001, False), (-60, True), (-60.001, False), (7 * 3600, False)]
)
def test_a_minute_is_forgiven_and_no_more(db: Database, wall_s: float, is_trusted: bool) -> None:
    with db.writing() as session:
        assert is_steady(session, _seen(0, 0))
    with db.writing() as session:
        assert is_steady(session, _seen(30, 30 + wall_s)) is is_trusted


def test_small_steps_do_not_add_up(db: Database) -> None:
    """The anchor moves on with every look, so a clock that is drawn slowly is never taken for one that jumped."""
    with db.writing() as session:
        assert all(is_steady(session, _seen(10 * n, 10 * n + 20 * n)) for n in range(20))


def test_a_step_stays_until_somebody_has_looked(db: Database) -> None:
    with db.writing() as session:
        is_steady(session, _seen(0, 0))
    with db.writing() as session:
        assert not is_steady(session, _seen(10, 3610))
    with db.writing() as session:
        assert not is_steady(session, _seen(20, 20))  # back again by itself: still somebody has to look
        anchor = session.get_one(ClockAnchor, 1)
        assert anchor.stepped_at == WALL + timedelta(seconds=3610)
        accept(session, _seen(30, 3630))
    with db.writing() as session:
        assert is_steady(session, _seen(40, 3640))


def test_ticks_come_from_this_machine() -> None:
    first, second = ticks(), ticks(timedelta(hours=1))
    assert first.boot_id == second.boot_id
    assert first.since_boot_ms <= second.since_boot_ms
    assert timedelta(minutes=59) < second.wall - first.wall < timedelta(minutes=61)
