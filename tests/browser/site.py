"""The product as it runs for people: gunicorn under its own settings, and its worker where a journey needs one."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from quiz_app.kernel.db import Database
from tests.support.nursery import Born, born
from tests.support.works import Work

READY_WITHIN_S = 60


class Site:
    """A running installation with a database of its own; `work` is the test's own hand in it."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.database_url = database_url
        self.folder = folder
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.db = Database(database_url)
        self.work = Work(self.db)
        self.web: Born | None = None
        folder.mkdir(exist_ok=True)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "APP_MODE": "test",
            "DATABASE_URL": self.database_url,
            "DATA_DIR": str(self.folder),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "PUBLIC_URL": self.url,
            "WEB_WORKERS": "1",
        }

    @contextmanager
    def served(self) -> Iterator[Site]:
        """The web server, ready, until the end of the block."""
        command = [sys.executable, "-m", "gunicorn", "--config", "python:deploy.gunicorn_settings", "wsgi:app"]
        with self._running(command, "web.log") as process:
            self.web = process
            until(lambda: self._is_ready(process), READY_WITHIN_S, lambda: self._log("web.log"))
            yield self
        self.db.dispose()

    def kill(self) -> None:
        """End the web server as a power cut does: it and its workers, at once and without a word."""
        assert self.web is not None
        children = Path(f"/proc/{self.web.pid}/task/{self.web.pid}/children").read_text(encoding="ascii").split()
        for process_id in (self.web.pid, *map(int, children)):
            os.kill(process_id, signal.SIGKILL)
        self.web.wait()

    @contextmanager
    def worker(self) -> Iterator[None]:
        """The job worker, until the end of the block."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker", "run", "--name", f"browser-{self.port}"]
        with self._running(command, "worker.log"):
            yield

    def _is_ready(self, process: Born) -> bool:
        assert process.poll() is None, self._log("web.log")
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5):  # noqa: S310 - the test's own server
                return True
        except (urllib.error.URLError, OSError):
            return False

    @contextmanager
    def _running(self, command: list[str], log_name: str) -> Iterator[Born]:
        process = born(command, self.environment, self.folder / log_name)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _log(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")[-3000:]


def until(holds: Callable[[], bool], within_s: float, told: Callable[[], str] = lambda: "it never came") -> None:
    """Wait until `holds`; fail with what `told` says after `within_s`."""
    ends = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < ends, told()
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
