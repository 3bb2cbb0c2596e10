"""Keeps the web server and the job worker running together: one ends, the other follows in order."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

GRACE_S = 35  # a little above gunicorn's own
LONGEST_WAIT_S = 30.0
STEADY_AFTER_S = 60.0


@dataclass
class Child:
    """A process to be kept. One that `must_run` takes everything down with it; another is started again."""

    name: str
    command: Sequence[str]
    must_run: bool
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    starts_at: float = 0.0
    wait_s: float = field(default=1.0)

    def start(self, env: Mapping[str, str]) -> None:
        # A session of its own: Ctrl-C reaches only the keeper, which then ends its children in order.
        self.process = subprocess.Popen(self.command, env=dict(env), start_new_session=True)  # noqa: S603 - commands of this package
        self.started_at = time.monotonic()

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None


class Stopped(Exception):
    """Somebody asked for the end."""


def keep(children: Sequence[Child], env: Mapping[str, str], *, poll_s: float = 0.2) -> int:
    """Run the children until one that must run ends, or SIGTERM or Ctrl-C comes; the exit code."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        for child in children:
            child.start(env)
        while True:
            time.sleep(poll_s)
            for child in children:
                if child.process is None and time.monotonic() >= child.starts_at:
                    child.start(env)
                if not child.has_ended():
                    continue
                if child.must_run:
                    return _code(child)
                _plan_restart(child)
    except Stopped:
        return 0
    finally:
        _end(children)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def _code(child: Child) -> int:
    code = child.process.returncode if child.process is not None else 1
    print(f"{child.name} đã dừng (mã {code}).", file=sys.stderr, flush=True)
    return code if code > 0 else 1


def _plan_restart(child: Child) -> None:
    ran_s = time.monotonic() - child.started_at
    child.wait_s = 1.0 if ran_s >= STEADY_AFTER_S else min(child.wait_s * 2, LONGEST_WAIT_S)
    code = child.process.returncode if child.process is not None else "?"
    print(f"{child.name} đã dừng (mã {code}); chạy lại sau {child.wait_s:.0f} giây.", file=sys.stderr, flush=True)
    child.process = None
    child.starts_at = time.monotonic() + child.wait_s


def _end(children: Sequence[Child]) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    running = [child.process for child in children if child.process is not None and child.process.poll() is None]
    for process in running:
        process.send_signal(signal.SIGTERM)
    ends = time.monotonic() + GRACE_S
    for process in running:
        try:
            process.wait(timeout=max(0.1, ends - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
