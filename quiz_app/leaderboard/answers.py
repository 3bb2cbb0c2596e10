"""The answer of a board: with a mark of what it says, so that who has it already is told so and sent nothing."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from flask import Response, current_app, make_response, render_template, request

# What differs from answer to answer though the board is the same: the form's token, and when rows were read that have
# not changed since. The instant of a tally stays in: on a wall it shows that the figures are still being taken.
_PASSING = re.compile(r'(name="csrf_token" value="[^"]*")|(<time data-read[^>]*>[^<]*</time>)')


def page(template: str, **values: Any) -> Response:
    """Render a board and give it a weak mark, of everything it says and of the sign-in that asked; 304 if it is known.

    Two readers never share a mark, and whoever signs in on the same device after another is answered anew. A page that
    names its reader is not stored by browsers (see web/headers), so its mark serves who asks again by himself.
    """
    html = render_template(template, **values)
    response = make_response(html)
    cookie = current_app.extensions["sign_ins"].cookie_name
    said = f"{request.cookies.get(cookie, '')}\n{request.full_path}\n{_PASSING.sub('', html)}"
    response.set_etag(hashlib.sha256(said.encode()).hexdigest()[:32], weak=True)
    response.vary.add("Cookie")
    response.make_conditional(request)
    return response
