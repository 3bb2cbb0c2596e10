"""The boards: within the own chi bộ, chi bộ against chi bộ, and the whole contest; a round, or all rounds so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any, TypeVar

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.contests import queries as contests
from quiz_app.contests.labels import COUNTED
from quiz_app.contests.models import Round
from quiz_app.contests.timing import longest_timing
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.switches import Switch, is_on
from quiz_app.kernel.work import Reading
from quiz_app.leaderboard import forms, history, labels, queries, scope, unit_boards
from quiz_app.leaderboard.policy import MEAN_FROM, Permission
from quiz_app.leaderboard.queries import Own
from quiz_app.leaderboard.scope import Scope
from quiz_app.rules import lots
from quiz_app.rules.standing import CountedAttempt
from quiz_app.rules.timing import closes_finally_at
from quiz_app.rules.unit_standing import UnitMeasure
from quiz_app.units import queries as unit_queries
from quiz_app.web.addresses import row_id
from quiz_app.web.guard import reading, requires
from quiz_app.web.paging import page_number, slice_page

bp = Blueprint("leaderboard", __name__, url_prefix="/bang-xep-hang", template_folder="templates")

E = TypeVar("E", bound=Enum)
STAGE = "giai-doan"  # in the address of a contest's boards: the stage whose rounds alone are added up
BOARDS = {"chi-bo": "own_unit", "cac-chi-bo": "units", "toan-xa": "everybody", "chang-duong": "own_history"}

ON_A_WALL = 16
WALL_SECONDS = 12
WALL_SECONDS_RESTING = 60


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader is: what the board is about, among the rounds he is offered.

    While the house is read-only a board rests: it shows what is stored, and nothing is counted for one reader alone.
    `hidden` are the rounds whose figures an open prediction asks this reader for: no board that holds one is shown.
    """

    scope: Scope
    offered: Sequence[Round]
    rests: bool = False
    hidden: frozenset[int] = frozenset()

    @property
    def sums_rest(self) -> bool:
        """Whether people are not ranked over several rounds now: no such sums are stored."""
        return self.rests and self.scope.is_overall

    def url(self, board: str, **values: Any) -> str:
        """The address of one of the boards of the same scope."""
        if board in ("own_history", "unit_history"):
            return url_for(f".{board}", contest_id=self.scope.contest.id, **values)
        if self.scope.stage is not None:
            values[STAGE] = self.scope.stage.id
        if self.scope.is_overall:
            return url_for(f".contest_{board}", contest_id=self.scope.contest.id, **values)
        return url_for(f".{board}", round_id=self.scope.last.id, **values)


@bp.get("/")
@requires(Permission.BOARD_VIEW)
def index() -> ResponseReturnValue:
    with reading() as r:
        offered = scope.board_rounds(r)
        asked = request.args.get("dot", "")
        chosen = next((round_ for round_ in offered if str(round_.id) == asked), None)
        whole = next((round_ for round_ in offered if f"{forms.WHOLE}{round_.contest_id}" == asked), None)
        board = BOARDS.get(request.args.get("bang", ""), "own_unit")
        chosen = chosen or whole or scope.current(offered, r.now)
        if chosen is None:
            return render_template("leaderboard/empty.html")
        if board in ("own_unit", "own_history") and not is_entrant(r, chosen):
            board = "units"
        if board == "own_history" and chosen.opens_at > r.now:
            board = "own_unit"
        if board == "own_history" or whole is not None:
            place = Place(scope.of_contest(offered, chosen.contest_id, r.now), offered)
        else:
            place = Place(scope.of_round(chosen, r.now), offered)
        return redirect(place.url(board))


@bp.get("/<int:round_id>/chi-bo")
@requires(Permission.BOARD_VIEW)
def own_unit(round_id: int) -> ResponseReturnValue:
    with reading() as r:
        return _own_unit(r, _round(r, round_id))


@bp.get("/cuoc-thi/<int:contest_id>/chi-bo")
@requires(Permission.BOARD_VIEW)
def contest_own_unit(contest_id: int) -> ResponseReturnValue:
    with reading() as r:
        return _own_unit(r, _contest(r, contest_id))


