"""What is kept about oneself: seen, taken along, and what one asks about it."""

from __future__ import annotations

import io
import json

from flask import Blueprint, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.members import queries as members
from quiz_app.privacy import labels, limits, own, requests
from quiz_app.privacy.forms import RequestForm
from quiz_app.privacy.models import LIVE
from quiz_app.privacy.policy import Permission
from quiz_app.privacy.schema import PERSONAL, SEEN_BY
from quiz_app.web.guard import public, reading, requires, work

bp = Blueprint("privacy", __name__, url_prefix="/du-lieu-cua-toi", template_folder="templates")

UNPROCESSABLE = 422


@bp.get("")
@requires(Permission.OWN_READ)
def page() -> ResponseReturnValue:
    with reading() as r:
        rows = requests.own(r)
        return render_template(
            "privacy/own.html",
            account=members.own_account(r),
            held=own.summary(r),
            rows=rows,
            waiting={row.kind for row in rows if row.state in LIVE},
            labels=labels,
            limits=limits,
        )


@bp.get("/he-thong-giu-gi")
@public
def kept() -> ResponseReturnValue:
    """What is kept about anybody, why, how long and who sees it."""
    return render_template("privacy/kept.html", kept=PERSONAL.values(), seen_by=SEEN_BY)


@bp.post("/tai-ve")
@requires(Permission.OWN_ASK)
def copy() -> ResponseReturnValue:
    with work() as w:
        content = json.dumps(own.copy(w), ensure_ascii=False, indent=1).encode()
        name = f"du-lieu-cua-toi-{limits.today(w.now):%Y%m%d}.json"
    return send_file(io.BytesIO(content), mimetype="application/json", as_attachment=True, download_name=name)


@bp.route("/de-nghi/<kind_slug>", methods=["GET", "POST"])
@requires(Permission.OWN_ASK)
def ask(kind_slug: str) -> ResponseReturnValue:
    kind = labels.SLUGS.get(kind_slug)
    if kind is None:
        raise Missing
    form = RequestForm()
    if form.validate_on_submit():
        try:
            with work() as w:
                request = requests.ask(w, kind, form.text.data or "")
                finish_by = request.finish_by
            flash(f"Đã gửi đề nghị. Ban tổ chức làm xong chậm nhất ngày {finish_by:%d/%m/%Y}.", "success")
            return redirect(url_for(".page"))
        except BadInput as refused:
            form.show(refused)
    page = render_template("privacy/ask.html", form=form, kind=kind, labels=labels, limits=limits)
    return page, UNPROCESSABLE if form.errors else 200


@bp.post("/<int:request_id>/rut")
@requires(Permission.OWN_ASK)
def withdraw(request_id: int) -> ResponseReturnValue:
    with work() as w:
        requests.withdraw(w, request_id)
    flash("Đã rút đề nghị.", "success")
    return redirect(url_for(".page"))
