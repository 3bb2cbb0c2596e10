"""Pages that say the same to everybody but for the form token: rendered once, then put around each browser's own."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache

from flask import Response, current_app, request, session

from quiz_app.web.compress import takes_gzip
from quiz_app.web.form_cookie import form_token
from quiz_app.web.pieces import Piece, joined, packed, stored

MOST_KEPT = 64


def form_page(render: Callable[..., str], *about: Hashable) -> Response:
    """The page that `render`, a function of a module, makes of these values and of nothing else, for who is nobody.

    The process keeps it for as long as it runs: whatever may change must be among the values.
    """
    if "_flashes" in session or current_app.debug:  # what is told once; and edits of templates show at once
        return Response(render(*about), mimetype="text/html")
    kept = current_app.extensions.setdefault("form_pages", lru_cache(maxsize=MOST_KEPT)(_around_tokens))
    token = stored(form_token())
    first, *others = kept(render, about, request.script_root)
    pieces = [first]
    for piece in others:
        pieces += (token, piece)
    is_packed = takes_gzip()
    response = Response(joined(pieces, packed=is_packed), mimetype="text/html")
    response.vary.add("Accept-Encoding")
    if is_packed:
        response.headers["Content-Encoding"] = "gzip"
    return response


def _around_tokens(render: Callable[..., str], about: tuple[Hashable, ...], _script_root: str) -> tuple[Piece, ...]:
    """What stands before, between and after the tokens; addresses in it hang on where the application is mounted."""
    return tuple(packed(part) for part in render(*about).split(form_token()))
