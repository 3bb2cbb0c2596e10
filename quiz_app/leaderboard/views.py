"""The boards: within the own chi bộ, chi bộ against chi bộ, and the whole contest."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeVar

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.contests import queries as contest_queries
from quiz_app.contests.labels import COUNTED
from quiz_app.contests.models import Round
from quiz_app.contests.policy import reveals_scores
from quiz_app.contests.timing import timing_of
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading
from quiz_app.leaderboard import forms, labels, queries
from quiz_app.leaderboard.policy import Permission
from quiz_app.rules.standing import CountedAttempt
from quiz_app.rules.timing import closes_finally_at
from quiz_app.rules.unit_standing import UnitMeasure
from quiz_app.units import queries as unit_queries
from quiz_app.web.guard import reading, requires

bp = Blueprint("leaderboard", __name__, url_prefix="/bang-xep-hang", template_folder="templates")

E = TypeVar("E", bound=Enum)
BOARDS = {"chi-bo": ".own_unit", "cac-chi-bo": ".units", "toan-xa": ".everybody"}


@bp.get("/")
@requires(Permission.BOARD_VIEW)
def index() -> ResponseReturnValue:
    with reading() as r:
        offered = contest_queries.visible_rounds(r)
        asked = request.args.get("dot", "")
        chosen = next((round_ for round_ in offered if str(round_.id) == asked), None)
        chosen = chosen or queries.current(offered, r.now)
        if chosen is None:
            return render_template("leaderboard/empty.html")
        endpoint = BOARDS.get(request.args.get("bang", ""), ".own_unit")
        return redirect(url_for(endpoint, round_id=chosen.id))


@bp.get("/<int:round_id>/chi-bo")
@requires(Permission.BOARD_VIEW)
def own_unit(round_id: int) -> ResponseReturnValue:
    with reading() as r:
        frame = _frame(r, round_id, "chi-bo")
        own = queries.own_result(r, round_id)
        unit_id = own.unit_id if own is not None else r.actor.unit_id
        if unit_id is None:
            raise Missing
        rows, place = [], None
        if frame["scores_shown"]:
            rows = queries.unit_people(r, frame["round"], unit_id)
            place = queries.own_place(r, frame["round"], own, unit_id) if own is not None else None
        unit = unit_queries.unit(r.session, unit_id)
        return render_template("leaderboard/own_unit.html", unit=unit, rows=rows, own=own, place=place, **frame)


@bp.get("/<int:round_id>/toan-xa")
@requires(Permission.BOARD_VIEW)
def everybody(round_id: int) -> ResponseReturnValue:
    with reading() as r:
        frame = _frame(r, round_id, "toan-xa")
        own = queries.own_result(r, round_id)
        rows, place = [], None
        if frame["scores_shown"]:
            rows = queries.top_people(r, frame["round"])
            place = queries.own_place(r, frame["round"], own) if own is not None else None
        return render_template("leaderboard/everybody.html", rows=rows, own=own, place=place, top=queries.TOP, **frame)


@bp.get("/<int:round_id>/cac-chi-bo")
@requires(Permission.BOARD_VIEW)
def units(round_id: int) -> ResponseReturnValue:
    with reading() as r:
        frame = _frame(r, round_id, "cac-chi-bo")
        round_: Round = frame["round"]
        measures = {
            each: words
            for each, words in labels.MEASURES.items()
            if frame["scores_shown"] or each is not UnitMeasure.MEAN
        }
        measure = _chosen(measures, "theo") or UnitMeasure.TURNOUT
        size = _chosen(labels.SIZES, "quy-mo")
        parent_id = request.args.get("don-vi", type=int) or round_.contest.unit_id
        board = queries.unit_board(r, round_, parent_id, measure, size, with_scores=frame["scores_shown"])
        above = unit_queries.path(r.session, parent_id)
        top = next(place for place, unit in enumerate(above) if unit.id == round_.contest.unit_id)
        return render_template(
            "leaderboard/units.html",
            board=board,
            trail=above[top:],
            form=forms.unit_board_form(measures, measure, size, parent_id),
            ranked_by=measures[measure][1].lower(),
            **{**frame, "taken_at": board.taken_at},
        )


def _frame(r: Reading, round_id: int, board: str) -> dict[str, Any]:
    """What every board shows around itself. Raises Missing for a round that the actor does not see."""
    offered = contest_queries.visible_rounds(r)
    round_ = next((round_ for round_ in offered if round_.id == round_id), None)
    if round_ is None:
        raise Missing
    return {
        "round": round_,
        "round_form": forms.round_form(offered, round_, board) if len(offered) > 1 else None,
        "rule": labels.rule_words(round_.tie_breaks),
        "counted": COUNTED[CountedAttempt(round_.counted)].lower(),
        "scores_shown": reveals_scores(round_, r.now),
        "is_final": round_.finalised_at is not None,
        "closes_at": closes_finally_at(timing_of(round_)),
        "taken_at": r.now,
        "gap_words": labels.gap_words,
    }


def _chosen(offered: Mapping[E, tuple[str, str]], parameter: str) -> E | None:
    asked = request.args.get(parameter)
    return next((value for value, (slug, _) in offered.items() if slug == asked), None)
