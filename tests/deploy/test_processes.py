"""The keeper of the two processes: they end together, in order, and the worker comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KEEPER = """
import sys
from deploy.processes import Child, keep
server = [sys.executable, "-c", sys.argv[1]]
worker = [sys.executable, "-c", sys.argv[2]]
sys.exit(keep([Child("web", server, must_run=True), Child("worker", worker, must_run=False)], {}, poll_s=0.05))
"""
STAYS = "import pathlib, time; pathlib.Path({mark!r}).open('a').write('{name}\\n'); time.sleep(60)"


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    path = tmp_path / "marks"
    path.touch()
    return path


def _keep(server: str, worker: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", KEEPER, server, worker],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _wait_for(marks: Path, count: int) -> None:
    ends = time.monotonic() + 20
    while marks.read_text().count("\n") < count:
        assert time.monotonic() < ends, f"only {marks.read_text()!r} came"
        time.sleep(0.02)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_both_end_when_asked(marks: Path, sent: signal.Signals) -> None:
    stays = STAYS.format(mark=str(marks), name="here")
    keeper = _keep(stays, stays)
    _wait_for(marks, 2)
    children = _children(keeper.pid)
    assert len(children) == 2
    keeper.send_signal(sent)
    keeper.communicate(timeout=20)
    assert keeper.returncode == 0
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []


def test_the_servers_end_is_the_end_of_all(marks: Path) -> None:
    keeper = _keep("raise SystemExit(3)", STAYS.format(mark=str(marks), name="worker"))
    _, told = keeper.communicate(timeout=20)
    assert keeper.returncode == 3
    assert "web đã dừng (mã 3)" in told


def test_a_worker_that_dies_comes_back(marks: Path) -> None:
    dies = STAYS.format(mark=str(marks), name="worker").replace("time.sleep(60)", "raise SystemExit(1)")
    keeper = _keep("import time; time.sleep(60)", dies)
    _wait_for(marks, 2)
    keeper.terminate()
    _, told = keeper.communicate(timeout=20)
    assert "worker đã dừng (mã 1); chạy lại sau 2 giây" in told


def test_a_killed_worker_comes_back(marks: Path) -> None:
    keeper = _keep("import time; time.sleep(60)", STAYS.format(mark=str(marks), name="worker"))
    _wait_for(marks, 1)
    worker = _children(keeper.pid)[1]
    os.kill(worker, signal.SIGKILL)
    _wait_for(marks, 2)
    keeper.terminate()
    keeper.communicate(timeout=20)
