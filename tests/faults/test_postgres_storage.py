"""PostgreSQL has no room for data, or none for its log of changes: nothing told is lost, it heals. `make faults`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.faults.conftest import Site, installed
from tests.faults.counts import STORAGE
from tests.faults.ledger import Balance
from tests.faults.load import await_acknowledged, await_turned_away, patient_balance, reads_work, sitting
from tests.faults.report import Report
from tests.faults.volumes import filled, mounted
from tests.support import run
from tests.support.postgres import Cluster, own
from tests.support.run import migrate

pytestmark = pytest.mark.faults

DATA_ROOM, WAL_ROOM = "160m", "24m"
MOST_SEGMENTS = 200  # of a megabyte each, far more than the volume holds
SMALL_WAL = ("min_wal_size=2MB", "max_wal_size=6MB")


@dataclass(frozen=True)
class Stored:
    """A PostgreSQL with a volume for its data and another for its log of changes."""

    cluster: Cluster
    data: Path
    wal: Path

    def uses_up_its_log(self) -> None:
        """What it has of segments is used up until it needs one that it has no room for."""
        with suppress(psycopg.OperationalError), psycopg.connect(self.cluster.url("postgres"), autocommit=True) as line:
            for _ in range(MOST_SEGMENTS):
                line.execute("SELECT pg_logical_emit_message(false, 'faults', 'x'), pg_switch_wal()")

    @property
    def panics(self) -> int:
        """How often it has ended everything and begun anew."""
        return (self.data / "postgres.log").read_text(errors="replace").count("PANIC:")

    def comes_back(self) -> bool:
        """It restarts itself; where it had no room even for that, whoever keeps services starts it anew: if so."""
        try:
            self.cluster.await_answer()
        except RuntimeError:
            assert self.cluster.has_ended()
            self.cluster.start()
            return True
        return False


@contextmanager
def _stored(name: str) -> Iterator[Stored]:
    folder = run.folder() / name
    with mounted(folder / "data", DATA_ROOM) as has_data, mounted(folder / "wal", WAL_ROOM) as has_wal:
        if not (has_data and has_wal):
            pytest.fail("This case needs a user who may mount a volume, as root may.", pytrace=False)
        own(folder / "wal")
        made = ("--wal-segsize=1", f"--waldir={folder / 'wal' / 'pg_wal'}")
        cluster = Cluster(folder / "data", durable=True, flags=SMALL_WAL, made=made)
        cluster.start()
        try:
            yield Stored(cluster, folder / "data", folder / "wal")
        finally:
            cluster.stop()


def test_no_room_under_load(tmp_path: Path, report: Report) -> None:
    """In turn for data, where everything can still be read, and for the log of changes, without which it stops."""
    with _stored(f"full-{tmp_path.name}") as stored:
        url = stored.cluster.url("postgres")
        migrate(url, tmp_path)
        with installed("postgresql", url, tmp_path, report) as site:
            ended = _fill_again_and_again(site, stored)
            balance = ended[1] + site.ledger.balance(site.db, is_quiet=True)
            site.judge("PostgreSQL's disk full", STORAGE, balance, gave_up=ended[0], panics=stored.panics)
            assert stored.panics >= STORAGE // 2, "its log of changes found room"


def _fill_again_and_again(site: Site, stored: Stored) -> tuple[int, Balance]:
    """How often it had to be started anew, and what did not stand in between."""
    server, balance, gave_up = site.server(), Balance(), 0
    with sitting(site, server):
        serving = server.children()
        for turn in range(STORAGE):
            await_acknowledged(site)
            turned_away = site.ledger.turned_away
            if turn % 2:
                with filled(stored.wal):
                    stored.uses_up_its_log()
                    await_turned_away(site, turned_away)
                gave_up += stored.comes_back()
            else:
                with filled(stored.data):
                    await_turned_away(site, turned_away)
                    reads_work(site, server)
            balance += patient_balance(site)
        await_acknowledged(site)
        assert server.children() == serving, "a process was started anew"
    return gave_up, balance
