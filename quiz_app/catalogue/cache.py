"""What never changes once published, kept by each process: the hot paths read it for every start and every page."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy.orm import Session
from sqlalchemy.pool import Pool

Value = TypeVar("Value")
Load = Callable[[Session, Collection[int]], dict[int, Value]]
KEPT = 10_000


class VersionCache(Generic[Value]):
    """Values by id of item version, the least recently used one dropped first."""

    def __init__(self, load: Load[Value], size: int = KEPT) -> None:
        self._load = load
        self._size = size
        self._lock = threading.Lock()
        # By database: one process may serve several, and their ids mean different things.
        self._kept: WeakKeyDictionary[Pool, OrderedDict[int, Value]] = WeakKeyDictionary()

    def get(self, session: Session, ids: Collection[int]) -> dict[int, Value]:
        """The values of these versions. Raises LookupError for an id that does not exist."""
        pool = session.get_bind().engine.pool
        with self._lock:
            kept = self._kept.setdefault(pool, OrderedDict())
            found = {id_: kept[id_] for id_ in ids if id_ in kept}
            for id_ in found:
                kept.move_to_end(id_)
        absent = set(ids) - found.keys()
        if not absent:
            return found
        loaded = self._load(session, absent)
        if absent - loaded.keys():
            raise LookupError(f"no item versions {sorted(absent - loaded.keys())}")
        with self._lock:
            kept.update(loaded)
            while len(kept) > self._size:
                kept.popitem(last=False)
        return found | loaded
