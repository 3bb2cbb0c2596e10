"""The worker: takes queued jobs as durable workflows, and keeps periodic work going.

It is built to be killed. Whatever it was doing is known to the workflow library's store or to the job's row, and is
taken up again by the next process of the same name.
"""

from __future__ import annotations

import fcntl
import json
import logging
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any

from dbos import DBOS, SetWorkflowID
from dbos import Serializer as DbosSerializer
from sqlalchemy import Engine, delete, select

from quiz_app.kernel.db import Database, build_job_engine
from quiz_app.kernel.errors import Overloaded
from quiz_app.kernel.jobs import WORKER_LEASE, Handler, Job, JobState, Periodic, perform, release_lease, take_lease

log = logging.getLogger(__name__)

QUEUE = "jobs"
JOBS_AT_ONCE = 2
LOOK_EVERY_S = 1.0
LEASE_RENEWED_EVERY_S = 5.0
LONGEST_REST_S = 30.0
LEASE = timedelta(seconds=15)
PERIODIC_LEASE = "periodic"
TIDY_EVERY_S = 3600.0
WORKFLOWS_KEPT = timedelta(hours=1)
PERIODIC_ROWS_KEPT = timedelta(days=30)
MAX_RECOVERIES = 50
ENDED = {"SUCCESS", "ERROR", "CANCELLED"}
GIVEN_UP = "MAX_RECOVERY_ATTEMPTS_EXCEEDED"
KILLS_THE_WORKER = "Việc này đã làm tiến trình nền dừng đột ngột quá nhiều lần nên không được chạy lại nữa."


class WorkerRuns(Exception):
    """A worker of this name runs already."""


class _Json(DbosSerializer):
    """What the workflow library stores: JSON, never pickles, which would run whatever is put into the store."""

    def serialize(self, data: Any) -> str:
        return json.dumps({"error": f"{type(data).__name__}: {data}"} if isinstance(data, Exception) else {"is": data})

    def deserialize(self, serialized_data: str) -> Any:
        stored = json.loads(serialized_data)
        return RuntimeError(stored["error"]) if "error" in stored else stored["is"]

    def name(self) -> str:
        return "json"


