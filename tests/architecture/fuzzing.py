"""Sends hostile requests to every endpoint of the url map, as those who may enter, and keeps what failed."""

from __future__ import annotations

import os
import traceback
from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol
from unittest import mock
from urllib.parse import urlsplit

from flask import Flask, url_for
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from werkzeug.routing import BuildError, Rule

from quiz_app.kernel.db import Database
from quiz_app.web import errors
from quiz_app.web.guard import SAFE_METHODS
from tests.architecture import hostile
from tests.architecture.callers import NOBODY, Row
from tests.architecture.matrix import ROWS
from tests.support import prints
from tests.support.browse import Browse

NUMBERS = (0, 1, 2**31, 2**63 - 1)
NAMES = ("x", "é" * 90, "x" * 300, "'", "a b", "..", "%00", "{{7*7}}", "\u202e")
GONE = {404, 409}
PART = 6  # of so many endpoints one is looked at in the ordinary run
ONLY = tuple(os.environ.get("FUZZ_ONLY", "").split(","))  # beginnings of the names of the endpoints to be looked at


class World(Protocol):
    """What is asked of the house of the permission matrix."""

    @property
    def db(self) -> Database: ...
    @property
    def app(self) -> Flask: ...
    @property
    def world(self) -> dict[str, str | int]: ...
    @property
    def tokens(self) -> dict[str, str]: ...

    def settle(self) -> None: ...


class Fuzz:
    """`cases` requests of each method of each endpoint; where it is 0, one to each of a small part of them."""

    def __init__(self, house: World, browse: Browse, *, cases: int) -> None:
        self._house, self._browse, self._cases = house, browse, cases or 1
        self._every = 1 if cases else PART
        self._failures: dict[str, str] = {}
        self.statuses: Counter[int] = Counter()

    def failed(self) -> bool:
        with hostile.watching(self._house.app, self._house.db) as watch, prints.pages_for_paper():
            rules = sorted(self._house.app.url_map.iter_rules(), key=lambda one: (one.endpoint, one.rule))
            for rule in [one for one in rules if one.endpoint.startswith(ONLY)][:: self._every]:
                for method in sorted((rule.methods or set()) - (SAFE_METHODS - {"GET"})):
                    self._knock_at(rule, method, watch)
                self._house.settle()
        return bool(self._failures)

    def told(self) -> str:
        return f"{len(self._failures)} kinds among {self.statuses.total()} requests:\n" + "\n".join(
            self._failures.values()
        )

    def _knock_at(self, rule: Rule, method: str, watch: hostile.Watch) -> None:
        row = ROWS[rule.endpoint]
        callers = sorted(row.inside - {NOBODY}) or sorted(row.missing) or [NOBODY]
        watch.asked = hostile.Asked()
        self._send(method, rule, self._values(row), callers[0], dict(row.data), watch)

        for turn, cases in enumerate((self._cases - 2 * (self._cases // 3), self._cases // 3, self._cases // 3)):
            if cases:
                self._knock_often(rule, method, callers, cases, turn, watch)

    def _knock_often(
        self, rule: Rule, method: str, callers: list[str], cases: int, turn: int, watch: hostile.Watch
    ) -> None:
        row, asked = ROWS[rule.endpoint], watch.asked.so_far()

        @settings(
            max_examples=cases, database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @seed(turn)
        @given(st.data())
        def knock(data: st.DataObject) -> None:
            values = self._values(row)
            if values and data.draw(st.integers(0, 9)) == 9:  # the plainest draw of all is of what is there
                name = data.draw(st.sampled_from(sorted(values)))
                odd: tuple[str | int, ...] = NUMBERS if isinstance(values[name], int) else NAMES
                values[name] = data.draw(st.sampled_from(odd))
            caller = data.draw(st.sampled_from(callers))
            status = self._send(method, rule, values, caller, data.draw(hostile.fields(asked, row.data)), watch)
            if status in GONE and values == self._values(row):
                self._house.settle()  # an earlier request took away what this one was about

        knock()

    def _values(self, row: Row) -> dict[str, str | int]:
        return {name: self._house.world[part] for name, part in row.values.items()}

    def _send(
        self, method: str, rule: Rule, values: dict[str, Any], caller: str, chosen: dict[str, Any], watch: hostile.Watch
    ) -> int | None:
        """What was answered, if anything was."""
        try:
            with self._house.app.test_request_context():
                url = url_for(rule.endpoint, **values)
        except (BuildError, ValueError):
            return None  # no address can be made of this
        self._browse.as_nobody()
        if caller != NOBODY:
            self._browse.use_sign_in_token(self._house.tokens[caller])
        failures: list[str] = []
        kept = {name: "a file" if isinstance(one, tuple) else repr(one)[:200] for name, one in chosen.items()}
        with mock.patch.object(errors.log, "exception", _noted(failures)):
            try:
                answer = hostile.send(self._browse, method, url, chosen, as_json=self.statuses.total() % 4 == 0)
            except Exception:
                self._keep(rule, method, url, caller, kept, traceback.format_exc(limit=-3))
                return None
        self.statuses[answer.status_code] += 1
        if answer.status_code >= 500:
            self._keep(rule, method, url, caller, kept, failures[-1] if failures else str(answer.status_code))
        if watch.unfit:
            self._keep(rule, method, url, caller, kept, f"NUL for the database: {watch.unfit.pop()}")
            watch.unfit.clear()
        location = answer.headers.get("Location")
        if location and urlsplit(location).netloc not in ("", "localhost"):
            self._keep(rule, method, url, caller, kept, f"leads off the site: {location}")
        if location and urlsplit(location).path == "/dang-nhap" and caller != NOBODY:
            self._house.settle()
        return answer.status_code

    def _keep(self, rule: Rule, method: str, url: str, caller: str, kept: dict[str, str], why: str) -> None:
        self._failures.setdefault(f"{rule.endpoint} {method} {why[-160:]}", f"{method} {url} {caller} {kept}\n{why}\n")


def _noted(failures: list[str]) -> Callable[..., None]:
    def exception(*_: Any, exc_info: BaseException, **__: Any) -> None:
        failures.append("".join(traceback.format_exception(exc_info, limit=-3)))

    return exception
