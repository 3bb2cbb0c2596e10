"""What boards are made of, kept in this process for as long as one tally lasts.

However many look at a board, it is read from the database once an interval; by all nodes together, where they share a
cache and the value can be packed for it. Only what is the same for everybody who may
look is kept: rows with no reader in them. Whose row it is and which names he may read is decided for each reader after
that, so nothing made for one person can come to another.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Protocol, TypeVar

from quiz_app.kernel.shared import Shared
from quiz_app.leaderboard.scope import Scope

INTERVAL = timedelta(seconds=3)
MOST = 1024  # in a city each board that is looked at is of another unit: a hundred a second and process
Value = TypeVar("Value")


class Packing(Protocol[Value]):
    """How a value is written for other nodes; `shape` changes with what is written."""

    @property
    def shape(self) -> tuple[str, ...]: ...
    def pack(self, value: Value) -> bytes: ...
    def unpack(self, packed: bytes) -> Value: ...


class Kept:
    """Values with the instant at which they were made; each is made by one caller while others wait for it."""

    def __init__(self, interval: timedelta = INTERVAL, shared: Shared | None = None) -> None:
        self.interval = interval
        self._shared = shared
        self._values: OrderedDict[Hashable, tuple[datetime, Any]] = OrderedDict()
        self._making: dict[Hashable, Lock] = {}
        self._lock = Lock()

    def get(
        self, key: Hashable, now: datetime, make: Callable[[], Value], packing: Packing[Value] | None = None
    ) -> tuple[Value, datetime]:
        """The value of a key as of at most one interval ago, and its instant.

        With a packing it may be one that another node has made: it must then name no person.
        """
        if not self.interval:
            return make(), now
        found = self.young(key, now)
        if found is not None:
            return found
        with self._lock:
            making = self._making.setdefault(key, Lock())
        with making:
            found = self.young(key, now)
            if found is not None:
                return found
            try:
                value, at = self._of_nodes(key, now, packing) or (make(), now)
            finally:
                with self._lock:
                    self._making.pop(key, None)
            if at == now:
                self._tell_nodes(key, now, value, packing)
            with self._lock:
                self._values[key] = (at, value)
                self._values.move_to_end(key)
                while len(self._values) > MOST:
                    self._values.popitem(last=False)
            return value, at

    def forget(self, key: Hashable) -> None:
        """Make this one anew when it is asked for next."""
        with self._lock:
            self._values.pop(key, None)

    def _of_nodes(self, key: Hashable, now: datetime, packing: Packing[Value] | None) -> tuple[Value, datetime] | None:
        if self._shared is None or packing is None:
            return None
        found = self._shared.get(_name(key, packing))
        if found is None:
            return None
        stamp, _, packed = found.partition(b"\n")
        at = datetime.fromisoformat(stamp.decode())
        return (packing.unpack(packed), at) if abs(now - at) < self.interval else None

    def _tell_nodes(self, key: Hashable, now: datetime, value: Value, packing: Packing[Value] | None) -> None:
        if self._shared is not None and packing is not None:
            told = f"{now.isoformat()}\n".encode() + packing.pack(value)
            self._shared.put(_name(key, packing), told, self.interval.total_seconds())

    def young(self, key: Hashable, now: datetime) -> tuple[Any, datetime] | None:
        """What is kept under this key, if it is young enough; a clock that was set back makes every value old."""
        with self._lock:
            at, value = self._values.get(key, (None, None))
        return (value, at) if at is not None and abs(now - at) < self.interval else None


class NotKept(LookupError):
    """What was asked for is not kept, or not any more."""


class Sight:
    """What is kept, for who makes nothing anew."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def get(self, key: Hashable, now: datetime, make: Callable[[], Any] | None = None) -> tuple[Any, datetime]:
        """As `Kept.get`. Raises NotKept where that would call `make`."""
        del make
        found = self._kept.young(key, now)
        if found is None:
            raise NotKept
        return found


def _name(key: Hashable, packing: Packing[Any]) -> str:
    """Numbers, words, instants and choices read the same on every node of one release."""
    return f"board {packing.shape!r} {key!r}"


def key_of(scope: Scope) -> Hashable:
    """What the figures of a scope depend on besides the results themselves: of whom it asks, nothing but the audience.

    With the state of each round, so that no figures cross the instant at which one begins or ends.
    """
    return (
        scope.contest.id,
        scope.contest.unit_minimum,
        None if scope.stage is None else scope.stage.id,
        scope.is_overall,
        tuple(round_.id for round_ in scope.rounds),
        tuple(round_.id for round_ in scope.revealed),
        tuple(scope.tie_breaks),
        scope.frozen,
        tuple(round_.id for round_ in scope.apart),
        tuple((round_.prediction_truth, round_.finalised_at) for round_ in scope.rounds),
    )