class Worker:
    """One process's worker. `name` stays the same over restarts, so that it finds its own unfinished work."""

    def __init__(
        self,
        db: Database,
        database_url: str,
        data_dir: Path,
        handlers: Mapping[str, Handler],
        periodic: Sequence[Periodic] = (),
        *,
        name: str = "worker",
        max_recoveries: int = MAX_RECOVERIES,
    ) -> None:
        self._db = db
        self._database_url = database_url
        self._data_dir = data_dir
        self._handlers = handlers
        self._periodic = periodic
        self._name = name
        self._max_recoveries = max_recoveries
        self._stopping = threading.Event()
        self._leads_until = 0.0
        self._active = 0
        self._counting = threading.Lock()

    def run(self) -> None:
        """Work until `stop`. Raises WorkerRuns where a worker of this name runs on this machine."""
        with self._alone():
            engine = build_job_engine(self._database_url, self._data_dir)
            self._launch(engine)
            self._renew()
            threads = [threading.Thread(target=self._repeat, args=(each,), daemon=True) for each in self._periodic]
            for thread in threads:
                thread.start()
            log.info("worker %s is ready", self._name)
            self._loop()
            self._leave()

    def stop(self) -> None:
        """Ask `run` to end; safe to call from a signal handler."""
        self._stopping.set()

    def wait_for_jobs(self, seconds: float) -> bool:
        """Whether all that is under way, kept periodic runs too, has ended in time. What has not is taken up again."""
        ends = time.monotonic() + seconds
        while self._active and time.monotonic() < ends:
            time.sleep(0.05)
        return not self._active

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._data_dir.mkdir(parents=True, exist_ok=True)
        with (self._data_dir / f"{self._name}.lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise WorkerRuns(self._name) from error
            yield

    def _launch(self, engine: Engine) -> None:
        DBOS(
            config={
                "name": "quiz-worker",
                "system_database_engine": engine,
                "dbos_system_schema": "jobs",
                "executor_id": self._name,
                "application_version": "1",  # jobs outlive releases: a handler answers for old payloads itself
                "serializer": _Json(),
                "use_listen_notify": False,
                "log_level": "WARNING",
                "enable_otlp": False,
            }
        )
        self._job_workflow = DBOS.workflow(name="job", max_recovery_attempts=self._max_recoveries)(self._job_body())
        self._periodic_workflow = DBOS.workflow(name="periodic")(self._periodic_body())
        DBOS.launch()
        DBOS.register_queue(
            QUEUE, worker_concurrency=JOBS_AT_ONCE, polling_interval_sec=0.5, on_conflict="always_update"
        )

    def _job_body(self) -> Any:
        def job(key: str) -> str:
            with self._counted():
                state = perform(self._db, self._handlers, key, _step)
            return state.value if state is not None else ""

        return job

    def _periodic_body(self) -> Any:
        def periodic(name: str, key: str) -> int:
            work = next((each for each in self._periodic if each.name == name), None)
            if work is None:  # a run of an older release, taken up again
                return 0

            @wraps(work.run)
            def run(db: Database) -> int:  # a run taken up again leaves to who leads now what it had not done
                return work.run(db) if time.monotonic() < self._leads_until else 0

            begun = time.monotonic()
            with self._counted():
                done: int = _step(run, self._db)
            if done:
                self._keep_run(work.name, key, done, timedelta(seconds=time.monotonic() - begun))
            return done

        return periodic

    def _keep_run(self, name: str, key: str, done: int, took: timedelta) -> None:
        with self._db.writing() as session:
            if session.scalar(select(Job.id).where(Job.key == key)) is not None:
                return
            now = self._db.now(session)
            row = Job(kind=name, key=key, payload={}, state=JobState.DONE.value, done=done, total=done)
            row.created_at = row.started_at = now - took
            row.result, row.finished_at = {"done": done}, now
            session.add(row)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._counting:
            self._active += 1
        try:
            yield
        finally:
            with self._counting:
                self._active -= 1

    def _loop(self) -> None:
        renewed = tidied = time.monotonic()
        while not self._stopping.wait(LOOK_EVERY_S):
            self._safely("dispatch", self._dispatch)
            if time.monotonic() - renewed >= LEASE_RENEWED_EVERY_S:
                renewed = time.monotonic()
                self._safely("lease", self._renew)
            if time.monotonic() - tidied >= TIDY_EVERY_S:
                tidied = time.monotonic()
                self._safely("tidying", self._tidy)

    def _safely(self, what: str, act: Any) -> bool:
        """Whether it went well."""
        try:
            act()
        except Overloaded:
            log.warning("%s: the database is busy", what)
            return False
        except Exception:
            log.exception("%s failed and will be tried again", what)
            return False
        return True

    def _dispatch(self) -> None:
        """Hand every unfinished row that no workflow is working on to one; the row decides, not the library's store."""
        unfinished = (JobState.QUEUED.value, JobState.RUNNING.value)
        with self._db.reading() as session:
            keys = session.scalars(
                select(Job.key).where(Job.state.in_(unfinished)).order_by(Job.created_at).limit(50)
            ).all()
        for key in keys:
            known = DBOS.get_workflow_status(key)
            if known is not None and known.status == GIVEN_UP:
                self._give_up(key)
                continue
            if known is not None and known.status not in ENDED:
                continue
            if known is not None:
                DBOS.delete_workflow(key)
            with SetWorkflowID(key):
                DBOS.enqueue_workflow(QUEUE, self._job_workflow, key)

    def _give_up(self, key: str) -> None:
        with self._db.writing() as session:
            job = session.scalars(select(Job).where(Job.key == key)).one()
            job.state, job.error, job.finished_at = JobState.FAILED.value, KILLS_THE_WORKER, self._db.now(session)

    def _renew(self) -> None:
        asked = time.monotonic()
        with self._db.writing() as session:
            now = self._db.now(session)
            take_lease(session, WORKER_LEASE + self._name, self._name, now, LEASE)
            leads = take_lease(session, PERIODIC_LEASE, self._name, now, LEASE)
        self._leads_until = asked + LEASE.total_seconds() if leads else 0.0

    def _repeat(self, work: Periodic) -> None:
        rests_s = work.every_s
        while not self._stopping.wait(rests_s):
            began = time.monotonic()
            is_done = began < self._leads_until and self._safely(work.name, lambda: self._run_once(work))
            took_s = time.monotonic() - began if is_done else 0.0
            rests_s = max(work.every_s, min(work.rests_for * took_s, LONGEST_REST_S))

    def _run_once(self, work: Periodic) -> None:
        if not work.is_kept:
            work.run(self._db)
            return
        key = f"{work.name}-{uuid.uuid4()}"
        with SetWorkflowID(key):
            handle = DBOS.start_workflow(self._periodic_workflow, work.name, key)
        handle.get_result()

    def _tidy(self) -> None:
        before = (datetime.now(UTC) - WORKFLOWS_KEPT).isoformat()  # the library dates its rows by this clock
        while True:
            old = DBOS.list_workflows(
                status=list(ENDED), completed_before=before, limit=500, load_input=False, load_output=False
            )
            if not old:
                break
            DBOS.delete_workflows([each.workflow_id for each in old])
        names = [each.name for each in self._periodic]
        with self._db.writing() as session:
            oldest = self._db.now(session) - PERIODIC_ROWS_KEPT
            session.execute(delete(Job).where(Job.kind.in_(names), Job.finished_at < oldest))

    def _leave(self) -> None:
        def release() -> None:
            with self._db.writing() as session:
                release_lease(session, PERIODIC_LEASE, self._name, self._db.now(session))

        self._safely("leaving", release)


def _step(function: Any, *args: Any) -> Any:
    """A durable step that waits for a busy database: its failure would be stored, and told again at every recovery."""

    def patient() -> Any:
        while True:
            try:
                return function(*args)
            except Overloaded:
                log.warning("a step waits for the database")
                time.sleep(1)

    return DBOS.run_step({"name": getattr(function, "__name__", "step")}, patient)
