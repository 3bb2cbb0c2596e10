"""The boards: within the own chi bộ, chi bộ against chi bộ, and the whole contest; a round, or all rounds so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from enum import Enum
from typing import Any, TypeVar

from flask import Blueprint, current_app, redirect, render_template, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from quiz_app.contests.timing import longest_timing
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.settings import Mode
from quiz_app.kernel.work import Reading
from quiz_app.leaderboard import (
    answers,
    forms,
    history,
    labels,
    places,
    queries,
    rankings,
    rows,
    scope,
    skeletons,
    unit_boards,
)
from quiz_app.leaderboard.kept import INTERVAL, Kept, key_of
from quiz_app.leaderboard.packing import UnitBoards
from quiz_app.leaderboard.policy import MEAN_FROM, Permission
from quiz_app.leaderboard.queries import Own, RankedPerson
from quiz_app.leaderboard.scope import Scope
from quiz_app.leaderboard.skeletons import OWN_RESULT
from quiz_app.rules.timing import closes_finally_at
from quiz_app.rules.unit_standing import SizeClass, UnitMeasure
from quiz_app.rules.visibility import Audience
from quiz_app.units import queries as unit_queries
from quiz_app.web.addresses import row_id
from quiz_app.web.guard import acts, asked_at, current_actor, reading, requires
from quiz_app.web.paging import page_number, slice_page

bp = Blueprint("leaderboard", __name__, url_prefix="/bang-xep-hang", template_folder="templates")

E = TypeVar("E", bound=Enum)

ON_A_WALL = 16
WALL_SECONDS = 12
WALL_SECONDS_RESTING = 60


@bp.record_once
def _keep_boards(state: BlueprintSetupState) -> None:
    """One memory for each application; a test sees at once what it has changed."""
    is_test = state.app.extensions["settings"].mode is Mode.TEST
    state.app.extensions["boards"] = Kept(timedelta() if is_test else INTERVAL, state.app.extensions["shared"])


@bp.get("/")
@requires(Permission.BOARD_VIEW)
def index() -> ResponseReturnValue:
    with reading() as r:
        offered = scope.board_rounds(r)
        asked = request.args.get("dot", "")
        chosen = next((round_ for round_ in offered if str(round_.id) == asked), None)
        whole = next((round_ for round_ in offered if f"{forms.WHOLE}{round_.contest_id}" == asked), None)
        board = places.BOARDS.get(request.args.get("bang", ""), "own_unit")
        chosen = chosen or whole or scope.current(offered, r.now)
        if chosen is None:
            return render_template("leaderboard/empty.html")
        if board in ("own_unit", "own_history") and not places.is_entrant(chosen):
            board = "units"
        if board == "own_history" and chosen.opens_at > r.now:
            board = "own_unit"
        if board == "own_history" or whole is not None:
            place = places.Place(scope.of_contest(offered, chosen.contest_id, r.now), offered)
        else:
            place = places.Place(scope.of_round(chosen, r.now), offered)
        return redirect(place.url(board))


@bp.get("/<int:round_id>/chi-bo")
@requires(Permission.BOARD_VIEW, brief=True, beside=OWN_RESULT)
def own_unit(round_id: int) -> ResponseReturnValue:
    return _own_unit(lambda r: places.found_round(r, round_id))


@bp.get("/cuoc-thi/<int:contest_id>/chi-bo")
@requires(Permission.BOARD_VIEW, brief=True)
def contest_own_unit(contest_id: int) -> ResponseReturnValue:
    return _own_unit(lambda r: places.found_contest(r, contest_id))


@bp.get("/<int:round_id>/toan-xa")
@requires(Permission.BOARD_VIEW, brief=True, beside=OWN_RESULT)
def everybody(round_id: int) -> ResponseReturnValue:
    return _everybody(lambda r: places.found_round(r, round_id))


@bp.get("/cuoc-thi/<int:contest_id>/toan-xa")
@requires(Permission.BOARD_VIEW, brief=True)
def contest_everybody(contest_id: int) -> ResponseReturnValue:
    return _everybody(lambda r: places.found_contest(r, contest_id))


@bp.get("/<int:round_id>/cac-chi-bo")
@requires(Permission.BOARD_VIEW, brief=True)
def units(round_id: int) -> ResponseReturnValue:
    return _units(lambda r: places.found_round(r, round_id))


@bp.get("/cuoc-thi/<int:contest_id>/cac-chi-bo")
@requires(Permission.BOARD_VIEW, brief=True)
def contest_units(contest_id: int) -> ResponseReturnValue:
    return _units(lambda r: places.found_contest(r, contest_id))


@bp.get("/cuoc-thi/<int:contest_id>/chang-duong")
@requires(Permission.BOARD_VIEW)
def own_history(contest_id: int) -> ResponseReturnValue:
    with reading() as r:
        place = places.found_contest(r, contest_id)
        if not place.is_entrant:
            raise Missing
        steps = history.own_history(
            r, place.scope, hidden=place.hidden, with_places=not place.rests, orders=places.orders(r, place.scope)
        )
        unit_id = r.actor.unit_id or 0
        return answers.page(
            "leaderboard/own_history.html",
            steps=steps,
            unit_history=history.unit_history(r, place.scope, unit_id, place.hidden),
            **places.frame(r, place, "chang-duong", rested=labels.OWN_PLACES_REST, is_tallied=place.rests),
        )


@bp.get("/cuoc-thi/<int:contest_id>/don-vi/<int:unit_id>")
@requires(Permission.BOARD_VIEW)
def unit_history(contest_id: int, unit_id: int) -> ResponseReturnValue:
    with reading() as r:
        place = places.found_contest(r, contest_id)
        return answers.page(
            "leaderboard/unit_history.html",
            unit_history=history.unit_history(r, place.scope, unit_id, place.hidden),
            **places.frame(r, place, "cac-chi-bo", rested=labels.UNITS_REST, is_tallied=True),
        )


@bp.get("/<int:round_id>/trinh-chieu")
@requires(Permission.BOARD_VIEW)
def projector(round_id: int) -> ResponseReturnValue:
    with reading() as r:
        return _projector(r, places.found_round(r, round_id))


@bp.get("/cuoc-thi/<int:contest_id>/trinh-chieu")
@requires(Permission.BOARD_VIEW)
def contest_projector(contest_id: int) -> ResponseReturnValue:
    with reading() as r:
        return _projector(r, places.found_contest(r, contest_id))


def chosen_measure(scores_shown: bool) -> tuple[UnitMeasure, dict[UnitMeasure, tuple[str, str]]]:
    """What units are ranked by as the address asks, and all that may be asked for."""
    measures = {each: words for each, words in labels.MEASURES.items() if scores_shown or each is not UnitMeasure.MEAN}
    return _chosen(measures, "theo") or UnitMeasure.TURNOUT, measures


def _own_unit(find: Callable[[Reading], places.Place]) -> ResponseReturnValue:
    found = skeletons.for_members("place", lambda r: skeletons.found(r, find(r)))
    own, own_now = skeletons.own_results(found)
    actor, place = current_actor(), found.place
    unit_id = own.unit_id if own is not None else actor.unit_id
    if own is None and not place.is_entrant:
        raise Missing
    if place.hidden:
        with reading() as r:
            return _hidden(_frame_of_persons(r, place, "chi-bo"), own)

    def of_unit() -> rows.OfUnit:
        with reading() as r:
            return rows.of_unit(current_app.jinja_env, r, place, unit_id or 0)

    if skeletons.is_kept_for(actor):
        unit, _ = places.kept().get(rows.key_of_unit(unit_id, acts(), place, actor), asked_at(), of_unit)
    else:
        unit = of_unit()

    def made(r: Reading) -> skeletons.Skeleton:
        frame = _frame_of_persons(r, place, "chi-bo")
        return skeletons.skeleton(
            "leaderboard/own_unit.html",
            {**frame, "rows": unit.rows.pieces, "is_of_unit": True},
            rows=rows.ELSEWHERE,
            own_words=_own_words(place.scope, "đã dự thi trong chi bộ"),
            until=found.until,
        )

    return answers.filled(skeletons.for_members(rows.what_of_unit(unit), made), own, own_now, unit)


def _everybody(find: Callable[[Reading], places.Place]) -> ResponseReturnValue:
    found = skeletons.for_members("place", lambda r: skeletons.found(r, find(r)))
    own, own_now = skeletons.own_results(found)
    place = found.place

    def made(r: Reading) -> skeletons.Skeleton:
        what, frame = place.scope, _frame_of_persons(r, place, "toan-xa")
        people: list[RankedPerson] = []
        order = rankings.order_of(places.orders(r, what), what)
        if what.is_overall and order is not None and not rankings.is_of_now(order, what):
            frame["sums_rest"] = True  # what is stored was added up by other rules
        if frame["scores_shown"] and not frame["sums_rest"]:
            people, at = places.kept().get(
                ("top", acts(), key_of(what)),
                r.now,
                lambda: queries.ranked_people(r.session, what, None, queries.TOP, rankings.board_of(what, order)),
            )
            frame["taken_at"] = places.as_of(what, at, order)
        told = rows.people(current_app.jinja_env, what, people, rows.look_of(what, with_unit=True))
        return skeletons.skeleton(
            "leaderboard/everybody.html",
            {**frame, "top": queries.TOP, "rows": told.pieces, "are_hinted": told.are_hinted},
            rows=told,
            place_of=places.place_in_order(what, order)
            if frame["scores_shown"] and not place.rests
            else places.no_place,
            own_words=_own_words(what, "được xếp hạng qua các đợt" if what.is_overall else "được xếp hạng"),
            until=found.until,
        )

    if place.hidden:
        with reading() as r:
            return _hidden(_frame_of_persons(r, place, "toan-xa"), own)
    return answers.filled(skeletons.for_members("toan-xa", made), own, own_now)


def _frame_of_persons(r: Reading, place: places.Place, board: str) -> dict[str, Any]:
    return places.frame(r, place, board, rested=labels.PEOPLE_REST)


def _own_words(what: Scope, within: str) -> skeletons.OwnWords:
    return skeletons.OwnWords(within, what.is_overall, len(what.revealed), bool(what.frozen))


def _units(find: Callable[[Reading], places.Place]) -> ResponseReturnValue:
    found = skeletons.for_members("place", lambda r: skeletons.found(r, find(r)))
    if found.place.hidden:
        with reading() as r:
            return _hidden(places.frame(r, found.place, "cac-chi-bo", rested=labels.UNITS_REST), None)

    def made(r: Reading) -> skeletons.Skeleton:
        return _unit_skeleton(r, found)

    if request.args.keys() <= {places.STAGE}:
        return answers.filled(skeletons.for_members("cac-chi-bo", made))
    with reading() as r:
        return answers.filled(made(r))


def _unit_skeleton(r: Reading, found: skeletons.Found) -> skeletons.Skeleton:
    place = found.place
    frame = places.frame(r, place, "cac-chi-bo", rested=labels.UNITS_REST)
    measure, measures = chosen_measure(frame["scores_shown"])
    size = _chosen(labels.SIZES, "quy-mo")
    top_id = place.scope.contest.unit_id
    parent_id = request.args.get("don-vi", type=row_id) or top_id
    board = _unit_board(r, place.scope, parent_id, measure, size)
    kept = {
        "theo": measures[measure][0],
        "quy-mo": None if size is None else labels.SIZES[size][0],
        "don-vi": parent_id if parent_id != top_id else None,
    }
    above = unit_queries.path(r.session, parent_id)
    top = next(number for number, unit in enumerate(above) if unit.id == top_id)
    scores_shown = frame["scores_shown"]
    key = ("unit rows", place.url("units"), measure, scores_shown, tuple(board.rows))
    told, _ = places.kept().get(
        key, r.now, lambda: rows.of_units(current_app.jinja_env, place, board, measure, scores_shown=scores_shown)
    )
    values = {
        "board": board,
        "trail": above[top:],
        "measure_links": [
            (words, place.url("units", **{**kept, "theo": slug}), each is measure)
            for each, (slug, words) in measures.items()
        ],
        "size_links": [
            (words, place.url("units", **{**kept, "quy-mo": slug}), each is size)
            for each, (slug, words) in [(None, (None, labels.EVERY_SIZE)), *labels.SIZES.items()]
        ],
        "measure": measure.value,
        "measure_slug": measures[measure][0],
        "ranked_by": measures[measure][1].lower(),
        "mean_from": MEAN_FROM,
        "taken_at": board.taken_at,
    }
    return skeletons.skeleton("leaderboard/units.html", {**frame, **values}, rows=told, until=found.until)


def _projector(r: Reading, place: places.Place) -> ResponseReturnValue:
    """The unit board for a wall. The answer tells the browser when to ask again, and for which part of the list."""
    if place.hidden:
        return _hidden(places.frame(r, place, "cac-chi-bo", rested=labels.UNITS_REST), None)
    what = replace(place.scope, audience=Audience.MEMBER)  # whoever opened it, everybody stands before it
    measure, measures = chosen_measure(bool(what.revealed))
    parent_id = request.args.get("don-vi", type=row_id) or what.contest.unit_id
    board = unit_boards.marked(r, _unit_board(r, what, parent_id, measure, None))
    page = slice_page(board.rows, page_number(request.args), ON_A_WALL)
    kept = {"theo": measures[measure][0], "don-vi": parent_id}
    is_running = request.args.get("tu-dong") != "khong"
    closes_in = what.closes_at - r.now
    response = answers.page(
        "leaderboard/projector.html",
        scope=what,
        board=board,
        page=page,
        best=board.rows[0] if board.rows else None,
        measure=measure.value,
        ranked_by=measures[measure][1].lower(),
        is_running=is_running,
        has_moved=places.has_moved(r, what),
        closes_in=closes_in if closes_in > timedelta() else None,
        rested=labels.WALL_RESTS if place.rests else "",
        frozen=places.frozen_words(what),
        taken_at=board.taken_at or r.now,
        url=place.url,
        here=lambda **values: place.url("projector", **{**kept, **values}),
    )
    if is_running:
        following = place.url("projector", **kept, trang=page.following or 1)
        seconds = WALL_SECONDS_RESTING if place.rests else WALL_SECONDS
        response.headers["Refresh"] = f"{seconds}; url={following}"
    response.headers["Cache-Control"] = "private, no-cache"  # it names no person, its reader neither: it may be kept
    if place.rests:
        response.headers["Cache-Control"] = f"private, max-age={WALL_SECONDS_RESTING}"
    return response


def _hidden(frame: dict[str, Any], own: Own | None) -> ResponseReturnValue:
    """In the place of a board whose figures are hidden: when it opens, and the reader's own score."""
    what: Scope = frame["scope"]
    figures_at = max(
        closes_finally_at(longest_timing(round_)) for round_ in what.rounds if round_.id in frame["hidden"]
    )
    return answers.page("leaderboard/hidden.html", own=own, figures_at=figures_at, **frame)


def _unit_board(
    r: Reading, what: Scope, parent_id: int, measure: UnitMeasure, size: SizeClass | None
) -> unit_boards.UnitBoard:
    """A board of units, kept for everybody: no row of it is marked."""
    board, _ = places.kept().get(
        ("units", parent_id, measure, size, key_of(what)),
        r.now,
        lambda: unit_boards.unit_board(r.session, what, parent_id, measure, size),
        UnitBoards(),
    )
    return board


def _chosen(offered: Mapping[E, tuple[str, str]], parameter: str) -> E | None:
    asked = request.args.get(parameter)
    return next((value for value, (slug, _) in offered.items() if slug == asked), None)
