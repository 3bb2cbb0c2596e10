"""Nobody is there when the time runs out: the worker closes the attempts, killed or not, each exactly once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from quiz_app.attempts.models import Attempt, AttemptState, EndedBy
from quiz_app.attempts.policy import Action
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.jobs import Job
from tests.support import sitting
from tests.support.build import Commune
from tests.support.clock import NOW
from tests.support.works import Work

pytestmark = pytest.mark.usefixtures("banks")

ROOT = Path(__file__).parents[3]
LONGEST_S = 40


@pytest.fixture
def sittings(work: Work, commune: Commune) -> list[int]:
    """Attempts of three members, begun at NOW with a quarter of an hour each."""
    with work(now=sitting.at(-90)) as w:
        round_ = sitting.open_round(w, commune.root, sitting.publish_shipped(w))
    begun = []
    for member in (commune.member, commune.colleague, commune.stranger):
        with work(actor=member, now=NOW) as w:
            begun.append(sitting.start(w, round_))
    return begun


@contextmanager
def worker(database_url: str, folder: Path, offset: timedelta) -> Iterator[subprocess.Popen[bytes]]:
    """The product's worker, its clock shifted; killed at the end of the block."""
    env = {
        **os.environ,
        "APP_MODE": "test",
        "DATABASE_URL": database_url,
        "DATA_DIR": str(folder),
        "CLOCK_OFFSET_S": str(offset.total_seconds()),
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker", "run"]
    folder.mkdir(exist_ok=True)
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(holds: Callable[[], bool], folder: Path) -> None:
    ends = time.monotonic() + LONGEST_S
    while not holds():
        assert time.monotonic() < ends, (folder / "worker.log").read_text()[-3000:]
        time.sleep(0.02)


def open_ones(db: Database) -> int:
    with db.reading() as session:
        states = session.scalars(select(Attempt.state)).all()
    return sum(state == AttemptState.OPEN.value for state in states)


def test_overdue_attempts_are_closed_once_over_kills_and_restarts(
    db: Database, database_url: str, sittings: list[int], tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    later = db.clock_offset + timedelta(minutes=16)
    with worker(database_url, folder, later):
        until(lambda: open_ones(db) < len(sittings), folder)  # killed as soon as it has begun
    with worker(database_url, folder, later):
        until(lambda: open_ones(db) == 0, folder)

    with db.reading() as session:
        attempts = session.scalars(select(Attempt)).all()
        entries = session.scalars(
            select(AuditEntry.subject).where(AuditEntry.action == Action.ATTEMPT_FINALISED.code)
        ).all()
    assert {attempt.ended_by for attempt in attempts} == {EndedBy.DEADLINE.value}
    assert {attempt.ended_at for attempt in attempts} == {NOW + timedelta(minutes=15)}
    assert Counter(entries) == {f"attempt:{attempt_id}": 1 for attempt_id in sittings}


def _sweeps(db: Database) -> list[Job]:
    with db.reading() as session:
        return list(session.scalars(select(Job).where(Job.kind == "close-overdue")))


def test_nothing_is_closed_before_its_time_and_a_sweep_that_closed_leaves_a_row(
    db: Database, database_url: str, sittings: list[int], tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    with worker(database_url, folder, db.clock_offset + timedelta(minutes=14)):
        until(lambda: "worker is ready" in (folder / "worker.log").read_text(), folder)
        time.sleep(6)  # a sweep at least
        assert open_ones(db) == len(sittings)
        assert _sweeps(db) == []
    with worker(database_url, folder, db.clock_offset + timedelta(minutes=14, seconds=55)):
        until(lambda: bool(_sweeps(db)), folder)  # the clock goes on: the time runs out while the worker runs
    assert sum(sweep.done for sweep in _sweeps(db)) == len(sittings)
    assert all(sweep.done == sweep.total for sweep in _sweeps(db))
