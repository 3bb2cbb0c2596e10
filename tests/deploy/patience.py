"""A server as deploy/ sets it up, less patient than in service, with applications that only read what they are sent."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from deploy import gunicorn_worker


class Impatient(gunicorn_worker.Worker):
    """Long enough for whoever sends all at once."""

    patience_s = 1.0


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    while environ["wsgi.input"].read(64 * 1024):
        pass
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


def named(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Says which process answers; who only looks whether it is there is told as by `app`."""
    del environ
    said = f"{os.getpid()} ok".encode()
    start_response("200 OK", [("Content-Length", str(len(said))), ("Content-Type", "text/plain")])
    return [said]
