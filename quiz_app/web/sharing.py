"""Pages that say the same to everybody who has not signed in: caches in front may keep them for a minute.

Only the answer to a request without any cookie is given to caches, and only if it sets none: whatever is made for one
person, a form's token included, comes with a cookie or asks for one. All other answers stay out of every cache.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, current_app, request, session

View = TypeVar("View", bound=Callable[..., Any])
KEPT_S = 60
PUBLIC = f"public, max-age={KEPT_S}"


def shared(view: View) -> View:
    """What a visitor gets from this view depends on the address alone."""
    view.is_shared = True  # type: ignore[attr-defined] # a mark on the function, as the guard's
    return view


def share(response: Response) -> Response:
    """Let caches keep what may be kept, with a mark by which they ask whether it is still so."""
    view = current_app.view_functions.get(request.endpoint or "")
    if not getattr(view, "is_shared", False) or request.method not in {"GET", "HEAD"}:
        return response
    response.vary.add("Cookie")
    if response.status_code != 200 or request.cookies or session.modified or "Set-Cookie" in response.headers:
        return response
    response.headers["Cache-Control"] = PUBLIC
    response.add_etag(weak=True)
    return response.make_conditional(request)  # type: ignore[return-value] # gives back the response it was called on


def init(app: Flask) -> None:
    """Call it after the parts that change bodies: it has to see the page as it was rendered."""
    app.after_request(share)
