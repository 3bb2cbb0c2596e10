"""Pages of practising: choose, one question a page with its explanation, a summary. Everything is the member's own."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quiz_app.catalogue.labels import LEVELS
from quiz_app.catalogue.models import StudyModule
from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.switches import Switch, is_on
from quiz_app.kernel.work import Reading
from quiz_app.practice import labels, mock, own_study, queries, services
from quiz_app.practice.errors import PracticeRests
from quiz_app.practice.forms import AnswerForm, MarkForm, StartForm
from quiz_app.practice.models import Kind, PracticeSession
from quiz_app.rules import reviewing
from quiz_app.rules.timing import day_of
from quiz_app.web.guard import database, reading, signed_in, work

bp = Blueprint("practice", __name__, url_prefix="/luyen-tap", template_folder="templates")


@bp.get("/")
@signed_in
def index() -> ResponseReturnValue:
    """What can be practised, and the session under way."""
    with reading() as r:
        stocked = queries.stock(r)
        running = queries.open_session(r)
        counts = [(module, sum(one.is_of(module) for one in stocked)) for module in queries.modules(r.session)]
        return render_template(
            "practice/index.html",
            running=running,
            running_title=_title(r, running) if running else "",
            running_places=queries.places(r, running.id) if running else [],
            modules=[(module, count) for module, count in counts if count],
            levels=[(level, words, sum(one.level == level for one in stocked)) for level, words in LEVELS.items()],
            mistakes=sum(one.is_mistake for one in stocked),
            total=len(stocked),
            daily=queries.daily(r, stocked),
        )


@bp.get("/on-hang-ngay")
@signed_in
def daily() -> ResponseReturnValue:
    """The review of the day, and what comes back on the days ahead."""
    with reading() as r:
        stocked = queries.stock(r)
        today = day_of(r.now)
        return render_template(
            "practice/daily.html",
            daily=queries.daily(r, stocked),
            due=len(queries.due(stocked, today)),
            forecast=reviewing.forecast(queries.due_days(stocked), today),
            total=len(stocked),
        )


@bp.get("/viec-hoc-cua-toi")
@signed_in
def own() -> ResponseReturnValue:
    """How far the member has come: weeks, modules, practice, rounds."""
    with reading() as r:
        return render_template("practice/own.html", study=own_study.of_actor(r))


@bp.post("/bat-dau")
@signed_in
def start() -> ResponseReturnValue:
    """Begin a session, or go on with the same one that is under way."""
    scope = StartForm().scope()
    require_awake()
    with work() as w:
        session_id = services.start(w, scope)
    return redirect(url_for(".go_on", session_id=session_id))


@bp.get("/<int:session_id>")
@signed_in
def go_on(session_id: int) -> ResponseReturnValue:
    """To the question that waits, or to the summary where none does."""
    with reading() as r:
        found = queries.own_session(r, session_id)
        if found.kind == Kind.MOCK.value and found.ended_at is None:
            return redirect(url_for("practice_mock.play", session_id=session_id))
        place = queries.next_place(queries.places(r, session_id))
        if found.ended_at is not None or place is None:
            return redirect(url_for(".summary", session_id=session_id))
        return redirect(url_for(".question", session_id=session_id, position=place.position))


@bp.get("/<int:session_id>/cau/<int:position>")
@signed_in
def question(session_id: int, position: int) -> ResponseReturnValue:
    """One question: to be answered, or answered and explained. A mock round under way has a page of its own."""
    with reading() as r:
        found = queries.own_session(r, session_id)
        if found.kind == Kind.MOCK.value and found.ended_at is None:
            return redirect(url_for(".go_on", session_id=session_id))
        return _question_page(r, session_id, position)


@bp.post("/<int:session_id>/cau/<int:position>")
@signed_in
def answer(session_id: int, position: int) -> ResponseReturnValue:
    letters: list[str] = AnswerForm().choice.data or []
    require_awake()
    try:
        with work() as w:
            services.answer(w, session_id, position, letters)
    except BadInput as wrong:
        with reading() as r:
            return _question_page(r, session_id, position, problems=wrong.errors["choice"]), wrong.status
    return redirect(url_for(".question", session_id=session_id, position=position))


@bp.post("/<int:session_id>/cau/<int:position>/de")
@signed_in
def easy(session_id: int, position: int) -> ResponseReturnValue:
    """The right answer was easy: straight on to the next question."""
    if not MarkForm().validate():
        raise BadInput({})
    with work() as w:
        services.mark_easy(w, session_id, position)
    return redirect(url_for(".go_on", session_id=session_id))


@bp.post("/<int:session_id>/ket-thuc")
@signed_in
def end(session_id: int) -> ResponseReturnValue:
    if not MarkForm().validate():
        raise BadInput({})
    with work() as w:
        is_kept = services.end(w, session_id)
    if is_kept:
        return redirect(url_for(".summary", session_id=session_id))
    flash(labels.NOTHING_DONE, "info")
    return redirect(url_for(".index"))


@bp.get("/<int:session_id>/tong-ket")
@signed_in
def summary(session_id: int) -> ResponseReturnValue:
    """What came of a session: what was known, and where to read on about the rest."""
    with reading() as r:
        found = queries.own_session(r, session_id)
        if found.ended_at is None:
            return redirect(url_for(".go_on", session_id=session_id))
        places = queries.places(r, session_id)
        shown = [place for place in places if place.is_open]
        missed = [place for place in shown if place.answer is None or not place.answer.is_right]
        return render_template(
            "practice/summary.html",
            found=found,
            title=_title(r, found),
            answered=sum(place.answer is not None for place in places),
            right=sum(place.answer is not None and place.answer.is_right for place in places),
            total=len(places),
            hidden=len(places) - len(shown),
            missed=missed,
            items=queries.keyed(r.session, missed),
            links=queries.lesson_links(r.session, [place.item.item_version_id for place in missed]),
            score=mock.score(r, places) if found.kind == Kind.MOCK.value else None,
            again=_again(r, found),
        )


def require_awake() -> None:
    """Raises PracticeRests while the house is read-only; asked before a unit of work waits its turn to write."""
    with database().reading() as session:
        if is_on(session, Switch.READ_ONLY, database().now(session)):
            raise PracticeRests


def _question_page(r: Reading, session_id: int, position: int, *, problems: list[str] | None = None) -> str:
    found = queries.own_session(r, session_id)
    places = queries.places(r, session_id)
    place = services.place_at(places, position)
    version_id = place.item.item_version_id
    return render_template(
        "practice/question.html",
        found=found,
        title=_title(r, found),
        place=place,
        total=len(places),
        done=sum(one.answer is not None for one in places),
        keyed=queries.keyed(r.session, [place]).get(version_id),
        link=queries.lesson_links(r.session, [version_id]).get(version_id) if place.answer and place.is_open else None,
        following=queries.next_place(places, position),
        problems=problems or [],
    )


def _title(r: Reading, found: PracticeSession) -> str:
    if found.kind == Kind.MOCK.value:
        return f"{labels.KINDS[found.kind]}: {found.title}"
    if found.module_id is not None:
        return r.session.get_one(StudyModule, found.module_id).title
    if found.level is not None:
        return f"Mức độ: {LEVELS[found.level]}"
    return labels.KINDS[found.kind]


def _again(r: Reading, found: PracticeSession) -> dict[str, str]:
    """The fields that begin another session of the same kind."""
    module = r.session.get_one(StudyModule, found.module_id) if found.module_id is not None else None
    kind = Kind.MIXED.value if found.kind in (Kind.DAILY.value, Kind.MOCK.value) else found.kind
    fields = {"kind": kind, "module": module.slug if module else "", "level": str(found.level or "")}
    return {name: value for name, value in fields.items() if value}
