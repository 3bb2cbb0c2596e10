"""A server as deploy/ sets it up, less patient than in service, with applications that only read what they are sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from deploy import gunicorn_worker

TAKES_LONG_S = 2 * gunicorn_worker.CROWDED_S


class Impatient(gunicorn_worker.Worker):
    """Long enough for whoever sends all at once."""

    patience_s = 1.0


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    while environ["wsgi.input"].read(64 * 1024):
        pass
    if environ["PATH_INFO"] == "/lau":
        time.sleep(TAKES_LONG_S)
    start_response("200 OK", [("Content-Length", "2"), ("Content-Type", "text/plain")])
    return [b"ok"]


def candid(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Says what it noticed of a body that broke off; at one address it does not look."""
    if environ["PATH_INFO"] == "/khong-doc":
        start_response("200 OK", [("Content-Length", "2"), ("Content-Type", "text/plain")])
        return [b"ok"]
    try:
        return app(environ, start_response)
    except OSError:
        start_response("200 OK", [("Content-Length", "10"), ("Content-Type", "text/plain")])
        return [b"broken off"]
