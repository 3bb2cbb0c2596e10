"""The product's own processes, started as they are in service and killed without a warning."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from deploy.serve import children
from quiz_app.kernel.settings import FASTEST_SAVES, ROOT
from tests.support.nursery import born

READY_WITHIN_S = 240  # where others use the machine as well
COMMAND_WITHIN_S = 240
GUNICORN, WORKER = (child.command for child in children())


class Program:
    """One process with its children, in a process group of its own. Of another `home` it is a fresh interpreter."""

    def __init__(self, command: Sequence[str], env: dict[str, str], log: Path, home: Path = ROOT) -> None:
        self.command = command
        self.env = env
        self.home = home
        self._log = log
        self.pid: int | None = None
        self._code: Callable[[], int | None]
        self._wait: Callable[[float], object]

    def start(self) -> None:
        if self.home == ROOT and self.command[0] == sys.executable:
            process = born(self.command, self.env, self._log)
            self.pid, self._wait = process.pid, process.join
            self._code = process.poll
            return
        with self._log.open("ab") as log:
            fresh = subprocess.Popen(
                self.command, env=self.env, cwd=self.home, stdout=log, stderr=log, start_new_session=True
            )
        self.pid, self._code = fresh.pid, fresh.poll
        self._wait = fresh.wait

    def kill(self) -> None:
        """SIGKILL for all of the group at once."""
        self.end(signal.SIGKILL)

    def end(self, number: signal.Signals) -> None:
        """A signal for all of the group, or for its first process where it is to end in order; awaited."""
        if self.pid is None:
            return
        with suppress(ProcessLookupError):
            (os.killpg if number is signal.SIGKILL else os.kill)(self.pid, number)
        self._wait(60)
        self.pid = None

    def pause(self) -> None:
        """Nothing of the group runs until it goes on."""
        self._tell(signal.SIGSTOP)

    def go_on(self) -> None:
        self._tell(signal.SIGCONT)

    @contextmanager
    def held_to(self, file_size: int) -> Iterator[None]:
        """No process of the group writes beyond this place of any file during the block: the kernel refuses it."""
        assert self.pid is not None
        everyone = [self.pid, *self.children()]
        for pid in everyone:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (file_size, resource.RLIM_INFINITY))
        try:
            yield
        finally:
            for pid in everyone:
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    @property
    def priority(self) -> int:
        """How far it steps back behind others: 0 for what is as important as anything."""
        assert self.pid is not None
        return os.getpriority(os.PRIO_PROCESS, self.pid)

    def has_ended(self) -> bool:
        return self.pid is None or self._code() is not None

    def code(self) -> int | None:
        return self._code()

    def wait(self, seconds: float) -> None:
        self._wait(seconds)

    def children(self) -> list[int]:
        """The process ids directly below."""
        if self.pid is None:
            return []
        return [int(one) for one in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]

    def words(self) -> str:
        return self._log.read_text(errors="replace")[-3000:] if self._log.exists() else ""

    def _tell(self, number: signal.Signals) -> None:
        assert self.pid is not None
        os.killpg(self.pid, number)


class Server(Program):
    """gunicorn as deploy/ sets it up."""

    def __init__(
        self,
        env: dict[str, str],
        log: Path,
        application: str = "wsgi:app",
        *,
        workers: int = 2,
        home: Path = ROOT,
        port: int | None = None,
    ) -> None:
        each = workers if env.get("PORT_FOR_EACH") == "1" else 1
        self.port = port or free_ports(each)
        self.ports = range(self.port, self.port + each)
        settings = {**env, "HOST": "127.0.0.1", "PORT": str(self.port), "WEB_WORKERS": str(workers)}
        super().__init__([*GUNICORN[:-1], application], settings, log, home)

    def start(self, probe: str = "readyz") -> None:
        super().start()
        ends = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < ends and not self.has_ended():
            if all(self.answers(probe, port) for port in self.ports):
                return
            time.sleep(0.02)
        raise RuntimeError(f"the server did not start:\n{self.words()}")

    def answers(self, probe: str = "readyz", port: int = 0) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port or self.port}/{probe}", timeout=10):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def told(self, header: str) -> str | None:
        """What it says in a header of its answers."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=30) as answer:
            found: str | None = answer.headers.get(header)
        return found

    def kill_one_worker(self, turn: int) -> None:
        """SIGKILL for one process that serves requests, once there is one; the server starts another."""
        ends = time.monotonic() + READY_WITHIN_S
        while not (workers := self.children()):
            assert time.monotonic() < ends, "the server has no worker"
            time.sleep(0.01)
        os.kill(workers[turn % len(workers)], signal.SIGKILL)


# What measures and harms the product asks it for more than people do.
AT_ANY_PACE = {"SAVES_PER_S": str(FASTEST_SAVES)}


def environment(database_url: str, data_dir: Path) -> dict[str, str]:
    """The environment of a test installation: what this process has, without its settings."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TZ", "VIRTUAL_ENV"}}
    return {**kept, "APP_MODE": "test", "DATABASE_URL": database_url, "DATA_DIR": str(data_dir), **AT_ANY_PACE}


def command(env: dict[str, str], *arguments: str, home: Path = ROOT) -> tuple[int, str]:
    """One command of the product, to its end: its exit code and what it said."""
    log = Path(env["DATA_DIR"]) / f"command-{uuid4().hex}.log"
    program = Program([sys.executable, "-m", "flask", "--app", "wsgi", *arguments], env, log, home)
    program.start()
    program.wait(COMMAND_WITHIN_S)
    code = program.code()
    program.kill()
    said = program.words()
    log.unlink(missing_ok=True)
    assert code is not None, f"{arguments} did not end: {said}"
    return code, said


def free_ports(count: int) -> int:
    """The first of so many in a row."""
    while True:
        with ExitStack() as probes:
            port = int(probes.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1])
            with suppress(OSError, OverflowError):
                for other in range(port + 1, port + count):
                    probes.enter_context(socket.create_server(("127.0.0.1", other)))
                return port
