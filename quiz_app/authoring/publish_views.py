"""Publishing a set from its approved drafts, answering for findings, and seals."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from question_bank.model import Finding
from quiz_app.authoring import findings, labels, publishing, queries, sealing, shown
from quiz_app.authoring.errors import NothingToPublish
from quiz_app.authoring.forms import PublishForm, ReasonForm, WaiveForm
from quiz_app.authoring.policy import Permission
from quiz_app.catalogue import labels as catalogue_labels
from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue.errors import HasFindings
from quiz_app.contests import seals
from quiz_app.kernel.errors import Missing
from quiz_app.web.errors import words_for
from quiz_app.web.guard import reading, requires, work

bp = Blueprint("authoring_publishing", __name__, url_prefix="/bien-soan", template_folder="templates")

UNPROCESSABLE = 422


@bp.before_request
def _require_keeper() -> None:
    """Every page here is about the whole house's bank, so a role somewhere in the tree is not enough."""
    with reading() as r:
        catalogue.require_keeper(r)


@bp.route("/soan/<slug>/cong-bo", methods=["GET", "POST"])
@requires(Permission.PUBLISH)
def publish(slug: str) -> ResponseReturnValue:
    form = PublishForm()
    if not form.validate_on_submit():
        return _page(slug)
    try:
        with work() as w:
            outcome = publishing.publish(w, slug, form.content_hash.data or "")
    except (HasFindings, NothingToPublish) as refused:
        return _page(slug, words_for(refused)), UNPROCESSABLE
    flash(catalogue_labels.outcome(outcome), "success")
    return redirect(url_for("authoring.workspace", slug=slug))


@bp.post("/soan/<slug>/giu-nguyen")
@requires(Permission.PUBLISH)
def waive(slug: str) -> ResponseReturnValue:
    form = WaiveForm()
    if not form.validate():
        return _page(slug, "Chưa ghi nhận được: mời đồng chí ghi lý do giữ nguyên."), UNPROCESSABLE
    with work() as w:
        publishing.waive(w, slug, form.code.data or "", form.fingerprint.data or "", form.reason.data or "")
    flash("Đã ghi lý do giữ nguyên.", "success")
    return redirect(url_for(".publish", slug=slug))


@bp.route("/soan/<slug>/niem-phong", methods=["GET", "POST"])
@requires(Permission.SEAL)
def seal(slug: str) -> ResponseReturnValue:
    with reading() as r:
        set_ = queries.set_draft(r, slug)
        row = queries.published_of(r.session, slug)
        if row is None or row.use != "contest":
            raise Missing
        if not PublishForm().is_submitted():
            return render_template("authoring/seal.html", set=set_, published=row)
    with work() as w:
        sealing.seal(w, slug)
    flash("Đã niêm phong. Từ lúc này không ai xem được đáp án cho đến khi đợt thi mở.", "success")
    return redirect(url_for("authoring.workspace", slug=slug))


@bp.route("/soan/<slug>/mo-niem-phong", methods=["GET", "POST"])
@requires(Permission.SEAL, fresh=True)
def ask_to_break(slug: str) -> ResponseReturnValue:
    form = ReasonForm()
    if form.validate_on_submit():
        with work() as w:
            sealing.ask_to_break(w, slug, form.reason.data or "")
        flash("Đã ghi đề nghị. Cần một đồng chí khác xác nhận thì niêm phong mới mở.", "info")
        return redirect(url_for("authoring.workspace", slug=slug))
    with reading() as r:
        page = render_template("authoring/seal_break.html", set=queries.set_draft(r, slug), form=form)
    return page, UNPROCESSABLE if form.errors else 200


@bp.route("/soan/<slug>/xac-nhan-mo", methods=["GET", "POST"])
@requires(Permission.SEAL_CONFIRM, fresh=True)
def confirm_break(slug: str) -> ResponseReturnValue:
    with reading() as r:
        set_ = queries.set_draft(r, slug)
        row = queries.published_of(r.session, slug)
        found = seals.seal_of(r.session, r.now, row.id) if row is not None else None
        if found is None or found.asked_by is None:
            raise Missing
        if not PublishForm().is_submitted():
            return render_template("authoring/seal_confirm.html", set=set_, seal=found, **shown.seal(r, found))
    with work() as w:
        sealing.confirm_break(w, slug)
    flash("Niêm phong đã mở. Việc này có trong nhật ký.", "success")
    return redirect(url_for("authoring.workspace", slug=slug))


def _page(slug: str, problem: str = "") -> str:
    with reading() as r:
        seals.require_open(r, slug)
        set_ = queries.set_draft(r, slug)
        prospect = publishing.prospect(r, set_)
        return render_template(
            "authoring/publish.html",
            set=set_,
            published=queries.published_of(r.session, slug),
            prospect=prospect,
            waivers=[_waiver(number, finding) for number, finding in enumerate(prospect.judged.to_answer, start=1)],
            labels=labels,
            problem=problem,
        )


def _waiver(number: int, finding: Finding) -> tuple[Finding, WaiveForm]:
    form = WaiveForm(formdata=None, code=finding.code, fingerprint=findings.fingerprint(finding))
    for field in form:
        field.id = f"{field.id}-{number}"  # one form for each finding stands on the page
        field.label.field_id = field.id
    return finding, form
