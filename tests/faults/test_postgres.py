"""PostgreSQL goes and comes back under a sitting: nothing acknowledged is lost, the pool heals. `make faults`."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.faults.conftest import Site, busy, installed
from tests.faults.counts import DATABASE
from tests.faults.ledger import Balance
from tests.faults.load import await_acknowledged, patient_balance, sitting
from tests.faults.people import Person
from tests.faults.report import Report
from tests.support import run
from tests.support.contest import PAPER_LENGTH
from tests.support.postgres import Cluster
from tests.support.run import migrate

pytestmark = pytest.mark.faults

RECOVERY_S = 10
INSTALLATIONS = 3  # in recovery side by side: most of it is waiting
TRIES_OF_A_MUTANT = 5
LOOKERS = 2


@contextmanager
def _served(folder: Path, report: Report, *flags: str) -> Iterator[tuple[Site, Cluster]]:
    """An installation on a PostgreSQL of its own with every guarantee on, but for what the flags take away."""
    folder.mkdir(exist_ok=True)
    cluster = Cluster(run.folder() / f"killed-{folder.parent.name}-{folder.name}", durable=True, flags=flags)
    cluster.start()
    try:
        migrate(cluster.url("postgres"), folder)
        with installed("postgresql", cluster.url("postgres"), folder, report) as site:
            yield site, cluster
    finally:
        cluster.stop()


def _under_load(case: str, folder: Path, report: Report, fault: Callable[[Site, Cluster, int], None]) -> None:
    with _served(folder, report) as (site, cluster):
        server, balance = site.server(), Balance()
        with sitting(site, server, lookers=LOOKERS):
            serving = server.children()
            for turn in range(DATABASE):
                await_acknowledged(site)
                fault(site, cluster, turn)
                balance += patient_balance(site)
            await_acknowledged(site)
            assert server.children() == serving, "a process was started anew"
        site.judge(case, DATABASE, balance + site.ledger.balance(site.db, is_quiet=True))


def test_restarted_under_load(tmp_path: Path, report: Report) -> None:
    def fault(site: Site, cluster: Cluster, turn: int) -> None:
        match turn % 3:
            case 0:
                cluster.kill()
                cluster.start()
            case 1:
                cluster.stop()
                cluster.start()
            case _:
                _kill_a_backend(site)

    _under_load("PostgreSQL killed and restarted", tmp_path / "site", report, fault)


def test_connections_cut_under_load(tmp_path: Path, report: Report) -> None:
    def fault(site: Site, _cluster: Cluster, _turn: int) -> None:
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        with site.db.reading() as session:
            session.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))

    _under_load("PostgreSQL connections cut", tmp_path / "site", report, fault)


def test_in_recovery_under_load(tmp_path: Path, report: Report) -> None:
    """Several installations at a time, each in recovery again and again for ten seconds."""
    each = -(-DATABASE // INSTALLATIONS)
    with ExitStack() as stack:
        sites = [
            stack.enter_context(_served(tmp_path / str(number), report))
            for number in range(min(INSTALLATIONS, DATABASE))
        ]
        balances: list[Balance] = []
        with busy([partial(_recover, site, cluster, each, balances) for site, cluster in sites], within_s=900):
            pass
        total, acknowledged = sum(balances, Balance()), sum(site.ledger.acknowledged for site, _ in sites)
        turned_away = sum(site.ledger.turned_away for site, _ in sites)
        assert turned_away > 0, "nobody noticed the recovery"
        for site, _ in sites[1:]:
            total += site.verified()
        sites[0][0].judge(
            "PostgreSQL in recovery for 10 s", each * len(sites), total, of_all=acknowledged, turned_away=turned_away
        )


def _recover(site: Site, cluster: Cluster, times: int, balances: list[Balance]) -> None:
    server = site.server()
    with sitting(site, server):
        serving = server.children()
        for turn in range(times):
            await_acknowledged(site)
            is_over = cluster.folder / f"over-{turn}"
            cluster.kill()
            cluster.recover_until(is_over)
            time.sleep(RECOVERY_S)
            is_over.touch()
            cluster.await_answer()
            balances.append(patient_balance(site))
        await_acknowledged(site)
        assert server.children() == serving, "a process was started anew"
    balances.append(site.ledger.balance(site.db, is_quiet=True))


def test_a_commit_that_is_not_on_disk_is_caught(tmp_path: Path, report: Report) -> None:
    """The case has teeth: with synchronous_commit=off what was acknowledged last goes with the power."""
    with _served(tmp_path / "site", report, "synchronous_commit=off", "wal_writer_delay=2s") as (site, cluster):
        people = site.people(site.server())
        for _ in range(TRIES_OF_A_MUTANT):
            for person in people:
                person.open(f"/dot-thi/{site.round_id}")
            attempts = [person.start(site.round_id) for person in people]
            with busy(
                [partial(_save_a_little, one, attempt_id) for one, attempt_id in zip(people, attempts, strict=True)]
            ):
                pass
            cluster.kill()
            cluster.start()
            balance = patient_balance(site)
            if balance.lost:
                break
        site.caught("synchronous_commit=off", is_caught=bool(balance.lost), found=balance.count)


def _save_a_little(person: Person, attempt_id: int) -> None:
    for place in range(1, PAPER_LENGTH + 1):
        assert person.save(attempt_id, place, "A", 1).status == 200


def _kill_a_backend(site: Site) -> None:
    """SIGKILL for one process of the database server, which then ends all sessions and recovers by itself."""
    query = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
    with site.db.reading() as session:
        pids = session.scalars(query).all()
    os.kill(random.choice(pids), signal.SIGKILL)  # noqa: S311 - any of them
