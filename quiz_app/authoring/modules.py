"""Modules of study: the list of them, and the pages on which one is written. Every button works as a plain form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, get_template_attribute, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from question_bank import model as bank
from quiz_app.authoring import content, labels, module_edits, module_queries, module_shown, module_writing, writing
from quiz_app.authoring import queries as drafts
from quiz_app.authoring.errors import ModuleTaken, NotWritable, OutOfDate, ReviewsIt
from quiz_app.authoring.forms import RevisionForm
from quiz_app.authoring.models import Draft, State
from quiz_app.authoring.module_forms import LessonForm, ModuleForm, NewLessonForm, NewModuleForm
from quiz_app.authoring.policy import Permission, may_write
from quiz_app.catalogue import queries as catalogue
from quiz_app.kernel.errors import BadInput, Missing, Refused
from quiz_app.kernel.work import Reading, viewing
from quiz_app.web.errors import wants_json, words_for
from quiz_app.web.filters import format_time_seconds
from quiz_app.web.guard import current_actor, database, reading, requires, work

bp = Blueprint("authoring_modules", __name__, url_prefix="/bien-soan/chuyen-de", template_folder="templates")

UNPROCESSABLE = 422
PARTS = "authoring/_module_editor.html"
READ_PAGE = "authoring_drafts.draft"
STEPS = {"len": -1, "xuong": 1}
EditForm = ModuleForm | LessonForm


@dataclass(frozen=True, slots=True)
class Scene:
    """A draft of a module and the part of it that is written on: a lesson, or without one all that is no lesson."""

    draft: Draft
    module: bank.StudyModule
    lesson: bank.Lesson | None
    is_writable: bool

    def form(self, session: Session) -> EditForm:
        if self.lesson is None:
            return ModuleForm.over(session, self.module)
        return LessonForm.over(session, self.module, self.lesson)

    def place_in(self, module: bank.StudyModule) -> int:
        """The number of the lesson in a text of the module; 0 where it has gone, or none is meant."""
        slugs = [one.slug for one in module.lessons]
        return slugs.index(self.lesson.slug) + 1 if self.lesson and self.lesson.slug in slugs else 0


@bp.before_request
def _require_keeper() -> None:
    """Every page here is about the whole house's bank, so a role somewhere in the tree is not enough.

    Asked in a transaction of its own: the one of the request has to see what the view itself has saved.
    """
    with viewing(database(), actor=current_actor()) as r:
        catalogue.require_keeper(r)


@bp.get("")
@requires(Permission.SET_READ)
def modules() -> ResponseReturnValue:
    with reading() as r:
        return render_template(
            "authoring/modules.html",
            modules=module_queries.listed(r),
            states=labels.STATES_BY_VALUE,
            may_write=current_actor().may(Permission.DRAFT_WRITE),
            may_publish=current_actor().may(Permission.PUBLISH),
        )


@bp.route("/moi", methods=["GET", "POST"])
@requires(Permission.DRAFT_WRITE)
def new() -> ResponseReturnValue:
    form = NewModuleForm()
    with reading() as r:
        form.offer(r.session)
    if form.validate_on_submit():
        try:
            with work() as w:
                draft = module_writing.found_module(
                    w, form.slug.data or "", form.title.data or "", form.topic.data or ""
                )
            return redirect(url_for(".edit", draft_id=draft.id))
        except ModuleTaken as taken:
            form.slug.errors = [words_for(taken)]
    return render_template("authoring/module_new.html", form=form), UNPROCESSABLE if form.errors else 200


@bp.post("/<slug>/sua")
@requires(Permission.DRAFT_WRITE)
def change(slug: str) -> ResponseReturnValue:
    with work() as w:
        draft = module_writing.change_module(w, slug)
    return redirect(url_for(".edit", draft_id=draft.id))


@bp.route("/nhap/<int:draft_id>", methods=["GET", "POST"])
@requires(Permission.DRAFT_WRITE)
def edit(draft_id: int) -> ResponseReturnValue:
    return _edited(draft_id, None)


@bp.route("/nhap/<int:draft_id>/bai/<slug>", methods=["GET", "POST"])
@requires(Permission.DRAFT_WRITE)
def lesson(draft_id: int, slug: str) -> ResponseReturnValue:
    return _edited(draft_id, slug)


@bp.post("/nhap/<int:draft_id>/bai-moi")
@requires(Permission.DRAFT_WRITE)
def add_lesson(draft_id: int) -> ResponseReturnValue:
    form = NewLessonForm()
    if form.validate():
        try:
            with work() as w:
                here = _scene(w, draft_id, None)
                module, slug = module_edits.with_new_lesson(here.module, form.title.data or "", form.slug.data or "")
                writing.save(w, draft_id, form.revision.data or 0, module)
            return redirect(url_for(".lesson", draft_id=draft_id, slug=slug))
        except BadInput as refused:
            form.show(refused)
        except OutOfDate as refused:
            form.title.errors = [words_for(refused)]
    with reading() as r:
        here = _scene(r, draft_id, None)
        form.revision.renew(here.draft.revision)
        return _page(r, here, ModuleForm.over(r.session, here.module), new_lesson=form), UNPROCESSABLE


@bp.post("/nhap/<int:draft_id>/bai/<slug>/<any(len, xuong):way>")
@requires(Permission.DRAFT_WRITE)
def move_lesson(draft_id: int, slug: str, way: str) -> ResponseReturnValue:
    with reading() as r:
        module = _scene(r, draft_id, None).module
    return _arranged(draft_id, module_edits.moved(module, slug, STEPS[way]))


@bp.route("/nhap/<int:draft_id>/bai/<slug>/bo", methods=["GET", "POST"])
@requires(Permission.DRAFT_WRITE)
def remove_lesson(draft_id: int, slug: str) -> ResponseReturnValue:
    with reading() as r:
        here = _scene(r, draft_id, slug)
        if request.method == "GET":
            return render_template("authoring/module_lesson_remove.html", draft=here.draft, lesson=here.lesson)
    return _arranged(draft_id, module_edits.without_lesson(here.module, slug))


def _arranged(draft_id: int, module: bank.StudyModule) -> ResponseReturnValue:
    """Keep another order of lessons. The revision that was shown says whether the rest is still as it was read."""
    form = RevisionForm()
    if not form.validate():
        raise BadInput(form.errors)
    try:
        with work() as w:
            writing.save(w, draft_id, form.revision.data or 0, module)
    except OutOfDate as refused:
        flash(f"{words_for(refused)} Mời đồng chí xem lại rồi làm lại.", "warning")
    return redirect(url_for(".edit", draft_id=draft_id, _anchor="cac-bai"))


def _edited(draft_id: int, slug: str | None) -> ResponseReturnValue:
    is_sent = request.method == "POST"
    with work() as w:
        here = _scene(w, draft_id, slug, may_have_gone=is_sent)
        if not (is_sent or here.is_writable):
            return redirect(url_for(READ_PAGE, draft_id=draft_id))
        if here.is_writable:
            writing.note_presence(w, draft_id)
        form = here.form(w.session)
    if not is_sent:
        with reading() as r:
            return _page(r, _scene(r, draft_id, slug), form)
    if not form.validate():
        return _unread(draft_id, slug, form)
    try:
        with work() as w:
            here = _scene(w, draft_id, slug, may_have_gone=True)
            saved = writing.save(w, draft_id, form.revision.data or 0, form.written(here.module))
    except (OutOfDate, NotWritable, ReviewsIt) as refused:
        return _not_kept(draft_id, slug, form, refused)
    if wants_json():
        return _answer(draft_id, slug, saved)
    flash(f"Đã lưu lúc {format_time_seconds(saved.saved_at)}.", "success")
    return redirect(url_for(request.endpoint or ".edit", **request.view_args or {}))


def _scene(r: Reading, draft_id: int, slug: str | None, *, may_have_gone: bool = False) -> Scene:
    """Raises DraftMissing, Missing. A lesson that somebody removed meanwhile is still there for who writes on it."""
    draft = module_queries.module_draft(r, draft_id)
    module = content.module_of(draft)
    is_writable = draft.state == State.DRAFT.value and may_write(drafts.part_in(r.session, draft.id, r.actor.member_id))
    lesson = None
    if slug is not None:
        is_known = any(one.slug == slug for one in module.lessons)
        if not is_known and not (may_have_gone and module_edits.is_short_name(slug)):
            raise Missing
        lesson = module_edits.lesson_of(module, slug) if is_known else module_edits.empty_lesson(slug)
    return Scene(draft, module, lesson, is_writable)


def _page(
    r: Reading,
    here: Scene,
    form: EditForm,
    *,
    new_lesson: NewLessonForm | None = None,
    refusal: str = "",
    mine: bank.StudyModule | None = None,
) -> str:
    """`mine` is what somebody wrote and could not keep, shown against what is kept."""
    if form.revision.data is None:
        form.revision.renew(here.draft.revision)
    number = here.place_in(here.module)
    return render_template(
        "authoring/module_lesson.html" if here.lesson else "authoring/module_edit.html",
        draft=here.draft,
        module=here.module,
        lesson=here.lesson,
        number=number,
        form=form,
        new_lesson=new_lesson or NewLessonForm(formdata=None, data={"revision": here.draft.revision}),
        preview=module_shown.lesson(r.session, mine or here.module, here.place_in(mine or here.module))
        if here.lesson and here.place_in(mine or here.module)
        else None,
        remarks=module_shown.remarks(r.session, here.module),
        others=drafts.others_present(r, here.draft.id),
        is_from_files=module_queries.is_from_files(r.session, here.draft.code),
        published_slugs=_published_slugs(r.session, here.draft.code),
        refusal=refusal,
        differences=module_shown.changes(r.session, here.module, mine) if mine is not None else (),
    )


def _published_slugs(session: Session, code: str) -> set[str]:
    known = drafts.published_module(session, code)
    return {one.slug for one in known[0].lessons} if known is not None else set()


def _unread(draft_id: int, slug: str | None, form: EditForm) -> ResponseReturnValue:
    """Something cannot be read: nothing is kept, and the form comes back as it was sent."""
    if wants_json():
        raise BadInput(form.errors)
    with reading() as r:
        return _page(r, _scene(r, draft_id, slug, may_have_gone=True), form), UNPROCESSABLE


def _not_kept(draft_id: int, slug: str | None, form: EditForm, refused: Refused) -> ResponseReturnValue:
    """Nothing was overwritten, and what was typed is still in the form; sent again from here, it is meant."""
    if wants_json():
        raise refused
    with reading() as r:
        here = _scene(r, draft_id, slug, may_have_gone=True)
        if isinstance(refused, OutOfDate):
            form.revision.renew(here.draft.revision)
        page = _page(r, here, form, refusal=words_for(refused), mine=form.written(here.module))
        return page, refused.status


def _answer(draft_id: int, slug: str | None, saved: writing.Saved) -> ResponseReturnValue:
    with reading() as r:
        here = _scene(r, draft_id, slug, may_have_gone=True)
        found = module_shown.remarks(r.session, here.module)
        regions = {
            "remarks": _part("remarks", found.get(slug or module_shown.HEAD, ())),
            "others": _part("others", drafts.others_present(r, draft_id)),
        }
        number = here.place_in(here.module)
        if number:
            regions["preview"] = _part("preview", module_shown.lesson(r.session, here.module, number))
        return jsonify(revision=saved.revision, saved_at=format_time_seconds(saved.saved_at), regions=regions)


def _part(name: str, value: Any) -> str:
    """A part of the page by itself, for a script to put in its place."""
    return str(get_template_attribute(PARTS, name)(value))