@bp.get("/<int:round_id>/toan-xa")
@requires(Permission.BOARD_VIEW)
def everybody(round_id: int) -> ResponseReturnValue:
    with reading() as r:
        return _everybody(r, _round(r, round_id))


@bp.get("/cuoc-thi/<int:contest_id>/toan-xa")
@requires(Permission.BOARD_VIEW)
def contest_everybody(contest_id: int) -> ResponseReturnValue:
    with reading() as r:
        return _everybody(r, _contest(r, contest_id))


@bp.get("/<int:round_id>/cac-chi-bo")
@requires(Permission.BOARD_VIEW)
def units(round_id: int) -> ResponseReturnValue:
    with reading() as r:
        return _units(r, _round(r, round_id))


@bp.get("/cuoc-thi/<int:contest_id>/cac-chi-bo")
@requires(Permission.BOARD_VIEW)
def contest_units(contest_id: int) -> ResponseReturnValue:
    with reading() as r:
        return _units(r, _contest(r, contest_id))


@bp.get("/cuoc-thi/<int:contest_id>/chang-duong")
@requires(Permission.BOARD_VIEW)
def own_history(contest_id: int) -> ResponseReturnValue:
    with reading() as r:
        place = _contest(r, contest_id)
        if not is_entrant(r, place.scope.last):
            raise Missing
        steps = history.own_history(r, place.scope, hidden=place.hidden, with_places=not place.rests)
        unit_id = r.actor.unit_id or 0
        return render_template(
            "leaderboard/own_history.html",
            steps=steps,
            unit_history=history.unit_history(r, place.scope, unit_id, place.hidden),
            **_frame(r, place, "chang-duong", rested=labels.OWN_PLACES_REST, is_tallied=place.rests),
        )


@bp.get("/cuoc-thi/<int:contest_id>/don-vi/<int:unit_id>")
@requires(Permission.BOARD_VIEW)
def unit_history(contest_id: int, unit_id: int) -> ResponseReturnValue:
    with reading() as r:
        place = _contest(r, contest_id)
        return render_template(
            "leaderboard/unit_history.html",
            unit_history=history.unit_history(r, place.scope, unit_id, place.hidden),
            **_frame(r, place, "cac-chi-bo", rested=labels.UNITS_REST, is_tallied=True),
        )


@bp.get("/<int:round_id>/trinh-chieu")
@requires(Permission.BOARD_VIEW)
def projector(round_id: int) -> ResponseReturnValue:
    with reading() as r:
        return _projector(r, _round(r, round_id))


@bp.get("/cuoc-thi/<int:contest_id>/trinh-chieu")
@requires(Permission.BOARD_VIEW)
def contest_projector(contest_id: int) -> ResponseReturnValue:
    with reading() as r:
        return _projector(r, _contest(r, contest_id))


def is_entrant(r: Reading, round_: Round) -> bool:
    """Whether the reader's own unit takes part in the round's contest; others only look on."""
    return r.actor.unit_id is not None and round_.contest.unit_id in unit_queries.path_ids(r.session, r.actor.unit_id)


def chosen_measure(scores_shown: bool) -> tuple[UnitMeasure, dict[UnitMeasure, tuple[str, str]]]:
    """What units are ranked by as the address asks, and all that may be asked for."""
    measures = {each: words for each, words in labels.MEASURES.items() if scores_shown or each is not UnitMeasure.MEAN}
    return _chosen(measures, "theo") or UnitMeasure.TURNOUT, measures


def _own_unit(r: Reading, place: Place) -> ResponseReturnValue:
    frame = _frame(r, place, "chi-bo", rested=labels.PEOPLE_REST)
    own = None if place.sums_rest else queries.own_standing(r, place.scope)
    if own is None and not frame["is_entrant"]:
        raise Missing
    if place.hidden:
        return _hidden(frame, own)
    unit_id = own.unit_id if own is not None else r.actor.unit_id
    rows, standing = [], None
    if frame["scores_shown"] and unit_id is not None and not place.sums_rest:
        rows = queries.unit_people(r, place.scope, unit_id)
        if own is not None and place.rests:
            standing = queries.place_among(rows, own)
        elif own is not None:
            standing = queries.own_place(r, place.scope, own, unit_id)
    unit = unit_queries.unit(r.session, unit_id or 0)
    return render_template("leaderboard/own_unit.html", unit=unit, rows=rows, own=own, place=standing, **frame)


