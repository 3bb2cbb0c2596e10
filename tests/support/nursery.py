"""Processes of the product born of one that has imported it already, so that a start takes a fraction of a second.

From the first statement of their program on they are what service runs, each in a process group of its own.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from quiz_app.kernel.settings import ROOT

_IMPORTED = [
    "pytest",
    "weasyprint",
    "gunicorn.app.wsgiapp",
    "gunicorn.workers.gthread",
    "flask.cli",
    "quiz_app.factory",
    __name__,
]
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(_IMPORTED)


class Born:
    """One such process, to be held as `subprocess.Popen` is; it ends with whoever had it born at the latest."""

    def __init__(self, process: ForkServerProcess) -> None:
        assert process.pid is not None
        self.pid = process.pid
        self._process = process

    def poll(self) -> int | None:
        return self._process.exitcode

    def join(self, timeout: float | None = None) -> None:
        """Until it has ended, or that long."""
        self._process.join(timeout)

    def wait(self, timeout: float | None = None) -> int:
        """Raises subprocess.TimeoutExpired."""
        self.join(timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def born(
    words: Sequence[str], env: Mapping[str, str], log: Path, *, said: Path | None = None, told: Path | None = None
) -> Born:
    """Run `python -m …` as it would be run; what it says is added to the log, or put into `said`.

    Its input is `told`, or nothing.
    """
    streams = (str(told or os.devnull), str(said or log), str(log))
    process = _context.Process(target=_live, args=(list(words), dict(env), streams), daemon=True)
    process.start()
    assert process.pid is not None
    ends = time.monotonic() + 60
    while process.is_alive() and os.getpgid(process.pid) != process.pid:
        assert time.monotonic() < ends, "the process was not born"
        time.sleep(0.002)
    return Born(process)


def _live(words: list[str], env: dict[str, str], streams: tuple[str, str, str]) -> None:
    os.setsid()
    for number, name in enumerate(streams):
        opened = os.open(name, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 # what was born had its input closed
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(env)
    if "TZ" in env:
        time.tzset()
    assert words[1] == "-m", words
    sys.argv = list(words[2:])
    try:
        runpy.run_module(words[2], run_name="__main__", alter_sys=True)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
