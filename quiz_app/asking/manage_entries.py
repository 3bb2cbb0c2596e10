"""Pages of what is published: proposing neutral words, deciding on another's, taking down, the history."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quiz_app.asking import entries, labels, queries
from quiz_app.asking.errors import NotAnswered
from quiz_app.asking.forms import DecisionForm, TakeDownForm, WordingForm
from quiz_app.asking.models import EditionState, State
from quiz_app.asking.policy import Permission
from quiz_app.catalogue import queries as catalogue
from quiz_app.kernel.errors import BadInput
from quiz_app.web.guard import current_actor, reading, requires, work

bp = Blueprint("asking_entries", __name__, url_prefix="/to-chuc/hoi-dap", template_folder="templates")

UNPROCESSABLE = 422
ENDING = "thoi-"  # two forms on one page ask for a reason


@bp.get("/cong-bo")
@requires(Permission.ENTRIES_READ)
def listing() -> ResponseReturnValue:
    with reading() as r:
        return render_template("asking/entries.html", rows=entries.listing(r), labels=labels)


@bp.route("/<int:question_id>/cong-bo", methods=["GET", "POST"])
@requires(Permission.ENTRY_PROPOSE)
def propose(question_id: int) -> ResponseReturnValue:
    """Write an answered question anew for everybody. The form starts empty: a member's own words are no draft of it."""
    form = WordingForm()
    with reading() as r:
        found = queries.moderated(r, question_id)
        form.offer(entries.modules(r.session))
        if found.question.state != State.ANSWERED.value:
            raise NotAnswered
        if not form.is_submitted():
            module = found.where.module
            form.module.data = "" if module is None else str(module.id)
    if form.validate_on_submit():
        try:
            with work() as w:
                entries.propose(w, question_id, form.to_wording())
            flash("Đã đề nghị. Một đồng chí khác duyệt rồi mới công bố.", "success")
            return redirect(url_for("asking_manage.question", question_id=question_id))
        except BadInput as refused:
            form.show(refused)
    back = url_for("asking_manage.question", question_id=question_id)
    page = render_template("asking/wording.html", form=form, back=back, title="Đề nghị công bố câu trả lời")
    return page, UNPROCESSABLE if form.errors else 200


@bp.get("/muc/<int:entry_id>")
@requires(Permission.ENTRIES_READ)
def entry(entry_id: int) -> ResponseReturnValue:
    """An entry with all its editions, and the form to decide on the one that waits."""
    return _page(entry_id)


@bp.route("/muc/<int:entry_id>/sua", methods=["GET", "POST"])
@requires(Permission.ENTRY_PROPOSE)
def change(entry_id: int) -> ResponseReturnValue:
    with reading() as r:
        last = entries.editions(r, entry_id)[0].edition
        modules = entries.modules(r.session)
    module = "" if last.module_id is None else str(last.module_id)
    form = WordingForm(question=last.question, answer=last.answer, module=module)
    form.offer(modules)
    if form.validate_on_submit():
        try:
            with work() as w:
                entries.propose_anew(w, entry_id, form.to_wording())
            flash("Đã gửi bản mới. Một đồng chí khác duyệt rồi mới công bố.", "success")
            return redirect(url_for(".entry", entry_id=entry_id))
        except BadInput as refused:
            form.show(refused)
    back = url_for(".entry", entry_id=entry_id)
    page = render_template("asking/wording.html", form=form, back=back, title="Viết lại mục Hỏi – đáp")
    return page, UNPROCESSABLE if form.errors else 200


@bp.post("/ban/<int:edition_id>/duyet")
@requires(Permission.ENTRY_DECIDE)
def decide(edition_id: int) -> ResponseReturnValue:
    form = DecisionForm()
    entry_id = _entry_of(edition_id)
    if form.validate():
        try:
            with work() as w:
                entries.decide(w, edition_id, is_published=form.is_published, reason=form.reason.data or "")
            flash("Đã công bố." if form.is_published else "Đã trả lại.", "success")
            return redirect(url_for(".entry", entry_id=entry_id))
        except BadInput as refused:
            form.show(refused)
    return _page(entry_id, deciding=form)


@bp.post("/ban/<int:edition_id>/thoi")
@requires(Permission.ENTRY_DECIDE)
def take_down(edition_id: int) -> ResponseReturnValue:
    form = TakeDownForm(prefix=ENDING)
    entry_id = _entry_of(edition_id)
    if form.validate():
        try:
            with work() as w:
                entries.take_down(w, edition_id, form.reason.data or "")
            flash("Đã thôi công bố. Lịch sử của mục vẫn còn.", "success")
            return redirect(url_for(".entry", entry_id=entry_id))
        except BadInput as refused:
            form.show(refused)
    return _page(entry_id, ending=form)


def _entry_of(edition_id: int) -> int:
    with reading() as r:
        catalogue.require_keeper(r)
        return entries.edition(r.session, edition_id).entry_id


def _page(
    entry_id: int, *, deciding: DecisionForm | None = None, ending: TakeDownForm | None = None
) -> ResponseReturnValue:
    actor = current_actor()
    with reading() as r:
        editions = entries.editions(r, entry_id)
        page = render_template(
            "asking/entry.html",
            editions=editions,
            waiting=_in(editions, EditionState.PROPOSED),
            public=_in(editions, EditionState.PUBLISHED),
            decides=actor.may(Permission.ENTRY_DECIDE),
            actor=actor,
            deciding=deciding or DecisionForm(formdata=None),
            ending=ending or TakeDownForm(formdata=None, prefix=ENDING),
            labels=labels,
        )
    return page, UNPROCESSABLE if any(form is not None and form.errors for form in (deciding, ending)) else 200


def _in(editions: list[entries.Shown], state: EditionState) -> entries.Shown | None:
    return next((one for one in editions if one.edition.state == state.value), None)
