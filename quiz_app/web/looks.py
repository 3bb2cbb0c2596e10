"""Looks at the database that never hold who asks: a server that hangs sends no error, and no answer either."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from flask import Flask

from quiz_app.kernel.errors import Overloaded

T = TypeVar("T")
ANSWERED_WITHIN_S = 0.7
_one_looks = threading.Lock()


def look(app: Flask, name: str, ask: Callable[[], T]) -> T:
    """What `ask` finds, from a thread of its own. Raises Overloaded where it is not found in time.

    While a look of this name hangs no other is begun: however often somebody asks, one thread waits.
    """
    under_way: dict[str, _Look[T]] = app.extensions.setdefault("looks", {})
    with _one_looks:
        found = under_way.get(name)
        if found is None or found.has_ended:
            found = under_way[name] = _Look(name, ask)
    return found.answer()


class _Look(Generic[T]):
    def __init__(self, name: str, ask: Callable[[], T]) -> None:
        self._ask = ask
        self._ended = threading.Event()
        self._found: list[T] = []
        self._error: Exception | None = None
        threading.Thread(target=self._run, daemon=True, name=f"look {name}").start()

    @property
    def has_ended(self) -> bool:
        return self._ended.is_set()

    def answer(self) -> T:
        if not self._ended.wait(ANSWERED_WITHIN_S):
            raise Overloaded
        if self._error is not None:
            raise self._error
        return self._found[0]

    def _run(self) -> None:
        try:
            self._found.append(self._ask())
        except Exception as error:
            self._error = error
        finally:
            self._ended.set()
