"""Acts of one attempt that really meet: threads on one database, let go at the same moment, many times over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import pytest
from sqlalchemy import event, func, select, text

from quiz_app.attempts import closing, marking, services
from quiz_app.attempts.errors import AttemptClosed, AttemptClosing, Barred, TakenOver
from quiz_app.attempts.models import Attempt, AttemptState, EndedBy, Response, Result
from quiz_app.attempts.policy import Action
from quiz_app.attempts.services import Saved
from quiz_app.attempts.verify import differences
from quiz_app.contests.models import Round
from quiz_app.kernel.access import Actor
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Overloaded, Refused
from quiz_app.kernel.work import working
from tests.support import contest
from tests.support.build import Commune
from tests.support.contest import PAPER_LENGTH
from tests.support.sitting import answer, at, right_letters
from tests.support.works import Work, actor_of

T = TypeVar("T")
DEADLINE = 20.0  # minutes, as the sample round says


@dataclass(frozen=True)
class Stage:
    """A member and a round in which attempts are not scarce."""

    db: Database
    actor: Actor
    round: Round

    def start(self, now: datetime) -> int:
        with working(self.db, actor=self.actor, now=now) as w:
            return services.start(w, self.round.id, is_demonstration_site=True)

    def save(self, attempt_id: int, place: int, letters: str, revision: int, now: datetime, epoch: int = 1) -> Saved:
        with working(self.db, actor=self.actor, now=now) as w:
            return answer(w, attempt_id, place, letters, epoch=epoch, revision=revision)

    def submit(self, attempt_id: int, now: datetime) -> None:
        with working(self.db, actor=self.actor, now=now) as w:
            services.submit(w, attempt_id, 1)

    def take_over(self, attempt_id: int, now: datetime) -> None:
        with working(self.db, actor=self.actor, now=now) as w:
            services.take_over(w, attempt_id)

    def close(self, attempt_id: int, now: datetime) -> bool:
        with working(self.db, now=now) as w:
            return closing.close_if_due(w, attempt_id)

    def kept(self, attempt_id: int) -> dict[int, Response]:
        with self.db.reading() as session:
            return {row.position: row for row in marking.paper(session, attempt_id)}

    def count(self, action: Action, attempt_id: int) -> int:
        query = select(func.count()).where(
            AuditEntry.action == action.code, AuditEntry.subject == f"attempt:{attempt_id}"
        )
        with self.db.reading() as session:
            return session.scalar(query) or 0

    def assert_recount(self) -> None:
        with self.db.reading() as session:
            assert list(differences(session)) == []


def set_stage(db: Database, work: Work, commune: Commune, *, attempts_allowed: int) -> Stage:
    with work(now=at(-90)) as w:
        round_ = contest.open_round(w, commune.root, attempts_allowed=attempts_allowed).round
        return Stage(db, actor_of(w.session, commune.member), round_)


@pytest.fixture
def stage(db: Database, work: Work, commune: Commune, banks: None) -> Stage:
    return set_stage(db, work, commune, attempts_allowed=30)


def together(acts: Sequence[Callable[[], T]]) -> list[T | Refused]:
    """Let every act go at the same moment; what each answered, refusals included. Any other exception is raised.

    Who meets a busy database asks again, as browsers do.
    """
    barrier = threading.Barrier(len(acts))
    answers: list[T | BaseException] = [RuntimeError("the thread did not end")] * len(acts)

    def run(index: int, act: Callable[[], T]) -> None:
        barrier.wait(20)
        for _ in range(10):
            try:
                answers[index] = act()
            except Overloaded as busy:
                answers[index] = busy
                continue
            except Exception as error:
                answers[index] = error
            return

    threads = [threading.Thread(target=run, args=(index, act), daemon=True) for index, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    told: list[T | Refused] = []
    for one in answers:
        if isinstance(one, BaseException) and not isinstance(one, Refused):
            raise one
        told.append(one)
    return told


def test_fifty_starts_at_once_give_one_attempt(stage: Stage, commune: Commune, work: Work) -> None:
    for person in (commune.member, commune.colleague, commune.probationer):
        with work() as w:
            own = Stage(stage.db, actor_of(w.session, person), stage.round)
        ids = together([partial(own.start, at(1))] * 50)
        assert len(set(ids)) == 1
        (attempt_id,) = {one for one in ids if isinstance(one, int)}
        assert sorted(stage.kept(attempt_id)) == list(range(1, PAPER_LENGTH + 1))
        assert stage.count(Action.ATTEMPT_STARTED, attempt_id) == 1
    with work() as w:
        assert w.session.scalar(select(func.count()).select_from(Attempt)) == 3
        assert w.session.scalar(select(func.count()).select_from(Response)) == 3 * PAPER_LENGTH


def test_starts_at_once_over_an_overdue_attempt_give_one_new_attempt(stage: Stage) -> None:
    for number in range(5):
        first = stage.start(at(60 * number))
        ids = together([partial(stage.start, at(60 * number + 30))] * 12)
        assert len(set(ids)) == 1, ids
        assert first not in ids
        assert stage.count(Action.ATTEMPT_FINALISED, first) == 1
        with stage.db.reading() as session:
            assert session.scalar(select(func.count()).select_from(Attempt)) == 2 * number + 2
        (second,) = {one for one in ids if isinstance(one, int)}
        stage.submit(second, at(60 * number + 31))
    stage.assert_recount()


def test_the_limit_is_not_passed_by_racing(db: Database, work: Work, commune: Commune) -> None:
    stage = set_stage(db, work, commune, attempts_allowed=4)

    def sit_until_barred() -> bool:
        for _ in range(20):
            try:
                stage.submit(stage.start(at(1)), at(2))
            except AttemptClosed:  # another submitted what this start had found
                continue
            except Barred:
                return True
        return False

    assert together([sit_until_barred] * 8) == [True] * 8
    with work() as w:
        attempts = w.session.scalars(select(Attempt).order_by(Attempt.number)).all()
        result = w.session.get_one(Result, (stage.round.id, stage.actor.member))
    assert [(one.number, one.state) for one in attempts] == [(n, AttemptState.SUBMITTED.value) for n in range(1, 5)]
    assert all(stage.count(Action.ATTEMPT_FINALISED, one.id) == 1 for one in attempts)
    assert result.attempts == 4
    stage.assert_recount()


@dataclass
class Sitting:
    """One attempt whose deadline comes while three windows still save."""

    stage: Stage
    begun: datetime
    attempt_id: int
    offered: dict[int, str]
    acknowledged: list[tuple[int, int, str]]

    @property
    def last(self) -> datetime:
        return self.begun + timedelta(minutes=DEADLINE, seconds=4.9)

    def save(self, who: int) -> None:
        for turn in range(4):
            place, revision = 1 + (turn + who) % PAPER_LENGTH, 3 * turn + who + 1
            letters = self.offered[place][revision % 3]
            kept = self.stage.save(self.attempt_id, place, letters, revision, self.last)
            if (kept.revision, kept.letters) == (revision, letters):
                self.acknowledged.append((place, revision, letters))

    def submit(self) -> None:
        self.stage.submit(self.attempt_id, self.last)

    def close(self) -> None:
        self.stage.close(self.attempt_id, self.last + timedelta(seconds=2.2))


def test_what_was_acknowledged_at_the_deadline_is_kept_and_scored(stage: Stage) -> None:
    refusals: set[str] = set()
    for number in range(30):
        begun = at(30 * number)
        attempt_id = stage.start(begun)
        offered = {place: row.letters for place, row in stage.kept(attempt_id).items()}
        sitting = Sitting(stage, begun, attempt_id, offered, [])
        acts: list[Callable[[], object]] = [
            *(partial(sitting.save, who) for who in range(3)),
            sitting.submit,
            sitting.close,
        ]
        refusals |= {type(one).__name__ for one in together(acts) if isinstance(one, Refused)}
        sitting.close()
        highest = {place: (revision, letters) for place, revision, letters in sorted(sitting.acknowledged)}
        kept = {place: (row.revision, row.chosen) for place, row in stage.kept(attempt_id).items() if row.revision}
        assert kept == highest
        assert stage.count(Action.ATTEMPT_FINALISED, attempt_id) == 1
    assert refusals <= {"AttemptClosed", "AttemptClosing"}
    stage.assert_recount()


def test_the_highest_revision_is_kept_whatever_the_order(stage: Stage) -> None:
    attempt_id = stage.start(at(0))
    offered = stage.kept(attempt_id)[1].letters
    highest = 20

    def send_all(stride: int) -> list[Saved]:
        revisions = [1 + (turn * stride) % (highest + 1) for turn in range(highest + 1)]
        return [stage.save(attempt_id, 1, offered[one % 3], one, at(1)) for one in revisions if one <= highest]

    told = together([partial(send_all, stride) for stride in (1, 2, 4, 5, 8, 10, 11, 20)])
    for answers in told:
        assert isinstance(answers, list)
        assert all(kept.letters == offered[kept.revision % 3] for kept in answers)
    kept = stage.kept(attempt_id)[1]
    assert (kept.revision, kept.chosen) == (highest, offered[highest % 3])


def test_plain_forms_that_meet_are_all_counted(stage: Stage) -> None:
    attempt_id = stage.start(at(0))

    def post() -> int:
        with working(stage.db, actor=stage.actor, now=at(1)) as w:
            return answer(w, attempt_id, 1, "A").revision

    told = [one for one in together([post] * 12) if isinstance(one, int)]
    assert sorted(told) == list(range(1, 13))


def test_windows_that_take_over_at_once_get_epochs_of_their_own(stage: Stage) -> None:
    for number in range(10):
        begun = at(30 * number)
        attempt_id = stage.start(begun)

        take_over = partial(stage.take_over, attempt_id, begun + timedelta(minutes=1))
        save = partial(stage.save, attempt_id, 1, "A", 1, begun)
        acts: list[Callable[[], object]] = [take_over, take_over, save]
        told = together(acts)
        assert told[:2] == [None, None]
        with stage.db.reading() as session:
            assert session.get_one(Attempt, attempt_id).epoch == 3
            entries = select(AuditEntry.facts).where(
                AuditEntry.action == Action.ATTEMPT_TAKEN_OVER.code, AuditEntry.subject == f"attempt:{attempt_id}"
            )
            assert sorted(facts["epoch"] for facts in session.scalars(entries)) == [2, 3]
        for older in (1, 2):
            with pytest.raises(TakenOver):
                stage.save(attempt_id, 2, "B", 9, begun, epoch=older)
        stage.save(attempt_id, 2, "C", 1, begun, epoch=3)
        with working(stage.db, actor=stage.actor, now=begun + timedelta(minutes=2)) as w:
            services.submit(w, attempt_id, 3)
    stage.assert_recount()


def test_the_recount_agrees_while_people_submit(stage: Stage) -> None:
    done = threading.Event()

    def sit() -> int:
        try:
            for number in range(20):
                attempt_id = stage.start(at(30 * number))
                stage.save(attempt_id, 1, "A", 1, at(30 * number + 1))
                stage.submit(attempt_id, at(30 * number + 2))
        finally:
            done.set()
        return 0

    def recount() -> int:
        rounds = 0
        while not done.is_set():
            stage.assert_recount()
            rounds += 1
        return rounds

    told = together([sit, recount])
    assert isinstance(told[1], int)
    assert told[1] > 0


def await_waiting(db: Database) -> None:
    """Return once a statement of this database waits for a lock."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    ends = time.monotonic() + 4
    while time.monotonic() < ends:
        with db.reading() as session:
            if session.scalar(query):
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


