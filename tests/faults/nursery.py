"""Processes of the product born of one that has imported it already, so that a start takes a fraction of a second.

From the first statement of their program on they are what service runs, each in a process group of its own.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
import time
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from quiz_app.kernel.settings import ROOT

_IMPORTED = ["pytest", "gunicorn.app.wsgiapp", "gunicorn.workers.gthread", "flask.cli", "quiz_app.factory", __name__]
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(_IMPORTED)


def born(words: Sequence[str], env: Mapping[str, str], log: Path) -> ForkServerProcess:
    """Run `python -m …` as it would be run; what it says is added to the log."""
    process = _context.Process(target=_live, args=(list(words), dict(env), str(log)))
    process.start()
    assert process.pid is not None
    ends = time.monotonic() + 60
    while process.is_alive() and os.getpgid(process.pid) != process.pid:
        assert time.monotonic() < ends, "the process was not born"
        time.sleep(0.002)
    return process


def _live(words: list[str], env: dict[str, str], log: str) -> None:
    os.setsid()
    said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(said, stream)
    os.close(said)
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
