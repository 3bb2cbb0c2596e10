"""Which tests `make test` need not put to PostgreSQL: whatever they ask of it, others that it runs ask of it as well.

`make asked` puts all of them to it, notes every statement, and writes the list anew. A test stays where more than its
statements matter: where threads or processes meet, a statement fails, a plan is looked at, or a member sits.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine, ExceptionContext

from tests.support import run

LIST = Path(__file__).parent.parent / "asked_beside.txt"
IS_ASKED_ANEW = "ASK_ANEW" in os.environ
STAY = ("tests/features/attempts/", "tests/features/registering/")
_ELSEWHERE = {"subprocess.Popen", "socket.connect"}  # another process may ask on its behalf
_ENOUGH_S = 0.1  # what takes less is not worth a line


def beside() -> frozenset[str]:
    return frozenset() if IS_ASKED_ANEW else frozenset(LIST.read_text(encoding="utf-8").split())


def shape(statement: str) -> str:
    """A statement without its values and their number."""
    bare = re.sub(r"%\(\w+\)s(::\w+)?|\$\d+(::\w+)?", "?", statement)
    bare = re.sub(r"(\?|NULL)(, (\?|NULL))+", "?*", bare)
    bare = re.sub(r"\((\?\*?)\)(, \(\?\*?\))+", r"(\1)*", bare)
    return re.sub(r"\s+", " ", re.sub(r"\d+", "0", bare))


@dataclass
class Told:
    """What one test asked of PostgreSQL."""

    name: str
    asked: list[str] = field(default_factory=list)
    stays: bool = False
    took_s: float = 0.0


class Asking:
    """The plugin that takes notes, in each process of a run."""

    def __init__(self) -> None:
        self._told: list[Told] = []
        self._now: Told | None = None
        self._shapes: dict[str, str] = {}
        event.listen(Engine, "before_cursor_execute", self._note)
        event.listen(Engine, "handle_error", self._note_error)
        sys.addaudithook(self._note_process)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._now = Told(item.nodeid.partition("[")[0])
        began = time.perf_counter()
        try:
            return (yield)
        finally:
            self._now.took_s = time.perf_counter() - began
            self._now.asked = sorted(set(self._now.asked))
            self._told.append(self._now)
            self._now = None

    def pytest_sessionfinish(self) -> None:
        notes = json.dumps([asdict(one) for one in self._told])
        (run.folder() / f"{os.getpid()}.asked").write_text(notes, encoding="utf-8")

    def _note(self, conn: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if self._now is None or conn.dialect.name != "postgresql":
            return
        self._now.stays |= threading.current_thread() is not threading.main_thread()
        self._now.stays |= statement.lstrip().startswith("EXPLAIN")
        if statement not in self._shapes:
            self._shapes[statement] = shape(statement)
        self._now.asked.append(self._shapes[statement])

    def _note_error(self, _: ExceptionContext) -> None:
        if self._now is not None:
            self._now.stays = True

    def _note_process(self, what: str, _: tuple[Any, ...]) -> None:
        if self._now is not None and what in _ELSEWHERE:
            self._now.stays = True


def write(always: tuple[str, ...]) -> None:
    """The list, after a run that took notes; `always` is in the names of tests that stay, whatever they ask."""
    told = [Told(**one) for file in run.folder().glob("*.asked") for one in json.loads(file.read_text("utf-8"))]
    names = _asked_beside(told, always)
    LIST.write_text("".join(f"{name}\n" for name in sorted(names)), encoding="utf-8")


def _asked_beside(told: list[Told], always: tuple[str, ...]) -> list[str]:
    """The longest first: each goes whose every statement is asked by one that has not gone."""
    left = Counter(one for test in told for one in test.asked)
    gone = []
    for test in sorted(told, key=lambda test: test.took_s, reverse=True):
        stays = test.stays or not test.name.startswith("tests/features/") or test.name.startswith(STAY)
        if stays or not test.asked or test.took_s < _ENOUGH_S or any(one in test.name for one in always):
            continue
        if all(left[one] > 1 for one in test.asked):
            left.subtract(test.asked)
            gone.append(test.name)
    return gone