@pytest.fixture(params=["as it is", "without FOR SHARE"])
def loses_answers(request: pytest.FixtureRequest, db: Database) -> bool:
    """Whether the save runs without the lock that the promise hangs on."""
    if request.param == "as it is":
        return False

    def strip(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_facts: Any) -> tuple[str, Any]:
        return statement.replace(" FOR SHARE", ""), parameters

    event.listen(db.engine, "before_cursor_execute", strip, retval=True)
    return True


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_a_submission_waits_for_a_save_in_flight(stage: Stage, loses_answers: bool) -> None:
    attempt_id = stage.start(at(0))
    with working(stage.db, actor=stage.actor, now=at(1)) as w:
        right = right_letters(w, attempt_id, 1)
    submission = threading.Thread(target=stage.submit, args=(attempt_id, at(2)), daemon=True)
    with working(stage.db, actor=stage.actor, now=at(1)) as w:
        assert answer(w, attempt_id, 1, right, revision=1).letters == right
        submission.start()
        await_waiting(stage.db)
    submission.join(10)
    with stage.db.reading() as session:
        is_in_the_score = session.get_one(Attempt, attempt_id).score == 1
        assert bool(list(differences(session))) is loses_answers
    assert stage.kept(attempt_id)[1].chosen == right
    assert is_in_the_score is not loses_answers


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_a_save_that_waited_for_a_submission_is_refused(stage: Stage, loses_answers: bool) -> None:
    attempt_id = stage.start(at(0))
    told: list[Saved | Refused] = []

    def save() -> None:
        try:
            told.append(stage.save(attempt_id, 1, "A", 1, at(1)))
        except Refused as refused:
            told.append(refused)

    late = threading.Thread(target=save, daemon=True)
    with working(stage.db, actor=stage.actor, now=at(2)) as w:
        assert closing.finish(w, attempt_id, ended_by=EndedBy.MEMBER, epoch=1)
        late.start()
        await_waiting(stage.db)
    late.join(10)
    (answered,) = told
    assert isinstance(answered, Saved if loses_answers else AttemptClosed)
    assert (stage.kept(attempt_id)[1].chosen == "A") is loses_answers


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_a_start_that_waited_for_the_sweeper_gives_the_next_attempt(stage: Stage) -> None:
    first = stage.start(at(0))
    told: list[int | Refused] = []

    def start() -> None:
        try:
            told.append(stage.start(at(DEADLINE, 10)))
        except Refused as refused:
            told.append(refused)

    again = threading.Thread(target=start, daemon=True)
    with working(stage.db, now=at(DEADLINE, 9)) as w:
        assert closing.close_if_due(w, first)
        again.start()
        await_waiting(stage.db)
    again.join(10)
    (second,) = told
    assert isinstance(second, int)
    assert second != first
    stage.assert_recount()


def test_a_submission_in_the_closing_seconds_is_told_to_wait(stage: Stage) -> None:
    attempt_id = stage.start(at(0))
    told = together([lambda: stage.submit(attempt_id, at(DEADLINE, 6))] * 4)
    assert all(isinstance(one, AttemptClosing) for one in told)
    assert together([lambda: stage.close(attempt_id, at(DEADLINE, 7))] * 4).count(True) == 1
