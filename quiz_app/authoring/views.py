"""The workspace of a set, items found in all sets, and one item with its versions and where it is used."""

from __future__ import annotations

from itertools import pairwise

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from question_bank.differences import told_between
from question_bank.model import Use
from quiz_app.authoring import founding, labels, listing, queries, shown, writing
from quiz_app.authoring.errors import SetTaken
from quiz_app.authoring.forms import FilterForm, NewSetForm, RetagForm, SetForm
from quiz_app.authoring.models import Kind, SetDraft
from quiz_app.authoring.policy import Action, Permission
from quiz_app.catalogue import labels as catalogue_labels
from quiz_app.catalogue import published
from quiz_app.catalogue import queries as catalogue
from quiz_app.contests import seals
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.work import Reading
from quiz_app.web.errors import words_for
from quiz_app.web.guard import current_actor, reading, requires, work
from quiz_app.web.paging import USUAL_SIZE, Page, page_number

bp = Blueprint("authoring", __name__, url_prefix="/bien-soan", template_folder="templates")

UNPROCESSABLE = 422


@bp.before_request
def _require_keeper() -> None:
    """Every page here is about the whole house's bank, so a role somewhere in the tree is not enough."""
    with reading() as r:
        catalogue.require_keeper(r)


@bp.route("/soan/bo-moi", methods=["GET", "POST"])
@requires(Permission.DRAFT_WRITE)
def new_set() -> ResponseReturnValue:
    form = NewSetForm()
    if form.validate_on_submit():
        try:
            with work() as w:
                found = founding.found_set(
                    w,
                    slug=form.slug.data or "",
                    title=form.title.data or "",
                    use=Use(form.use.data),
                    summary=form.summary.data or "",
                )
            flash(f"Đã lập bộ “{found.title}”. Bây giờ mời đồng chí viết câu đầu tiên hoặc nhập từ tệp.", "success")
            return redirect(url_for(".workspace", slug=found.slug))
        except SetTaken as taken:
            form.slug.errors = [words_for(taken)]
    return render_template("authoring/set_form.html", form=form), UNPROCESSABLE if form.errors else 200


@bp.post("/soan/<slug>/mo")
@requires(Permission.DRAFT_WRITE)
def take_up(slug: str) -> ResponseReturnValue:
    with work() as w:
        founding.take_up_set(w, slug)
    return redirect(url_for(".workspace", slug=slug))


@bp.route("/soan/<slug>/sua-ten", methods=["GET", "POST"])
@requires(Permission.DRAFT_WRITE)
def rename(slug: str) -> ResponseReturnValue:
    with reading() as r:
        form = SetForm(obj=queries.set_draft(r, slug))
    if not form.validate_on_submit():
        page = render_template("authoring/set_form.html", form=form, slug=slug)
        return page, UNPROCESSABLE if form.errors else 200
    with work() as w:
        founding.describe_set(w, slug, title=form.title.data or "", summary=form.summary.data or "")
    flash("Đã lưu tên và lời giới thiệu. Người khác thấy tên mới từ lần công bố sau.", "success")
    return redirect(url_for(".workspace", slug=slug))


@bp.get("/soan/<slug>")
@requires(Permission.SET_READ)
def workspace(slug: str) -> ResponseReturnValue:
    """The items of a set, published and drafted. While it is sealed only that is told."""
    with reading() as r:
        set_ = queries.set_draft(r, slug)
        row = queries.published_of(r.session, slug)
        seal = seals.seal_of(r.session, r.now, row.id) if row is not None else None
        if seal is not None:
            return render_template(
                "authoring/sealed.html", set=set_, seal=seal, actor_id=r.actor.member_id, **shown.seal(r, seal)
            )
        return render_template("authoring/workspace.html", retag=_retag_form(r.session), **_list(r, set_))


@bp.get("/tim-cau-hoi")
@requires(Permission.SET_READ)
def items() -> ResponseReturnValue:
    """Items of every set that is worked on here."""
    with reading() as r:
        return render_template("authoring/items.html", **_list(r, None))


