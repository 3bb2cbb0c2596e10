"""Dead sign-ins end ninety days after their last use."""

from __future__ import annotations

from datetime import timedelta

from quiz_app.kernel.db import Database
from quiz_app.privacy.retention import forget_sessions
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import Clock


def test_a_dead_sign_in_is_forgotten_in_time(db: Database, commune: Commune, browse: Browse, clock: Clock) -> None:
    browse.as_(commune.member)
    clock.move(seconds=timedelta(days=89).total_seconds())
    assert forget_sessions(db) == 0
    clock.move(seconds=timedelta(days=2).total_seconds())
    assert forget_sessions(db) == 1
