"""How many faults each case does at least. FAULTS_SCALE=0.1 does a tenth of them, for trying out."""

from __future__ import annotations

import math
import os

SCALE = float(os.environ.get("FAULTS_SCALE", "1"))


def scaled(number: int) -> int:
    return max(1, math.ceil(number * SCALE))


KILLS = scaled(100)
DATABASE = scaled(30)
STORAGE = scaled(30)
WORKER = scaled(30)
CACHE = scaled(30)
NODES = scaled(20)
SAVES = scaled(10_000)
CLOCK = scaled(20)
RACES = scaled(1_000)
BACKUPS = scaled(10)
HERD = scaled(500)
STALLED = scaled(300)
