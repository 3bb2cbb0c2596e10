"""Long work outside requests: rows that say what is to be done, how far it is, and how it ended.

A row is written in the transaction that asks for the work, so nothing is asked for and lost; the worker takes it from
there. What a worker is doing at all is told by its lease.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import ForeignKey, Index, String, Text, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from quiz_app.kernel.db import Base, Database
from quiz_app.kernel.errors import Overloaded
from quiz_app.kernel.work import Work

T = TypeVar("T")
log = logging.getLogger(__name__)

REPORT_EVERY_S = 0.5
UNEXPECTED = "Hệ thống gặp lỗi ngoài dự kiến (mã {reference}); chi tiết nằm trong nhật ký của tiến trình nền."
WORKER_LEASE = "worker:"


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Base):
    """One piece of long work. `key` makes asking twice the same as asking once."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_state", "state", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(120), unique=True)
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(12))
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    result: Mapped[dict[str, Any] | None]
    error: Mapped[str] = mapped_column(Text, default="")
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Lease(Base):
    """Who does something that only one process may do at a time; `worker:<name>` is also that worker's sign of life."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    holder: Mapped[str] = mapped_column(String(80))
    renewed_at: Mapped[datetime]
    until_at: Mapped[datetime]


class JobFailed(Exception):
    """Raised by a handler whose work cannot be done; the message is in words for the person who asked for it."""


class Stopped(Exception):
    """The job's row says that it goes on no more. Raised through a handler, which keeps what it has committed."""