def _list(r: Reading, set_: SetDraft | None) -> dict[str, object]:
    form = FilterForm(request.args, meta={"csrf": False})
    topics = shown.topics(r.session)
    form.offer(list(topics.items()), shown.sources(r.session), listing.authors(r.session))
    number = page_number(request.args)
    rows, total = listing.rows(r, set_, form.wanted, USUAL_SIZE, (number - 1) * USUAL_SIZE)
    return {
        "set": set_,
        "form": form,
        "is_filtered": form.wanted != listing.Filter(),
        "page": Page(rows, number, USUAL_SIZE, total),
        "overview": None if set_ is None else shown.overview(r, set_),
        "topics": topics,
        "levels": catalogue_labels.LEVELS,
        "states": {state.value: name for state, name in labels.STATES.items()},
        "may_write": current_actor().may(Permission.DRAFT_WRITE),
        "may_publish": current_actor().may(Permission.PUBLISH),
    }


def _retag_form(session: Session) -> RetagForm:
    form = RetagForm()
    form.offer(list(shown.topics(session).items()))
    return form


@bp.post("/soan/<slug>/phan-loai")
@requires(Permission.DRAFT_WRITE)
def retag(slug: str) -> ResponseReturnValue:
    with reading() as r:
        form = _retag_form(r.session)
    if not form.codes.data:
        flash("Đồng chí chưa chọn câu nào.", "warning")
    elif not form.validate() or not (form.topic.data or form.level.data):
        flash("Mời đồng chí chọn chuyên đề hoặc mức độ mới cho các câu đã chọn.", "warning")
    else:
        try:
            with work() as w:
                level = int(form.level.data) if form.level.data else None
                changed = writing.retag(w, slug, form.codes.data, topic=form.topic.data or None, level=level)
            flash(f"Đã phân loại lại {changed} câu; mỗi câu thành một bản nháp chờ thẩm định.", "success")
        except BadInput as refused:
            flash(" ".join(message for messages in refused.errors.values() for message in messages), "warning")
    return redirect(url_for(".workspace", slug=slug))


@bp.post("/soan/<slug>/cau-moi")
@requires(Permission.DRAFT_WRITE)
def new_item(slug: str) -> ResponseReturnValue:
    with work() as w:
        draft = writing.start_item(w, slug, request.form.get("topic", "")[:40])
    return redirect(url_for("authoring_editor.edit", draft_id=draft.id))


@bp.get("/soan/<slug>/cau/<code>")
@requires(Permission.DRAFT_OPEN)
def item(slug: str, code: str) -> ResponseReturnValue:
    """An item: the version in force, what changed from version to version, where it is used, and the open draft."""
    with work() as w:
        seals.require_open(w, slug)
        set_ = queries.set_draft(w, slug)
        versions = queries.versions(w.session, slug, code)
        draft = queries.open_draft(w.session, Kind.ITEM, set_.id, code)
        if not versions and draft is None:
            raise Missing
        if not versions and draft is not None:
            return redirect(url_for("authoring_drafts.draft", draft_id=draft.id))
        written = [published.item(version, code) for version in versions]
        steps = [told_between(before, after) for after, before in pairwise(written)]
        w.record(Action.DRAFT_KEYS_VIEWED, f"item:{slug}/{code}", kind=Kind.ITEM.value, code=code)
        return render_template(
            "authoring/item.html",
            set=set_,
            code=code,
            shown=shown.item(w.session, written[0]),
            versions=list(zip(versions, [*steps, ()], strict=True)),
            changes=labels.CHANGES,
            uses=queries.uses(w.session, slug, code),
            draft=draft,
            states={state.value: name for state, name in labels.STATES.items()},
            may_write=current_actor().may(Permission.DRAFT_WRITE),
        )


@bp.post("/soan/<slug>/cau/<code>/sua")
@requires(Permission.DRAFT_WRITE)
def change_item(slug: str, code: str) -> ResponseReturnValue:
    with work() as w:
        draft = writing.start_change(w, slug, code)
    if draft.state != "draft":
        return redirect(url_for("authoring_drafts.draft", draft_id=draft.id))
    return redirect(url_for("authoring_editor.edit", draft_id=draft.id))
