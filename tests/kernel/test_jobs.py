"""Jobs survive what kills a worker, and are done once however often they are asked for."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from quiz_app.kernel import durable, jobs
from quiz_app.kernel.db import Database
from quiz_app.kernel.durable import KILLS_THE_WORKER
from quiz_app.kernel.errors import Overloaded
from quiz_app.kernel.jobs import Job, JobFailed, JobState, Lease, Progress
from tests.kernel.job_worker import LABOURS_S, LONG_STEPS, RESTS_FOR, STEPS, STUCK_AT
from tests.support.clock import NOW
from tests.support.nursery import Born, born
from tests.support.works import View, Work

LONGEST_S = 20
MAX_RECOVERIES = 1
KILLS = 20


class Workers:
    """Worker processes of one test, all ended at its end."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.database_url = database_url
        self.folder = folder
        self._processes: list[Born] = []

    def start(self, name: str = "worker", max_recoveries: int = MAX_RECOVERIES) -> Born:
        program = [sys.executable, "-m", "tests.kernel.job_worker"]
        command = [*program, self.database_url, str(self.folder), name, str(max_recoveries)]
        process = born(command, os.environ, self.folder / "worker.log")
        self._processes.append(process)
        return process

    def kill(self, process: Born) -> None:
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)

    def lines(self, name: str) -> list[str]:
        path = self.folder / name
        return path.read_text().split() if path.exists() else []

    def until(self, holds: Callable[[], bool], within_s: float = LONGEST_S) -> None:
        ends = time.monotonic() + within_s
        while not holds():
            assert time.monotonic() < ends, self.log()
            time.sleep(0.05)

    def log(self) -> str:
        """The start of what the workers said, without what the failing periodic function says all the time."""
        lines = (self.folder / "worker.log").read_text().split("failing failed and will be tried again")
        return lines[0] + "".join(part.split("a periodic function of the test fails\n")[-1] for part in lines[1:])

    def end(self) -> None:
        for process in self._processes:
            if process.poll() is None:
                self.kill(process)


@pytest.fixture
def workers(database_url: str, tmp_path: Path) -> Iterator[Workers]:
    folder = tmp_path / "worker"
    folder.mkdir()
    started = Workers(database_url, folder)
    yield started
    started.end()
    assert not started.lines("standard_sqlite"), "the worker connected the standard library's sqlite3"


def job_of(db: Database, key: str) -> Job:
    with db.reading() as session:
        return session.scalars(select(Job).where(Job.key == key)).one()


def has_ended(db: Database, key: str) -> Callable[[], bool]:
    return lambda: job_of(db, key).state in {JobState.DONE.value, JobState.FAILED.value}


def test_a_job_killed_in_the_middle_goes_on_behind_its_last_step(workers: Workers, db: Database, work: Work) -> None:
    with work() as w:
        jobs.enqueue(w, "steps", "steps-1", {"name": "một"}, total=STEPS)
    first = workers.start()
    workers.until(lambda: str(STUCK_AT) in workers.lines("steps"))
    assert job_of(db, "steps-1").state == JobState.RUNNING.value
    workers.kill(first)
    (workers.folder / "go").touch()
    workers.start()
    workers.until(has_ended(db, "steps-1"))

    job = job_of(db, "steps-1")
    assert (job.state, job.done, job.total, job.error) == (JobState.DONE.value, STEPS, STEPS, "")
    assert job.result == {"sum": 150}
    assert workers.lines("finished") == ["một"]
    counts = {number: workers.lines("steps").count(str(number)) for number in range(STEPS)}
    assert counts == {0: 1, 1: 1, 2: 1, 3: 2, 4: 1, 5: 1}


