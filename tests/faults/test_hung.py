"""PostgreSQL hangs under a sitting: no thread is lost to it, and nothing acknowledged. `make faults`."""

from __future__ import annotations

import time
import urllib.request
from pathlib import Path

import pytest

from quiz_app.kernel.postgres import STATEMENT_TIMEOUT_S
from tests.faults.counts import scaled
from tests.faults.ledger import Balance
from tests.faults.load import await_acknowledged, await_looks, patient_balance, sitting
from tests.faults.programs import Server
from tests.faults.report import Report
from tests.faults.test_postgres import _served

pytestmark = pytest.mark.faults

HANGS = scaled(10)
FREED_AFTER_S = STATEMENT_TIMEOUT_S + 5
LOOKS = 10
LOOKERS = 10  # with those who sit, more than the server has threads
PROMPT_S = 1.0


def test_hanging_under_load(tmp_path: Path, report: Report) -> None:
    """Once the statements under way are given up, threads are free: whether the process lives is told at once.

    When it answers again, everybody is served again before it hangs anew.
    """
    with _served(tmp_path / "site", report) as (site, cluster):
        server, balance, slowest_s, healed_s = site.server(), Balance(), 0.0, 0.0
        with sitting(site, server, lookers=LOOKERS) as looking:
            serving = server.children()
            for _ in range(HANGS):
                await_acknowledged(site)
                with cluster.hanging():
                    time.sleep(FREED_AFTER_S)
                    slowest_s = max(slowest_s, *(_answered_after(server) for _ in range(LOOKS)))
                healed_s = max(healed_s, await_looks(looking))
                balance += patient_balance(site)
            await_acknowledged(site)
            assert server.children() == serving, "a process was started anew"
        assert site.ledger.turned_away > 0, "nobody was told to wait"
        assert slowest_s < PROMPT_S
        balance += site.ledger.balance(site.db, is_quiet=True)
        facts = {"slowest_ms": round(slowest_s * 1000), "healed_ms": round(healed_s * 1000)}
        site.judge("PostgreSQL hangs", HANGS, balance, **facts)


def _answered_after(server: Server) -> float:
    began = time.monotonic()
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/healthz", timeout=30) as answer:
        assert answer.status == 200
    time.sleep(0.2)
    return time.monotonic() - began - 0.2
