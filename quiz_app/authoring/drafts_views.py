"""A draft to read and to speak about, its way through review, and what waits for a reviewer."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from question_bank.differences import told_between
from quiz_app.authoring import (
    content,
    document_shown,
    findings,
    labels,
    listing,
    module_edits,
    module_shown,
    queries,
    reviewing,
    shown,
    writing,
)
from quiz_app.authoring.errors import OutOfDate, ReasonMissing
from quiz_app.authoring.forms import CommentForm, JudgeForm, RevisionForm
from quiz_app.authoring.models import Draft, Kind, SetDraft, State, Verdict
from quiz_app.authoring.policy import Action, Permission, may_review, may_write
from quiz_app.catalogue import queries as catalogue
from quiz_app.contests import seals
from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.work import Work
from quiz_app.web.errors import words_for
from quiz_app.web.forms import choices
from quiz_app.web.guard import current_actor, reading, requires, work

bp = Blueprint("authoring_drafts", __name__, url_prefix="/bien-soan", template_folder="templates")

UNPROCESSABLE = 422


@bp.before_request
def _require_keeper() -> None:
    """Every page here is about the whole house's bank, so a role somewhere in the tree is not enough."""
    with reading() as r:
        catalogue.require_keeper(r)


@bp.get("/tham-dinh")
@requires(Permission.SET_READ)
def queue() -> ResponseReturnValue:
    with reading() as r:
        sets = {one.id: one for one in r.session.query(SetDraft)}
        return render_template(
            "authoring/queue.html",
            drafts=listing.to_review(r),
            sets=sets,
            intents=labels.INTENTS_BY_VALUE,
            may_review=current_actor().may(Permission.DRAFT_REVIEW),
        )


@bp.get("/ban-nhap/<int:draft_id>")
@requires(Permission.DRAFT_OPEN)
def draft(draft_id: int) -> ResponseReturnValue:
    with work() as w:
        return _page(w, draft_id, JudgeForm(formdata=None))


@bp.post("/ban-nhap/<int:draft_id>/gui")
@requires(Permission.DRAFT_WRITE)
def hand_in(draft_id: int) -> ResponseReturnValue:
    form = RevisionForm()
    if not form.validate():
        raise BadInput(form.errors)
    try:
        with work() as w:
            writing.hand_in(w, draft_id, form.revision.data or 0)
        flash("Đã gửi thẩm định. Một đồng chí khác sẽ đọc và kết luận.", "success")
    except OutOfDate as refused:
        flash(words_for(refused), "warning")
    return redirect(url_for(".draft", draft_id=draft_id))


@bp.post("/ban-nhap/<int:draft_id>/sua-tiep")
@requires(Permission.DRAFT_WRITE)
def take_back(draft_id: int) -> ResponseReturnValue:
    with work() as w:
        found = writing.take_back(w, draft_id)
    flash("Bản này trở lại trạng thái đang viết; sửa xong phải thẩm định lại.", "info")
    return redirect(_editor(found))


@bp.route("/ban-nhap/<int:draft_id>/bo", methods=["GET", "POST"])
@requires(Permission.DRAFT_WRITE)
def discard(draft_id: int) -> ResponseReturnValue:
    form = RevisionForm()
    if not form.is_submitted():
        with reading() as r:
            return render_template("authoring/discard.html", draft=queries.draft(r, draft_id))
    with work() as w:
        found = writing.discard(w, draft_id)
        back = _home(w, found)
    flash("Đã bỏ bản nháp. Bản đã công bố, nếu có, vẫn giữ nguyên.", "success")
    return redirect(back)


@bp.post("/ban-nhap/<int:draft_id>/y-kien")
@requires(Permission.DRAFT_COMMENT)
def comment(draft_id: int) -> ResponseReturnValue:
    with reading() as r:
        form = _comment_form(queries.draft(r, draft_id))
    if not form.validate():
        with work() as w:
            return _page(w, draft_id, JudgeForm(formdata=None), form), UNPROCESSABLE
    with work() as w:
        reviewing.comment(w, draft_id, form.field.data or "", form.text.data or "")
    flash("Đã ghi ý kiến.", "success")
    return redirect(url_for(".draft", draft_id=draft_id, _anchor="y-kien"))


@bp.post("/y-kien/<int:comment_id>/xong")
@requires(Permission.DRAFT_COMMENT)
def settle(comment_id: int) -> ResponseReturnValue:
    with work() as w:
        found = reviewing.settle(w, comment_id)
    return redirect(url_for(".draft", draft_id=found.draft_id, _anchor="y-kien"))


