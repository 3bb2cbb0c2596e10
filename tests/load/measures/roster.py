"""A roster of 100,000 rows planned, answered and written, beside openpyxl that walks the same cells and keeps none."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

ROWS = 100_000
STEPS = ("read_s", "plan_s", "sheet_back_s", "write_s")


def roster() -> dict[str, dict[str, Any]]:
    """Each in a fresh process, the library before and after the import."""
    first, imported, second = _one("openpyxl"), _one("xlsx"), _one("openpyxl")
    alone = [_seconds(one["read_s"]) for one in (first, second)]
    steps = {name: _seconds(imported[name]) for name in STEPS}
    cpu = sum(_cpu(imported[name]) for name in STEPS)
    return {
        "roster": {
            "ratio": round(sum(steps.values()) / (sum(alone) / 2), 3),
            "cpu_ratio": round(cpu / (sum(_cpu(one["read_s"]) for one in (first, second)) / 2), 3),
            "rows": ROWS,
            "library_alone_s": alone,
            "import_s": steps,
            "peak_mb": imported["peak_mb"],
        }
    }


def _one(kind: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.load.rosters", "one", kind, str(ROWS)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _seconds(told: str) -> float:
    return float(told.partition(" ")[0])


def _cpu(told: str) -> float:
    return float(told.partition("(")[2].rstrip(")"))
