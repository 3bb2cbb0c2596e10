"""The boards of a round for those who run its contest, to take along."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from quiz_app.contests import queries as contests
from quiz_app.kernel.errors import Missing
from quiz_app.leaderboard import exports, places, queries, unit_boards
from quiz_app.leaderboard.policy import Action, Permission
from quiz_app.rules.unit_standing import UnitMeasure
from quiz_app.web.guard import reading, requires, work
from quiz_app.web.spreadsheet import download

bp = Blueprint("leaderboard_manage", __name__, url_prefix="/to-chuc/dot")


@bp.get("/<int:round_id>/bang-xep-hang.xlsx")
@requires(Permission.BOARD_EXPORT, fresh=True)
def export(round_id: int) -> ResponseReturnValue:
    """Both boards as a workbook; that they were handed out is written down. Missing while their figures are hidden."""
    with reading() as r:
        contests.managed_round(r, round_id)
        place = places.found_round(r, round_id)
        if place.hidden:
            raise Missing
        what = place.scope
        ranked = queries.ranked_people(r.session, what, None, exports.LARGEST_EXPORT) if what.revealed else []
        people = queries.told(r.actor, what, ranked)
        is_cut = len(people) == exports.LARGEST_EXPORT
        total = queries.ranked_count(r.session, what) if is_cut else len(people)
        units = unit_boards.unit_board(r.session, what, what.contest.unit_id, UnitMeasure.TURNOUT)
        content = exports.board_file(what, people, total, units, author=r.actor.name)
    with work() as w:
        w.record(Action.BOARD_EXPORTED, f"round:{round_id}", people=len(people), units=len(units.rows))
    return download(content, f"bang-xep-hang-{round_id}.xlsx")