def _everybody(r: Reading, place: Place) -> ResponseReturnValue:
    frame = _frame(r, place, "toan-xa", rested=labels.PEOPLE_REST)
    own = None if place.sums_rest else queries.own_standing(r, place.scope)
    if place.hidden:
        return _hidden(frame, own)
    rows, standing = [], None
    if frame["scores_shown"] and not place.sums_rest:
        rows = queries.top_people(r, place.scope)
        standing = queries.own_place(r, place.scope, own) if own is not None and not place.rests else None
    return render_template("leaderboard/everybody.html", rows=rows, own=own, place=standing, top=queries.TOP, **frame)


def _units(r: Reading, place: Place) -> ResponseReturnValue:
    frame = _frame(r, place, "cac-chi-bo", rested=labels.UNITS_REST)
    if place.hidden:
        return _hidden(frame, None)
    measure, measures = chosen_measure(frame["scores_shown"])
    size = _chosen(labels.SIZES, "quy-mo")
    top_id = place.scope.contest.unit_id
    parent_id = request.args.get("don-vi", type=row_id) or top_id
    board = unit_boards.unit_board(r, place.scope, parent_id, measure, size)
    kept = {
        "theo": measures[measure][0],
        "quy-mo": None if size is None else labels.SIZES[size][0],
        "don-vi": parent_id if parent_id != top_id else None,
    }
    above = unit_queries.path(r.session, parent_id)
    top = next(number for number, unit in enumerate(above) if unit.id == top_id)
    return render_template(
        "leaderboard/units.html",
        board=board,
        trail=above[top:],
        measure_links=[
            (words, place.url("units", **{**kept, "theo": slug}), each is measure)
            for each, (slug, words) in measures.items()
        ],
        size_links=[
            (words, place.url("units", **{**kept, "quy-mo": slug}), each is size)
            for each, (slug, words) in [(None, (None, labels.EVERY_SIZE)), *labels.SIZES.items()]
        ],
        measure=measure.value,
        measure_slug=measures[measure][0],
        ranked_by=measures[measure][1].lower(),
        mean_from=MEAN_FROM,
        **{**frame, "taken_at": board.taken_at},
    )


def _projector(r: Reading, place: Place) -> ResponseReturnValue:
    """The unit board for a wall. The answer tells the browser when to ask again, and for which part of the list."""
    if place.hidden:
        return _hidden(_frame(r, place, "cac-chi-bo", rested=labels.UNITS_REST), None)
    what = place.scope
    measure, measures = chosen_measure(bool(what.revealed))
    parent_id = request.args.get("don-vi", type=row_id) or what.contest.unit_id
    board = unit_boards.unit_board(r, what, parent_id, measure)
    page = slice_page(board.rows, page_number(request.args), ON_A_WALL)
    kept = {"theo": measures[measure][0], "don-vi": parent_id}
    is_running = request.args.get("tu-dong") != "khong"
    closes_in = what.closes_at - r.now
    response = make_response(
        render_template(
            "leaderboard/projector.html",
            scope=what,
            board=board,
            page=page,
            best=board.rows[0] if board.rows else None,
            measure=measure.value,
            ranked_by=measures[measure][1].lower(),
            is_running=is_running,
            closes_in=closes_in if closes_in > timedelta() else None,
            rested=labels.WALL_RESTS if place.rests else "",
            taken_at=board.taken_at or r.now,
            url=place.url,
            here=lambda **values: place.url("projector", **{**kept, **values}),
        )
    )
    if is_running:
        following = place.url("projector", **kept, trang=page.following or 1)
        seconds = WALL_SECONDS_RESTING if place.rests else WALL_SECONDS
        response.headers["Refresh"] = f"{seconds}; url={following}"
    if place.rests:  # the one board that names no person and not its reader either: a browser may keep it
        response.headers["Cache-Control"] = f"private, max-age={WALL_SECONDS_RESTING}"
        response.vary.add("Cookie")
    return response


