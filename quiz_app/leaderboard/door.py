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
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from flask import Flask
from werkzeug.sansio.http import parse_cookie

from quiz_app.kernel.access import Actor
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing, Overloaded
from quiz_app.kernel.work import Reading
from quiz_app.leaderboard import answers, places, rows, skeletons
from quiz_app.leaderboard.answers import Reader, Stands, Told
from quiz_app.leaderboard.kept import Kept, NotKept, Sight
from quiz_app.leaderboard.queries import Own
from quiz_app.leaderboard.rows import OfUnit
from quiz_app.members.sign_ins import sign_ins_of
from quiz_app.units import queries as units
from quiz_app.units.queries import Surroundings
from quiz_app.web.compress import is_gzip_among
from quiz_app.web.form_cookie import form_cookie_of
from quiz_app.web.guard import Identity, acts_of, passes
from quiz_app.web.observing import observe
from quiz_app.web.pressure import BUSY, turn

log = logging.getLogger(__name__)

_ADDRESS = re.compile(r"/bang-xep-hang/(\d{1,18})/(chi-bo|cac-chi-bo|toan-xa)", re.ASCII)
_ENDPOINTS = {board: f"leaderboard.{name}" for board, name in places.BOARDS.items()}
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
    except (NotKept, Missing):
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
    unit_id, database = identity.actor.unit_id or 0, app.extensions["database"]
    around = places.around(kept, acts_of(app), unit_id, identity.now, lambda: units.glance_around(database, unit_id))
    skeleton, unit, stands = _found(app, asked, identity, around, skeletons.own_of(result))
    reader = Reader(
        actor=identity.actor,
        around=around,
        sign_in=sign_in,
        token=token,
        url=f"{asked.path}?",  # as the framework writes it
        known=environ.get("HTTP_IF_NONE_MATCH"),
        takes_gzip=is_gzip_among(environ.get("HTTP_ACCEPT_ENCODING", "")),
    )
    return answers.told(app.jinja_env, skeleton, unit, reader, stands)


def _found(
    app: Flask, asked: Asked, identity: Identity, around: Surroundings, own: Own | None
) -> tuple[skeletons.Skeleton, OfUnit | None, Stands]:
    """The page that is kept for the caller's like, the rows of his unit, and how he stands. Raises NotKept."""
    kept: Kept = app.extensions["boards"]
    sight, acts, now = Sight(kept), acts_of(app), identity.now
    standing = places.standing(sight, acts, around.line, now, frozenset)

    def of_members(what: Any) -> Any:
        value, _ = sight.get(skeletons.key_of_members(what, acts, asked.path, None, standing), now)
        if value.until is not None and now >= value.until:
            raise NotKept
        return value

    found: skeletons.Found = of_members("place")
    place = found.place
    if found.is_frozen or place.hidden or place.sums_rest:
        raise NotKept
    if asked.board != "chi-bo":
        skeleton, unit = of_members(asked.board), None
    elif own is None and not place.is_entrant:
        raise NotKept
    else:
        unit = _of_unit(app, acts, identity, place, identity.actor.unit_id if own is None else own.unit_id)
        skeleton = of_members(rows.what_of_unit(unit))
    return skeleton, unit, Stands(own, None, answers.place_of(unit or skeleton, own, sight, now))


def _of_unit(app: Flask, acts: int, identity: Identity, place: places.Place, unit_id: int | None) -> OfUnit:
    """The rows of a unit: in a city each reader's is another, so they are read here, where it costs the least."""
    kept: Kept = app.extensions["boards"]

    def made() -> OfUnit:
        database: Database = app.extensions["database"]
        with database.reading() as session:
            r = Reading(session, identity.actor, identity.now)
            return rows.of_unit(app.jinja_env, r, place, unit_id or 0)

    found, _ = kept.get(rows.key_of_unit(unit_id, acts, place, identity.actor), identity.now, made)
    return found


def _is_plain(identity: Identity) -> bool:
    actor: Actor = identity.actor
    return not (actor.grants or actor.held_back or identity.is_touch_due)
