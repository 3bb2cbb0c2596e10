"""Time granted at the very moment at which others start, submit and are closed: threads on one database, many times."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from random import Random

import pytest
from sqlalchemy import delete, select

from quiz_app.attempts import closing, granting, services
from quiz_app.attempts.errors import AttemptClosed, AttemptClosing
from quiz_app.attempts.models import Attempt, AttemptState, EndedBy, Result
from quiz_app.attempts.verify import differences
from quiz_app.contests.models import Round, Shown
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Overloaded, Refused
from quiz_app.kernel.work import working
from quiz_app.members.models import Member
from tests.features.attempts.test_races import together
from tests.support import contest
from tests.support.build import Commune
from tests.support.sitting import at
from tests.support.works import Work

TIMES = 40
ENOUGH = 12  # where both orders have been met
STEP = timedelta(minutes=10)  # by how much each extension moves the close
LIMIT = timedelta(minutes=20)


@pytest.fixture
def round_(work: Work, commune: Commune, banks: None) -> Round:
    with work(now=at(-90)) as w:
        return contest.open_round(
            w, commune.root, closes_at=at(30), attempts_allowed=None, show_keys=Shown.NEVER.value
        ).round


class Race:
    """The acts that meet, each at an instant of its own around the close; who was busy is counted and asks again."""

    def __init__(self, db: Database, work: Work, round_: Round) -> None:
        self.db, self.work, self.round = db, work, round_
        self.busy: Counter[str] = Counter()

    def start(self, member: Member, now: datetime) -> int:
        with self.work(actor=member, now=now) as w:
            return services.start(w, self.round.id, is_demonstration_site=False)

    def submit(self, member: Member, attempt_id: int, now: datetime) -> None:
        with self.counted("submit"), self.work(actor=member, now=now) as w:
            services.submit(w, attempt_id, 1)

    def close(self, attempt_id: int, now: datetime) -> bool:
        with self.counted("close"), working(self.db, now=now) as w:
            return closing.close_if_due(w, attempt_id)

    def extend(self, organiser: Member, now: datetime) -> None:
        with self.counted("extend"), self.work(actor=organiser, now=now) as w:
            granting.extend_round(w, self.round.id, None, STEP // timedelta(minutes=1), "Mất điện.")

    def grant(self, organiser: Member, member: Member, minutes: int, now: datetime) -> None:
        with self.counted("grant"), self.work(actor=organiser, now=now) as w:
            granting.grant_extra_time(w, self.round.id, member.id, minutes, "Máy hỏng")

    def counted(self, name: str) -> Counting:
        return Counting(self.busy, name)

    def attempt(self, attempt_id: int) -> Attempt:
        with self.db.reading() as session:
            return session.get_one(Attempt, attempt_id)

    def forget_results(self) -> None:
        """As before the first submission: only a new result asks for its round's row."""
        with self.work() as w:
            w.session.execute(delete(Result))

    def assert_recount(self) -> None:
        with self.db.reading() as session:
            assert [one for one in differences(session) if "missing" not in one] == []


def after(seed: int, act: Callable[[], object]) -> object:
    """Go a few milliseconds apart, ever otherwise: left alone, the engine always serves the shortest act first."""
    time.sleep(Random(seed).uniform(0, 0.03))  # noqa: S311 - order, no secret
    return act()


class Counting:
    def __init__(self, busy: Counter[str], name: str) -> None:
        self.busy, self.name = busy, name

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: object, _trace: object) -> None:
        if isinstance(error, Overloaded):
            self.busy[self.name] += 1


