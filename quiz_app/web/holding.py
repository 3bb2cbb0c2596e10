"""Public answers held by the process for some seconds: who asks again costs no page, no query and no wait for a thread.

Only what the application itself calls public for a minute is held, and only for who sends no cookie, as caches in front
do; so nothing that was made for one person can be among it. It may be these few seconds older than a page made anew,
and twice as much while that is being made: a crowd does not ask for it all at once.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from werkzeug.http import parse_etags

from quiz_app.web.sharing import PUBLIC

HELD_S = 5.0
IN_THE_MAKING_S = 5.0  # for which what was held goes on being told while one asker has it made anew
MOST = 256
LARGEST = 256 * 1024
NOT_MODIFIED = "304 NOT MODIFIED"

Headers = list[tuple[str, str]]
Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
Key = tuple[str | None, ...]
# What an answer may depend on besides nothing at all: see `sharing`, and Vary.
_ASKED = ("wsgi.url_scheme", "HTTP_HOST", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "HTTP_ACCEPT_ENCODING")
_OF_BODIES = ("content-type", "content-length", "content-encoding")
_OTHERWISE = ("HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_RANGE")


class _Held(NamedTuple):
    until: float
    etag: str
    headers: Headers
    unchanged: Headers  # what remains of them where the asker has the page already
    body: bytes


class Holding:
    """The application with its public answers held. Threads may share it."""

    def __init__(self, application: Application, seconds: float = HELD_S) -> None:
        self._application = application
        self._seconds = seconds
        self._held: OrderedDict[Key, _Held] = OrderedDict()
        self._making: set[Key] = set()
        self._lock = threading.Lock()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "GET" or any(environ.get(name) for name in _OTHERWISE):
            return self._application(environ, start_response)
        key: Key = tuple([environ.get(name) for name in _ASKED])
        held, now = self._held.get(key), time.monotonic()
        if held is not None and now < held.until:
            return _answer(held, environ, start_response)
        if held is None or now > held.until + IN_THE_MAKING_S:
            return self._made(key, environ, start_response)
        with self._lock:
            is_made_elsewhere = key in self._making
            self._making.add(key)
        if is_made_elsewhere:
            return _answer(held, environ, start_response)
        try:
            return self._made(key, environ, start_response)
        finally:
            self._making.discard(key)

    def _made(self, key: Key, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        status, headers, body = self._asked(environ)
        named = {name.lower(): value for name, value in headers}
        is_public = named.get("cache-control") == PUBLIC and "etag" in named and "set-cookie" not in named
        if is_public and status.startswith("304"):  # the asker has the page already: have it made whole, for others too
            _close(body)
            status, headers, body = self._asked({**environ, "HTTP_IF_NONE_MATCH": ""})
            named = {name.lower(): value for name, value in headers}
        if not is_public or not status.startswith("200") or int(named.get("content-length", LARGEST)) >= LARGEST:
            if not status.startswith("5"):  # it is public no more
                with self._lock:
                    self._held.pop(key, None)
            start_response(status, headers)
            return body
        whole = b"".join(body)
        _close(body)
        unchanged = [(name, value) for name, value in headers if name.lower() not in _OF_BODIES]
        held = _Held(time.monotonic() + self._seconds, named["etag"], headers, unchanged, whole)
        with self._lock:
            self._held[key] = held
            self._held.move_to_end(key)
            while len(self._held) > MOST:
                self._held.popitem(last=False)
        return _answer(held, environ, start_response)

    def _asked(self, environ: Environ) -> tuple[str, Headers, Iterable[bytes]]:
        """What the application answers: status, headers, body."""
        said: list[Any] = []

        def begin(status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], Any]:
            del exc_info
            said[:] = status, headers
            return _no_write

        body = self._application(environ, begin)
        return said[0], said[1], body


def _answer(held: _Held, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known == held.etag or (known and parse_etags(known).contains_raw(held.etag)):
        start_response(NOT_MODIFIED, list(held.unchanged))
        return []
    start_response("200 OK", list(held.headers))
    return [held.body]


def _close(body: Iterable[bytes]) -> None:
    close = getattr(body, "close", None)
    if close is not None:
        close()


def _no_write(_data: bytes) -> None:
    raise RuntimeError("no answer of the application is written this way")
