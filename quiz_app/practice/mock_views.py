"""Pages of a mock round: choose its rules, sit it on the page of a real one, hand it in."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.work import Reading
from quiz_app.practice import mock, queries
from quiz_app.practice.errors import MockOver
from quiz_app.practice.forms import MarkForm, MockForm, read_save
from quiz_app.practice.models import Kind, PracticeSession
from quiz_app.practice.queries import Place
from quiz_app.practice.views import require_awake
from quiz_app.web.errors import wants_json
from quiz_app.web.filters import format_time_seconds
from quiz_app.web.guard import reading, signed_in, work

bp = Blueprint("practice_mock", __name__, url_prefix="/luyen-tap/thi-thu", template_folder="templates")

_MILLISECOND = timedelta(milliseconds=1)


@bp.get("/")
@signed_in
def choose() -> ResponseReturnValue:
    """The rules that may be tried."""
    with reading() as r:
        running = queries.open_session(r)
        is_sitting = (
            running is not None and running.kind == Kind.MOCK.value and not queries.is_mock_over(running, r.now)
        )
        return render_template(
            "practice/mock_choose.html", offered=mock.offered(r), running=running if is_sitting else None
        )


@bp.post("/")
@signed_in
def start() -> ResponseReturnValue:
    form = MockForm()
    require_awake()
    with work() as w:
        session_id = mock.start(w, form.rules.data or "")
    return redirect(url_for(".play", session_id=session_id))


@bp.get("/<int:session_id>")
@signed_in
def play(session_id: int) -> ResponseReturnValue:
    """The whole paper, with the clock of the server."""
    with reading() as r:
        found, places = _paper(r, session_id)
        if _is_over(found, r.now):
            return _after_the_end(session_id)
        return render_template(
            "practice/mock_play.html",
            found=found,
            places=places,
            current=next((place.position for place in places if not place.chosen), 1),
            remaining_ms=_milliseconds_left(found, r.now),
        )


@bp.get("/<int:session_id>/con-lai")
@signed_in
def remaining(session_id: int) -> ResponseReturnValue:
    """How long the paper still has: what the page asks when it wakes up."""
    with reading() as r:
        found, _ = _paper(r, session_id)
        return jsonify(remaining_ms=_milliseconds_left(found, r.now), epoch=1, is_over=_is_over(found, r.now))


@bp.post("/<int:session_id>/cau/<int:position>")
@signed_in
def save(session_id: int, position: int) -> ResponseReturnValue:
    letters, revision = read_save(request.form)
    with work() as w:
        saved = mock.save(w, session_id, position, letters, revision)
    if not wants_json():
        return redirect(url_for(".play", session_id=session_id, _anchor=f"cau-{position}"))
    return jsonify(
        revision=saved.revision,
        letters=saved.letters,
        saved_at=None if saved.saved_at is None else format_time_seconds(saved.saved_at),
        remaining_ms=max(0, saved.remaining // _MILLISECOND),
    )


@bp.get("/<int:session_id>/nop")
@signed_in
def review(session_id: int) -> ResponseReturnValue:
    """Check before handing in: which places are still empty."""
    with reading() as r:
        found, places = _paper(r, session_id)
        if _is_over(found, r.now):
            return _after_the_end(session_id)
        return render_template(
            "practice/mock_review.html",
            found=found,
            places=places,
            unanswered=[place.position for place in places if not place.chosen],
            remaining_ms=_milliseconds_left(found, r.now),
        )


@bp.post("/<int:session_id>/nop")
@signed_in
def submit(session_id: int) -> ResponseReturnValue:
    if not MarkForm().validate():
        raise BadInput({})
    with work() as w:
        mock.hand_in(w, session_id)
    flash("Đã nộp bài thi thử. Kết quả này chỉ mình đồng chí xem được và không tính vào đâu.", "success")
    return redirect(url_for("practice.summary", session_id=session_id))


def _paper(r: Reading, session_id: int) -> tuple[PracticeSession, list[Place]]:
    """A mock round of the acting member with the questions that may be shown. Raises Missing."""
    found = queries.own_session(r, session_id)
    if found.kind != Kind.MOCK.value:
        raise Missing
    return found, [place for place in queries.places(r, session_id) if place.is_open]


def _is_over(found: PracticeSession, now: datetime) -> bool:
    return found.ended_at is not None or queries.is_mock_over(found, now)


def _after_the_end(session_id: int) -> ResponseReturnValue:
    """To the summary; one whose time is up is closed by looking at it."""
    with work() as w:
        mock.close_if_over(w, session_id)
    return redirect(url_for("practice.summary", session_id=session_id))


def _milliseconds_left(found: PracticeSession, now: datetime) -> int:
    if found.deadline_at is None:
        raise MockOver
    return max(0, (found.deadline_at - now) // _MILLISECOND)
