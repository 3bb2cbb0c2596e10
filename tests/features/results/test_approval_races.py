"""Two organisers at the same moment: the second person stays another one, and one act happens once."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from quiz_app.attempts import correcting
from quiz_app.attempts.correcting import Proposal
from quiz_app.attempts.models import CorrectionKind
from quiz_app.contests.models import PrizeScope, Round
from quiz_app.kernel.access import Actor
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Overloaded, Refused
from quiz_app.kernel.jobs import Progress
from quiz_app.kernel.work import working
from quiz_app.results import services, verify
from quiz_app.results.models import FinalTable
from quiz_app.results.policy import Action
from tests.features.leaderboard.build import attempt, roster
from tests.features.results.build import SAT, closed_round, search_flags, second_organiser
from tests.support.build import Commune
from tests.support.works import Work, actor_of

ROUNDS = 4


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What came of each, all let go at one moment; a refusal is what came of it, a busy database is asked again."""
    gate = threading.Barrier(len(acts))
    came: list[object] = [None] * len(acts)

    def run(number: int, act: Callable[[], object]) -> None:
        gate.wait()
        while came[number] is None:
            try:
                came[number] = act() or True
            except Overloaded:
                continue
            except Refused as refused:
                came[number] = refused

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return came


@pytest.fixture
def scene(work: Work, commune: Commune) -> tuple[Round, Actor, Actor, int]:
    second = second_organiser(work, commune)
    round_ = closed_round(work, commune.root)
    with work() as w:
        roster(w, round_, [commune.member, commune.colleague])
        attempt(w, round_, commune.member, 18, started=SAT)
        attempt_id = attempt(w, round_, commune.colleague, 20, started=SAT).id
    search_flags(work, round_.id)
    with work() as w:
        return round_, actor_of(w.session, commune.organiser), actor_of(w.session, second), attempt_id


def proposed(db: Database, actor: Actor, round_: Round) -> FinalTable:
    with working(db, actor=actor) as w:
        return services.propose(w, PrizeScope.ROUND, round_.id)


def approved(db: Database, actor: Actor, table: FinalTable) -> bool:
    with working(db, actor=actor) as w:
        services.approve(w, table.id, table.sha256)
    return True


def published(db: Database, actor: Actor, table: FinalTable) -> bool:
    with working(db, actor=actor) as w:
        services.publish(w, table.id, table.sha256)
    return True


def entries(db: Database, action: Action) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).where(AuditEntry.action == action.code)) or 0


def test_it_is_approved_and_published_once(db: Database, scene: tuple[Round, Actor, Actor, int]) -> None:
    round_, first, second, _ = scene
    table = proposed(db, first, round_)
    came = at_once(*[lambda: approved(db, second, table)] * 3, lambda: approved(db, first, table))
    assert came.count(True) == 1
    assert came[3] is not True, "never by whoever proposed"
    came = at_once(*[lambda: published(db, first, table)] * 2, *[lambda: published(db, second, table)] * 2)
    assert came.count(True) == 1
    assert entries(db, Action.TABLE_APPROVED) == entries(db, Action.TABLE_PUBLISHED) == 1


def test_who_proposes_anew_never_approves_his_own(db: Database, scene: tuple[Round, Actor, Actor, int]) -> None:
    """One proposes again what the other proposed and approves it at the same moment: they stay two people."""
    round_, first, second, _ = scene
    for _ in range(ROUNDS):
        table = proposed(db, first, round_)
        at_once(lambda: proposed(db, second, round_), lambda table=table: approved(db, second, table))  # type: ignore[misc] # bound now
        with db.reading() as session:
            kept = session.scalars(select(FinalTable)).one()
        assert kept.approved_by is None or kept.approved_by != kept.proposed_by


def test_a_correction_and_publishing_meet(db: Database, scene: tuple[Round, Actor, Actor, int]) -> None:
    """Whichever comes first: a table is published as it was approved, or it is refused."""
    round_, first, second, attempt_id = scene
    table = proposed(db, first, round_)
    approved(db, second, table)

    def annul() -> None:
        with working(db, actor=first) as w:
            wanted = Proposal(CorrectionKind.ATTEMPT, "Thi hộ", attempt_id=attempt_id)
            correction_id = correcting.propose(w, round_.id, wanted).id
        with working(db, actor=second) as w:
            job = correcting.decide(w, correction_id)
        correcting.apply(db, job.payload, Progress(db, job.id))

    came = at_once(annul, lambda: published(db, first, table))
    with db.reading() as session:
        kept = session.get_one(FinalTable, table.id)
        assert (kept.published_at is not None) is (came[1] is True)
        assert kept.sha256 == table.sha256
        assert not [line for line in verify.differences(session, db.now(session)) if "hash" in line]
