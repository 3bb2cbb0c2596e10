"""The answer of a board: with a mark of what it says, so that who has it already is told so and sent nothing."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from flask import Response, current_app, make_response, render_template, request
from markupsafe import escape
from werkzeug.http import quote_etag

from quiz_app.leaderboard import queries
from quiz_app.leaderboard.queries import Own
from quiz_app.leaderboard.skeletons import NAME, OWN, TOKEN, Skeleton, rows_html
from quiz_app.web.form_cookie import form_token
from quiz_app.web.guard import current_actor
from quiz_app.web.pieces import page as page_of

# What differs from answer to answer though the board is the same: the form's token, and when rows were read that have
# not changed since. The instant of a tally stays in: on a wall it shows that the figures are still being taken.
_PASSING = re.compile(r'(name="csrf_token" value="[^"]*")|(<time data-read[^>]*>[^<]*</time>)')


def page(template: str, **values: Any) -> Response:
    """Render a board and give it a weak mark, of everything it says and of the sign-in that asked; 304 if it is known.

    Two readers never share a mark, and whoever signs in on the same device after another is answered anew. A page that
    names its reader is not stored by browsers (see web/headers), so its mark serves who asks again by himself.
    """
    html = render_template(template, **values)
    return _marked(make_response(html), _mark_of(_PASSING.sub("", html)))


def filled(skeleton: Skeleton, own: Own | None, own_now: Own | None) -> Response:
    """A board of persons as its reader has it, marked as `page` marks; who has it already has it not put together."""
    actor = current_actor()
    place = skeleton.place_of(own) if own is not None and own.is_ranked else None
    person = skeleton.people.get(actor.member)
    mark = _mark_of(f"{skeleton.mark}\n{(actor.name, own, own_now, place, person)!r}")
    if request.if_none_match.contains_weak(mark):
        return _told(Response(status=304), mark)

    card = current_app.jinja_env.get_template("leaderboard/_own_place.html")
    holes = {
        NAME: escape(actor.name),
        TOKEN: form_token(),
        OWN: card.render(own=own, own_now=own_now, place=place, **skeleton.own_words),
    }
    own_row = rows_html((queries.own_row(*person),), skeleton.look)[0] if person is not None else ""
    return _told(page_of(skeleton.filled(actor.member, holes, own_row)), mark)


def _mark_of(said: str) -> str:
    cookie = current_app.extensions["sign_ins"].cookie_name
    told = f"{request.cookies.get(cookie, '')}\n{request.full_path}\n{said}"
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _told(response: Response, mark: str) -> Response:
    """What `_marked` adds, where it is settled already whether the mark is known."""
    response.headers["ETag"] = quote_etag(mark, weak=True)
    response.headers["Vary"] = "Accept-Encoding, Cookie"
    return response


def _marked(response: Response, mark: str) -> Response:
    response.set_etag(mark, weak=True)
    response.vary.add("Cookie")
    response.make_conditional(request)
    return response
