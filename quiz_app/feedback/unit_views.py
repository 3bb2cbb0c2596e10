"""Pages of a request to correct one's unit: for the member, and for those who look after the units."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.feedback import labels, unit_changes
from quiz_app.feedback.forms import UnitAnswerForm, UnitRequestForm, UnitSearchForm
from quiz_app.feedback.models import UnitChangeState
from quiz_app.feedback.policy import Permission
from quiz_app.kernel.errors import BadInput
from quiz_app.members import labels as member_labels
from quiz_app.members import queries as members
from quiz_app.units import queries as units
from quiz_app.web.guard import reading, requires, work
from quiz_app.web.paging import USUAL_SIZE, Page, page_number

bp = Blueprint("feedback_units", __name__, url_prefix="/doi-don-vi", template_folder="templates")

UNPROCESSABLE = 422


@bp.get("/")
@requires(Permission.FEEDBACK_READ)
def own() -> ResponseReturnValue:
    """One's own requests with state and answer, and the search for the right unit."""
    form = UnitSearchForm(request.args)
    with reading() as r:
        unit = units.unit(r.session, r.actor.unit_id or 0)
        words = form.tim.data or "" if form.validate() else ""
        rows = unit_changes.own(r)
        return render_template(
            "feedback/own_unit.html",
            unit=unit,
            form=form,
            found=unit_changes.find_units(r.session, words, without=unit.id) if words else None,
            rows=rows,
            waits=any(row.change.state == UnitChangeState.ASKED.value for row in rows),
            labels=labels,
        )


@bp.route("/den/<int:unit_id>", methods=["GET", "POST"])
@requires(Permission.FEEDBACK_SEND)
def ask(unit_id: int) -> ResponseReturnValue:
    form = UnitRequestForm()
    with reading() as r:
        wanted = unit_changes.open_unit(r, unit_id)
        unit = units.unit(r.session, r.actor.unit_id or 0)
    if form.validate_on_submit():
        try:
            with work() as w:
                unit_changes.ask(w, unit_id, form.reason.data or "")
            flash("Đã gửi đề nghị. Bí thư chi bộ mới trả lời ngay tại trang này.", "success")
            return redirect(url_for(".own"))
        except BadInput as refused:
            form.show(refused)
    page = render_template("feedback/ask_unit.html", form=form, unit=unit, wanted=wanted)
    return page, UNPROCESSABLE if form.errors else 200


@bp.post("/<int:change_id>/rut")
@requires(Permission.FEEDBACK_SEND)
def withdraw(change_id: int) -> ResponseReturnValue:
    with work() as w:
        unit_changes.withdraw(w, change_id)
    flash("Đã rút đề nghị.", "success")
    return redirect(url_for(".own"))


@bp.get("/cho-duyet")
@requires(Permission.UNIT_CHANGE_READ)
def followed() -> ResponseReturnValue:
    """The requests out of and into the units that the actor looks after, the open ones first."""
    with reading() as r:
        total = unit_changes.followed_count(r, None)
        number = max(1, min(page_number(request.args), -(-total // USUAL_SIZE)))
        rows = unit_changes.followed(r, None, limit=USUAL_SIZE, offset=(number - 1) * USUAL_SIZE)
        return render_template(
            "feedback/unit_changes.html",
            page=Page(rows, number, USUAL_SIZE, total),
            waiting=unit_changes.news(r).waiting,
            labels=labels,
        )


@bp.get("/<int:change_id>")
@requires(Permission.UNIT_CHANGE_READ)
def change(change_id: int) -> ResponseReturnValue:
    return _page(change_id, UnitAnswerForm())


@bp.post("/<int:change_id>/tra-loi")
@requires(Permission.UNIT_CHANGE_DECIDE)
def decide(change_id: int) -> ResponseReturnValue:
    form = UnitAnswerForm()
    if form.validate():
        try:
            with work() as w:
                if form.is_accepted:
                    done = unit_changes.accept(w, change_id, form.note.data or "")
                    told = f"Đã tiếp nhận. {done.moved_attempts} lượt thi chuyển theo."
                else:
                    unit_changes.decline(w, change_id, form.note.data or "")
                    told = "Đã trả lời không tiếp nhận."
            flash(told, "success")
            return redirect(url_for(".change", change_id=change_id))
        except BadInput as refused:
            form.show(refused)
    return _page(change_id, form)


def _page(change_id: int, form: UnitAnswerForm) -> ResponseReturnValue:
    with reading() as r:
        found = unit_changes.request(r, change_id)
        is_asked = found.change.state == UnitChangeState.ASKED.value
        page = render_template(
            "feedback/unit_change.html",
            found=found,
            form=form,
            is_asked=is_asked,
            may_decide=unit_changes.may_decide(r, found.change),
            touched=unit_changes.touched(r.session, found.change) if is_asked else [],
            roles=members.grants_of(r.session, found.member.id) if is_asked else [],
            role_names=member_labels.ROLES,
            labels=labels,
        )
    return page, UNPROCESSABLE if form.errors else 200
