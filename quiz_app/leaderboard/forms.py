"""The choice of a round where a reader sees several contests. It lives in the address: the form only shows it."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import HiddenField, SelectField

from quiz_app.contests.models import Round
from quiz_app.leaderboard import labels
from quiz_app.leaderboard.scope import Scope
from quiz_app.web.forms import Form, choices

IN_ADDRESS = {"csrf": False}
WHOLE = "c"


class RoundForm(Form):
    """Which round; `bang` is the board to stay on."""

    dot = SelectField("Cuộc thi")
    bang = HiddenField()


def round_form(offered: Sequence[Round], scope: Scope, board: str) -> RoundForm | None:
    """The rounds of each contest, and all of it together where more than one has begun; None for a single contest."""
    if len({round_.contest_id for round_ in offered}) < 2:
        return None
    form = RoundForm(formdata=None, meta=IN_ADDRESS, dot=slug_of(scope), bang=board)
    listed: list[tuple[str, str]] = []
    summed: set[int] = set()
    for round_ in offered:
        title = round_.contest.title
        begun = sum(other.contest_id == round_.contest_id and other.opens_at <= scope.now for other in offered)
        if round_.contest_id not in summed and (begun > 1 or slug_of(scope) == f"{WHOLE}{round_.contest_id}"):
            summed.add(round_.contest_id)
            listed.append((f"{WHOLE}{round_.contest_id}", f"{title} – {labels.OVERALL}"))
        listed.append((str(round_.id), f"{title} – {round_.title}"))
    form.dot.choices = choices(listed)
    return form


def slug_of(scope: Scope) -> str:
    """A scope as the address spells it: a round's number, or "c" and a contest's."""
    return f"{WHOLE}{scope.contest.id}" if scope.is_overall else str(scope.last.id)
