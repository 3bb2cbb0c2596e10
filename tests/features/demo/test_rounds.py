"""The demo's two rounds: one that has closed and been sat, and the open one."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from quiz_app.attempts.models import Attempt, AttemptState, Result
from quiz_app.attempts.verify import differences
from quiz_app.contests.models import Contest, Round
from quiz_app.demo import commune, rounds, services
from quiz_app.kernel.db import Database
from quiz_app.kernel.settings import Settings
from quiz_app.leaderboard.models import UnitTally
from quiz_app.members.models import Account


@pytest.fixture
def played(db: Database, settings: Settings, shelf: None) -> Database:
    services.create(db, settings, count=commune.LEAST)
    assert rounds.play(db, count=20, seed=3).members == 20
    return db


def test_an_earlier_round_was_sat_and_closed(played: Database) -> None:
    with played.reading() as session:
        now = played.now(session)
        contest = session.scalars(select(Contest)).one()
        earlier, current = session.scalars(select(Round).order_by(Round.position)).all()
        assert earlier.contest_id == current.contest_id == contest.id
        assert earlier.published_at is not None
        assert earlier.published_at < earlier.opens_at < earlier.closes_at < current.opens_at < now < current.closes_at
        rows = session.execute(select(Result.round_id, func.count()).group_by(Result.round_id)).all()
        people = {row[0]: row[1] for row in rows}
        assert people[earlier.id] >= 12
        still_open = select(func.count()).where(
            Attempt.round_id == earlier.id, Attempt.state == AttemptState.OPEN.value
        )
        assert session.scalar(still_open) == 0
        latest = session.scalar(select(func.max(Attempt.ended_at)).where(Attempt.round_id == earlier.id))
        assert latest is not None
        assert latest <= earlier.closes_at
        tallied = session.scalars(select(UnitTally.round_id).distinct()).all()
        assert set(tallied) == {earlier.id, current.id}
        assert list(differences(session)) == []


def test_whoever_tries_the_demo_has_a_history(played: Database) -> None:
    with played.reading() as session:
        earlier = session.scalars(select(Round.id).order_by(Round.position)).first()
        sat = session.scalars(
            select(Account.username)
            .join(Result, Result.member_id == Account.member_id)
            .where(Result.round_id == earlier, Account.username.in_(rounds.ALWAYS_SAT_BEFORE))
        ).all()
    assert set(sat) == set(rounds.ALWAYS_SAT_BEFORE)


def test_the_earlier_round_is_played_once(played: Database) -> None:
    def attempts() -> int:
        with played.reading() as session:
            earlier = session.scalars(select(Round.id).order_by(Round.position)).first()
            return session.scalar(select(func.count()).where(Attempt.round_id == earlier)) or 0

    before = attempts()
    rounds.play(played, count=5, seed=4)
    assert attempts() == before
