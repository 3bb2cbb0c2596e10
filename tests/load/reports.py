"""How long a report on a whole city takes, and how much memory: 9,000 units, 500,000 members, three rounds.

    .venv/bin/python -m tests.load.reports [--members 500000] [--engine sqlite]

Not part of the usual run. Counting and the making of files run in a fresh process each, whose peak is its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Integer, cast, insert, literal, select, text

from quiz_app import tables
from quiz_app.attempts.models import Attempt, AttemptState, EndedBy, Result
from quiz_app.contests.models import Contest, RosterEntry, Round
from quiz_app.factory import create_app
from quiz_app.kernel.db import Base, Database, unhurried
from quiz_app.kernel.jobs import Job, JobState, Progress, perform
from quiz_app.kernel.work import working
from quiz_app.members.models import Member
from quiz_app.reports import making, services
from quiz_app.reports.asking_jobs import FIGURES, FILES
from quiz_app.reports.counting import Asked
from quiz_app.reports.models import Kind, Report, ReportEdition
from quiz_app.units.models import Unit
from tests.features.leaderboard.build import open_round
from tests.load.tree import city
from tests.support import run
from tests.support.clock import NOW
from tests.support.postgres import Cluster

ROUNDS = 3
SAT = NOW - timedelta(days=3)


def fill(db: Database, count: int) -> None:
    """The city; everybody on each roster, four of five have sat each round once."""
    assert tables.metadata is Base.metadata
    Base.metadata.create_all(db.engine)
    city(db, count)
    contest: Contest | None = None
    for number in range(ROUNDS):
        with working(db) as w:
            if contest is not None:
                contest = w.session.get_one(Contest, contest.id)
            root = w.session.get_one(Unit, 1)
            opened, closes = timedelta(days=-9), timedelta(days=-2)
            round_ = open_round(w, root, title=f"Tuần {number + 1}", opened=opened, closes=closes, contest=contest)
            contest = w.session.get_one(Contest, round_.contest_id)
            _sit(w.session, round_, number)
    if db.engine.dialect.name == "postgresql":  # which does so by itself after a while
        with db.writing() as session:
            session.execute(text("ANALYZE"))


def _sit(session: Any, round_: Round, number: int) -> None:
    unhurried(session, 3600)
    everybody = select(literal(round_.id), Member.id, Member.unit_id, literal(value=False))
    session.execute(insert(RosterEntry).from_select(["round_id", "member_id", "unit_id", "is_exempt"], everybody))
    attempt_id, score = Member.id * 10 + number, cast(8 + Member.id % 13, Integer)
    sat = (Member.id + number) % 5 != 0
    attempts: dict[str, Any] = {
        "id": attempt_id, "round_id": literal(round_.id), "member_id": Member.id, "unit_id": Member.unit_id,
        "number": literal(1), "state": literal(AttemptState.SUBMITTED.value), "epoch": literal(1),
        "started_at": literal(SAT, Attempt.started_at.type), "deadline_at": literal(SAT, Attempt.started_at.type),
        "accepts_until_at": literal(SAT, Attempt.started_at.type), "extra_time_s": literal(0),
        "extension_s": literal(0), "seed": literal("0"), "prediction_revision": literal(0),
        "ended_at": literal(SAT, Attempt.started_at.type), "ended_by": literal(EndedBy.MEMBER.value),
        "score": score, "max_score": literal(20), "right_count": score, "duration_ms": literal(60000),
    }  # fmt: skip
    session.execute(insert(Attempt).from_select(list(attempts), select(*attempts.values()).where(sat)))
    results: dict[str, Any] = {
        "round_id": literal(round_.id), "member_id": Member.id, "unit_id": Member.unit_id, "attempt_id": attempt_id,
        "attempts": literal(1), "score": score, "max_score": literal(20), "duration_ms": literal(60000),
        "submitted_at": literal(SAT, Attempt.started_at.type), "is_ranked": literal(value=True),
        "k1": -score, "k2": literal(60000), "k3": literal(0), "k4": literal(0),
    }  # fmt: skip
    session.execute(insert(Result).from_select(list(results), select(*results.values()).where(sat)))


class Watch(Progress):
    """Says how far a job is, and when."""

    def __init__(self, db: Database, job_id: int) -> None:
        super().__init__(db, job_id)
        self.told: list[tuple[float, int, int | None]] = []
        self._began = time.perf_counter()

    def report(self, done: int, total: int | None = None) -> None:
        self.told.append((round(time.perf_counter() - self._began, 1), done, total))


def step(url: str, folder: Path, kind: str) -> dict[str, object]:
    """One job in this process: what came of it, its seconds and its peak of memory."""
    db = Database(url)
    app = create_app(run.settings_for(url, folder / "data"), db)
    watches: list[Watch] = []
    handlers = making.handlers(app)

    def watched(db: Database, payload: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        del progress
        watches.append(Watch(db, 0))
        return handlers[kind](db, payload, watches[0])

    with db.reading() as session:
        key = session.scalars(select(Job.key).where(Job.kind == kind)).one()
    began = time.perf_counter()
    state = perform(db, {kind: watched}, key)
    took = time.perf_counter() - began
    assert state is JobState.DONE, key
    own, children = (
        resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    with db.reading() as session:
        files = session.scalars(select(ReportEdition.files)).one_or_none() or {}
    sizes = {name: f"{file['size'] // 1024} KB" for name, file in files.items()}
    return {"seconds": round(took, 1), "peak_mb": own, "printer_mb": children, "told": watches[0].told, "files": sizes}


def look(url: str, folder: Path, count: int) -> None:
    db = Database(url)
    began = time.perf_counter()
    fill(db, count)
    print(f"filled in {time.perf_counter() - began:.0f} s", flush=True)
    with working(db) as w:
        report = services.create(w, Kind.YEAREND, Asked(1, date(2026, 1, 1), date(2026, 11, 29)))
    print("figures", _apart(url, folder, FIGURES), flush=True)
    with working(db) as w:
        kept = w.session.get_one(Report, report.id)
        services.approve(w, kept.id, kept.revision)
    print("files  ", _apart(url, folder, FILES), flush=True)
    db.dispose()


def _apart(url: str, folder: Path, kind: str) -> object:
    command = [sys.executable, "-m", "tests.load.reports", "--url", url, "--folder", str(folder), "--step", kind]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # ourselves
    return json.loads(done.stdout.splitlines()[-1])  # ourselves


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--members", type=int, default=500_000)
    parser.add_argument("--engine", choices=("sqlite", "postgresql"))
    for inner in ("--url", "--folder", "--step"):
        parser.add_argument(inner)
    asked = parser.parse_args()
    if asked.step:
        print(json.dumps(step(asked.url, Path(asked.folder), asked.step)))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)  # PostgreSQL may run under an account of its own
        if asked.engine != "postgresql":
            print("sqlite", flush=True)
            look(f"sqlite:///{folder / 'city.sqlite3'}", folder, asked.members)
        if asked.engine != "sqlite":
            print("postgresql", flush=True)
            cluster = Cluster(folder / "pg")
            cluster.start()
            try:
                look(cluster.url("postgres"), folder, asked.members)
            finally:
                cluster.stop()


if __name__ == "__main__":
    main()
