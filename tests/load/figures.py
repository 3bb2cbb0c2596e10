"""What was measured, as it is written to bench.json, printed, and shown in the README.

The file holds one entry a measure under `measures`, when and on what each was measured under `measured`, and all ratios
under `ratios`. Whoever measures something apart (the growth, say) adds his own by `keep`; what others have put there
stays, with the day and the machine that it is of.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from quiz_app.kernel.db import open_sqlite
from quiz_app.kernel.settings import ROOT
from tests.load.generator import Outcome
from tests.load.sides import Pair
from tests.support.postgres import NoPostgres, binaries

FILE = ROOT / "bench.json"
PACKAGES = ("Flask", "Werkzeug", "SQLAlchemy", "psycopg", "gunicorn", "Flask-WTF", "argon2-cffi", "openpyxl")
SIDES = ("floor", "product", "little", "much")
ON_FILE = ("measured_at", "machine", "versions")  # of the last who measured; all that files from before say
Measures = Mapping[str, Mapping[str, Any]]


def here() -> dict[str, Any]:
    """The machine as it is before something is measured, and what runs on it."""
    return {"machine": machine(), "versions": versions()}


def keep(measures: Measures, on: Mapping[str, Any], *, file: Path = FILE, **about: Any) -> dict[str, Any]:
    """Put these measures into the file beside those of others; each with a `ratio` is listed under `ratios`.

    `on` is where they were measured, as `here` told before. `about` is said of the whole file: its counts.
    """
    found: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    of_file = {name: found[name] for name in ON_FILE if name in found}
    for name, value in about.items():
        found[name] = {**found.get(name, {}), **value} if isinstance(value, dict) else value
    now = {"measured_at": datetime.now(UTC).isoformat(timespec="seconds"), **on}
    found["measured"] = {
        **dict.fromkeys(found.get("measures", {}), of_file),
        **found.get("measured", {}),
        **dict.fromkeys(measures, now),
    }
    found["measures"] = {**found.get("measures", {}), **measures}
    found["ratios"] = {name: one["ratio"] for name, one in found["measures"].items() if "ratio" in one}
    found |= now
    file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    return found


def gathered(pieces: Iterable[Measures], on: Mapping[str, Any], *, file: Path = FILE) -> dict[str, Any]:
    """All of them, each put by and printed as soon as it is measured: what fails later cannot lose it."""
    found: dict[str, Any] = {}
    for piece in pieces:
        keep(piece, on, file=file)
        for name, one in piece.items():
            show(name, one)
        found |= piece
    return found


def machine() -> dict[str, Any]:
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "processor": models[0].partition(":")[2].strip() if models else platform.processor(),
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "system": platform.platform(),
    }


def versions() -> dict[str, str]:
    """Of the languages, the databases and the libraries; PostgreSQL where it is installed."""
    found = {
        "Python": platform.python_version(),
        "SQLite": open_sqlite(Path(":memory:")).execute("SELECT sqlite_version()").fetchone()[0],
        **{name: version(name) for name in PACKAGES},
    }
    try:
        told = subprocess.run([binaries() / "postgres", "--version"], check=True, capture_output=True, text=True).stdout
    except NoPostgres:
        return found
    return {**found, "PostgreSQL": told.partition(") ")[2].strip()}


def of_pairs(pairs: Sequence[Pair]) -> dict[str, Any]:
    """The median of the ratios, by throughput and by processor time."""
    ratios = sorted(round(pair.ratio, 3) for pair in pairs)
    return {
        "ratio": round(median(ratios), 3),
        "ratios_of_pairs": ratios,
        "cpu_ratio": round(median(pair.cpu_ratio for pair in pairs), 3),
        "floor": summary([pair.floor for pair in pairs]),
        "product": summary([pair.product for pair in pairs]),
    }


def of_growth(pairs: Sequence[Pair]) -> dict[str, Any]:
    """How many times as long the same takes where much has happened; `floor` is where little has."""
    found = of_pairs(pairs)
    return {
        "ratio": round(1 / found["ratio"], 3),
        "ratios_of_pairs": sorted(round(1 / ratio, 3) for ratio in found["ratios_of_pairs"]),
        "cpu_ratio": round(1 / found["cpu_ratio"], 3),
        "little": found["floor"],
        "much": found["product"],
    }


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The median of the turns, and how far they lie apart."""
    rates = [outcome.rate for outcome in outcomes]
    latencies = [latency for outcome in outcomes for latency in outcome.latencies_s]
    percentiles = quantiles(latencies, n=100) if len(latencies) > 1 else [0.0] * 99
    failures = [failure for outcome in outcomes for failure in outcome.failures]
    return {
        "per_second": round(median(rates)),
        "slowest_turn": round(min(rates)),
        "fastest_turn": round(max(rates)),
        "p50_ms": round(percentiles[49] * 1000, 1),
        "p99_ms": round(percentiles[98] * 1000, 1),
        "cpu_us": round(median(outcome.cpu_us for outcome in outcomes)),
        "served": len(latencies),
        "failed": len(failures),
        "resent": sum(outcome.resent for outcome in outcomes),
        "first_failure": failures[0] if failures else None,
    }


def failed(measures: Measures) -> list[str]:
    """The first failure of each measure that had any."""
    sides = ((name, found.get(side)) for name, found in measures.items() for side in SIDES)
    return [f"{name}: {side['first_failure']}" for name, side in sides if isinstance(side, dict) and side.get("failed")]


def show(name: str, found: Mapping[str, Any]) -> None:
    """Print one measure in a few lines."""
    if "cpu_ratio" in found and any(side in found for side in SIDES):
        pairs = found["ratios_of_pairs"]
        print(
            f"{name}: {found['ratio']:.2f} (pairs {pairs[0]:.2f} to {pairs[-1]:.2f}), by CPU {found['cpu_ratio']:.2f}"
        )
        for side in (one for one in SIDES if one in found):
            row = found[side]
            print(
                f"  {side}: {row['per_second']}/s ({row['slowest_turn']} to {row['fastest_turn']}), "
                f"p50 {row['p50_ms']} ms, p99 {row['p99_ms']} ms, {row['cpu_us']} µs of CPU, "
                f"{row['served']} served, {row['failed']} failed",
                flush=True,
            )
        return
    print(f"{name}: {json.dumps(found, ensure_ascii=False)}", flush=True)
