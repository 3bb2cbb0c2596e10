"""How long the desks of a city take beside those of one of its communes, on both engines, and how much they ask.

    .venv/bin/python -m tests.load.desks [--members 500000]

Not part of the usual run. One open round of the whole city of `tree`, which two in five have sat; each page is the one
that a browser gets. Milliseconds are the median of five after one to warm up.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import false, insert, literal, select, text
from sqlalchemy.orm import Session

from quiz_app import tables
from quiz_app.attempts.models import Attempt, AttemptState, EndedBy, Result
from quiz_app.contests.models import RosterEntry
from quiz_app.factory import create_app
from quiz_app.kernel.access import Role
from quiz_app.kernel.db import Base, Database, table_of, unhurried
from quiz_app.kernel.work import working
from quiz_app.leaderboard import tallies
from quiz_app.members.models import Member
from quiz_app.participation import tallies as desk_tallies
from quiz_app.units.models import Unit
from tests.features.leaderboard.build import open_round
from tests.load import plans
from tests.load.tree import city, measured
from tests.support import build, run
from tests.support.browse import Browse
from tests.support.clock import NOW, Clock
from tests.support.postgres import Cluster

CITY, COMMUNE = 1, 5
PAGES = {
    "desk": "/tham-gia/{round}/don-vi/{unit}",
    "units as a tree": "/tham-gia/{round}/don-vi/{unit}/cac-don-vi",
    "units as a list": "/tham-gia/{round}/don-vi/{unit}/cac-don-vi?kieu=phang&xep=ty-le",
    "wall": "/tham-gia/{round}/don-vi/{unit}/trinh-chieu",
    "over the rounds": "/tham-gia/don-vi/{unit}/qua-cac-dot",
}


def filled(db: Database, count: int) -> int:
    """The city with an open round that two in five have sat; the round's id."""
    city(db, count)
    with working(db) as w:
        unhurried(w.session, 3600)
        round_ = open_round(w, w.session.get_one(Unit, CITY))
        entries = select(literal(round_.id), Member.id, Member.unit_id, false())
        w.session.execute(insert(RosterEntry).from_select(["round_id", "member_id", "unit_id", "is_exempt"], entries))
        began, ended = NOW - timedelta(hours=2), NOW - timedelta(hours=2) + timedelta(minutes=10)
        sat = {
            "round_id": round_.id, "number": 1, "state": AttemptState.SUBMITTED.value, "epoch": 1,
            "started_at": began, "deadline_at": ended, "accepts_until_at": ended, "extra_time_s": 0, "extension_s": 0,
            "seed": "0" * 64, "ended_at": ended, "ended_by": EndedBy.MEMBER.value, "score": 15, "max_score": 20,
            "duration_ms": 600_000,
        }  # fmt: skip
        counted = {
            "round_id": round_.id, "attempts": 1, "score": 15, "max_score": 20, "duration_ms": 600_000,
            "submitted_at": ended, "is_ranked": True, "k1": -15, "k2": 600_000, "k3": 0, "k4": 0,
        }  # fmt: skip
        _insert(w.session, Attempt, sat, {"id": Member.id, "member_id": Member.id, "unit_id": Member.unit_id})
        _insert(
            w.session, Result, counted, {"attempt_id": Member.id, "member_id": Member.id, "unit_id": Member.unit_id}
        )
        return round_.id


def _insert(session: Session, model: type[Base], values: dict[str, Any], of_member: dict[str, Any]) -> None:
    """One row for two in five of the members, with some columns from the member."""
    table = table_of(model)
    fixed = [literal(value, table.c[name].type) for name, value in values.items()]
    rows = select(*of_member.values(), *fixed).where(Member.id % 5 < 2)
    session.execute(insert(table).from_select([*of_member, *values], rows))


def opened(db: Database, url: str, count: int, folder: Path) -> tuple[Flask, int]:
    """The product over an empty database that is filled with the city, and the id of its open round."""
    assert tables.metadata is Base.metadata
    Base.metadata.create_all(db.engine)
    Clock(db).set(NOW)
    app = create_app(run.settings_for(url, folder), db)
    round_id = filled(db, count)
    if not db.is_sqlite:  # which does so by itself after a while
        with db.writing() as session:
            session.execute(text("ANALYZE"))
    return app, round_id


def overseers(app: Flask, db: Database) -> dict[int, Browse]:
    """The browser of somebody who oversees the commune, and of one who oversees the city."""
    browses = {}
    for unit_id in (COMMUNE, CITY):
        with working(db) as w:
            unit = w.session.get_one(Unit, unit_id)
            overseer = build.member(w, unit, f"Cấp ủy {unit_id}", roles=[(Role.OVERSEER, unit)])
        browses[unit_id] = Browse(app, db).as_(overseer)
    return browses


def look(name: str, url: str, count: int, folder: Path) -> None:
    db = Database(url)
    app, round_id = opened(db, url, count, folder)
    _, took = measured(lambda: tallies.take_tallies(db, round_id), times=1)
    print(f"{name:<12} snapshot of the round {took:9.0f} ms of this process", flush=True)
    _, took = measured(lambda: desk_tallies.take(db, round_id), times=1)
    print(f"{name:<12} snapshot of the desks {took:9.0f} ms of this process", flush=True)
    browses = overseers(app, db)
    for page, address in PAGES.items():
        told = []
        for unit_id, browse in browses.items():
            asked = address.format(round=round_id, unit=unit_id)
            with plans.heard(db) as seen:
                answer = browse.knock("GET", asked)
            assert answer.status_code == 200, f"{asked}: {answer.status_code}"
            wall, own = measured(partial(browse.knock, "GET", asked))
            told.append((wall, own, len(seen), len(answer.data)))
        (commune, of_commune, few, _), (whole, of_whole, many, size) = told
        print(
            f"{name:<12} {page:<18} commune {commune:8.0f} ms, city {whole:8.0f} ms ({whole / commune:5.1f} times,"
            f" {of_whole / of_commune:.1f} in processor time of this process),"
            f" {few} and {many} queries, {size / 1024:.0f} KB",
            flush=True,
        )
    db.dispose()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--members", type=int, default=500_000)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o711)  # PostgreSQL may run under an account of its own
        if asked.engine != "postgresql":
            look("sqlite", f"sqlite:///{folder / 'city.sqlite3'}", asked.members, folder)
        if asked.engine == "sqlite":
            return
        cluster = Cluster(folder / "pg")
        cluster.start()
        try:
            look("postgresql", cluster.url("postgres"), asked.members, folder)
        finally:
            cluster.stop()


if __name__ == "__main__":
    main()
