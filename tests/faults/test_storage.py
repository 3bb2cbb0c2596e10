"""SQLite's file is held, has no room, may not be written, is copied at any instant. `make faults`."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest

from quiz_app.kernel.db import Database, open_sqlite
from quiz_app.operations import dumps
from tests.faults.conftest import Site, installed
from tests.faults.counts import STORAGE
from tests.faults.ledger import Balance
from tests.faults.load import await_acknowledged, await_turned_away, patient_balance, reads_work, sitting
from tests.faults.programs import Server
from tests.faults.report import Report
from tests.faults.volumes import filled, mounted

pytestmark = [pytest.mark.faults, pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)]

VOLUME = "48m"
HELD_S = 5.5  # longer than anybody waits
SHORT_S = 0.05
SHORT_HOLDS = 40


def test_busy_under_load(site: Site) -> None:
    server, balance = site.server(), Balance()
    with sitting(site, server):
        for _ in range(STORAGE):
            await_acknowledged(site)
            with _held(site):
                time.sleep(HELD_S)
            balance += patient_balance(site)
        await_acknowledged(site)
    assert site.ledger.turned_away > 0, "nobody noticed"
    site.judge("SQLite busy for 5 s", STORAGE, balance + site.ledger.balance(site.db, is_quiet=True))


def test_another_writer_makes_nobody_come_again(site: Site) -> None:
    wrong = _beside_another_writer(site, site.server())
    balance = site.ledger.balance(site.db, is_quiet=True) + Balance(wrong=wrong)
    site.judge("SQLite written by another process", SHORT_HOLDS, balance)


def test_a_transaction_that_begins_deferred_is_caught(site: Site) -> None:
    """Reads, then writes: where another process has written in between it fails at once instead of waiting."""
    wrong = _beside_another_writer(site, site.server("tests.faults.mutant:deferred()"))
    site.caught("deferred BEGIN", is_caught=bool(wrong), found=len(wrong))


def test_disk_full_under_load(tmp_path: Path, database_url: str, report: Report) -> None:
    with _on_volume(tmp_path, database_url, report) as (site, volume):
        server, balance = site.server(), Balance()
        with sitting(site, server):
            for _ in range(STORAGE):
                await_acknowledged(site)
                turned_away = site.ledger.turned_away
                with _no_room(server, volume):
                    await_turned_away(site, turned_away)
                    reads_work(site, server)
                balance += patient_balance(site)
            await_acknowledged(site)
        how = "a full tmpfs" if volume else "RLIMIT_FSIZE"
        site.judge("disk full", STORAGE, balance + _sound(site), by=how)


def test_read_only_volume(tmp_path: Path, database_url: str, report: Report) -> None:
    """In turn: it became so under the open file (as RLIMIT_FSIZE has it), and it is so when the server starts."""
    with _on_volume(tmp_path, database_url, report) as (site, volume):
        server, balance = site.server(), Balance()
        with sitting(site, server):
            for turn in range(STORAGE):
                await_acknowledged(site)
                turned_away = site.ledger.turned_away
                if volume and turn % 2:
                    server.kill()
                    site.db.dispose()
                    with _read_only(volume):
                        server.start("healthz")
                        await_turned_away(site, turned_away)
                else:
                    with server.held_to(0):
                        await_turned_away(site, turned_away)
                balance += patient_balance(site)
            await_acknowledged(site)
        how = "tmpfs mounted ro, and RLIMIT_FSIZE" if volume else "RLIMIT_FSIZE"
        site.judge("read-only volume", STORAGE, balance + _sound(site), by=how)


def test_copied_at_any_instant(site: Site, tmp_path: Path) -> None:
    """The writers are stopped wherever they are, the files copied: what was acknowledged by then is in the copy."""
    server, worker, balance = site.server(), site.worker(), Balance()
    source = Path(site.db.engine.url.database or "")
    with sitting(site, server):
        for turn in range(STORAGE):
            await_acknowledged(site)
            server.pause()
            worker.pause()
            told, copy = site.ledger.told(), tmp_path / f"copy-{turn}.sqlite3"
            for suffix in ("", "-wal"):
                if Path(f"{source}{suffix}").exists():
                    shutil.copyfile(f"{source}{suffix}", f"{copy}{suffix}")
            server.go_on()
            worker.go_on()
            copied = Database(f"sqlite:///{copy}", pool_size=2)
            damage = dumps.damage(copied)
            balance += site.ledger.balance(copied, is_quiet=False, told=told)
            balance += Balance(wrong=(damage,) if damage else ())
            copied.dispose()
    site.judge("files copied at any instant", STORAGE, balance + _sound(site))


def _beside_another_writer(site: Site, server: Server) -> tuple[str, ...]:
    """Another process writes now and then, never for long: who was turned away meanwhile, in words."""
    with sitting(site, server):
        for _ in range(SHORT_HOLDS):
            await_acknowledged(site, 4)
            with _held(site):
                time.sleep(SHORT_S)
    return tuple("somebody was turned away" for _ in range(site.ledger.turned_away))


@contextmanager
def _held(site: Site) -> Iterator[None]:
    """Another connection has the write lock, and has written at the end."""
    with closing(open_sqlite(Path(site.db.engine.url.database or ""))) as other:
        other.isolation_level = None
        other.execute("PRAGMA busy_timeout=10000")
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE member SET created_at = created_at WHERE id = 1")
        yield
        other.execute("COMMIT")


@contextmanager
def _on_volume(folder: Path, database_url: str, report: Report) -> Iterator[tuple[Site, Path | None]]:
    """An installation whose database lies on a small volume of its own, where this user may mount one."""
    volume = folder / "volume"
    with mounted(volume, VOLUME) as is_mounted:
        file = volume / "app.sqlite3"
        shutil.copyfile(database_url.removeprefix("sqlite:///"), file)
        with installed("sqlite", f"sqlite:///{file}", folder, report) as site:
            yield site, volume if is_mounted else None


def _no_room(server: Server, volume: Path | None) -> AbstractContextManager[None]:
    return server.held_to(0) if volume is None else filled(volume)


@contextmanager
def _read_only(volume: Path) -> Iterator[None]:
    ends = time.monotonic() + 10
    while subprocess.run(["mount", "-o", "remount,ro", volume], capture_output=True, check=False).returncode != 0:
        assert time.monotonic() < ends, "somebody still writes there"
        time.sleep(0.02)
    try:
        yield
    finally:
        subprocess.run(["mount", "-o", "remount,rw", volume], check=True)


def _sound(site: Site) -> Balance:
    damage = dumps.damage(site.db)
    return site.ledger.balance(site.db, is_quiet=True) + Balance(wrong=(damage,) if damage else ())
