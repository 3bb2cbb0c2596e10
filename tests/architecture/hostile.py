"""Requests that no page of ours would send: what a view asks for is noted, and filled with what hurts elsewhere.

The first request of an endpoint is empty. The names that the view looked up in it, and the choices and defaults of its
forms, are what the next ones are put together from: right values mixed with hostile ones, so that some come far.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from unittest import mock

from flask import Flask
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from sqlalchemy import event
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.test import TestResponse
from wtforms import Form as AnyForm
from wtforms import SelectField

from quiz_app.kernel.db import Database
from tests.support.browse import Browse

HOSTILE = (
    "", " ", "0", "-1", "00", "1e9", "NaN", "Infinity", "1,5", "٣", "²", "9" * 5, "2147483648", "9223372036854775807",
    "9223372036854775808", "9" * 40, "9" * 5000, "true", "null", "None", "[]", "a\0b", "\0", "\ufeff", "\u202e",
    "é" * 300,     "é", "x" * 5000, "x" * 70000, "'; DROP TABLE member; --", "' OR 1=1 --", "%", "_%", "\\",
    "{{7*7}}", "{0.__class__}",
    "%s%n", "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "javascript:alert(1)", "//xau.example",
    "../../etc/passwd", "a\r\nSet-Cookie: b=c", "=1+1", "2026-13-45", "0001-01-01", "9999-12-31", "31/02/2026",
    "01/01/0001", "31/12/9999", "2026-11-29T25:61", "9999-12-31T23:59", "0001-01-01T00:00", "25:99", "999:00",
    "[x](javascript:alert(1))", "![](http://127.0.0.1/x)", "# " * 500, "> " * 500, "| a |\n|--|\n" * 50, "`" * 1000,
)  # fmt: skip
FILES = (
    ("", b""), ("a.xlsx", b"PK\x03\x04" + b"\0" * 40), ("b.csv", b"\xff\xfe\0"), ("c.csv", "họ tên\n=1\n".encode()),
    ("d.zip", b"PK\x05\x06" + b"\0" * 18), ("e.pdf", b"%PDF-1.4"), ("../f.png", b"\x89PNG\r\n\x1a\n"), ("g.doc", b"PK"),
    ("h.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'), ("i.md", b"\0\0"), ("k.svg", b"<svg onload='x'/>"),
)  # fmt: skip
PLAIN = ("1", "2", "y", "Chữ thường", "29/11/2026", "2026-12-01", "2026-12-01T08:00", "08:00", "A", "50")


@dataclass
class Asked:
    """What the requests of one endpoint were asked for so far, and the right values that its forms named."""

    names: set[str] = field(default_factory=set)
    right: dict[str, list[str]] = field(default_factory=dict)

    def so_far(self) -> Asked:
        """A copy that learns no more: what is drawn from may not change between the draws."""
        return Asked(set(self.names), {name: sorted(set(values)) for name, values in self.right.items()})

    def note(self, name: object) -> None:
        if isinstance(name, str) and name and name != "csrf_token":
            self.names.add(name)


class Watch:
    """Notes what views look up, and what reaches the database that PostgreSQL would choke on."""

    def __init__(self) -> None:
        self.asked = Asked()
        self.unfit: list[str] = []

    def of_form(self, form: Any) -> None:
        for one in form:
            self.asked.note(one.name)
            values = [str(choice[0]) for choice in one.iter_choices()] if isinstance(one, SelectField) else []
            if not values and one.default is not None and not callable(one.default):
                values = [str(one.default)]
            if isinstance(one.data, (str, int, date, datetime)):
                values.append(str(one.data))
            self.asked.right.setdefault(one.name, []).extend(values[:6])
            del self.asked.right[one.name][12:]

    def of_statement(self, parameters: Any) -> None:
        for one in parameters if isinstance(parameters, (list, tuple)) else [parameters]:
            values = one.values() if isinstance(one, dict) else one if isinstance(one, (list, tuple)) else [one]
            self.unfit += [repr(value)[:80] for value in values if isinstance(value, str) and "\0" in value]


@contextmanager
def watching(app: Flask, db: Database) -> Iterator[Watch]:
    """Requests of this application tell what they ask for."""
    watch = Watch()

    class Noted(ImmutableMultiDict[str, Any]):
        def __getitem__(self, key: str) -> Any:
            watch.asked.note(key)
            return super().__getitem__(key)

        def getlist(self, key: str, type: Any = None) -> Any:  # noqa: A002 - as the library names it
            watch.asked.note(key)
            return super().getlist(key, type) if type else super().getlist(key)

        def __contains__(self, key: object) -> bool:
            watch.asked.note(key)
            return super().__contains__(key)

    process = AnyForm.process

    def processed(self: Any, *args: Any, **kwargs: Any) -> None:
        process(self, *args, **kwargs)
        watch.of_form(self)

    def executed(_c: Any, _cursor: Any, _statement: str, parameters: Any, *_: Any) -> None:
        watch.of_statement(parameters)

    engines = {db.engine, db._reader}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", executed)
    try:
        with (
            mock.patch.object(app.request_class, "parameter_storage_class", Noted),
            mock.patch.object(AnyForm, "process", processed),
        ):
            yield watch
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", executed)


def hostile_texts() -> SearchStrategy[str]:
    return st.one_of(st.sampled_from(HOSTILE), st.sampled_from(HOSTILE), st.text(max_size=40))


@st.composite
def fields(draw: DrawFn, asked: Asked, always: Mapping[str, str]) -> dict[str, Any]:
    """One form: each name left out, right, plain, hostile, given twice, or a file."""
    chosen: dict[str, Any] = dict(always)
    for name in sorted(asked.names):
        way = draw(st.integers(0, 19))
        right = asked.right.get(name) or PLAIN
        if way < 9:
            chosen[name] = draw(st.sampled_from(right))
        elif way < 12:
            chosen[name] = draw(st.sampled_from(PLAIN))
        elif way < 16:
            chosen[name] = draw(hostile_texts())
        elif way == 16:
            chosen[name] = [draw(st.sampled_from(right)), draw(hostile_texts())]
        elif way == 17:
            file_name, content = draw(st.sampled_from(FILES))
            chosen[name] = (io.BytesIO(content), file_name)
    return chosen


def send(browse: Browse, method: str, url: str, chosen: Mapping[str, Any], *, as_json: bool) -> TestResponse:
    if method != "GET":
        return browse.knock(method, url, chosen, as_json=as_json)
    query = {name: value for name, value in chosen.items() if not isinstance(value, tuple)}
    return browse.knock(method, url.partition("?")[0], query=query, as_json=as_json)
