"""The register of what happened to personal data, for operators."""

from __future__ import annotations

import io
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from quiz_app.kernel.errors import BadInput
from quiz_app.privacy import breach_notice, breaches, labels
from quiz_app.privacy.forms import BreachForm
from quiz_app.privacy.policy import Permission
from quiz_app.reports.docx import MIME_TYPE
from quiz_app.web.guard import reading, requires, work
from quiz_app.web.paging import page_number

bp = Blueprint("privacy_breaches", __name__, url_prefix="/so-su-co-du-lieu", template_folder="templates")

UNPROCESSABLE = 422
HOUR = timedelta(hours=1)


@bp.get("")
@requires(Permission.BREACHES_READ)
def index() -> ResponseReturnValue:
    with reading() as r:
        return render_template(
            "privacy/breaches.html",
            page=breaches.page(r, page_number(request.args)),
            now=r.now,
            breaches=breaches,
            labels=labels,
        )


@bp.route("/moi", methods=["GET", "POST"])
@requires(Permission.BREACHES_KEEP)
def enter() -> ResponseReturnValue:
    form = BreachForm()
    if form.validate_on_submit():
        try:
            with work() as w:
                breach_id = breaches.enter(w, form.values()).id
            flash("Đã ghi vào sổ.", "success")
            return redirect(url_for(".one", breach_id=breach_id))
        except BadInput as refused:
            form.show(refused)
    return _form_page(form, None)


@bp.get("/<int:breach_id>")
@requires(Permission.BREACHES_READ)
def one(breach_id: int) -> ResponseReturnValue:
    """A case, also to be printed and signed."""
    with reading() as r:
        found = breaches.breach(r, breach_id)
        return render_template(
            "privacy/breach.html",
            breach=found,
            telling=breaches.telling(found, r.now),
            tell_by=breaches.tell_by(found),
            hours_left=max(0, (breaches.tell_by(found) - r.now) // HOUR),
            labels=labels,
        )


@bp.get("/<int:breach_id>/thong-bao.docx")
@requires(Permission.BREACHES_READ)
def notice(breach_id: int) -> ResponseReturnValue:
    """What the authority is told, to be read through, signed and sent."""
    with reading() as r:
        file = breach_notice.written(r, breaches.breach(r, breach_id))
    name = f"thong-bao-su-co-{breach_id}.docx"
    return send_file(io.BytesIO(file), mimetype=MIME_TYPE, as_attachment=True, download_name=name, max_age=0)


@bp.route("/<int:breach_id>/sua", methods=["GET", "POST"])
@requires(Permission.BREACHES_KEEP)
def change(breach_id: int) -> ResponseReturnValue:
    with reading() as r:
        kept = breaches.breach(r, breach_id)
        form = BreachForm() if request.method == "POST" else BreachForm.of(kept)
    if form.validate_on_submit():
        try:
            with work() as w:
                breaches.change(w, breach_id, form.values(), form.seen_revision)
            flash("Đã ghi thay đổi.", "success")
            return redirect(url_for(".one", breach_id=breach_id))
        except BadInput as refused:
            form.show(refused)
    return _form_page(form, breach_id)


@bp.post("/<int:breach_id>/dong")
@requires(Permission.BREACHES_KEEP)
def close(breach_id: int) -> ResponseReturnValue:
    with work() as w:
        breaches.close(w, breach_id)
    flash("Đã đóng sự cố.", "success")
    return redirect(url_for(".one", breach_id=breach_id))


@bp.post("/<int:breach_id>/mo-lai")
@requires(Permission.BREACHES_KEEP)
def reopen(breach_id: int) -> ResponseReturnValue:
    with work() as w:
        breaches.reopen(w, breach_id)
    flash("Đã mở lại.", "success")
    return redirect(url_for(".one", breach_id=breach_id))


def _form_page(form: BreachForm, breach_id: int | None) -> ResponseReturnValue:
    page = render_template("privacy/breach_edit.html", form=form, breach_id=breach_id)
    return page, UNPROCESSABLE if form.errors else 200
