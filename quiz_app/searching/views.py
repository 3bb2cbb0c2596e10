"""The page that searches, open to everybody."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.catalogue.labels import VALIDITIES
from quiz_app.kernel import fulltext
from quiz_app.kernel.text import tidy
from quiz_app.searching import labels, queries
from quiz_app.searching.queries import Found, Shelf
from quiz_app.web.guard import public, reading
from quiz_app.web.paging import page_number

bp = Blueprint("searching", __name__, url_prefix="/tim-kiem", template_folder="templates")


@bp.get("")
@public
def results() -> ResponseReturnValue:
    """What is asked for stands in the address (`q`), and so does the shelf somebody keeps to (`loai`)."""
    query = tidy(request.args.get("q", ""))[: fulltext.LONGEST_QUERY]
    words = fulltext.query_words(query)
    asked = request.args.get("loai", "")
    shelf = next((one for one in Shelf if one.value == asked), None)
    found: Found | None = None
    if words:
        with reading() as r:
            found = queries.search(r, words, shelf, page_number(request.args))
    return render_template(
        "searching/results.html",
        query=query,
        shelf=shelf,
        found=found,
        tabs=_tabs(query, shelf, found) if found is not None else (),
        kinds=labels.KINDS,
        validities=VALIDITIES,
        example=labels.EXAMPLE,
    )


def _tabs(query: str, chosen: Shelf | None, found: Found) -> list[tuple[str, str, bool]]:
    """Everything, and each shelf, with how much is found there."""
    everything = (f"{labels.EVERYTHING} ({found.total})", url_for(".results", q=query), chosen is None)
    return [everything] + [
        (f"{name} ({found.counts[shelf]})", url_for(".results", q=query, loai=shelf.value), chosen is shelf)
        for shelf, name in labels.SHELVES.items()
    ]