class Progress:
    """How far a job is, told by its handler and read by pages. Whoever stopped the job is heard of as Stopped."""

    def __init__(self, db: Database, job_id: int, run_step: Callable[..., Any] | None = None) -> None:
        self._db = db
        self._job_id = job_id
        self._run_step = run_step
        self._told_at = 0.0

    def report(self, done: int, total: int | None = None) -> None:
        """Say how much is done. Written at most twice a second, in its own transaction; a busy database is let be."""
        is_last = total is not None and done >= total
        if not is_last and time.monotonic() - self._told_at < REPORT_EVERY_S:
            return
        values = {"done": done} if total is None else {"done": done, "total": total}
        self._told_at = time.monotonic()
        try:
            with self._db.writing() as session:
                self._go_on(session)
                session.execute(update(Job).where(Job.id == self._job_id).values(values))
        except Overloaded:
            return

    def step(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call `function(*args)` and keep its answer: a job that is killed later goes on behind it, with that answer.

        The answer is plain JSON. A handler calls the same steps in the same order each time. The step in which the
        process is killed runs again.
        """
        with self._db.reading() as session:
            self._go_on(session)
        return function(*args) if self._run_step is None else self._run_step(function, *args)

    def end(self, session: Session, result: dict[str, Any]) -> dict[str, Any]:
        """End the job as done in the transaction that does its work, for what may be done once; `result` is kept.

        Killed before the commit nothing was done; killed after it the job is not begun again.
        """
        goes_on = (Job.id == self._job_id) & (Job.state == JobState.RUNNING.value)
        statement = (
            update(Job)
            .where(goes_on)
            .values(state=JobState.DONE.value, result=result, finished_at=self._db.now(session), done=Job.total)
        )
        if session.execute(statement.returning(Job.id)).one_or_none() is None:
            raise Stopped
        return result

    def _go_on(self, session: Session) -> None:
        if session.scalar(select(Job.state).where(Job.id == self._job_id)) == JobState.FAILED.value:
            raise Stopped


Handler = Callable[[Database, Mapping[str, Any], Progress], dict[str, Any]]
"""Does one job, given its payload, and answers what is kept as its result.

It may be called again after a crash, so doing it twice must come to the same as doing it once.
"""


@dataclass(frozen=True, slots=True)
class Periodic:
    """Work done again and again by one worker at a time; `run` answers how much it did.

    With `is_kept` each run is a durable workflow, and one that did something leaves a row which a page can show.
    Between runs it rests for `every_s`, or for `rests_for` times as long as the last one took where that is longer, but
    never beyond half a minute: what can wait takes no more than its share of a busy machine.
    """

    name: str
    every_s: float
    run: Callable[[Database], int]
    is_kept: bool = False
    rests_for: float = 0


def enqueue(w: Work, kind: str, key: str, payload: dict[str, Any], total: int = 0) -> Job:
    """Ask for a job, in the caller's transaction. The same key is the same job: asking again changes nothing."""
    found = w.session.scalars(select(Job).where(Job.key == key)).one_or_none()
    if found is not None:
        return found
    job = Job(
        kind=kind,
        key=key,
        payload=payload,
        state=JobState.QUEUED.value,
        total=total,
        requested_by=w.actor.member_id,
        created_at=w.now,
    )
    try:
        with w.session.begin_nested():
            w.session.add(job)
    except IntegrityError:  # asked for at the same instant elsewhere
        return w.session.scalars(select(Job).where(Job.key == key)).one()
    return job


def stop(w: Work, job_id: int, words: str) -> bool:
    """End a job that has not ended, as failed for the reason `words`; False where it has ended.

    Its handler hears of it at its next step. What it has committed stays, so it is for jobs whose work shows nowhere
    before their end. Who asks again begins it anew.
    """
    waiting = Job.state.in_((JobState.QUEUED.value, JobState.RUNNING.value))
    values = {"state": JobState.FAILED.value, "error": words, "finished_at": w.now}
    stopped = w.session.execute(update(Job).where(Job.id == job_id, waiting).values(values).returning(Job.id))
    return stopped.one_or_none() is not None


def ask_again(w: Work, job_id: int) -> bool:
    """Put a failed job back into the queue; False where there is none to put back."""
    waiting = {"state": JobState.QUEUED.value, "error": "", "done": 0, "started_at": None, "finished_at": None}
    statement = update(Job).where(Job.id == job_id, Job.state == JobState.FAILED.value).values(waiting)
    return w.session.execute(statement.returning(Job.id)).one_or_none() is not None


def take_lease(session: Session, name: str, holder: str, now: datetime, lasts: timedelta) -> bool:
    """Take or renew a lease; False while another holds it."""
    values = {"holder": holder, "renewed_at": now, "until_at": now + lasts}
    is_free = (Lease.holder == holder) | (Lease.until_at < now)
    taken = session.execute(update(Lease).where(Lease.name == name, is_free).values(values).returning(Lease.name))
    if taken.one_or_none() is not None:
        return True
    if session.get(Lease, name) is not None:
        return False
    try:
        with session.begin_nested():
            session.add(Lease(name=name, **values))
    except IntegrityError:  # another was faster
        return False
    return True


def release_lease(session: Session, name: str, holder: str, now: datetime) -> None:
    """Let another have it at once."""
    session.execute(update(Lease).where(Lease.name == name, Lease.holder == holder).values(until_at=now))


def last_sign_of_life(session: Session) -> datetime | None:
    """When a worker was last seen, whichever."""
    seen = select(Lease.renewed_at).where(Lease.name.startswith(WORKER_LEASE)).order_by(Lease.renewed_at.desc())
    return session.scalar(seen.limit(1))


def perform(
    db: Database, handlers: Mapping[str, Handler], key: str, run_step: Callable[..., Any] | None = None
) -> JobState | None:
    """Do the job with this key now, unless it has ended; how it stands afterwards, None where there is no such job.

    A handler that meets a busy database is put back into the queue; whatever else it raises ends the job as failed.
    """
    job = patiently(lambda: _begin(db, key))
    if job is None or job.state != JobState.RUNNING.value:
        return None if job is None else JobState(job.state)
    handler = handlers.get(job.kind)
    if handler is None:
        return _end(db, job, JobState.FAILED, error=f"Không có chương trình nào làm loại việc “{job.kind}”.")
    try:
        result = handler(db, job.payload, Progress(db, job.id, run_step))
    except (JobFailed, Stopped) as failure:
        return _end(db, job, JobState.FAILED, error=str(failure))
    except Overloaded:
        return _end(db, job, JobState.QUEUED)
    except Exception:
        reference = secrets.token_hex(4)
        log.exception("job %s (%s) failed, reference %s", job.key, job.kind, reference)
        return _end(db, job, JobState.FAILED, error=UNEXPECTED.format(reference=reference))
    return _end(db, job, JobState.DONE, result=result)


def _begin(db: Database, key: str) -> Job | None:
    with db.writing() as session:
        job = session.scalars(select(Job).where(Job.key == key).with_for_update()).one_or_none()
        if job is not None and job.state in {JobState.QUEUED.value, JobState.RUNNING.value}:
            job.state = JobState.RUNNING.value
            job.started_at = job.started_at or db.now(session)
        return job


def _end(db: Database, job: Job, state: JobState, *, result: dict[str, Any] | None = None, error: str = "") -> JobState:
    def write() -> JobState:
        with db.writing() as session:
            ended = session.scalars(select(Job).where(Job.id == job.id).with_for_update()).one()
            if ended.state != JobState.RUNNING.value:  # it was stopped while its last step ran
                return JobState(ended.state)
            ended.state, ended.result, ended.error = state.value, result, error
            if state is not JobState.QUEUED:
                ended.finished_at = db.now(session)
            if state is JobState.DONE:
                ended.total = ended.done = max(ended.total, ended.done)
        return state

    return patiently(write)


def patiently(act: Callable[[], T]) -> T:
    """Try again while the database is busy, for what must be written however long it takes: how a job stands."""
    while True:
        try:
            return act()
        except Overloaded:
            time.sleep(1)