@pytest.mark.faults
def test_jobs_whose_worker_is_killed_twenty_times_are_done_once(workers: Workers, db: Database, work: Work) -> None:
    names = [f"viec-{number}" for number in range(4)]
    with work() as w:
        for name in names:
            jobs.enqueue(w, "long", name, {"name": name}, total=LONG_STEPS)
    killed_at_work = 0
    for _ in range(KILLS):
        before = len(workers.lines("tries"))
        process = workers.start(max_recoveries=durable.MAX_RECOVERIES)
        workers.until(lambda before=before: len(workers.lines("tries")) > before + 5, 60)  # type: ignore[misc] # mypy gives a lambda's default no type
        workers.kill(process)
        killed_at_work += any(job_of(db, name).state == JobState.RUNNING.value for name in names)
    workers.start(max_recoveries=durable.MAX_RECOVERIES)
    for name in names:
        workers.until(has_ended(db, name), 120)
        job = job_of(db, name)
        assert (job.state, job.error, job.done, job.total) == (JobState.DONE.value, "", LONG_STEPS, LONG_STEPS)
        assert job.result == {"sum": sum(range(LONG_STEPS))}
    assert killed_at_work == KILLS, "a kill found nothing under way"
    assert sorted(workers.lines("ended")) == sorted(names)
    tries = workers.lines("tries")
    assert len(tries) <= len(names) * LONG_STEPS + KILLS * durable.JOBS_AT_ONCE, (
        "more than the step in hand was repeated"
    )
    with db.reading() as session:
        applied = select(Lease.holder, func.count()).where(Lease.holder.in_(names)).group_by(Lease.holder)
        counts = {row[0]: row[1] for row in session.execute(applied)}
    assert counts == dict.fromkeys(names, LONG_STEPS)


def test_a_job_is_stopped_at_its_next_step_and_can_be_asked_for_again(
    workers: Workers, db: Database, work: Work
) -> None:
    with work() as w:
        running = jobs.enqueue(w, "endless", "endless", {}).id
    workers.start()
    workers.until(lambda: bool(workers.lines("begun")))
    with work() as w:
        waiting = jobs.enqueue(w, "endless", "waiting", {}).id
        assert jobs.stop(w, waiting, "Đồng chí A đã dừng.")
        assert jobs.stop(w, running, "Đồng chí A đã dừng.")
        assert not jobs.stop(w, running, "Đồng chí B đã dừng.")
    with work() as w:
        other = jobs.enqueue(w, "steps", "next", {"name": "hai"}).id
    (workers.folder / "go").touch()
    workers.until(has_ended(db, "next"))
    assert workers.lines("begun") == ["x"]
    for key in ("endless", "waiting"):
        assert (job_of(db, key).state, job_of(db, key).error) == (JobState.FAILED.value, "Đồng chí A đã dừng.")
    with work() as w:
        assert not jobs.stop(w, other, "quá muộn")
        assert jobs.ask_again(w, running)
    workers.until(lambda: len(workers.lines("begun")) == 2)


