"""What processes tell whoever runs them: one JSON object per line, with the request's id and nobody's data.

Addresses, forms and cookies are never written. Of an exception, its kind and the lines of code are: messages of
engines and of Python repeat the values they stumbled over: a card number that is there twice, a name that is no number.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
import traceback
from collections.abc import Mapping
from typing import Any

import structlog
from flask import Flask, Response, g, has_request_context, request
from structlog.typing import EventDict

from quiz_app.web.observing import hear

_GIVEN = re.compile(r"[A-Za-z0-9-]{8,64}")
_FRAMES = 12

log = logging.getLogger(__name__)


def configuration(level: str = "INFO") -> dict[str, Any]:
    """For `logging.config.dictConfig`: every logger of the process, libraries included, writes JSON lines to stderr."""
    stream = {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": _formatter}},
        "handlers": {"lines": stream},
        "root": {"level": level.upper(), "handlers": ["lines"]},
        "loggers": {
            # gunicorn names its own handlers where it is not told otherwise
            "gunicorn.error": {"level": level.upper(), "propagate": True, "handlers": []},
            "gunicorn.access": {"propagate": False, "handlers": []},
            "alembic": {"level": "WARNING"},
        },
    }


def _formatter() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.ExtraAdder(("endpoint", "status", "ms")),
            _with_request,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _without_messages,
            structlog.processors.JSONRenderer(),  # which escapes what would begin a new line or colour a terminal
        ],
    )


def request_id() -> str:
    """What this request is called in the log: the proxy's name for it, else one of its own."""
    if "request_id" not in g:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
    name: str = g.request_id
    return name


def _with_request(_logger: object, _method: str, told: EventDict) -> EventDict:
    if has_request_context():
        told["request_id"] = request_id()
        told.setdefault("endpoint", request.endpoint)
    return told


def _without_messages(_logger: object, _method: str, told: EventDict) -> EventDict:
    error = told.pop("exc_info", None)
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        told["exception"] = _causes(error)
        told["frames"] = [
            f"{frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        ]
    return told


def _causes(error: BaseException | None) -> list[str]:
    """The kinds of an exception and of those behind it."""
    found: list[str] = []
    while error is not None and len(found) < _FRAMES:
        found.append(f"{type(error).__module__}.{type(error).__qualname__}")
        error = error.__cause__ or error.__context__
    return found


def init(app: Flask, env: Mapping[str, str]) -> None:
    """With ACCESS_LOG=1 each request is a line: which page it was, and how it went; not who asked, nor for what."""
    if env.get("ACCESS_LOG") != "1":
        return
    app.before_request_funcs.setdefault(None, []).insert(0, _began)  # what is turned away at the door is told too
    app.after_request(_told)
    hear(app, _told_before)


def _began() -> None:
    g.access_began = time.perf_counter()


def _told(response: Response) -> Response:
    took_ms = round((time.perf_counter() - g.access_began) * 1000, 1)
    log.info("request", extra={"status": response.status_code, "ms": took_ms})
    return response


def _told_before(endpoint: str, status: int, seconds: float) -> None:
    log.info("request", extra={"endpoint": endpoint, "status": status, "ms": round(seconds * 1000, 1)})
