"""Members who really sit the open demonstration round, while the product runs beside them."""

from __future__ import annotations

import threading

from sqlalchemy import select

from quiz_app.attempts import closing
from quiz_app.attempts.models import Attempt, EndedBy
from quiz_app.attempts.verify import differences
from quiz_app.demo import commune, rounds, services
from quiz_app.kernel.db import Database
from quiz_app.kernel.settings import Settings


def test_a_play_beside_the_sweeper_gives_attempts_that_recount(db: Database, settings: Settings, shelf: None) -> None:
    services.create(db, settings, count=commune.LEAST)
    is_over = threading.Event()
    closed: list[int] = []

    def sweep() -> None:
        while not is_over.is_set():
            closed.append(closing.close_overdue(db))

    sweeper = threading.Thread(target=sweep)
    sweeper.start()
    try:
        played = rounds.play(db, count=25, seed=1)
    finally:
        is_over.set()
        sweeper.join()
    with db.reading() as session:
        assert list(differences(session)) == []
        attempts = session.scalars(select(Attempt)).all()
    assert played.members == 25
    assert played.attempts >= 25
    assert len({attempt.member_id for attempt in attempts}) >= 25
    by_member = [attempt for attempt in attempts if attempt.ended_by == EndedBy.MEMBER.value]
    assert max(attempt.score or 0 for attempt in by_member) > 0
    assert len(by_member) > len(attempts) * 0.8
