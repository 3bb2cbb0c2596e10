"""`make bench`: what the save path reaches of a bare Flask view that keeps the same answer by one guarded UPDATE.

Both run under the product's gunicorn settings, on the same machine and engine, and take turns: floor, product, floor,
product. Each pair of turns gives a ratio; the figure is the median. Results are printed and written to bench.json.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psycopg

from quiz_app.kernel.db import Database, open_sqlite
from quiz_app.kernel.settings import ROOT
from tests.faults.programs import Server, environment
from tests.load import floor
from tests.load.generator import Outcome, Turn, drive
from tests.load.sitting import open_pages, prepare
from tests.support import run
from tests.support.postgres import Cluster

MEMBERS = 300
CONNECTIONS = 32
PAIRS = 20  # short turns: what else this machine does then weighs on both of a pair
TURN_S = 1.0
WARM_UP_S = 1.5
VERSIONS = ("Flask", "Werkzeug", "SQLAlchemy", "psycopg", "gunicorn", "Flask-WTF")


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
class Postgres:
    url: str
    floor_url: str
    pid: int
    version: str


@contextmanager
def postgres(folder: Path) -> Iterator[Postgres]:
    """A server that keeps every guarantee, with two empty databases."""
    cluster = Cluster(folder, durable=True)
    cluster.start()
    try:
        with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE product")
            connection.execute("CREATE DATABASE floor")
            server_version = str(connection.info.parameter_status("server_version"))
        assert cluster.process is not None
        yield Postgres(cluster.url("product"), cluster.url("floor"), cluster.process.pid, server_version)
    finally:
        cluster.stop()


@contextmanager
def servers(url: str, floor_url: str, folder: Path) -> Iterator[tuple[Server, Server]]:
    """The floor and the product, both serving."""
    data_dir = folder / "data"
    data_dir.mkdir(exist_ok=True)
    settings = {"APP_MODE": "production", "SECRET_KEY": os.urandom(32).hex(), "ALLOW_HTTP": "1"}
    of_floor = Server(environment(floor_url, data_dir), folder / "floor.log", "tests.load.floor:serve()")
    of_product = Server({**environment(url, data_dir), **settings}, folder / "product.log")
    try:
        of_floor.start()
        of_product.start()
        yield of_floor, of_product
    finally:
        of_floor.kill()
        of_product.kill()


def measure(
    url: str,
    floor_url: str,
    folder: Path,
    *,
    database_pid: int | None = None,
    members: int = MEMBERS,
    pairs: int = PAIRS,
    turn_s: float = TURN_S,
    connections: int = CONNECTIONS,
) -> list[Pair]:
    """Interleaved turns on one engine; both databases are new. `database_pid`: whose children's work counts too."""
    folder.mkdir(exist_ok=True)
    run.migrate(url, folder)
    db = Database(url)
    sitters = prepare(db, members)
    db.dispose()
    with servers(url, floor_url, folder) as (of_floor, of_product):
        places = open_pages(of_product.port, sitters)
        floor.store(floor_url).fill([(place.attempt_id, place.position) for place in places])
        if database_pid:
            analyse(url, floor_url)
        floor_turn, product_turn = Turn(places), Turn(places)

        def taken(seconds: float) -> Pair:
            return Pair(
                turn_of(of_floor, database_pid, floor_turn, seconds, connections),
                turn_of(of_product, database_pid, product_turn, seconds, connections),
            )

        taken(min(WARM_UP_S, turn_s))
        return [taken(turn_s) for _ in range(pairs)]


def analyse(*urls: str) -> None:
    """Let the planner know the tables: the tests' server does not find the time by itself, one in service does."""
    for url in urls:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("ANALYZE")


def turn_of(server: Server, database_pid: int | None, turn: Turn, seconds: float, connections: int) -> Outcome:
    pids = server.children() + (children_of(database_pid) if database_pid else [])
    before = cpu_s(pids)
    outcome = drive(server.port, turn, seconds=seconds, connections=connections)
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


def summary(outcomes: list[Outcome]) -> dict[str, Any]:
    """The median of the turns, and how far they lie apart."""
    rates = [outcome.rate for outcome in outcomes]
    latencies = [latency for outcome in outcomes for latency in outcome.latencies_s]
    percentiles = quantiles(latencies, n=100)
    failures = [failure for outcome in outcomes for failure in outcome.failures]
    return {
        "per_second": round(median(rates)),
        "slowest_turn": round(min(rates)),
        "fastest_turn": round(max(rates)),
        "p50_ms": round(percentiles[49] * 1000, 1),
        "p99_ms": round(percentiles[98] * 1000, 1),
        "cpu_us": round(median(outcome.cpu_us for outcome in outcomes)),
        "saved": len(latencies),
        "failed": len(failures),
        "first_failure": failures[0] if failures else None,
    }


def report_of(pairs: list[Pair]) -> dict[str, Any]:
    ratios = sorted(round(pair.ratio, 3) for pair in pairs)
    return {
        "ratio": median(ratios),
        "ratios_of_pairs": ratios,
        "cpu_ratio": round(median(pair.cpu_ratio for pair in pairs), 3),
        "floor": summary([pair.floor for pair in pairs]),
        "product": summary([pair.product for pair in pairs]),
    }


def machine() -> dict[str, Any]:
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "processor": models[0].partition(":")[2].strip() if models else platform.processor(),
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "system": platform.platform(),
    }


def versions(server_version: str) -> dict[str, str]:
    return {
        "Python": platform.python_version(),
        "PostgreSQL": server_version,
        "SQLite": open_sqlite(Path(":memory:")).execute("SELECT sqlite_version()").fetchone()[0],
        **{name: version(name) for name in VERSIONS},
    }


def main() -> int:
    began = time.monotonic()
    about = machine()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # PostgreSQL runs as another account below it
        with postgres(folder / "pg") as server:
            pairs = measure(server.url, server.floor_url, folder / "save_pg", database_pid=server.pid)
            measures = {"save_pg": report_of(pairs)}
        files = [f"sqlite:///{folder / database}.sqlite3" for database in ("product", "floor")]
        measures["save_sqlite"] = report_of(measure(files[0], files[1], folder / "save_sqlite"))
    result = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - began),
        "machine": about,
        "versions": versions(server.version),
        "counts": {"members": MEMBERS, "pairs": PAIRS, "turn_s": TURN_S, "connections": CONNECTIONS},
        "measures": measures,
        "ratios": {name: found["ratio"] for name, found in measures.items()},
    }
    (ROOT / "bench.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    for name, found in measures.items():
        show(name, found)
    return 1 if any(found[side]["failed"] for found in measures.values() for side in ("floor", "product")) else 0


def show(name: str, found: dict[str, Any]) -> None:
    pairs = found["ratios_of_pairs"]
    print(f"{name}: {found['ratio']:.2f} (pairs {pairs[0]:.2f} to {pairs[-1]:.2f}), by CPU {found['cpu_ratio']:.2f}")
    for side in ("floor", "product"):
        row = found[side]
        print(
            f"  {side}: {row['per_second']}/s ({row['slowest_turn']} to {row['fastest_turn']}), "
            f"p50 {row['p50_ms']} ms, p99 {row['p99_ms']} ms, "
            f"{row['cpu_us']} µs of CPU, {row['saved']} saved, {row['failed']} failed"
        )
        if row["first_failure"]:
            print(f"  first failure: {row['first_failure']}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