def test_nobody_ends_early_or_keeps_an_old_deadline(db: Database, work: Work, commune: Commune, round_: Round) -> None:
    race = Race(db, work, round_)
    met: Counter[str] = Counter()
    for number in range(TIMES):
        if number >= ENOUGH and len(met) == 2:
            break
        closes = at(30) + number * STEP
        race.forget_results()
        swept = race.start(commune.member, closes - timedelta(minutes=9))
        handed_in = race.start(commune.colleague, closes - timedelta(minutes=8))
        sitting = race.start(commune.stranger, closes - timedelta(minutes=7))
        acts: list[Callable[[], object]] = [
            partial(race.close, swept, closes + timedelta(seconds=8)),
            partial(race.submit, commune.colleague, handed_in, closes + timedelta(seconds=3)),
            partial(race.start, commune.probationer, closes - timedelta(minutes=1)),
            partial(race.close, sitting, closes + timedelta(seconds=6)),  # too early, extended or not
            partial(race.extend, commune.organiser, closes + timedelta(seconds=6)),
        ]
        told = together([partial(after, number * len(acts) + turn, act) for turn, act in enumerate(acts)])
        assert told[-1] is None
        assert not [
            one for one in told if isinstance(one, Refused) and not isinstance(one, AttemptClosed | AttemptClosing)
        ]
        closed, begun = race.attempt(swept), race.attempt(told[2] if isinstance(told[2], int) else 0)
        if closed.state == AttemptState.SUBMITTED.value:
            assert (closed.ended_by, closed.ended_at, closed.deadline_at) == (EndedBy.DEADLINE.value, closes, closes)
            met["closed before"] += 1
        else:
            assert closed.deadline_at == closes + STEP
            met["extended before"] += 1
        assert race.attempt(sitting).state == AttemptState.OPEN.value
        assert race.attempt(sitting).deadline_at == closes + STEP
        assert begun.deadline_at == closes + STEP
        submitted = race.attempt(handed_in)
        assert submitted.state == AttemptState.SUBMITTED.value
        assert submitted.deadline_at in {closes, closes + STEP}
        race.assert_recount()
        for member, attempt_id in (
            (commune.member, swept),
            (commune.stranger, sitting),
            (commune.probationer, begun.id),
        ):
            if race.attempt(attempt_id).state == AttemptState.OPEN.value:
                race.submit(member, attempt_id, closes + timedelta(seconds=30))
    assert met["closed before"]
    assert met["extended before"]
    assert race.busy == {}, "two who wait for each other both fail"


def test_extra_time_and_an_extension_that_meet_are_both_kept(
    db: Database, work: Work, commune: Commune, round_: Round
) -> None:
    race = Race(db, work, round_)
    for number in range(ENOUGH):
        closes = at(30) + number * STEP
        begun = closes - timedelta(minutes=15)
        under_way = race.start(commune.member, begun)
        acts: list[Callable[[], object]] = [
            partial(race.grant, commune.organiser, commune.member, number + 1, begun + timedelta(minutes=1)),
            partial(race.grant, commune.organiser, commune.colleague, number + 1, begun + timedelta(minutes=1)),
            partial(race.start, commune.colleague, begun + timedelta(minutes=1)),
            partial(race.extend, commune.organiser, begun + timedelta(minutes=1)),
            partial(race.close, under_way, begun + timedelta(minutes=1)),
        ]
        told = together([partial(after, number * len(acts) + turn, act) for turn, act in enumerate(acts)])
        assert not [one for one in told if isinstance(one, Refused)]
        limit = LIMIT + timedelta(minutes=number + 1)
        assert race.attempt(under_way).deadline_at == min(closes + STEP, begun + limit)
        assert isinstance(told[2], int)
        started = race.attempt(told[2])
        assert started.deadline_at == min(closes + STEP, begun + timedelta(minutes=1) + limit)
        race.assert_recount()
        for member, attempt_id in ((commune.member, under_way), (commune.colleague, started.id)):
            race.submit(member, attempt_id, begun + timedelta(minutes=2))
    assert race.busy == {}


def test_the_sweep_leaves_alone_what_was_extended(db: Database, work: Work, commune: Commune, round_: Round) -> None:
    """The list of overdue attempts is older than the closing of each: one extended in between goes on."""
    race = Race(db, work, round_)
    attempt_id = race.start(commune.member, at(25))
    late = at(30, 8)
    with working(db, now=late) as w:
        overdue = w.session.scalars(select(Attempt.id).where(Attempt.accepts_until_at < late)).all()
    assert overdue == [attempt_id]
    race.extend(commune.organiser, at(30, 9))
    assert not race.close(attempt_id, at(30, 10))
    assert race.attempt(attempt_id).deadline_at == at(40)
    race.submit(commune.member, attempt_id, at(39))
    assert race.attempt(attempt_id).ended_at == at(39)
