"""What each act of a sitting costs the server and the database, one after the other on both engines.

    .venv/bin/python -m tests.load.load_costs [--members 200]

Writes docs/scaling_costs.json, from which docs/scaling_model.py reckons machines. Processor time hardly hangs on what
else the machine does, so this may be measured beside other work.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Generator
from contextlib import closing as closing_later
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from docs.scaling_model import COSTS
from quiz_app.attempts import closing
from quiz_app.factory import create_app
from quiz_app.kernel.db import Database, open_sqlite
from quiz_app.kernel.settings import read_settings
from tests.faults.ledger import Ledger
from tests.load import load_people as people
from tests.load.load_lines import Answer, Ask, Loop, Script
from tests.load.load_machine import Installation, about, cluster_s, database, serving, settings_of
from tests.load.load_profiles import CITY, PAPER_LENGTH, Profile
from tests.load.load_tally import Plan, Tally
from tests.load.load_world import World, close_at, prepare
from tests.support import run
from tests.support.postgres import Cluster

WITHIN_S = 900.0
Act = Callable[[people.Member], Generator[float | Ask, Answer | None, Any]]
Spent = dict[str, dict[str, float]]


def measured(engine: str, members: int, folder: Path) -> dict[str, Any]:
    """Milliseconds of processor time of one act of each kind, and the bytes that a sitting leaves."""
    crowd = CITY.scaled(members / CITY.crowd, 0.1)
    with database(engine, folder) as (url, cluster):
        env = settings_of(url, folder)
        run.migrate(url, folder)
        db = Database(url)
        world = prepare(db, create_app(read_settings(env), db), crowd)
        before, written = _bytes(url, folder), _log_bytes(url)
        with serving(env, folder, cluster) as installation:
            close_at(db, world.round_id, datetime.now(UTC) + timedelta(hours=1), crowd.grace_ms)
            acts = _one_after_another(world, installation, crowd)
        kept = (_bytes(url, folder) - before) / len(world.crowd)
        logged = (_log_bytes(url) - written) / len(world.crowd)
        acts["close"] = _closed(db, world, cluster)
        db.dispose()
    return {"acts": acts, "bytes_of_a_sitting": round(kept), "log_bytes_of_a_sitting": round(logged)}


def _one_after_another(world: World, installation: Installation, profile: Profile) -> Spent:
    loop = Loop(installation.server.ports, 1)
    plan = Plan(0.0, 0.0, WITHIN_S, WITHIN_S, WITHIN_S)
    chance = random.Random(10)  # noqa: S311 - the same answers in every run, nothing secret
    hall = people.Hall(loop, plan, Tally(plan, 0.0), Ledger(), world.round_id, chance, profile)
    spent: Spent = defaultdict(dict)
    is_over = [False]
    warmed, counted = world.crowd[:20], world.crowd[20:]

    def everybody() -> Script:
        for group in (warmed, counted):
            for kind, times, act in _acts(hall):
                before = installation.spent_s()
                for member in group:
                    yield from act(member)
                after = installation.spent_s()
                for part in ("web", "database"):
                    spent[kind][f"{part}_ms"] = round((after[part] - before[part]) / len(group) / times * 1000, 2)
        is_over[0] = True

    loop.begin(everybody(), 0.0)
    while not is_over[0] and loop.now < WITHIN_S:
        loop.run(loop.now + 0.5, lambda: None)
    loop.close()
    if hall.tally.failures or not is_over[0]:
        raise RuntimeError(f"not everything was done: {hall.tally.first_failures}")
    return dict(spent)


def _acts(hall: people.Hall) -> list[tuple[str, int, Act]]:
    """What a member does, in order, each with how often."""

    def look(path: str) -> Act:
        def act(member: people.Member) -> Script:
            where = path.format(round=hall.round_id, attempt=member.attempt_id)
            page = yield from hall.look(member, path, where, hall.loop.now)
            member.token = people.token_of(page) or member.token

        return act

    def save(member: people.Member) -> Script:
        for place in range(1, PAPER_LENGTH + 1):
            yield from people.saves(hall, member, place)

    def submit(member: people.Member) -> Script:
        yield from people.hands_in(hall, member, hall.loop.now)

    return [
        ("sign-in page", 1, look("/dang-nhap")),
        ("sign-in", 1, lambda member: people.signs_in(hall, member, hall.loop.now)),
        ("home", 1, look("/")),
        ("round", 1, lambda member: people.reads_rules(hall, member, hall.loop.now)),
        ("start", 1, lambda member: people.presses_start(hall, member, hall.loop.now)),
        ("paper", 1, look("/luot-thi/{attempt}")),
        ("save", PAPER_LENGTH, save),
        ("review", 1, look("/luot-thi/{attempt}/nop")),
        ("submit", 1, submit),
        ("result", 1, look("/luot-thi/{attempt}/ket-qua")),
        ("board", 1, look("/bang-xep-hang/{round}/chi-bo")),
    ]


def _closed(db: Database, world: World, cluster: Cluster | None) -> dict[str, float]:
    """Closing what nobody submitted, as the sweeper does; in this process."""
    with db.reading() as read:
        now = db.now(read)
    close_at(db, world.round_id, now - timedelta(minutes=1), CITY.grace_ms)
    own, database_s = time.process_time(), cluster_s(cluster)
    count = closing.close_overdue(db)
    return {
        "web_ms": round((time.process_time() - own) / count * 1000, 2),
        "database_ms": round((cluster_s(cluster) - database_s) / count * 1000, 2),
    }


def _bytes(url: str, folder: Path) -> int:
    """How large the database is."""
    if not url.startswith("sqlite:"):
        return _number(url, "SELECT pg_database_size(current_database())")
    with closing_later(open_sqlite(folder / "load.sqlite3")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return (folder / "load.sqlite3").stat().st_size


def _log_bytes(url: str) -> int:
    """How much PostgreSQL has written into its log so far."""
    return 0 if url.startswith("sqlite:") else _number(url, "SELECT (pg_current_wal_lsn() - '0/0')::bigint")


def _number(url: str, query: LiteralString) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--members", type=int, default=200)
    members = parser.parse_args().members
    found: dict[str, Any] = {"measured_on": datetime.now(UTC).date().isoformat(), "machine": about()}
    for engine in ("postgresql", "sqlite"):
        with tempfile.TemporaryDirectory(prefix="load-costs-") as name:
            folder = Path(name)
            folder.chmod(0o711)  # PostgreSQL runs as another account below it
            found[engine] = measured(engine, members, folder)
    COSTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    print(COSTS.read_text())


if __name__ == "__main__":
    main()
