"""`make load PROFILE=commune|city`: load that does not wait for answers, and what was promised for it.

Everything is started here, on this machine: the database, gunicorn under the product's settings, the job worker and the
members. At the end the round closes over the crowd, the sweeper closes what nobody submitted, everything stored is
counted again and compared with what members were told. Results are printed and written to load.json; the exit code
tells whether every promise was kept. LOAD_MINUTES and LOAD_SCALE make it shorter and smaller.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from quiz_app.factory import create_app
from quiz_app.kernel.db import Database
from quiz_app.kernel.settings import ROOT, read_settings
from tests.faults.ledger import Ledger
from tests.load import load_people as people
from tests.load import load_report as report
from tests.load.load_lines import Loop
from tests.load.load_machine import Installation, about, database, serving, settings_of
from tests.load.load_profiles import DRAINED_WITHIN_S, PROFILES, Profile
from tests.load.load_tally import Plan, Tally
from tests.load.load_world import World, close_at, last_closed_at, passed_s, prepare, still_open
from tests.support import run

LEAD_S = 2.0
CLOSED_WITHIN_S = 120.0
VERIFIED_WITHIN_S = 1800
MOST_LINES = 2000  # as many as the two gunicorn processes take


@dataclass
class Gauges:
    """What is looked at once a second: who waits, what lies with the server, what each part has spent."""

    moments: list[dict[str, float]] = field(default_factory=list)
    spent: dict[str, dict[str, float]] = field(default_factory=dict)


def hold(profile: Profile, folder: Path) -> dict[str, Any]:
    """Prepare, hold the load and judge it."""
    with database(profile.engine, folder) as (url, cluster):
        env = settings_of(url, folder) | ({"PORT_FOR_EACH": "1"} if profile.has_proxy else {})
        run.migrate(url, folder)
        db = Database(url)
        began = time.monotonic()
        world = prepare(db, create_app(read_settings(env), db), profile)
        if cluster is not None:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("ANALYZE")  # which a server in service does by itself
        prepared_s = time.monotonic() - began
        with serving(env, folder, cluster) as installation:
            found = held(profile, db, world, installation, verify)
        found["prepared_s"] = round(prepared_s)
        db.dispose()
    return found


def held(
    profile: Profile,
    db: Database,
    world: World,
    installation: Installation,
    recount: Callable[[dict[str, str]], str],
) -> dict[str, Any]:
    """Let everybody come, wait for the close, and compare. `recount` says what it finds wrong in the database."""
    machine = about()
    loop = Loop(installation.server.ports, MOST_LINES)
    plan = Plan.of(profile, loop.now + LEAD_S * profile.pace)
    closes_at = datetime.now(UTC) + timedelta(seconds=plan.closes - loop.now)
    close_at(db, world.round_id, closes_at, profile.grace_ms)
    tally, ledger = Tally(plan, profile.opening_s), Ledger()
    chance = random.Random(10)  # noqa: S311 - the same arrivals in every run, nothing secret
    hall = people.Hall(loop, plan, tally, ledger, world.round_id, chance, profile)
    _invite(hall, world, profile)
    gauges = Gauges()
    with undisturbed():
        for name, until in (
            ("opening", plan.opening + profile.opening_s + profile.settling_s),
            ("steady", plan.closing),
            ("closing", plan.closes + DRAINED_WITHIN_S),
        ):
            before = installation.spent_s()
            began = loop.now
            loop.run(until, lambda: gauges.moments.append(_moment(loop, tally)))
            after = installation.spent_s()
            gauges.spent[name] = {part: (after[part] - before[part]) / (loop.now - began) for part in after}
    loop.close()
    closed_after_s = _await_closing(db, world.round_id, closes_at)
    balance = ledger.balance(db, is_quiet=tally.waiting == 0)
    verified = recount(installation.env)
    return report.found(
        profile,
        machine=machine,
        plan=plan,
        tally=tally,
        lateness_s=loop.lateness_s,
        moments=gauges.moments,
        cores=gauges.spent,
        resent=loop.resent,
        acknowledged=ledger.acknowledged,
        balance=balance,
        closed_after_s=closed_after_s,
        verified=verified,
    )


def _invite(hall: people.Hall, world: World, profile: Profile) -> None:
    """Let everybody come at his time, by chance as people do: nobody waits for anybody's answer."""
    plan, chance = hall.plan, hall.chance
    for member in world.crowd:
        _come(hall, people.comes_with_the_crowd, member, plan.opening + chance.random() * profile.opening_s)
    for number, member in enumerate(world.sitters):
        passed = passed_s(number, len(world.sitters), profile)
        hall.ledger.started(member.id, member.attempt_id)
        hall.loop.begin(people.sits_on(hall, member, passed), plan.steady)
    at = plan.steady
    for member in world.starters:
        at += chance.expovariate(profile.starts_per_s)
        if at < plan.submits:
            _come(hall, people.comes_in_between, member, at)
    at = plan.steady
    while (at := at + chance.expovariate(profile.boards_per_s)) < plan.closes:
        _come(hall, people.looks_at_boards, chance.choice(world.onlookers), at)


def _come(hall: people.Hall, script: Any, member: people.Member, at: float) -> None:
    hall.loop.begin(script(hall, member, at), at)


def _moment(loop: Loop, tally: Tally) -> dict[str, float]:
    return {"at": loop.now, "waiting": tally.waiting, "with_server": loop.unanswered, "lines": loop.lines}


@contextmanager
def undisturbed() -> Iterator[None]:
    """The generator goes first where it may, and is not stopped by its own garbage collector."""
    usual = os.getpriority(os.PRIO_PROCESS, 0)
    gc.collect()
    gc.freeze()
    gc.disable()
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, usual - 10)
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
        with suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, 0, usual)


def _await_closing(db: Database, round_id: int, closes_at: datetime) -> float | None:
    """Seconds after the round's close at which the sweeper had closed every paper; None where it had not in time."""
    ends = time.monotonic() + CLOSED_WITHIN_S
    while still_open(db, round_id):
        if time.monotonic() > ends:
            return None
        time.sleep(0.2)
    last = last_closed_at(db)
    return None if last is None else max(0.0, (last - closes_at).total_seconds())


def verify(env: dict[str, str]) -> str:
    """What `attempts verify` complains of; empty where it finds everything right."""
    words = [sys.executable, "-m", "flask", "--app", "wsgi", "attempts", "verify"]
    done = subprocess.run(
        words, env=env, cwd=ROOT, capture_output=True, text=True, timeout=VERIFIED_WITHIN_S, check=False
    )
    return "" if done.returncode == 0 else (done.stdout + done.stderr)[-2000:]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("profile", choices=sorted(PROFILES))
    chosen = PROFILES[parser.parse_args().profile]
    minutes = float(os.environ.get("LOAD_MINUTES") or chosen.minutes)
    profile = chosen.scaled(float(os.environ.get("LOAD_SCALE") or 1), minutes)
    with tempfile.TemporaryDirectory(prefix="load-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # PostgreSQL runs as another account below it
        found = hold(profile, folder)
    path = ROOT / "load.json"
    kept = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**kept, profile.name: found}, indent=1, ensure_ascii=False) + "\n")
    report.show(found)
    return 0 if all(promise["is_kept"] for promise in found["promises"]) else 1


if __name__ == "__main__":
    sys.exit(main())
