"""A worker process of its own for the tests: `python -m tests.kernel.job_worker <database url> <folder>`.

Its handlers write what they do into the folder, so that a test can count what happened over several processes.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select

from quiz_app import tables
from quiz_app.kernel.db import Database
from quiz_app.kernel.durable import Worker
from quiz_app.kernel.errors import Overloaded
from quiz_app.kernel.jobs import Handler, JobFailed, Lease, Periodic, Progress

STEPS = 6
STUCK_AT = 3
LONG_STEPS = 150
LABOURS_S = 0.05
LINGERS_S = 1.5
RESTS_FOR = 5


def note(folder: Path, name: str, word: str) -> None:
    with (folder / name).open("a") as handle:
        handle.write(f"{word}\n")
        handle.flush()


def handlers(folder: Path, database: Database) -> dict[str, Handler]:
    def one_step(number: int) -> int:
        note(folder, "steps", str(number))
        if number == STUCK_AT and not (folder / "go").exists():
            time.sleep(600)
        return number * 10

    def steps(_db: Database, payload: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        answers = []
        for number in range(STEPS):
            answers.append(progress.step(one_step, number))
            progress.report(number + 1, STEPS)
        note(folder, "finished", payload["name"])
        return {"sum": sum(answers)}

    def apply(number: int, key: str) -> int:
        """As handlers do it: what a step writes bears a mark by which doing it twice is doing it once."""
        note(folder, "tries", key)
        with database.writing() as session:
            known = session.scalar(select(Lease.name).where(Lease.name == f"{key}:{number}"))
            if known is None:
                now = database.now(session)
                session.add(Lease(name=f"{key}:{number}", holder=key, renewed_at=now, until_at=now))
        time.sleep(0.01)
        return number

    def long(_db: Database, payload: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        answers = []
        for number in range(LONG_STEPS):
            answers.append(progress.step(apply, number, payload["name"]))
            progress.report(number + 1, LONG_STEPS)
        note(folder, "ended", payload["name"])
        return {"sum": sum(answers)}

    def endless(_db: Database, _payload: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        note(folder, "begun", "x")
        while True:
            progress.report(1, 2)
            time.sleep(0.05)

    def refuses(_db: Database, _payload: Mapping[str, Any], _progress: Progress) -> dict[str, Any]:
        raise JobFailed("Tệp không có dòng nào.")

    def breaks(_db: Database, _payload: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        return {"never": progress.step(lambda: 1 // 0)}

    def busy_twice(_db: Database, _payload: Mapping[str, Any], _progress: Progress) -> dict[str, Any]:
        note(folder, "busy", "x")
        if len((folder / "busy").read_text().split()) < 3:
            raise Overloaded
        return {}

    def dies(_db: Database, _payload: Mapping[str, Any], _progress: Progress) -> dict[str, Any]:
        note(folder, "deaths", "x")
        os.kill(os.getpid(), signal.SIGKILL)
        return {}

    return {
        "long": long,
        "endless": endless,
        "steps": steps,
        "refuses": refuses,
        "breaks": breaks,
        "busy": busy_twice,
        "dies": dies,
    }


def periodic(folder: Path) -> list[Periodic]:
    def sweeps(_db: Database) -> int:
        note(folder, "sweeps", "x")
        return 2 if len((folder / "sweeps").read_text().split()) == 2 else 0

    def fails(_db: Database) -> int:
        note(folder, "failures", "x")
        time.sleep(LABOURS_S)
        raise RuntimeError("a periodic function of the test fails")

    def labours(_db: Database) -> int:
        note(folder, "labours", repr(time.monotonic()))
        time.sleep(LABOURS_S)
        note(folder, "labours", repr(time.monotonic()))
        return 0

    def lingers(_db: Database) -> int:
        if (folder / "linger").exists():
            note(folder, "lingers", "begun")
            time.sleep(LINGERS_S)
            note(folder, "lingers", "done")
        return 0

    return [
        Periodic("sweep", 0.2, sweeps, is_kept=True),
        Periodic("lingering", 0.2, lingers, is_kept=True),
        Periodic("failing", 0.2, fails, rests_for=1000),  # who did nothing needs no rest
        Periodic("labouring", 0.01, labours, rests_for=RESTS_FOR),
    ]


def refuse_standard_sqlite(folder: Path) -> None:
    """Leave a trace whenever the library that Python brings is connected to anything."""

    def connect(*_args: Any, **_facts: Any) -> Any:
        note(folder, "standard_sqlite", "connected")
        raise AssertionError("the standard library's sqlite3 was connected")

    sqlite3.connect = connect
    sqlite3.dbapi2.connect = connect


def main(database_url: str, folder: Path, name: str, max_recoveries: int) -> None:
    refuse_standard_sqlite(folder)
    assert "job" in tables.metadata.tables  # the job's foreign keys need every table to be known
    database = Database(database_url, pool_size=8)
    worker = Worker(
        database,
        database_url,
        folder,
        handlers(folder, database),
        periodic(folder),
        name=name,
        max_recoveries=max_recoveries,
    )
    signal.signal(signal.SIGTERM, lambda _signal, _frame: worker.stop())
    worker.run()
    os._exit(0 if worker.wait_for_jobs(5) else 3)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