def test_a_job_ends_with_what_it_writes(db: Database, work: Work) -> None:
    """Both or none: whoever stopped the job before has stopped its writing, and who does it again finds it ended."""

    def run(stopper: bool) -> jobs.Handler:  # one of two handlers
        def handler(_db: Database, payload: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
            if stopper:
                with work() as w:
                    assert jobs.stop(w, payload["job"], "Đồng chí A đã dừng.")
            with work() as w:
                jobs.take_lease(w.session, payload["name"], "x", w.now, timedelta(days=1))
                return progress.end(w.session, {"is": "kept"})

        return handler

    for name, state in (("stopped", JobState.FAILED), ("ended", JobState.DONE)):
        with work() as w:
            job = jobs.enqueue(w, "once", name, {"name": name}, total=3)
            w.session.flush()
            job.payload = {"name": name, "job": job.id}
        assert jobs.perform(db, {"once": run(name == "stopped")}, name) is state
    assert (job_of(db, "ended").result, job_of(db, "ended").done) == ({"is": "kept"}, 3)
    assert job_of(db, "stopped").error == "Đồng chí A đã dừng."
    assert jobs.perform(db, {}, "ended") is JobState.DONE
    with db.reading() as session:
        names = {"stopped", "ended"}
        assert session.scalars(select(Lease.name).where(Lease.name.in_(names))).all() == ["ended"]


def test_a_job_is_done_again_when_the_library_has_lost_it(workers: Workers, db: Database, work: Work) -> None:
    """A restored backup brings rows without the library's store: the row decides."""
    with work() as w:
        job = jobs.enqueue(w, "steps", "steps-1", {"name": "một"})
        job.state, job.started_at = JobState.RUNNING.value, w.now
    (workers.folder / "go").touch()
    workers.start()
    workers.until(has_ended(db, "steps-1"))
    assert workers.lines("finished") == ["một"]


def test_what_a_handler_says_stands_on_the_job(workers: Workers, db: Database, work: Work) -> None:
    with work() as w:
        for kind in ("refuses", "breaks", "busy", "unheard"):
            jobs.enqueue(w, kind, kind, {})
    workers.start()
    for kind in ("refuses", "breaks", "busy", "unheard"):
        workers.until(has_ended(db, kind))

    refused, broken, unheard = job_of(db, "refuses"), job_of(db, "breaks"), job_of(db, "unheard")
    assert (refused.state, refused.error) == (JobState.FAILED.value, "Tệp không có dòng nào.")
    assert broken.state == JobState.FAILED.value
    assert broken.error.startswith("Hệ thống gặp lỗi ngoài dự kiến (mã ")
    assert "ZeroDivisionError" in (workers.folder / "worker.log").read_text()
    assert "unheard" in unheard.error
    assert job_of(db, "busy").state == JobState.DONE.value
    assert len(workers.lines("busy")) == 3

    with work() as w:
        assert jobs.ask_again(w, refused.id)
        assert not jobs.ask_again(w, job_of(db, "busy").id)
    assert job_of(db, "refuses").state == JobState.QUEUED.value
    workers.until(has_ended(db, "refuses"))
    assert job_of(db, "refuses").error == "Tệp không có dòng nào."


def test_a_job_that_kills_its_worker_again_and_again_is_given_up(workers: Workers, db: Database, work: Work) -> None:
    with work() as w:
        jobs.enqueue(w, "dies", "dies", {})
    for deaths in range(1, MAX_RECOVERIES + 2):
        process = workers.start()
        assert process.wait(timeout=LONGEST_S) == -signal.SIGKILL
        assert len(workers.lines("deaths")) == deaths
    process = workers.start()
    workers.until(has_ended(db, "dies"))
    assert job_of(db, "dies").state == JobState.FAILED.value
    assert job_of(db, "dies").error == KILLS_THE_WORKER
    assert process.poll() is None


def test_what_can_wait_rests_for_as_many_times_as_long_as_it_took(workers: Workers) -> None:
    workers.start()
    workers.until(lambda: len(workers.lines("labours")) >= 8)
    instants = [float(line) for line in workers.lines("labours")]
    rests = [begins - ended for ended, begins in zip(instants[1::2], instants[2::2], strict=False)]
    assert len(rests) >= 3
    assert min(rests) >= RESTS_FOR * LABOURS_S


def test_periodic_work_outlives_its_failures_and_is_done_by_one_worker(
    workers: Workers, db: Database, work: Work
) -> None:
    process = workers.start()
    workers.until(lambda: len(workers.lines("failures")) >= 3 and len(workers.lines("sweeps")) >= 4)
    assert process.poll() is None
    with db.reading() as session:
        kept = session.scalars(select(Job).where(Job.kind == "sweep")).all()
        leases = {lease.name: lease.holder for lease in session.scalars(select(Lease))}
        assert jobs.last_sign_of_life(session) is not None
    assert [(job.state, job.done, job.total) for job in kept] == [(JobState.DONE.value, 2, 2)]
    assert leases == {"worker:worker": "worker", "periodic": "worker"}

    workers.start("second")
    workers.until(lambda: "worker:second" in _leases(db))
    assert _leases(db)["periodic"] == "worker"
    assert workers.start().wait(timeout=LONGEST_S) != 0, "two workers of one name ran at once"

    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=LONGEST_S) == 0
    workers.until(lambda: _leases(db)["periodic"] == "second")


