"""Races at the end of an attempt: everybody who may end or change it comes at the same instant."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select

from quiz_app.attempts import closing
from quiz_app.attempts.models import Attempt, AttemptState, EndedBy
from quiz_app.attempts.policy import Action
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Overloaded
from quiz_app.kernel.work import working
from quiz_app.rules.timing import finalisable_at
from tests.faults.ledger import Ledger
from tests.faults.people import Person

SPREAD_S = 0.03
IN_TIME_S = 1.0  # before the deadline: answers arrive in time where the machine is slow as well
SAVES = 4
TAKEN_OVER = 0.25  # in so many races another device goes on
FOCI = ("in time", "deadline", "end of grace", "closing")
PATIENCE_S = 20


@dataclass(frozen=True)
class Times:
    """The instants of an attempt, by the wall clock that this process shares with the server."""

    attempt_id: int
    deadline: float
    accepts_until: float
    closing: float

    def of(self, focus: str) -> float:
        in_time = self.deadline - IN_TIME_S
        instants = dict(zip(FOCI, (in_time, self.deadline, self.accepts_until, self.closing), strict=True))
        return instants[focus]


@dataclass
class Witness:
    """What was said to whom in all races together, and when; `objections` holds it against the database."""

    times: dict[int, Times] = field(default_factory=dict)
    saves: dict[int, list[tuple[float, int]]] = field(default_factory=lambda: defaultdict(list))
    refused: Counter[int] = field(default_factory=Counter)
    submissions: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    taken_over: dict[int, float] = field(default_factory=dict)
    closed: Counter[int] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def facts(self) -> dict[str, int]:
        """How close it was: in contested races an answer was taken and another came too late."""
        return {
            "saves_taken": sum(map(len, self.saves.values())),
            "saves_refused": self.refused.total(),
            "contested": sum(bool(self.saves[one]) and self.refused[one] > 0 for one in self.times),
            "taken_over": len(self.taken_over),
            "closed_by_job": self.closed.total(),
        }

    def objections(self, db: Database) -> Iterator[str]:
        """Acts against the rules of the end of an attempt, each named."""
        with db.reading() as session:
            attempts = session.scalars(select(Attempt)).all()
            ends = session.execute(
                select(AuditEntry.subject, AuditEntry.at).where(AuditEntry.action == Action.ATTEMPT_FINALISED.code)
            ).all()
        ended_at = {row.subject: row.at for row in ends}
        for attempt in attempts:
            said = [*self._of_end(attempt, ended_at.get(f"attempt:{attempt.id}")), *self._of_saves(attempt)]
            yield from (f"attempt {attempt.id}: {words}" for words in said)

    def _of_end(self, attempt: Attempt, audited_at: datetime | None) -> Iterator[str]:
        if attempt.state != AttemptState.SUBMITTED.value or attempt.ended_at is None or audited_at is None:
            yield "not ended, or without an entry in the audit"
            return
        counted = (min(attempt.ended_at, attempt.deadline_at) - attempt.started_at) // timedelta(milliseconds=1)
        if attempt.duration_ms != counted:
            yield f"lasted {counted} ms, stored {attempt.duration_ms}"
        is_late = audited_at >= attempt.accepts_until_at
        if (attempt.ended_by == EndedBy.MEMBER.value) is is_late:
            yield f"ended by {attempt.ended_by} at {audited_at}"
        if attempt.ended_by == EndedBy.DEADLINE.value and audited_at < finalisable_at(attempt.accepts_until_at):
            yield f"closed at {audited_at}, before it may be"
        if attempt.ended_by == EndedBy.DEADLINE.value and attempt.ended_at != attempt.deadline_at:
            yield f"closed for its member with another end than the deadline: {attempt.ended_at}"
        if self.closed[attempt.id] > (attempt.ended_by == EndedBy.DEADLINE.value):
            yield f"jobs say {self.closed[attempt.id]} times that they closed it"
        told_at = min(self.submissions[attempt.id], default=None)
        if told_at is not None and told_at < attempt.accepts_until_at.timestamp() and attempt.ended_by != "member":
            yield "a submission that was acknowledged in time did not end it"

    def _of_saves(self, attempt: Attempt) -> Iterator[str]:
        limit = attempt.accepts_until_at.timestamp()
        submitted_at = min(self.submissions[attempt.id], default=limit)
        taken_over_at = self.taken_over.get(attempt.id, limit)
        for asked_at, place in self.saves[attempt.id]:
            if asked_at >= limit:
                yield f"took an answer at {place} sent {asked_at - limit:.3f} s too late"
            elif asked_at > submitted_at:
                yield f"took an answer at {place} after it had said that the submission was there"
            elif asked_at > taken_over_at:
                yield f"took an answer at {place} of a device after another had gone on"


@dataclass(frozen=True)
class Course:
    """What all races share: who closes (each with a database connection of its own), who keeps the books."""

    db: Database
    closers: Sequence[Database]
    ledger: Ledger
    witness: Witness
    pool: Executor


def race(course: Course, person: Person, round_id: int, focus: str, chance: random.Random) -> None:
    """Start an attempt, let everybody meet at the focus, and again at the instant of closing if nobody ended it."""
    times = _times(course.db, person.start(round_id))
    course.witness.times[times.attempt_id] = times
    meeting = times.of(focus)
    acts = [partial(_save, course, person.other(), times.attempt_id, number) for number in range(SAVES)]
    acts += [partial(_submit, course, person.other(), times.attempt_id) for _ in range(2)]
    if chance.random() < TAKEN_OVER:
        acts.append(partial(_take_over, course, person.other(), times.attempt_id))
    _meet(course, [*acts, *_closing_acts(course, person, times)], meeting, chance)
    if _is_open(course.db, times.attempt_id):
        _meet(course, _closing_acts(course, person, times), times.closing, chance)
        _at(times.closing, partial(_job, course, course.closers[0], times.attempt_id))  # all may have come early


def _closing_acts(course: Course, person: Person, times: Times) -> list[Callable[[], None]]:
    jobs: list[Callable[[], None]] = [partial(_job, course, closer, times.attempt_id) for closer in course.closers]
    return [*jobs, partial(_look, person.other(), times.attempt_id)]


def _meet(course: Course, acts: Sequence[Callable[[], None]], moment: float, chance: random.Random) -> None:
    futures = [course.pool.submit(_at, moment + chance.uniform(-SPREAD_S, SPREAD_S), act) for act in acts]
    for future in futures:
        future.result(60)


def _at(moment: float, act: Callable[[], None]) -> None:
    time.sleep(max(0.0, moment - time.time()))
    act()


def sweep(course: Course, db: Database, stop: threading.Event) -> None:
    """The job as the worker runs it, only more often."""
    while not stop.wait(0.1):
        try:
            closing.close_overdue(db)
        except Overloaded:
            continue


def _times(db: Database, attempt_id: int) -> Times:
    with db.reading() as session:
        attempt = session.get_one(Attempt, attempt_id)
        until = attempt.accepts_until_at
        return Times(attempt_id, attempt.deadline_at.timestamp(), until.timestamp(), finalisable_at(until).timestamp())


def _is_open(db: Database, attempt_id: int) -> bool:
    with db.reading() as session:
        return session.get_one(Attempt, attempt_id).state == AttemptState.OPEN.value


def _save(course: Course, person: Person, attempt_id: int, number: int) -> None:
    """One of several answers; each two are for the same place, so that they race with each other as well."""
    place, revision = 1 + number // 2, 1 + number % 2
    answer = person.save(attempt_id, place, "ABCD"[number % 4], revision)
    person.hang_up()
    assert answer.status in {200, 409}, f"a save was answered {answer.status}: {answer.body[:300]}"
    with course.witness.lock:
        if answer.status == 200:
            course.witness.saves[attempt_id].append((answer.asked_at, place))
        else:
            course.witness.refused[attempt_id] += 1


def _submit(course: Course, person: Person, attempt_id: int) -> None:
    answer = person.submit(attempt_id)
    person.hang_up()
    assert answer.status in {302, 409}, f"a submission was answered {answer.status}: {answer.body[:300]}"
    if answer.status == 302:
        with course.witness.lock:
            course.witness.submissions[attempt_id].append(answer.told_at)


def _take_over(course: Course, person: Person, attempt_id: int) -> None:
    answer = person.take_over(attempt_id)
    person.hang_up()
    assert answer.status in {302, 409}, f"taking over was answered {answer.status}: {answer.body[:300]}"
    if answer.status == 302:
        course.witness.taken_over[attempt_id] = answer.told_at


def _look(person: Person, attempt_id: int) -> None:
    """Open the page of the result, which closes what is overdue."""
    answer = person.look(f"/luot-thi/{attempt_id}/ket-qua")
    person.hang_up()
    assert answer.status in {200, 302}, f"the result was answered {answer.status}: {answer.body[:300]}"


def _job(course: Course, db: Database, attempt_id: int) -> None:
    was_closed = _close(db, attempt_id)
    with course.witness.lock:
        course.witness.closed[attempt_id] += was_closed


def _close(db: Database, attempt_id: int) -> bool:
    ends = time.monotonic() + PATIENCE_S
    while True:
        try:
            with working(db) as w:
                return closing.close_if_due(w, attempt_id)
        except Overloaded:
            assert time.monotonic() < ends, "the database has no time for the job"
