"""The processes that a load runs against, and the processor time that each of them takes."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from quiz_app.kernel.settings import SAVES_PER_S
from tests.faults.programs import WORKER, Program, Server, environment
from tests.support.postgres import Cluster

GENERATOR = "generator"


@dataclass
class Installation:
    """A server and a worker over one database, as they are in service."""

    env: dict[str, str]
    server: Server
    worker: Program
    cluster: Cluster | None

    def spent_s(self) -> dict[str, float]:
        """Seconds of processor time so far, by part. On SQLite the database works inside the web server."""
        return {
            "web": tree_s(self.server.pid),
            "worker": tree_s(self.worker.pid),
            "database": cluster_s(self.cluster),
            GENERATOR: time.process_time(),
        }


def settings_of(database_url: str, folder: Path) -> dict[str, str]:
    """The environment of a production installation on this machine."""
    data_dir = folder / "data"
    data_dir.mkdir(exist_ok=True)
    secret = os.urandom(32).hex()
    own = {"APP_MODE": "production", "SECRET_KEY": secret, "ALLOW_HTTP": "1", "SAVES_PER_S": str(SAVES_PER_S)}
    return {**environment(database_url, data_dir), **own}


@contextmanager
def database(engine: str, folder: Path) -> Iterator[tuple[str, Cluster | None]]:
    """The URL of a new database; PostgreSQL with every guarantee."""
    if engine == "sqlite":
        yield f"sqlite:///{folder / 'load.sqlite3'}", None
        return
    cluster = Cluster(folder / "pg", durable=True)
    cluster.start()
    try:
        with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE load")
        yield cluster.url("load"), cluster
    finally:
        cluster.stop()


@contextmanager
def serving(env: dict[str, str], folder: Path, cluster: Cluster | None) -> Iterator[Installation]:
    server = Server(env, folder / "server.log")
    worker = Program(WORKER, env, folder / "worker.log")
    try:
        server.start()
        worker.start()
        yield Installation(env, server, worker, cluster)
    finally:
        worker.kill()
        server.kill()


def cluster_s(cluster: Cluster | None) -> float:
    """Processor time of a database server; none where there is no server."""
    return 0.0 if cluster is None or cluster.process is None else tree_s(cluster.process.pid)


def tree_s(pid: int | None) -> float:
    """Processor time of a process and all below it, those included that have ended and were waited for."""
    with suppress(FileNotFoundError, ProcessLookupError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        own = sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")
        below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return own + sum(tree_s(int(child)) for child in below)
    return 0.0


def about() -> dict[str, Any]:
    """What machine this is, and how busy it is with other things."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "processor": models[0].partition(":")[2].strip() if models else platform.processor(),
        "cores": os.cpu_count(),
        "load_before": [round(one, 2) for one in os.getloadavg()],
        "system": platform.platform(),
    }
