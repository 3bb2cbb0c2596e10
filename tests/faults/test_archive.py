"""PostgreSQL is destroyed, and restored from a base backup and its archive as the guide has it. `make faults`."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from quiz_app.kernel.db import Database
from quiz_app.kernel.settings import ROOT
from tests.faults.conftest import Site
from tests.faults.counts import BACKUPS
from tests.faults.ledger import Balance, Told
from tests.faults.load import await_acknowledged, sitting
from tests.faults.programs import Server, command
from tests.faults.report import Report
from tests.faults.test_postgres import _served
from tests.support import run
from tests.support.postgres import SUPERUSER, Cluster, own

pytestmark = pytest.mark.faults

SETTINGS = (ROOT / "deploy" / "hoc-tap-postgresql.conf").read_text("utf-8")
SCRIPT = ROOT / "deploy" / "archive_wal.sh"
CASE = "PostgreSQL destroyed, restored from its archive"
EVERY_S = 2  # seconds in place of the guide's 45, which nobody here waits for
SLACK_S = 10  # to compress and copy a piece on a machine that does other things


@dataclass(frozen=True)
class Archive:
    """Where the pieces go, and the settings of deploy/ with the folders of this test in them."""

    folder: Path

    @property
    def settings(self) -> tuple[str, ...]:
        placed = SETTINGS.replace("/mnt/sao-luu/wal", str(self.folder / "wal"))
        placed = placed.replace("/usr/local/bin/hoc-tap-luu-wal", str(self.folder / SCRIPT.name))
        placed = re.sub(r"archive_timeout = \d+s", f"archive_timeout = {EVERY_S}s", placed)
        assert str(self.folder) in placed
        return tuple(f"{name}={value.strip(chr(39))}" for name, value in re.findall(r"^(\w+) = (.*)$", placed, re.M))

    def make(self) -> None:
        for folder in (self.folder, self.folder / "wal"):
            own(folder)
        shutil.copy(SCRIPT, self.folder)

    def await_piece(self, name: str) -> None:
        ends = time.monotonic() + EVERY_S + SLACK_S
        while not (self.folder / "wal" / f"{name}.gz").exists():
            assert time.monotonic() < ends, f"{name} was not archived in time"
            time.sleep(0.02)


def test_destroyed_under_load_and_restored_from_its_archive(tmp_path: Path, report: Report) -> None:
    """All that was told before the end of the last archived piece is there, and nothing that nobody sent."""
    balance, acknowledged, slowest_s, latest_s = Balance(), 0, 0.0, 0.0
    for turn in range(BACKUPS):
        archive = Archive(run.folder() / f"archive-{tmp_path.name}-{turn}")
        archive.make()
        with _served(tmp_path / f"site-{turn}", report, *archive.settings) as (site, cluster):
            told, behind_s = _worked(site, cluster, archive)
            cluster.kill()
            shutil.rmtree(cluster.folder / "pgdata")
            began = time.monotonic()
            with _restored(cluster, archive) as again:
                site.env["DATABASE_URL"] = again.url("postgres")
                _serves(site)
                slowest_s, latest_s = max(slowest_s, time.monotonic() - began), max(latest_s, behind_s)
                balance += _compared(site, told)
                acknowledged += site.ledger.acknowledged
                if turn == BACKUPS - 1:
                    times = {"served_again_s": round(slowest_s), "archived_after_s": round(latest_s)}
                    site.judge(CASE, BACKUPS, balance, of_all=acknowledged, **times)


def _worked(site: Site, cluster: Cluster, archive: Archive) -> tuple[Told, float]:
    """People sit; what they had been told when the newest change then known was archived, and how long that took."""
    server = site.server()
    with sitting(site, server):
        await_acknowledged(site)
        options = ("--format=tar", "--gzip", "--checkpoint=fast")
        cluster.run("pg_basebackup", "-h", cluster.folder, "-U", SUPERUSER, "-D", archive.folder / "goc", *options)
        await_acknowledged(site)
        told, since = site.ledger.told(), time.monotonic()
        with site.db.reading() as session:
            name = session.execute(text("SELECT pg_walfile_name(pg_current_wal_insert_lsn())")).scalar_one()
        archive.await_piece(name)
        behind_s = time.monotonic() - since
        assert "Sao lưu liên tục: đoạn gần nhất chép xong" in command(site.env, "doctor")[1]
    server.kill()
    site.db.dispose()
    return told, behind_s


@contextmanager
def _restored(destroyed: Cluster, archive: Archive) -> Iterator[Cluster]:
    """Another one, in a new folder, out of the base backup and whatever was archived since."""
    again = Cluster(destroyed.folder.with_name(f"{destroyed.folder.name}-again"), durable=True, flags=archive.settings)
    data, base = again.folder / "pgdata", archive.folder / "goc"
    own(again.folder)
    again.run("mkdir", "-m", "700", data)
    again.run("tar", "-xzf", base / "base.tar.gz", "-C", data)
    again.run("tar", "-xzf", base / "pg_wal.tar.gz", "-C", data / "pg_wal")
    again.run("touch", data / "recovery.signal")
    again.start()
    try:
        with psycopg.connect(again.url("postgres"), autocommit=True) as line:
            ends = time.monotonic() + 60
            while line.execute("SELECT pg_is_in_recovery()").fetchone() != (False,):
                assert time.monotonic() < ends, "the recovery does not end"
                time.sleep(0.02)
        yield again
    finally:
        again.stop()


def _serves(site: Site) -> None:
    server = Server(site.env, site.folder / "again.log")
    site.running.append(server)
    server.start()
    server.kill()


def _compared(site: Site, told: Told) -> Balance:
    restored = Database(site.env["DATABASE_URL"], pool_size=2)
    balance = site.ledger.balance(restored, is_quiet=False, told=told)
    restored.dispose()
    code, said = command(site.env, "attempts", "verify")
    return balance + Balance(wrong=() if code == 0 else (said,))
