"""A member's complaints: sent, listed with state and answer, taken back."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quiz_app.attempts import queries as attempts
from quiz_app.feedback import complaints, labels
from quiz_app.feedback.forms import ComplaintForm
from quiz_app.feedback.models import ComplaintState
from quiz_app.feedback.policy import Permission
from quiz_app.kernel.errors import BadInput
from quiz_app.web.guard import reading, requires, work

bp = Blueprint("feedback", __name__, template_folder="templates")

UNPROCESSABLE = 422


@bp.get("/khieu-nai/")
@requires(Permission.FEEDBACK_READ)
def own() -> ResponseReturnValue:
    with reading() as r:
        return render_template("feedback/own.html", rows=complaints.own(r), labels=labels, open=ComplaintState.OPEN)


@bp.route("/luot-thi/<int:attempt_id>/khieu-nai", methods=["GET", "POST"])
@requires(Permission.FEEDBACK_SEND)
def complain(attempt_id: int) -> ResponseReturnValue:
    """Complain about one's own attempt, or about one item of its paper."""
    form = ComplaintForm()
    with reading() as r:
        attempt, round_ = attempts.own_attempt(r, attempt_id)
        barred = complaints.bar(r.session, attempt, round_, r.now)
        until = complaints.taken_until_about(r.session, attempt, round_)
    if barred is None and form.validate_on_submit():
        try:
            with work() as w:
                complaints.complain(w, attempt_id, position=form.position.data, text=form.text.data or "")
            flash("Đã gửi khiếu nại. Ban tổ chức trả lời ngay tại trang này.", "success")
            return redirect(url_for(".own"))
        except BadInput as refused:
            form.show(refused)
    with reading() as r:
        page = render_template(
            "feedback/complain.html",
            form=form,
            attempt=attempt,
            round=round_,
            barred=None if barred is None else labels.BARS[barred],
            until=until,
            earlier=complaints.of_attempt(r, attempt_id),
            labels=labels,
        )
    return page, UNPROCESSABLE if form.errors else 200


@bp.post("/khieu-nai/<int:complaint_id>/rut")
@requires(Permission.FEEDBACK_SEND)
def withdraw(complaint_id: int) -> ResponseReturnValue:
    with work() as w:
        complaints.withdraw(w, complaint_id)
    flash("Đã rút khiếu nại.", "success")
    return redirect(url_for(".own"))
