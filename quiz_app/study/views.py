"""Modules and lessons, readable without an account; progress and kept answers belong to members."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue.models import Lesson, StudyModule
from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.switches import Switch, is_on
from quiz_app.kernel.work import Reading
from quiz_app.study import labels, queries, services
from quiz_app.study.forms import CheckForm, MarkForm, PlaceForm
from quiz_app.study.sections import anchored, sections
from quiz_app.units import queries as units
from quiz_app.units.labels import AUDIENCES
from quiz_app.web.errors import wants_json
from quiz_app.web.guard import current_actor, database, public, reading, signed_in, work
from quiz_app.web.sharing import shared

bp = Blueprint("study", __name__, url_prefix="/hoc", template_folder="templates")


@bp.get("/")
@public
@shared
def modules() -> ResponseReturnValue:
    """Every module, those aimed at the unit of who asks first; of one audience by `?doi-tuong=`."""
    asked = request.args.get("doi-tuong", "")
    with reading() as r:
        found = queries.modules(r)
        own = units.unit(r.session, r.actor.unit_id).audience if r.actor.unit_id is not None else ""
        return render_template(
            "study/modules.html",
            modules=queries.meant_for(found, asked) if asked in AUDIENCES else queries.nearest_first(found, own),
            following=queries.following(found),
            own_audience=own,
            asked=asked if asked in AUDIENCES else "",
            aimed=[code for code in AUDIENCES if any(code in one.audiences for one in found)],
            audiences=AUDIENCES,
            actor=r.actor,
            resting=_resting_words(r),
        )


@bp.get("/<module_slug>")
@public
@shared
def module(module_slug: str) -> ResponseReturnValue:
    with reading() as r:
        found = queries.module(r, module_slug)
        lessons = queries.lessons_of(found)
        return render_template(
            "study/module.html",
            module=found,
            lessons=lessons,
            progress=queries.progress_of(r.session, r.actor.member_id, [one.id for one in lessons]),
            summary=next(one for one in queries.modules(r) if one.slug == module_slug),
            source=queries.section_links(r.session, found, [found.section])[0],
            actor=r.actor,
            resting=_resting_words(r),
        )


@bp.get("/<module_slug>/in")
@public
@shared
def handout(module_slug: str) -> ResponseReturnValue:
    """The whole module on paper: lessons, questions without their answers, sources."""
    with reading() as r:
        found = queries.module(r, module_slug)
        lessons = queries.lessons_of(found)
        return render_template(
            "study/handout.html",
            module=found,
            lessons=[(one, _links(r, found, one), _questions(r, one)) for one in lessons],
            minutes=sum(one.minutes for one in lessons),
            now=r.now,
        )


@bp.get("/<module_slug>/<lesson_slug>")
@public
@shared
def lesson(module_slug: str, lesson_slug: str) -> ResponseReturnValue:
    with reading() as r:
        return _lesson_page(r, *queries.lesson(r, module_slug, lesson_slug))


@bp.post("/<module_slug>/<lesson_slug>/da-mo")
@signed_in
def opened(module_slug: str, lesson_slug: str) -> ResponseReturnValue:
    """Sent by the page itself once it is on screen: reading a page must not write."""
    if _keeps_nothing():
        return jsonify(is_noted=False)
    with work() as w:
        services.note_opened(w, module_slug, lesson_slug)
    return jsonify(is_noted=True)


@bp.post("/<module_slug>/<lesson_slug>/doc-den")
@signed_in
def place(module_slug: str, lesson_slug: str) -> ResponseReturnValue:
    """Sent by the page while it is read, so that reading goes on at the same section on another device."""
    form = PlaceForm()
    if not form.validate():
        raise BadInput(form.errors)
    if _keeps_nothing():
        return jsonify(is_noted=False)
    with work() as w:
        services.keep_place(w, module_slug, lesson_slug, form.place.data or 0)
    return jsonify(is_noted=True)


@bp.post("/<module_slug>/<lesson_slug>/xong")
@signed_in
def finish(module_slug: str, lesson_slug: str) -> ResponseReturnValue:
    if not MarkForm().validate():
        raise BadInput({})
    if _keeps_nothing():
        flash(labels.NOT_FINISHED, "info")
        return redirect(url_for(".lesson", module_slug=module_slug, lesson_slug=lesson_slug))
    with work() as w:
        services.finish_lesson(w, module_slug, lesson_slug)
    return redirect(url_for(".lesson", module_slug=module_slug, lesson_slug=lesson_slug, _anchor="da-doc"))


@bp.post("/<module_slug>/<lesson_slug>/cau/<int:position>")
@public
def answer(module_slug: str, lesson_slug: str, position: int) -> ResponseReturnValue:
    """Answer a check question: a member's answer is kept, anybody else's is only judged.

    So only a member's form needs a token; without one the page of everybody else may be kept by caches.
    """
    is_member = current_actor().is_signed_in
    if is_member:
        current_app.extensions["csrf"].protect()
    is_kept = is_member and not _keeps_nothing()
    try:
        judged = _judged(module_slug, lesson_slug, position, CheckForm(), is_kept=is_kept)
    except BadInput as wrong:
        if wants_json():
            raise
        with reading() as r:
            of_module, found = queries.lesson(r, module_slug, lesson_slug)
            return _lesson_page(r, of_module, found, problems={position: wrong.errors["choice"]}), 422
    if wants_json():
        unkept = labels.NOT_KEPT if is_member and not is_kept else ""
        result = render_template("study/_result.html", answer=judged.question.answer, unkept=unkept)
        return jsonify(is_right=judged.is_right, html=result)
    if is_kept:
        anchor = f"cau-{position}"
        return redirect(url_for(".lesson", module_slug=module_slug, lesson_slug=lesson_slug, _anchor=anchor))
    with reading() as r:
        of_module, found = queries.lesson(r, module_slug, lesson_slug)
        return _lesson_page(r, of_module, found, just_now={judged.question.item.item_version_id: judged.chosen})


def _judged(module_slug: str, lesson_slug: str, position: int, form: CheckForm, *, is_kept: bool) -> services.Judged:
    letters: list[str] = form.choice.data or []
    edition: str = form.edition.data or ""
    if not is_kept:
        with reading() as r:
            return services.judge(r, module_slug, lesson_slug, position, letters, edition=edition)
    with work() as w:
        return services.answer_check(w, module_slug, lesson_slug, position, letters, edition=edition)


def _lesson_page(
    r: Reading,
    of_module: StudyModule,
    found: Lesson,
    *,
    just_now: Mapping[int, frozenset[int]] | None = None,
    problems: Mapping[int, list[str]] | None = None,
) -> str:
    """A lesson with the answers a member has kept, and with those given in this request."""
    version_ids = catalogue.lesson_version_ids(r.session, found.id)
    choices = queries.kept_choices(r.session, r.actor.member_id, version_ids) | dict(just_now or {})
    answers = queries.answers(r.session, choices)
    lessons = queries.lessons_of(of_module)
    return render_template(
        "study/lesson.html",
        module=of_module,
        lesson=found,
        lessons=lessons,
        number=lessons.index(found) + 1,
        links=_links(r, of_module, found),
        body_html=anchored(found.body_html),
        sections=sections(found.body_html),
        neighbours=queries.neighbours(of_module, found),
        progress=queries.progress_of(r.session, r.actor.member_id, [found.id]).get(found.id),
        questions=[replace(one, answer=answers.get(one.item.item_version_id)) for one in _questions(r, found)],
        problems=problems or {},
        edition=queries.edition(version_ids),
        actor=r.actor,
        resting=_resting_words(r),
        here=url_for(".lesson", module_slug=of_module.slug, lesson_slug=found.slug),
    )


def _keeps_nothing() -> bool:
    """Whether the house is read-only; asked before a unit of work is opened, which would wait its turn to write."""
    with database().reading() as session:
        return is_on(session, Switch.READ_ONLY, database().now(session))


def _resting_words(r: Reading) -> str:
    """What a member is told while nothing is kept. Empty at other times, and for visitors: of them nothing ever is."""
    return labels.RESTING if r.actor.is_signed_in and is_on(r.session, Switch.READ_ONLY, r.now) else ""


def _questions(r: Reading, of_lesson: Lesson) -> list[queries.CheckQuestion]:
    return queries.check_questions(r.session, catalogue.lesson_version_ids(r.session, of_lesson.id))


def _links(r: Reading, of_module: StudyModule, of_lesson: Lesson) -> list[catalogue.SourceLink]:
    return queries.section_links(r.session, of_module, of_lesson.sections)
