"""Whoever has waited for too long is told so where his request comes in, in the words of the page for it, made once.

A crowd that is turned away comes again within seconds: were each of them a page of the framework, the machine would be
busy with refusals. Only who looks (GET) is turned away here; what is sent is refused where it may be sent again.
"""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any, NamedTuple

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from quiz_app.web import pressure
from quiz_app.web.errors import LATER_BY_S, SPREAD_OF_ACTS_S, SPREAD_S
from quiz_app.web.guard import guard_of
from quiz_app.web.observing import observe

MOST = 256
_WORDED_BY = ("HTTP_ACCEPT", "HTTP_ACCEPT_ENCODING", LATER_BY_S)

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
Key = tuple[str | int | None, ...]


class _Told(NamedTuple):
    status: str
    headers: Headers
    body: bytes


def init(app: Flask) -> None:
    """Put it before the application."""
    inner, kept = app.wsgi_app, _Kept()

    def answer(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        waited = pressure.waited()
        if waited <= pressure.LONGEST_QUEUE_S or environ["REQUEST_METHOD"] != "GET":
            return inner(environ, start_response)
        began, endpoint = time.perf_counter(), _endpoint(app, environ)
        guard = None if endpoint is None else guard_of(app, endpoint)
        if endpoint is None or guard is None or pressure.is_served(guard, endpoint, waited):
            return inner(environ, start_response)
        environ[LATER_BY_S] = secrets.randbelow(SPREAD_OF_ACTS_S if guard.afterwards else SPREAD_S)
        key: Key = tuple([environ.get(name) for name in _WORDED_BY])
        told = kept.get(key)
        if told is None:
            return kept.made(key, inner, environ, start_response)
        pressure.note_wait(0.0)
        start_response(told.status, told.headers)
        observe(app, endpoint, 503, time.perf_counter() - began)
        return [told.body]

    app.wsgi_app = answer  # type: ignore[method-assign] # as Flask documents it


class _Kept:
    """Refusals as the application worded them, the latest made last. Threads may share it."""

    def __init__(self) -> None:
        self._told: OrderedDict[Key, _Told] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Key) -> _Told | None:
        return self._told.get(key)

    def made(self, key: Key, application: Any, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Let the application refuse, and keep what it says to everybody alike."""
        said: list[tuple[str, Headers]] = []

        def begin(status: str, headers: Headers, exc_info: Any = None) -> Any:
            said.append((status, list(headers)))
            return start_response(status, headers, exc_info)

        answer = application(environ, begin)
        try:
            body = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        status, headers = said[-1]
        if status.startswith("503") and all(name.lower() != "set-cookie" for name, _ in headers):
            with self._lock:
                self._told[key] = _Told(status, headers, body)
                while len(self._told) > MOST:
                    self._told.popitem(last=False)
        return [body]


def _endpoint(app: Flask, environ: Environ) -> str | None:
    try:
        adapter: MapAdapter = app.url_map.bind("", script_name=environ.get("SCRIPT_NAME") or "/")
        endpoint, _ = adapter.match(environ["PATH_INFO"], method="GET")
    except HTTPException:  # nothing is there, or elsewhere
        return None
    return str(endpoint)
