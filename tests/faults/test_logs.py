"""The volume of the log is full: everybody goes on, and a server or worker that starts then starts. `make faults`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from tests.faults.conftest import Site
from tests.faults.counts import STORAGE
from tests.faults.ledger import Balance
from tests.faults.load import await_acknowledged, patient_balance, reads_work, sitting
from tests.faults.programs import WORKER, Program, Server
from tests.faults.volumes import filled, mounted

pytestmark = pytest.mark.faults

ROOM = "1m"
NOWHERE = Path("/dev/full")  # for a user who may mount nothing: no line is ever written


def test_no_room_for_the_log_under_load(site: Site, tmp_path: Path) -> None:
    site.env |= {"ACCESS_LOG": "1", "LOG_LEVEL": "debug"}
    with mounted(tmp_path / "log", ROOM) as is_mounted:
        logs = tmp_path / "log" if is_mounted else None
        server = Server(site.env, logs / "server.log" if logs else NOWHERE)
        worker = Program(WORKER, site.env, logs / "worker.log" if logs else NOWHERE)
        site.running += [server, worker]
        server.start()
        worker.start()
        balance = _fill_again_and_again(site, server, worker, logs)
        assert not worker.has_ended()
        site.judge("log volume full", STORAGE, balance, by="a full tmpfs" if logs else str(NOWHERE))


def _fill_again_and_again(site: Site, server: Server, worker: Program, logs: Path | None) -> Balance:
    balance = Balance()
    with sitting(site, server):
        for turn in range(STORAGE):
            await_acknowledged(site)
            is_started_anew, turned_away = turn % 3 == 0, site.ledger.turned_away
            with _no_room(logs):
                if is_started_anew:
                    worker.kill()
                    server.kill()
                    server.start()
                    worker.start()
                await_acknowledged(site)
                reads_work(site, server)
            assert is_started_anew or site.ledger.turned_away == turned_away, "somebody was told to wait"
            balance += patient_balance(site)
        await_acknowledged(site)
    return balance + site.ledger.balance(site.db, is_quiet=True)


@contextmanager
def _no_room(logs: Path | None) -> Iterator[None]:
    with filled(logs) if logs else nullcontext():
        yield
