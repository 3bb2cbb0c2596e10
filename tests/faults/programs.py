"""The product's own processes, started as they are in service and killed without a warning."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from deploy.serve import children
from quiz_app.kernel.settings import ROOT

READY_WITHIN_S = 60
GUNICORN, WORKER = (child.command for child in children())


class Program:
    """One process with its children, in a process group of its own."""

    def __init__(self, command: Sequence[str], env: dict[str, str], log: Path) -> None:
        self._command = command
        self._env = env
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._env, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        """SIGKILL for all of the group at once."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(20)
            self._process = None

    @property
    def priority(self) -> int:
        """How far it steps back behind others: 0 for what is as important as anything."""
        assert self._process is not None
        return os.getpriority(os.PRIO_PROCESS, self._process.pid)

    def has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    @property
    def pid(self) -> int:
        """The process id; it must have been started."""
        assert self._process is not None
        return self._process.pid

    def children(self) -> list[int]:
        """The process ids directly below."""
        if self._process is None:
            return []
        pid = self._process.pid
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def words(self) -> str:
        return self._log.read_text(errors="replace")[-3000:]


class Server(Program):
    """gunicorn as deploy/ sets it up."""

    def __init__(self, env: dict[str, str], log: Path, application: str = "wsgi:app", *, workers: int = 2) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        settings = {**env, "HOST": "127.0.0.1", "PORT": str(self.port), "WEB_WORKERS": str(workers)}
        super().__init__([*GUNICORN[:-1], application], settings, log)

    def start(self) -> None:
        super().start()
        ends = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < ends and not self.has_ended():
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise RuntimeError(f"the server did not start:\n{self.words()}")

    def kill_one_worker(self, turn: int) -> None:
        """SIGKILL for one process that serves requests, once there is one; the server starts another."""
        ends = time.monotonic() + READY_WITHIN_S
        while not (workers := self.children()):
            assert time.monotonic() < ends, "the server has no worker"
            time.sleep(0.05)
        os.kill(workers[turn % len(workers)], signal.SIGKILL)


def environment(database_url: str, data_dir: Path) -> dict[str, str]:
    """The environment of a test installation: what this process has, without its settings."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TZ", "VIRTUAL_ENV"}}
    return {**kept, "APP_MODE": "test", "DATABASE_URL": database_url, "DATA_DIR": str(data_dir)}


def command(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """One command of the product, to its end."""
    words = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    return subprocess.run(words, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
