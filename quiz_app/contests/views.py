"""What members see of a contest beside the sitting itself: the rules of a round, version by version."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from quiz_app.contests import queries
from quiz_app.web.guard import reading, signed_in

bp = Blueprint("contests", __name__, template_folder="templates")


@bp.get("/dot-thi/<int:round_id>/the-le/<int:number>")
@signed_in
def rules(round_id: int, number: int) -> ResponseReturnValue:
    """A version of a round's rules as it was published, to read and to print."""
    with reading() as r:
        round_, version = queries.rules_version(r, round_id, number)
        return render_template(
            "contests/rules.html",
            round=round_,
            version=version,
            others=[one for one in queries.rules_versions(r.session, round_id) if one.number != number],
        )
