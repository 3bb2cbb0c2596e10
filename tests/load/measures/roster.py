"""A roster of 100,000 rows planned, answered and written, beside openpyxl that walks the same cells and keeps none."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from statistics import median
from typing import Any

ROWS, PAIRS = 100_000, 2
STEPS = ("read_s", "plan_s", "sheet_back_s", "write_s")
Found = dict[str, Any]


def roster() -> dict[str, Found]:
    """Library, import, library, import, each in a fresh process; each pair gives a ratio."""
    pairs = [(_one("openpyxl"), _one("xlsx")) for _ in range(PAIRS)]
    ratios = sorted(round(_wall(imported, STEPS) / _wall(alone), 3) for alone, imported in pairs)
    return {
        "roster": {
            "ratio": round(median(ratios), 3),
            "ratios_of_pairs": ratios,
            "cpu_ratio": round(median(_cpu(imported, STEPS) / _cpu(alone) for alone, imported in pairs), 3),
            "rows": ROWS,
            "library_alone_s": [_wall(alone) for alone, _ in pairs],
            "import_s": [{name: _wall(imported, [name]) for name in STEPS} for _, imported in pairs],
            "peak_mb": max(imported["peak_mb"] for _, imported in pairs),
        }
    }


def _one(kind: str) -> Found:
    command = [sys.executable, "-m", "tests.load.rosters", "one", kind, str(ROWS)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: Found = json.loads(done.stdout.splitlines()[-1])
    return found


def _wall(told: Found, steps: Sequence[str] = STEPS[:1]) -> float:
    """Seconds of these steps, which are told as `wall (processor)`; of what reads alone there is one."""
    return sum(float(told[name].partition(" ")[0]) for name in steps)


def _cpu(told: Found, steps: Sequence[str] = STEPS[:1]) -> float:
    return sum(float(told[name].partition("(")[2].rstrip(")")) for name in steps)
