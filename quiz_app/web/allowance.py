"""How often something may be tried: coarse, forgotten at a restart, never a lock on anybody.

Counted by all nodes together where they share a Redis or Valkey that answers, else by each process for itself.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from quiz_app.kernel.shared import Shared

MOST_KEYS = 10_000


@dataclass(slots=True)
class _Left:
    tries: float
    at: datetime


class Allowance:
    """`burst` tries at once for each key, and `per_s` more with each second; `name` tells it from other allowances."""

    def __init__(self, name: str, *, burst: int, per_s: float) -> None:
        self._name = name
        self._burst = burst
        self._per_s = per_s
        self._left: OrderedDict[str, _Left] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, now: datetime) -> bool:
        """Use up one try of the key, if it has one left at `now`; whether it had."""
        shared: Shared | None = current_app.extensions.get("shared")
        if shared is not None:
            taken = shared.take(f"{self._name} {key}", burst=self._burst, per_s=self._per_s)
            if taken is not None:
                return taken
        return self._take(key, now)

    def _take(self, key: str, now: datetime) -> bool:
        with self._lock:
            left = self._left.setdefault(key, _Left(float(self._burst), now))
            self._left.move_to_end(key)
            if len(self._left) > MOST_KEYS:
                self._left.popitem(last=False)
            gained = max(0.0, (now - left.at).total_seconds()) * self._per_s
            left.tries = min(float(self._burst), left.tries + gained)
            left.at = max(left.at, now)
            if left.tries < 1:
                return False
            left.tries -= 1
            return True
