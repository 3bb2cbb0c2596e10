"""Desks of what was sat elsewhere: the contests, who took part by unit, and the declarations that wait."""

from __future__ import annotations

import io

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from quiz_app.elsewhere import labels, queries, services
from quiz_app.elsewhere.forms import ContestForm, DecisionForm, state_form
from quiz_app.elsewhere.models import OutsideRecord, State
from quiz_app.elsewhere.policy import LIST_ROLES, Permission
from quiz_app.kernel.access import Role
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.errors import BadInput
from quiz_app.units import policy as units_policy
from quiz_app.units import queries as units
from quiz_app.web.guard import current_actor, reading, requires, work
from quiz_app.web.paging import page_number
from quiz_app.web.spreadsheet import MIME_TYPE

bp = Blueprint("elsewhere_manage", __name__, url_prefix="/thi-noi-khac", template_folder="templates")

UNPROCESSABLE = 422


@bp.get("/theo-doi")
@requires(Permission.OUTSIDE_FOLLOW)
def contests() -> ResponseReturnValue:
    """The contests elsewhere that concern a unit of the actor's, each with his desks."""
    return _contests_page()


@bp.get("/them")
@requires(Permission.OUTSIDE_MANAGE)
def new_contest() -> ResponseReturnValue:
    return _contest_page(ContestForm(formdata=None))


@bp.post("/them")
@requires(Permission.OUTSIDE_MANAGE)
def add_contest() -> ResponseReturnValue:
    form = _with_units(ContestForm())
    if form.validate():
        try:
            with work() as w:
                services.add_contest(w, form.unit.data, form.to_terms())
            flash("Đã thêm cuộc thi. Đảng viên thấy ở trang “Thi nơi khác”.", "success")
            return redirect(url_for(".contests"))
        except BadInput as refused:
            form.show(refused)
    return _contest_page(form)


@bp.get("/<int:contest_id>/sua")
@requires(Permission.OUTSIDE_MANAGE)
def edit_contest(contest_id: int) -> ResponseReturnValue:
    with reading() as r:
        form = ContestForm.of(queries.managed_contest(r, contest_id))
    return _contest_page(form, contest_id)


@bp.post("/<int:contest_id>/sua")
@requires(Permission.OUTSIDE_MANAGE)
def change_contest(contest_id: int) -> ResponseReturnValue:
    form = ContestForm()
    with reading() as r:
        form.unit.data = queries.managed_contest(r, contest_id).unit_id
    form = _with_units(form)
    if form.validate():
        try:
            with work() as w:
                services.change_contest(w, contest_id, form.to_terms())
            flash("Đã lưu cuộc thi.", "success")
            return redirect(url_for(".contests"))
        except BadInput as refused:
            form.show(refused)
    return _contest_page(form, contest_id)


@bp.get("/<int:contest_id>/don-vi/<int:unit_id>")
@requires(Permission.OUTSIDE_FOLLOW)
def desk(contest_id: int, unit_id: int) -> ResponseReturnValue:
    """Who of a unit took part, what waits for an answer, and the sums of the units below."""
    slug = request.args.get("trang-thai", "")
    state = next((state for state, own in labels.STATE_SLUGS.items() if own == slug), None)
    with reading() as r:
        desk = queries.desk(r, contest_id, unit_id)
        total, lines = queries.unit_sums(r.session, desk)
        return render_template(
            "elsewhere/desk.html",
            desk=desk,
            total=total,
            lines=lines,
            page=queries.records_page(r, desk, state, page_number(request.args)),
            form=state_form(slug if state else ""),
            imports=units.does_cover(r.session, r.actor, unit_id, *LIST_ROLES),
            decides=unit_id in r.actor.units_as(Role.SECRETARY),
            labels=labels,
            now=r.now,
        )


@bp.post("/<int:contest_id>/don-vi/<int:unit_id>/xuat")
@requires(Permission.OUTSIDE_EXPORT, fresh=True)
def export(contest_id: int, unit_id: int) -> ResponseReturnValue:
    with reading() as r:
        content, rows = services.export(r, contest_id, unit_id)
        name = f"thi-noi-khac-{contest_id}-{unit_id}-{r.now.astimezone(VIETNAM):%Y%m%d}.xlsx"
    with work() as w:
        services.record_export(w, contest_id, unit_id, rows)
    return send_file(io.BytesIO(content), mimetype=MIME_TYPE, as_attachment=True, download_name=name)


@bp.get("/khai-bao/<int:record_id>")
@requires(Permission.OUTSIDE_DECIDE)
def declaration(record_id: int) -> ResponseReturnValue:
    """One record with its picture, and the form to answer it."""
    return _record_page(record_id, None)


@bp.post("/khai-bao/<int:record_id>/xac-nhan")
@requires(Permission.OUTSIDE_DECIDE)
def confirm(record_id: int) -> ResponseReturnValue:
    form = DecisionForm()
    with work() as w:
        record = services.confirm(w, record_id, form.looked_at)
        back = url_for(".desk", contest_id=record.contest_id, unit_id=record.unit_id)
    flash("Đã xác nhận.", "success")
    return redirect(back)


@bp.post("/khai-bao/<int:record_id>/khong-xac-nhan")
@requires(Permission.OUTSIDE_DECIDE)
def refuse(record_id: int) -> ResponseReturnValue:
    form = DecisionForm()
    if not form.validate():
        return _record_page(record_id, form)
    try:
        with work() as w:
            record = services.refuse(w, record_id, form.looked_at, form.reason.data or "")
            back = url_for(".desk", contest_id=record.contest_id, unit_id=record.unit_id)
    except BadInput as refused:
        form.show(refused)
        return _record_page(record_id, form)
    flash("Đã trả lời. Người khai báo đọc được lý do và có thể gửi lại.", "success")
    return redirect(back)


def _contests_page() -> str:
    with reading() as r:
        return render_template(
            "elsewhere/contests.html",
            rows=[(contest, queries.desk_units(r, contest)) for contest in queries.followed_contests(r)],
            manages=r.actor.may(Permission.OUTSIDE_MANAGE),
            managed=set(r.session.scalars(units_policy.covered_units(r.actor, Role.ORGANISER))),
        )


def _with_units(form: ContestForm) -> ContestForm:
    with reading() as r:
        rows = units.units(r.session, units_policy.covered_units(r.actor, Role.ORGANISER))
        form.unit.choices = [(row.id, "– " * row.depth + row.name) for row in rows]
    return form


def _contest_page(form: ContestForm, contest_id: int | None = None) -> tuple[str, int]:
    page = render_template("elsewhere/contest.html", form=_with_units(form), contest_id=contest_id)
    return page, UNPROCESSABLE if form.errors else 200


def _record_page(record_id: int, form: DecisionForm | None) -> tuple[str, int]:
    with reading() as r:
        record, desk = queries.decided_by(r, record_id)
        form = form or DecisionForm(formdata=None, revision=str(record.revision))
        page = render_template(
            "elsewhere/record.html",
            record=record,
            desk=desk,
            row=next(iter(queries.record_rows(r, desk, None, only=record_id))),
            form=form,
            may_confirm=record.state == State.DECLARED.value and not _is_own(record),
            may_refuse=record.state != State.REFUSED.value and not _is_own(record),
            is_own=_is_own(record),
            labels=labels,
        )
    return page, UNPROCESSABLE if form.errors else 200


def _is_own(record: OutsideRecord) -> bool:
    return record.member_id == current_actor().member_id
