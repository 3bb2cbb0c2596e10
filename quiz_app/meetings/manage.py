"""Meetings for those who plan them: the list, planning, changing, canceling, showing in the hall."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.kernel.errors import BadInput, Missing, Refused
from quiz_app.meetings import labels, queries, services
from quiz_app.meetings.forms import USUAL_POINTS, PlanForm, ReasonForm
from quiz_app.meetings.policy import Permission
from quiz_app.meetings.presenting import slides
from quiz_app.units import queries as units
from quiz_app.web.addresses import row_id
from quiz_app.web.errors import words_for
from quiz_app.web.guard import reading, requires, work
from quiz_app.web.paging import page_number

bp = Blueprint("meetings_manage", __name__, url_prefix="/sinh-hoat", template_folder="templates")

UNPROCESSABLE = 422
SAVE = "luu"
PAST = "da-qua"


@bp.get("/don-vi")
@requires(Permission.MEETINGS_READ)
def listing() -> ResponseReturnValue:
    """The meetings of the actor's units, to come or begun, of all units or of one (`?don-vi=`)."""
    unit_id = request.args.get("don-vi", type=row_id)
    is_past = request.args.get("xem") == PAST
    with reading() as r:
        return render_template(
            "meetings/listing.html",
            page=queries.page(r, page_number(request.args), unit_id, is_past=is_past),
            units=queries.units(r, keeps=False),
            keeps=r.actor.may(Permission.MEETINGS_KEEP),
            unit_id=unit_id,
            is_past=is_past,
            past=PAST,
            labels=labels,
        )


@bp.route("/moi", methods=["GET", "POST"])
@requires(Permission.MEETINGS_KEEP)
def plan() -> ResponseReturnValue:
    return _step(None)


@bp.route("/<int:meeting_id>/sua", methods=["GET", "POST"])
@requires(Permission.MEETINGS_KEEP)
def edit(meeting_id: int) -> ResponseReturnValue:
    return _step(meeting_id)


@bp.route("/<int:meeting_id>/huy", methods=["GET", "POST"])
@requires(Permission.MEETINGS_KEEP)
def cancel(meeting_id: int) -> ResponseReturnValue:
    with reading() as r:
        found = queries.kept(r, meeting_id)
    form = ReasonForm(seen=str(found.revision))
    if form.validate_on_submit():
        try:
            with work() as w:
                services.cancel(w, meeting_id, seen=form.looked_at, reason=form.reason.data or "")
        except BadInput as refused:
            form.show(refused)
        else:
            flash("Đã hủy buổi sinh hoạt. Đảng viên không còn thấy buổi này trong lịch.", "success")
            return redirect(url_for("meetings.meeting", meeting_id=meeting_id))
    return render_template("meetings/cancel.html", meeting=found, form=form), UNPROCESSABLE if form.errors else 200


@bp.get("/<int:meeting_id>/trinh-chieu")
@requires(Permission.MEETINGS_READ)
def present(meeting_id: int) -> ResponseReturnValue:
    """The meeting on the wall of the hall, one slide an address (`?trang=`)."""
    with reading() as r:
        found = queries.covered(r, meeting_id)
        shown = slides(queries.points(r.session, found.id))
        number = min(page_number(request.args), len(shown))
        site: str = current_app.extensions["settings"].public_url
        return render_template(
            "meetings/present.html",
            meeting=found,
            unit=units.unit(r.session, found.unit_id),
            slide=shown[number - 1],
            slides=shown,
            number=number,
            check_in_url=f"{site}{url_for('meetings.arrive', token=found.token)}",
        )


def _step(meeting_id: int | None) -> ResponseReturnValue:
    form = _form(meeting_id)
    if request.method == "GET":
        return _page(form, meeting_id)
    step = request.form.get("buoc", SAVE)
    if step != SAVE:
        changed = form.rearranged(step)
        _offer(changed, meeting_id)
        return _page(changed, meeting_id)
    if not form.validate():
        return _page(form, meeting_id), UNPROCESSABLE
    try:
        with work() as w:
            wanted = form.to_plan()
            if meeting_id is None:
                kept_id = services.plan(w, wanted).id
            else:
                kept_id = services.change(w, meeting_id, wanted, seen=form.looked_at).id
    except BadInput as refused:
        form.show(refused)
        return _page(form, meeting_id), UNPROCESSABLE
    except Missing:
        raise
    except Refused as refused:
        form.form_errors.append(words_for(refused))
        return _page(form, meeting_id), refused.status
    flash("Đã lưu chương trình. Đảng viên của đơn vị thấy buổi này ở mục Sinh hoạt.", "success")
    return redirect(url_for("meetings.meeting", meeting_id=kept_id))


def _form(meeting_id: int | None) -> PlanForm:
    with reading() as r:
        kept = None if meeting_id is None else queries.kept(r, meeting_id)
        if request.method == "POST":
            form = PlanForm()
        elif kept is not None:
            form = PlanForm.of(kept, queries.points(r.session, kept.id))
        else:
            form = PlanForm(formdata=None, data={"points": USUAL_POINTS, "unit": request.args.get("don-vi", "")})
    _offer(form, meeting_id)
    return form


def _offer(form: PlanForm, meeting_id: int | None) -> None:
    """A meeting stays one of its unit."""
    with reading() as r:
        if meeting_id is None:
            offered = queries.units(r, keeps=True)
        else:
            offered = [units.unit(r.session, queries.kept(r, meeting_id).unit_id)]
        form.offer(offered, queries.materials(r.session))


def _page(form: PlanForm, meeting_id: int | None) -> str:
    return render_template("meetings/plan.html", form=form, meeting_id=meeting_id, save=SAVE)
