"""Whom contests reward, for everybody: names of those who agreed to be named."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template
from flask.typing import ResponseReturnValue

from quiz_app.awards import proposals, queries
from quiz_app.results.labels import KINDS
from quiz_app.web.guard import public, reading

bp = Blueprint("awards_public", __name__, url_prefix="/khen-thuong", template_folder="templates")


@bp.get("/")
@public
def index() -> ResponseReturnValue:
    with reading() as r:
        return _unlisted(render_template("awards/public_lists.html", lists=queries.in_force(r.session), kinds=KINDS))


@bp.get("/<int:list_id>")
@public
def one(list_id: int) -> ResponseReturnValue:
    """A list in force, with a word where the table that it rests on has changed since."""
    with reading() as r:
        found, subject = queries.published(r.session, list_id)
        return _unlisted(
            render_template(
                "awards/public_list.html",
                found=found,
                subject=subject,
                lines=queries.public_lines(r.session, found, subject),
                is_outdated=proposals.changes(r.session, found) is not None,
            )
        )


def _unlisted(page: str) -> ResponseReturnValue:
    """Names are for readers, not for search engines: consent ends, their copies do not."""
    answer = make_response(page)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer
