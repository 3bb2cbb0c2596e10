"""How often something may be tried: coarse, forgotten at a restart, never a lock on anybody."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from quiz_app.kernel.shared import Shared

MOST_KEYS = 10_000


@dataclass(slots=True)
class _Left:
    tries: float
    at: datetime


class Pace:
    """`burst` tries at once for each key, and `per_s` more with each second, counted by this process for itself."""

    def __init__(self, *, burst: int, per_s: float) -> None:
        self._burst = float(burst)
        self._per_s = per_s
        self._left: OrderedDict[Hashable, _Left] = OrderedDict()
        self._lock = threading.Lock()

    def has(self, key: Hashable, now: datetime) -> bool:
        """Whether the key has a try left at `now`."""
        with self._lock:
            left = self._left.get(key)
            return left is None or self._tries(left, now) >= 1

    def take(self, key: Hashable, now: datetime) -> bool:
        """Use up one try of the key, if it has one left at `now`; whether it had."""
        with self._lock:
            left = self._left.get(key)
            if left is None:
                left = self._left[key] = _Left(self._burst, now)
                if len(self._left) > MOST_KEYS:
                    self._left.popitem(last=False)
            else:
                self._left.move_to_end(key)
                left.tries = self._tries(left, now)
                left.at = max(left.at, now)
            if left.tries < 1:
                return False
            left.tries -= 1
            return True

    def _tries(self, left: _Left, now: datetime) -> float:
        return min(self._burst, left.tries + max(0.0, (now - left.at).total_seconds()) * self._per_s)


class Allowance:
    """The same, counted by all nodes together where they share a Redis or Valkey that answers.

    `name` tells it from other allowances.
    """

    def __init__(self, name: str, *, burst: int, per_s: float) -> None:
        self._name = name
        self._burst = burst
        self._per_s = per_s
        self._own = Pace(burst=burst, per_s=per_s)

    def has(self, key: str, now: datetime) -> bool:
        """Whether the key has a try left at `now`."""
        has = self._asked(key, uses=0)
        return self._own.has(key, now) if has is None else has

    def take(self, key: str, now: datetime) -> bool:
        """Use up one try of the key, if it has one left at `now`; whether it had."""
        had = self._asked(key, uses=1)
        return self._own.take(key, now) if had is None else had

    def _asked(self, key: str, *, uses: int) -> bool | None:
        shared: Shared | None = current_app.extensions.get("shared")
        if shared is None:
            return None
        return shared.take(f"{self._name} {key}", burst=self._burst, per_s=self._per_s, uses=uses)
