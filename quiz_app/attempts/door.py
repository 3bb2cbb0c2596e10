"""Saves are kept where a request comes in: the framework around them costs more than all they do.

What a page's own script sends is kept by the view's one statement, which asks itself who sends it, and answered to the
letter as the view answers. Whatever is out of the ordinary goes on to the view with its body, which judges it anew: a
plain form, a token that is not the browser's, another shape, one that comes too fast, one that changes nothing.
"""

from __future__ import annotations

import io
import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping
from hmac import compare_digest
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from flask import Flask
from werkzeug.datastructures import MultiDict
from werkzeug.sansio.http import parse_cookie

from quiz_app.attempts import pacing, services
from quiz_app.attempts.forms import read_choice, saved_words
from quiz_app.attempts.services import Saved
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, Overloaded
from quiz_app.kernel.prepared import Prepared
from quiz_app.members.sign_ins import sign_ins_of
from quiz_app.web.form_cookie import TOKEN, form_cookie_of
from quiz_app.web.observing import observe
from quiz_app.web.pressure import BUSY, LONGEST_QUEUE_OF_SITTINGS_S, waited

log = logging.getLogger(__name__)

ENDPOINT = "attempts.save_response"
TRIED = "quiz_app.save_tried"  # in the environment of a save that was counted here, and changed nothing
_ADDRESS = re.compile(r"/luot-thi/(\d{1,18})/cau/(\d{1,18})", re.ASCII)
_FORM = "application/x-www-form-urlencoded"
_OUT_OF_THE_ORDINARY = ("QUERY_STRING", "SCRIPT_NAME", "HTTP_TRANSFER_ENCODING")
_MOST_BYTES = 4096
_MOST_FIELDS = 64

Environ = dict[str, Any]


class Sent(NamedTuple):
    """A save as it came in."""

    attempt_id: int
    position: int
    body: bytes


def init(app: Flask) -> None:
    """Put the door before the application."""
    inner = app.wsgi_app

    def answer(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        sent = _sent(environ)
        if sent is None:
            return inner(environ, start_response)
        began = time.perf_counter()
        saved = _saved(app, environ, sent)
        if saved is None:
            return inner(environ, start_response)
        told = f"{app.json.dumps(saved_words(saved), separators=(',', ':'))}\n".encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(told))), ("Vary", "Cookie")]
        start_response("200 OK", headers)
        observe(app, ENDPOINT, 200, time.perf_counter() - began)
        return [told]

    app.wsgi_app = answer  # type: ignore[method-assign] # as Flask documents it


def _sent(environ: Environ) -> Sent | None:
    """What a script sends, by its address and its headers; its body stays there for the view."""
    if environ["REQUEST_METHOD"] != "POST" or environ.get("HTTP_ACCEPT") != "application/json":
        return None
    found = _ADDRESS.fullmatch(environ["PATH_INFO"])
    if found is None or any(environ.get(name) for name in _OUT_OF_THE_ORDINARY):
        return None
    length: str = environ.get("CONTENT_LENGTH", "")
    is_short = length.isdecimal() and len(length) <= len(str(_MOST_BYTES)) and int(length) <= _MOST_BYTES
    is_foreign = environ.get("HTTP_SEC_FETCH_SITE") == "cross-site"
    if is_foreign or not is_short or environ.get("CONTENT_TYPE", "").partition(";")[0] != _FORM:
        return None
    body: bytes = environ["wsgi.input"].read(int(length))  # whole, or the server breaks off
    environ["wsgi.input"] = io.BytesIO(body)
    return Sent(int(found[1]), int(found[2]), body)


def _saved(app: Flask, environ: Environ, sent: Sent) -> Saved | None:
    if waited() > LONGEST_QUEUE_OF_SITTINGS_S:
        return None
    try:
        return _kept(app, environ, sent)
    except (BadInput, ValueError):  # another shape
        return None
    except Overloaded:
        environ[BUSY] = True
        return None
    except Exception:
        log.exception("a save could not be kept at the door")  # the view fails the same way, and has words for it
        return None


def _kept(app: Flask, environ: Environ, sent: Sent) -> Saved | None:
    """Raises BadInput, ValueError, Overloaded."""
    cookies, sign_ins = parse_cookie(environ.get("HTTP_COOKIE")), sign_ins_of(app)
    sign_in = cookies.get(sign_ins.cookie_name)
    token = form_cookie_of(app).plain_token(cookies.get(app.config["SESSION_COOKIE_NAME"]))
    fields = MultiDict(parse_qsl(sent.body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    if not sign_in or token is None or not compare_digest(fields.get(TOKEN, "").encode(), token.encode()):
        return None
    choice = read_choice(fields)
    db: Database = app.extensions["database"]
    if not pacing.takes_save(app, sent.attempt_id, sign_in, db.adjusted(None)):
        return None
    environ[TRIED] = True

    def ask(statement: Prepared, values: Mapping[str, Any]) -> Any | None:
        rows = statement.at_once(db, {**values, **sign_ins.asking(sign_in)})
        return rows[0] if rows else None

    return services.save_at_once(ask, sent.attempt_id, sent.position, choice)