def test_an_ordered_stop_waits_for_a_kept_run_under_way(workers: Workers) -> None:
    """A mail that is just being handed in would be one of which nobody knows."""
    (workers.folder / "linger").touch()
    process = workers.start()
    workers.until(lambda: "begun" in workers.lines("lingers"))
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=LONGEST_S) == 0
    said = workers.lines("lingers")
    assert said.count("begun") == said.count("done")


def _leases(db: Database) -> dict[str, str]:
    with db.reading() as session:
        return {lease.name: lease.holder for lease in session.scalars(select(Lease))}


def test_asking_twice_is_asking_once(db: Database, work: Work) -> None:
    with work() as w:
        first = jobs.enqueue(w, "kind", "key", {"number": 1}, total=5)
        again = jobs.enqueue(w, "kind", "key", {"number": 2})
        assert again is first
    with work() as w:
        assert jobs.enqueue(w, "kind", "key", {"number": 3}).payload == {"number": 1}
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 1


def test_a_job_asked_for_in_work_undone_was_never_asked_for(db: Database, work: Work) -> None:
    with pytest.raises(ZeroDivisionError), work() as w:
        jobs.enqueue(w, "kind", "key", {})
        _ = 1 // 0
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 0


def test_a_job_done_here_and_now(db: Database, work: Work) -> None:
    seen: list[tuple[int, int]] = []

    def handler(inner: Database, payload: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        progress.report(1, 4)
        seen.append((job_of(inner, "key").done, job_of(inner, "key").total))
        progress.report(2, 4)
        seen.append((job_of(inner, "key").done, job_of(inner, "key").total))
        progress.report(4, 4)
        return {"doubled": progress.step(lambda number: number * 2, payload["number"])}

    with work() as w:
        jobs.enqueue(w, "double", "key", {"number": 21})
    assert jobs.perform(db, {"double": handler}, "key") is JobState.DONE
    assert jobs.perform(db, {}, "key") is JobState.DONE, "a job that has ended is not begun again"
    assert jobs.perform(db, {}, "no such key") is None
    job = job_of(db, "key")
    assert (job.result, job.done, job.total) == ({"doubled": 42}, 4, 4)
    assert job.started_at is not None
    assert job.finished_at is not None
    assert job.finished_at >= job.started_at >= job.created_at
    assert seen == [(1, 4), (1, 4)], "progress is written at most twice a second"


def test_a_busy_database_sends_a_job_back_into_the_queue(db: Database, work: Work) -> None:
    def busy(_db: Database, _payload: Mapping[str, Any], _progress: Progress) -> dict[str, Any]:
        raise Overloaded

    def refusing(_db: Database, _payload: Mapping[str, Any], _progress: Progress) -> dict[str, Any]:
        raise JobFailed("Không có tệp.")

    with work() as w:
        jobs.enqueue(w, "kind", "key", {})
    assert jobs.perform(db, {"kind": busy}, "key") is JobState.QUEUED
    assert job_of(db, "key").finished_at is None
    assert jobs.perform(db, {"kind": refusing}, "key") is JobState.FAILED
    assert job_of(db, "key").error == "Không có tệp."


def test_a_lease_is_held_by_one_until_it_runs_out(work: Work, view: View) -> None:
    lasts = timedelta(seconds=15)
    with work() as w:
        assert jobs.take_lease(w.session, "periodic", "a", NOW, lasts)
        assert jobs.take_lease(w.session, "periodic", "a", NOW, lasts)
        assert not jobs.take_lease(w.session, "periodic", "b", NOW + lasts, lasts)
        assert jobs.take_lease(w.session, "periodic", "b", NOW + lasts + timedelta(microseconds=1), lasts)
        assert not jobs.take_lease(w.session, "periodic", "a", NOW + lasts, lasts)
    with work() as w:
        jobs.release_lease(w.session, "periodic", "a", NOW)
        assert not jobs.take_lease(w.session, "periodic", "a", NOW + timedelta(seconds=1), lasts)
        jobs.release_lease(w.session, "periodic", "b", NOW)
        assert jobs.take_lease(w.session, "periodic", "a", NOW + timedelta(seconds=1), lasts)
    with view() as r:
        assert jobs.last_sign_of_life(r.session) is None
