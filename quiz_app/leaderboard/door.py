"""Boards that are kept are told where a request comes in: the framework around them costs more than all they do.

It answers who would get exactly what the view would give him: a plain member with a sound sign-in, asked of the
database as ever, for whom everything else is kept. Whatever is out of the ordinary goes on to the view, which asks
anew: a role, notices that wait, a message for the next page, an address with questions, a board that is not kept, that
stands still or is hidden. Who waits here in vain, for a turn or for the database, is refused by the view's own words.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from flask import Flask
from werkzeug.sansio.http import parse_cookie

from quiz_app.kernel.access import Actor
from quiz_app.kernel.errors import Overloaded
from quiz_app.leaderboard import answers, skeletons
from quiz_app.leaderboard.answers import Reader, Stands, Told
from quiz_app.leaderboard.kept import Kept, NotKept, Sight
from quiz_app.members.sign_ins import sign_ins_of
from quiz_app.web.compress import is_gzip_among
from quiz_app.web.form_cookie import form_cookie_of
from quiz_app.web.guard import Identity, acts_of, passes
from quiz_app.web.observing import observe
from quiz_app.web.pressure import BUSY, turn

log = logging.getLogger(__name__)

_ADDRESS = re.compile(r"/bang-xep-hang/(\d{1,18})/(chi-bo|toan-xa)", re.ASCII)
_ENDPOINTS = {"chi-bo": "leaderboard.own_unit", "toan-xa": "leaderboard.everybody"}
_OUT_OF_THE_ORDINARY = ("QUERY_STRING", "HTTP_RANGE", "SCRIPT_NAME")
_STATUS = {200: "200 OK", 304: "304 NOT MODIFIED"}

Environ = dict[str, Any]


class Asked(NamedTuple):
    """A board by its address."""

    path: str
    round_id: int
    board: str

    @property
    def endpoint(self) -> str:
        """Of the view that has it."""
        return _ENDPOINTS[self.board]


def init(app: Flask) -> None:
    """Put the door before the application. Call it first of what stands there: what is told here passes the others."""
    inner = app.wsgi_app

    def answer(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        asked = _asked(environ)
        if asked is None:
            return inner(environ, start_response)
        began = time.perf_counter()
        told = _in_turn(app, environ, asked)
        if told is None:
            return inner(environ, start_response)
        length = [("Content-Length", str(len(told.body)))] if told.body else []
        start_response(_STATUS[told.status], told.headers + length)
        observe(app, asked.endpoint, told.status, time.perf_counter() - began)
        return [told.body] if told.body else []

    app.wsgi_app = answer  # type: ignore[method-assign] # as Flask documents it


def _asked(environ: Environ) -> Asked | None:
    if environ["REQUEST_METHOD"] != "GET" or any(environ.get(name) for name in _OUT_OF_THE_ORDINARY):
        return None
    path: str = environ["PATH_INFO"]
    found = _ADDRESS.fullmatch(path)
    return found and Asked(path, int(found[1]), found[2])


def _in_turn(app: Flask, environ: Environ, asked: Asked) -> Told | None:
    try:
        with turn(app):
            return _told(app, environ, asked)
    except NotKept:
        return None
    except Overloaded:
        environ[BUSY] = True
        return None
    except Exception:
        log.exception("a kept board could not be told")  # the view fails the same way, and has words for it
        return None


def _told(app: Flask, environ: Environ, asked: Asked) -> Told | None:
    """Raises NotKept, Overloaded."""
    kept: Kept = app.extensions["boards"]
    cookies, form_cookie, sign_ins = parse_cookie(environ.get("HTTP_COOKIE")), form_cookie_of(app), sign_ins_of(app)
    sign_in = cookies.get(sign_ins.cookie_name)
    token = form_cookie.plain_token(cookies.get(app.config["SESSION_COOKIE_NAME"]))
    if not kept.interval or not sign_in or token is None:
        return None
    identity, result = sign_ins.glance(sign_in, skeletons.OWN_RESULT, {"round_id": asked.round_id})
    if not _is_plain(identity) or not passes(app, asked.endpoint, identity):
        return None
    stands, skeleton = _found(kept, acts_of(app), asked, identity, result)
    reader = Reader(
        actor=identity.actor,
        sign_in=sign_in,
        token=token,
        url=f"{asked.path}?",  # as the framework writes it
        known=environ.get("HTTP_IF_NONE_MATCH"),
        takes_gzip=is_gzip_among(environ.get("HTTP_ACCEPT_ENCODING", "")),
    )
    return answers.told(app.jinja_env, skeleton, reader, stands)


def _found(
    kept: Kept, acts: int, asked: Asked, identity: Identity, result: Mapping[str, Any] | None
) -> tuple[Stands, skeletons.Skeleton]:
    """How the caller stands, and the page that is kept for his like. Raises NotKept."""
    sight, actor, now = Sight(kept), identity.actor, identity.now

    def of_members(what: Any) -> Any:
        value, _ = sight.get(skeletons.key_of_members(what, acts, asked.path, None, actor.unit_id), now)
        if value.until is not None and now >= value.until:
            raise NotKept
        return value

    place: skeletons.Found = of_members("place")
    if place.is_frozen or place.place.hidden or place.place.sums_rest:
        raise NotKept
    own = skeletons.own_of(result)
    unit_id = own.unit_id if own is not None else actor.unit_id
    is_of_unit = asked.board == "chi-bo"
    skeleton: skeletons.Skeleton = of_members(skeletons.what_of_unit(unit_id, own) if is_of_unit else asked.board)
    place_of_own = skeleton.place_of(own, sight, now) if own is not None and own.is_ranked else None
    return Stands(own, None, place_of_own), skeleton


def _is_plain(identity: Identity) -> bool:
    actor: Actor = identity.actor
    return not (actor.grants or actor.held_back or identity.is_touch_due)
