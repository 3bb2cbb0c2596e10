"""The answer of a board: with a mark of what it says, so that who has it already is told so and sent nothing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from flask import Response, current_app, make_response, render_template, request
from jinja2 import Environment
from markupsafe import escape
from werkzeug.http import parse_etags, quote_etag

from quiz_app.kernel.access import Actor
from quiz_app.leaderboard.labels import gap_words
from quiz_app.leaderboard.places import Remembering, kept, surroundings
from quiz_app.leaderboard.queries import Own, OwnPlace
from quiz_app.leaderboard.rows import OfUnit
from quiz_app.leaderboard.skeletons import HELP, NAME, OWN, READ, ROWS, TITLE, TOKEN, UNIT, OwnWords, Skeleton
from quiz_app.units.queries import Contact, Surroundings
from quiz_app.web.compress import takes_gzip
from quiz_app.web.form_cookie import form_token
from quiz_app.web.guard import asked_at, current_actor
from quiz_app.web.pieces import Piece, joined, stored

# What differs from answer to answer though the board is the same: the form's token, and when rows were read that have
# not changed since. The instant of a tally stays in: on a wall it shows that the figures are still being taken.
_PASSING = re.compile(r'(name="csrf_token" value="[^"]*")|(<time data-read[^>]*>[^<]*</time>)')


def page(template: str, **values: Any) -> Response:
    """Render a board and give it a weak mark, of everything it says and of the sign-in that asked; 304 if it is known.

    Two readers never share a mark, and whoever signs in on the same device after another is answered anew. A page that
    names its reader is not stored by browsers (see web/headers), so its mark serves who asks again by himself.
    """
    html = render_template(template, **values)
    return _marked(make_response(html), _mark_of(_PASSING.sub("", html), _sign_in(), request.full_path))


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks for a board, by which sign-in and form token, for which address, with what his browser has and takes."""

    actor: Actor
    around: Surroundings
    sign_in: str
    token: str
    url: str
    known: str | None
    takes_gzip: bool


class Stands(NamedTuple):
    """How a reader stands: by the board, as it is now where the board stands still, and his place."""

    own: Own | None
    own_now: Own | None
    place: OwnPlace | None


class Told(NamedTuple):
    """An answer as it leaves."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def filled(
    skeleton: Skeleton, own: Own | None = None, own_now: Own | None = None, unit: OfUnit | None = None
) -> Response:
    """A board as its reader has it, marked as `page` marks."""
    reader = Reader(
        actor=current_actor(),
        around=surroundings(),
        sign_in=_sign_in(),
        token=form_token(),
        url=request.full_path,
        known=request.headers.get("If-None-Match"),
        takes_gzip=takes_gzip(),
    )
    stands = Stands(own, own_now, place_of(unit or skeleton, own, kept(), asked_at()))
    status, headers, body = told(current_app.jinja_env, skeleton, unit, reader, stands)
    return Response(body, status, headers)


def place_of(board: Skeleton | OfUnit, own: Own | None, kept: Remembering, now: datetime) -> OwnPlace | None:
    """Where somebody with this result stands on a board."""
    return board.place_of(own, kept, now) if own is not None and own.is_ranked else None


def told(templates: Environment, skeleton: Skeleton, unit: OfUnit | None, reader: Reader, stands: Stands) -> Told:
    """The answer to a reader; who has it already has it not put together."""
    actor, around = reader.actor, reader.around
    rows = (unit or skeleton).rows
    own = None if skeleton.own_words is None else tuple(stands)
    said = (actor.name, around.unit_name, around.contact, own, rows.whose(actor, around.line))
    of_unit = "" if unit is None else unit.title.plain.decode()
    mark = _mark_of(f"{skeleton.mark}\n{rows.mark}\n{of_unit}\n{said!r}", reader.sign_in, reader.url)
    headers = [("ETag", quote_etag(mark, weak=True)), ("Vary", "Accept-Encoding, Cookie")]
    if reader.known and parse_etags(reader.known).contains_weak(mark):
        return Told(304, headers, b"")

    own_rows = rows.own(templates, actor, around.line)
    holes: dict[str, Sequence[Piece]] = {
        NAME: [stored(escape(actor.name))],
        UNIT: [stored(escape(around.unit_name))],
        HELP: [stored(_help_line(templates, around.contact))],
        TOKEN: [stored(reader.token)],
        ROWS: [some.as_of(own_rows) for some in rows.pieces],
    }
    if skeleton.own_words is not None:
        # who has no result is told nothing, for which nothing need be asked of the template
        holes[OWN] = [stored(_own_place(templates, stands, skeleton.own_words))] if any(stands) else []
    if unit is not None:
        holes[TITLE], holes[READ] = [unit.title], [unit.read_at]
    headers.append(("Content-Type", "text/html; charset=utf-8"))
    if reader.takes_gzip:
        headers.append(("Content-Encoding", "gzip"))
    return Told(200, headers, joined(skeleton.filled(holes), packed=reader.takes_gzip))


@lru_cache(maxsize=1024)
def _help_line(templates: Environment, contact: Contact | None) -> str:
    return templates.get_template("layouts/_help_line.html").render(contact=contact)


@lru_cache(maxsize=1024)
def _own_place(templates: Environment, stands: Stands, words: OwnWords) -> str:
    """Who looks again mostly stands as he stood."""
    card = templates.get_template("leaderboard/_own_place.html")
    return card.render(**stands._asdict(), words=words, gap_words=gap_words)


def _sign_in() -> str:
    return request.cookies.get(current_app.extensions["sign_ins"].cookie_name, "")


def _mark_of(said: str, sign_in: str, url: str) -> str:
    return hashlib.sha256(f"{sign_in}\n{url}\n{said}".encode()).hexdigest()[:32]


def _marked(response: Response, mark: str) -> Response:
    response.set_etag(mark, weak=True)
    response.vary.add("Cookie")
    response.make_conditional(request)
    return response
