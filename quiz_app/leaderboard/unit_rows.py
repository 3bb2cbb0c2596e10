"""The rows of a board of units as HTML: told once for everybody who looks, and for each reader those he stands in."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app

from quiz_app.kernel.work import Reading
from quiz_app.leaderboard import places, unit_boards
from quiz_app.leaderboard.unit_boards import UnitBoard, UnitRow
from quiz_app.rules.unit_standing import UnitMeasure


def told(r: Reading, place: places.Place, board: UnitBoard, measure: UnitMeasure, *, scores_shown: bool) -> str:
    """The rows of a board that is marked for nobody, as the reader sees them."""
    template = current_app.jinja_env.get_template("leaderboard/_unit_rows.html")  # without a page's frame

    def each(rows: Sequence[UnitRow]) -> list[str]:
        html = template.render(
            rows=rows,
            best=board.rows[0],
            measure=measure.value,
            scores_shown=scores_shown,
            url=place.url,
        )
        return [f"{row}</tr>" for row in html.split("</tr>")[:-1]]

    if not board.rows:
        return ""
    key = ("unit rows", place.url("units"), measure, scores_shown, tuple(board.rows))
    everybody, _ = places.kept().get(key, r.now, lambda: each(board.rows))
    own = unit_boards.own_rows(r, board)
    if not own:
        return "".join(everybody)
    marked = dict(zip(own, each(tuple(own.values())), strict=True))
    return "".join(marked.get(number, row) for number, row in enumerate(everybody))