def _hidden(frame: dict[str, Any], own: Own | None) -> ResponseReturnValue:
    """In the place of a board whose figures are hidden: when it opens, and the reader's own score."""
    what: Scope = frame["scope"]
    figures_at = max(
        closes_finally_at(longest_timing(round_)) for round_ in what.rounds if round_.id in frame["hidden"]
    )
    return render_template("leaderboard/hidden.html", own=own, figures_at=figures_at, **frame)


def _round(r: Reading, round_id: int) -> Place:
    """Raises Missing for a round whose boards the actor does not see."""
    offered = scope.board_rounds(r)
    round_ = next((round_ for round_ in offered if round_.id == round_id), None)
    if round_ is None:
        raise Missing
    return _place(r, scope.of_round(round_, r.now), offered)


def _contest(r: Reading, contest_id: int) -> Place:
    """Raises Missing for a contest whose boards the actor does not see, or of which no round has begun."""
    offered = scope.board_rounds(r)
    stage_id = request.args.get(STAGE, type=row_id)
    if stage_id is None:
        return _place(r, scope.of_contest(offered, contest_id, r.now), offered)
    stage = next((one for one in contests.stages(r.session, contest_id) if one.id == stage_id), None)
    if stage is None:
        raise Missing
    return _place(r, scope.of_stage(offered, stage, r.now), offered)


def _place(r: Reading, what: Scope, offered: Sequence[Round]) -> Place:
    hidden = frozenset(round_.id for round_ in what.rounds if contests.hides_figures(r, round_))
    return Place(what, offered, is_on(r.session, Switch.READ_ONLY, r.now), hidden)


def _frame(r: Reading, place: Place, board: str, *, rested: str, is_tallied: bool = False) -> dict[str, Any]:
    """What every board shows around itself; `rested` says what of this one rests where the house is read-only.

    A board that `is_tallied` is as old as its figures, any other as young as the request.
    """
    what = place.scope
    taken_at = unit_boards.taken_at(r.session, [round_.id for round_ in what.rounds]) if is_tallied else r.now
    return {
        "scope": what,
        "round": what.last,
        "url": place.url,
        "board_slug": board,
        "is_entrant": is_entrant(r, what.last),
        "round_form": forms.round_form(place.offered, what, board),
        "steps_offered": _steps_offered(r, place, BOARDS[board]),
        "rule": labels.rule_words(what.tie_breaks),
        "counted": COUNTED[CountedAttempt(what.last.counted)].lower(),
        "scores_shown": bool(what.revealed),
        "is_final": what.is_final,
        "awaits_truth": what.awaits_truth,
        "lot_commitment": lots.commitment(what.last.lot_seed) if what.last.lot_seed and what.closes_at <= r.now else "",
        "hidden": place.hidden,
        "rested": rested if place.rests else "",
        "sums_rest": place.sums_rest and board in ("chi-bo", "toan-xa"),
        "closes_at": what.closes_at,
        "taken_at": taken_at,
        "gap_words": labels.gap_words,
    }


def _steps_offered(r: Reading, place: Place, board: str) -> list[tuple[str, str, bool]]:
    """The same board of the contest's other rounds, first to last, of its stages and of all that have begun."""
    what = place.scope
    rounds = [round_ for round_ in place.offered if round_.contest_id == what.contest.id]
    rounds.sort(key=lambda round_: (round_.position, round_.id))
    here = what.last.id if not what.is_overall else None
    board = "units" if board == "own_history" else board
    links = [
        (round_.title, Place(scope.of_round(round_, what.now), ()).url(board), round_.id == here) for round_ in rounds
    ]
    begun = [round_ for round_ in rounds if round_.opens_at <= what.now]
    for stage in contests.stages(r.session, what.contest.id) if any(each.stage_id for each in begun) else ():
        if any(each.stage_id == stage.id for each in begun):
            of_stage = Place(scope.of_stage(begun, stage, what.now), ())
            links.append((stage.title, of_stage.url(board), what.stage is not None and what.stage.id == stage.id))
    if len(begun) > 1:
        whole = Place(scope.of_contest(begun, what.contest.id, what.now), ())
        links.append((labels.OVERALL, whole.url(board), what.is_overall and what.stage is None))
    return links


def _chosen(offered: Mapping[E, tuple[str, str]], parameter: str) -> E | None:
    asked = request.args.get(parameter)
    return next((value for value, (slug, _) in offered.items() if slug == asked), None)
