"""What the final table of a city's round takes: to work it out, to store it, to compare it before it is approved.

    .venv/bin/python -m tests.load.final_tables [--engine sqlite] [--results 500000]

Not part of the usual run. One closed round of the whole city of `tree`, which everybody has sat, with prizes and with
units in classes. Seconds are of this process, which works as the worker does; memory is its greatest.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, String, cast, delete, insert, literal, select, text, update
from sqlalchemy.orm import Session

from quiz_app import tables as every_table
from quiz_app.attempts.models import Attempt, AttemptState, EndedBy, Result
from quiz_app.contests.models import Contest, PrizeScope, Round, UnitClasses
from quiz_app.kernel.db import Base, Database, table_of, unhurried
from quiz_app.leaderboard import tallies
from quiz_app.members.models import Member
from quiz_app.results import subjects, tables
from quiz_app.results.models import FinalRow, FinalTable, FinalUnitRow
from quiz_app.units.models import Unit
from tests.features.results.build import closed_round, give
from tests.load.tree import city
from tests.support.clock import NOW
from tests.support.postgres import Cluster
from tests.support.works import Work

CITY = 1


def filled(db: Database, count: int) -> int:
    """The city with a closed round that everybody has sat; the round's id."""
    assert every_table.metadata is Base.metadata
    Base.metadata.create_all(db.engine)
    city(db, count)
    work = Work(db)
    with db.reading() as session:
        top = session.get_one(Unit, CITY)
    round_ = closed_round(work, top)
    give(work, round_, PrizeScope.ROUND, ("Giải Nhất", 10), ("Giải Nhì", 40), ("Giải Ba", 150))
    give(work, round_, PrizeScope.ROUND, ("Tập thể Nhất", 1), for_units=True)
    with work() as w:
        unhurried(w.session, 3600)
        mix = {"unit_weights": {"turnout": 1, "mean": 2, "winners": 1}, "unit_classes": UnitClasses.KIND.value}
        w.session.execute(update(Contest).where(Contest.id == round_.contest_id).values(mix))
        _sit(w.session, round_)
    if not db.is_sqlite:
        with db.writing() as session:
            session.execute(text("ANALYZE"))
    tallies.take_tallies(db, round_.id)
    return round_.id


def _sit(session: Session, round_: Round) -> None:
    """Half have all points; how long each took is scattered, so that places are shared by few."""
    chance = Member.id * 104_729 % 1_048_573
    score, took_ms = 20 - (chance % 2) * (chance // 2 % 21), 120_000 + chance % 979_999
    ended = round_.opens_at + timedelta(hours=1)
    own = {"round_id": literal(round_.id), "member_id": Member.id, "unit_id": Member.unit_id}
    marks = {"score": score, "max_score": literal(20), "duration_ms": took_ms}
    sat = {
        **own, **marks, "id": Member.id + 4_000_000_000_000, "number": literal(1),
        "state": literal(AttemptState.SUBMITTED.value), "epoch": literal(1), "started_at": _at(round_.opens_at),
        "deadline_at": _at(ended), "accepts_until_at": _at(ended), "extra_time_s": literal(0),
        "extension_s": literal(0), "seed": literal("0" * 64), "ended_at": _at(ended),
        "ended_by": literal(EndedBy.MEMBER.value), "receipt_code": literal("L7QX") + cast(Member.id * 7919, String),
    }  # fmt: skip
    counted = {
        **own, **marks, "attempt_id": sat["id"], "attempts": literal(1), "submitted_at": _at(ended),
        "is_ranked": literal(True), "k1": -score, "k2": took_ms, "k3": literal(0), "k4": literal(0),
        "written_at": _at(ended),
    }  # fmt: skip
    for model, values in ((Attempt, sat), (Result, counted)):
        session.execute(insert(table_of(model)).from_select(list(values), select(*values.values())))


def _at(instant: Any) -> ColumnElement[Any]:
    return literal(instant, table_of(Result).c.submitted_at.type)


def look(url: str, round_id: int) -> None:
    """Work the table out, store it, read it again; each with its seconds and the memory until then."""
    db = Database(url)
    print(f"before {_memory_mb():28.0f} MB", flush=True)
    number, sha256 = _proposed(db, round_id)
    with db.writing() as session:
        kept = session.get_one(FinalTable, number)
        assert _timed("hash by the rows", lambda: tables.stored_sha256(session, kept)) == sha256
        for model in (FinalRow, FinalUnitRow, FinalTable):
            session.execute(delete(model))
    db.dispose()


def _proposed(db: Database, round_id: int) -> tuple[int, str]:
    with db.writing() as session:
        subject = subjects.subject(session, PrizeScope.ROUND, round_id)
        table = _timed("worked out", lambda: tables.computed(session, subject, NOW))
        sha256 = _timed("its hash", lambda: table.sha256)
        row = FinalTable(
            contest_id=subject.contest.id, scope=subject.key, version=1, reason="", rule=table.rule, sha256=sha256,
            proposed_at=NOW, proposed_by=session.scalars(select(Member.id).limit(1)).one(),
        )  # fmt: skip
        session.add(row)
        session.flush()
        _timed("its rows written", lambda: tables.write_rows(session, row.id, table))
        return row.id, sha256


def _timed(name: str, act: Callable[[], Any]) -> Any:
    began, spent = time.perf_counter(), time.process_time()
    found = act()
    wall, own = time.perf_counter() - began, time.process_time() - spent
    print(f"{name:<18} {wall:7.1f} s {own:7.1f} s {_memory_mb():7.0f} MB", flush=True)
    return found


def _memory_mb() -> float:
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024


@contextmanager
def _database(engine: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="final-") as name:
        Path(name).chmod(0o711)  # PostgreSQL may run under an account of its own
        if engine == "sqlite":
            yield f"sqlite:///{Path(name) / 'city.sqlite3'}"
            return
        cluster = Cluster(Path(name) / "pg")
        cluster.start()
        try:
            yield cluster.url("postgres")
        finally:
            cluster.stop()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], default="postgresql")
    parser.add_argument("--results", type=int, default=500_000)
    asked = parser.parse_args()
    with _database(asked.engine) as url:
        db = Database(url)
        round_id = filled(db, asked.results)
        db.dispose()
        alone = multiprocessing.get_context("spawn").Process(target=look, args=(url, round_id))
        alone.start()
        alone.join()
        if alone.exitcode:
            raise SystemExit(alone.exitcode)


if __name__ == "__main__":
    main()
