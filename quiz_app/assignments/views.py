"""Modules that a unit shall read by a day: how many have, and for the own secretary who has not."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quiz_app.assignments import forms, queries, services
from quiz_app.assignments.policy import Permission
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.work import Reading
from quiz_app.participation import queries as participation
from quiz_app.web.guard import reading, requires, work

bp = Blueprint("assignments", __name__, url_prefix="/giao-hoc", template_folder="templates")

UNPROCESSABLE = 422


@bp.get("/")
@requires(Permission.ASSIGNMENTS_VIEW)
def index() -> ResponseReturnValue:
    with reading() as r:
        return redirect(url_for(".of_unit", unit_id=participation.desk_units(r)[0].id))


@bp.get("/don-vi/<int:unit_id>")
@requires(Permission.ASSIGNMENTS_VIEW)
def of_unit(unit_id: int) -> ResponseReturnValue:
    with reading() as r:
        return _page(r, unit_id, forms.AssignForm(formdata=None))


@bp.post("/don-vi/<int:unit_id>")
@requires(Permission.ASSIGN)
def assign(unit_id: int) -> ResponseReturnValue:
    form = forms.AssignForm()
    with reading() as r:
        queries.desk(r, unit_id)
        form.offer(queries.modules(r.session))
        if not form.validate() or form.due_on.data is None:
            return _page(r, unit_id, form), UNPROCESSABLE
    try:
        with work() as w:
            services.assign(w, unit_id, int(form.module.data or 0), form.due_on.data)
    except BadInput as error:
        for name, messages in error.errors.items():
            form[name].errors = messages
        with reading() as r:
            return _page(r, unit_id, form), UNPROCESSABLE
    flash("Đã giao chuyên đề.", "success")
    return redirect(url_for(".of_unit", unit_id=unit_id))


@bp.get("/<int:assignment_id>/don-vi/<int:unit_id>")
@requires(Permission.ASSIGNMENTS_VIEW)
def assignment(assignment_id: int, unit_id: int) -> ResponseReturnValue:
    with reading() as r:
        desk = queries.desk(r, unit_id)
        found = queries.one_assigned(r, desk, assignment_id)
        return render_template(
            "assignments/assignment.html",
            desk=desk,
            found=found,
            counts=queries.unit_counts(r, desk, found.assignment) if desk.with_subtree else [],
            names=queries.not_finished(r, desk, found.assignment),
        )


@bp.post("/<int:assignment_id>/thu-hoi")
@requires(Permission.ASSIGN)
def withdraw(assignment_id: int) -> ResponseReturnValue:
    with work() as w:
        unit_id = services.withdraw(w, assignment_id).unit_id
    flash("Đã thu hồi. Phần đã học của mọi người vẫn được giữ.", "success")
    return redirect(url_for(".of_unit", unit_id=unit_id))


def _page(r: Reading, unit_id: int, form: forms.AssignForm) -> str:
    desk = queries.desk(r, unit_id)
    offered = queries.modules(r.session)
    form.offer(offered)
    return render_template(
        "assignments/unit.html",
        desk=desk,
        form=form,
        offered=offered,
        assigned=queries.assigned(r, desk),
        shares=queries.shares(r, desk),
        today=r.now.astimezone(VIETNAM).date(),
        own=participation.desk_units(r),
    )