@bp.post("/ban-nhap/<int:draft_id>/ket-luan")
@requires(Permission.DRAFT_REVIEW)
def judge(draft_id: int) -> ResponseReturnValue:
    form = JudgeForm()
    if form.validate():
        try:
            with work() as w:
                verdict = Verdict(form.verdict.data)
                reviewing.judge(w, draft_id, form.revision.data or 0, verdict, form.words.data or "")
            told = "Đã duyệt. Bản này chờ ban tổ chức công bố." if verdict is Verdict.APPROVED else "Đã gửi lại để sửa."
            flash(told, "success")
            return redirect(url_for(".queue"))
        except ReasonMissing as refused:
            form.words.errors = [words_for(refused)]
    with work() as w:
        return _page(w, draft_id, form), UNPROCESSABLE


def _page(w: Work, draft_id: int, judge_form: JudgeForm, comment_form: CommentForm | None = None) -> str:
    found = queries.draft(w, draft_id)
    set_ = w.session.get(SetDraft, found.set_id) if found.set_id is not None else None
    if set_ is not None:
        seals.require_open(w, set_.slug)
    w.record(Action.DRAFT_KEYS_VIEWED, f"draft:{found.id}", kind=found.kind, code=found.code)
    part = queries.part_in(w.session, found.id, w.actor.member_id)
    is_item = found.kind == Kind.ITEM.value
    before = None
    if is_item and set_ is not None:
        standing = queries.workspace(w.session, set_).get(found.code)
        before = standing.published if standing is not None else None
    judge_form.revision.data = found.revision
    return render_template(
        "authoring/draft.html",
        draft=found,
        set=set_,
        shown=shown.item(w.session, content.item_of(found)) if is_item else None,
        **_parts(w, found),
        changes=told_between(before, content.item_of(found)) if is_item and before is not None else (),
        findings=findings.of_draft(w.session, found) if found.state != State.PUBLISHED.value else (),
        is_waivable=findings.is_waivable,
        comments=queries.comments(w.session, found.id),
        reviews=queries.reviews(w.session, found.id),
        hands=queries.hands(w.session, found.id),
        uses=queries.uses(w.session, set_.slug, found.code) if set_ is not None else (),
        labels=labels,
        comment_form=comment_form or _comment_form(found, formdata=None),
        judge_form=judge_form,
        may_write=w.actor.may(Permission.DRAFT_WRITE) and may_write(part),
        may_publish=w.actor.may(Permission.PUBLISH),
        may_judge=w.actor.may(Permission.DRAFT_REVIEW) and may_review(part),
        part=part,
        editor_url=_editor(found),
        home_url=_home(w, found),
    )


def _parts(w: Work, found: Draft) -> dict[str, object]:
    """What is shown of a draft that is no item."""
    if found.kind == Kind.ITEM.value:
        return {}
    if found.kind == Kind.DOCUMENT.value:
        return document_shown.parts_of(w.session, found)
    written, known = content.module_of(found), queries.published_module(w.session, found.code)
    return {
        "module": module_shown.module(w.session, written),
        "published_number": known[1] if known is not None else None,
        "module_changes_found": module_shown.changes(w.session, known[0], written) if known is not None else (),
    }


def _comment_form(found: Draft, **options: None) -> CommentForm:
    """A comment is on a field of an item, or on a part of a module."""
    form = CommentForm(**options)
    if found.kind == Kind.MODULE.value:
        parts = module_edits.parts(content.module_of(found))
        form.field.choices = choices([(part, part or "Cả chuyên đề") for part in parts])
    if found.kind == Kind.DOCUMENT.value:
        headings = [one.heading[: module_edits.LONGEST_PART] for one in content.document_of(found).sections]
        form.field.choices = choices([("", "Cả văn bản"), *((one, one) for one in dict.fromkeys(headings) if one)])
    return form


def _editor(found: Draft) -> str:
    if found.kind == Kind.MODULE.value:
        return url_for("authoring_modules.edit", draft_id=found.id)
    if found.kind == Kind.DOCUMENT.value:
        return url_for("authoring_documents.edit", draft_id=found.id)
    return url_for("authoring_editor.edit", draft_id=found.id)


def _home(w: Work, found: Draft) -> str:
    if found.kind == Kind.DOCUMENT.value:
        return url_for("authoring_documents.documents")
    if found.set_id is None:
        return url_for("authoring_modules.modules")
    return url_for("authoring.workspace", slug=w.session.get_one(SetDraft, found.set_id).slug)
