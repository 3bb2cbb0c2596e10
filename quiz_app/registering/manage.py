"""Those who registered themselves, for those who decide: the list, one of them, the answer, the file."""

from __future__ import annotations

import io

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from quiz_app.kernel.access import Role
from quiz_app.kernel.errors import BadInput, Missing, Refused
from quiz_app.members.models import Registration, RegistrationState
from quiz_app.registering import labels, listing, queries, services
from quiz_app.registering.forms import IN_ADDRESS, LONGEST_SEARCH, DecisionForm, FilterForm
from quiz_app.registering.policy import Permission
from quiz_app.units import queries as units
from quiz_app.web.errors import words_for
from quiz_app.web.guard import reading, requires, work
from quiz_app.web.paging import page_number
from quiz_app.web.spreadsheet import MIME_TYPE

bp = Blueprint("registering_manage", __name__, url_prefix="/duyet-dang-ky", template_folder="templates")

UNPROCESSABLE = 422
STATES = {slug: state for state, slug in labels.STATE_SLUGS.items()}


@bp.get("")
@requires(Permission.REGISTRATIONS_READ)
def index() -> ResponseReturnValue:
    """The filter lives in the address."""
    words, state = _filter()
    with reading() as r:
        return render_template(
            "registering/index.html",
            page=queries.page(r, words, state, page_number(request.args)),
            form=FilterForm(request.args, meta=IN_ADDRESS),
            is_filtered=bool(words or state),
            desks=queries.heads(r),
            labels=labels,
        )


@bp.post("/xuat")
@requires(Permission.REGISTRATIONS_EXPORT, fresh=True)
def export() -> ResponseReturnValue:
    """The list as the filter shows it."""
    words, state = _filter()
    with reading() as r:
        rows = queries.all_rows(r, words, state)
        content = listing.as_file(rows, r.now, author=r.actor.name)
        name = f"nguoi-tu-dang-ky-{queries.today(r.now):%Y%m%d}.xlsx"
    with work() as w:
        listing.record_export(w, len(rows))
    return send_file(io.BytesIO(content), mimetype=MIME_TYPE, as_attachment=True, download_name=name)


@bp.get("/<int:registration_id>")
@requires(Permission.REGISTRATIONS_READ)
def registration(registration_id: int) -> ResponseReturnValue:
    return _page(registration_id, None)


@bp.post("/<int:registration_id>")
@requires(Permission.REGISTRATIONS_DECIDE)
def decide(registration_id: int) -> ResponseReturnValue:
    with reading() as r:
        one = queries.registration(r, registration_id)
        form = DecisionForm.of(is_alike=queries.alike(r, one).count > 0)
    if not form.validate():
        return _page(registration_id, form)
    try:
        words = _decide(one, form.answer.data, form.reason.data or "")
    except BadInput as refused:
        form.show(refused)
        return _page(registration_id, form)
    except Missing:
        raise
    except Refused as refused:
        form.form_errors.append(words_for(refused))
        return _page(registration_id, form)
    flash(words, "success")
    return redirect(url_for(".index"))


def _decide(one: Registration, answer: str, reason: str) -> str:
    """Do what was chosen; the word about it."""
    with work() as w:
        if answer == "nhan":
            services.admit(w, one.id)
            return f"Đã nhận {one.full_name}. Người này đăng nhập được ngay bằng số điện thoại."
        services.refuse(w, one.id, labels.SAME_PERSON if answer == "la-mot" else reason)
        return f"Đã trả lời {one.full_name}. Người này đọc được lý do khi đăng nhập."


def _filter() -> tuple[str, RegistrationState | None]:
    words = request.values.get("tim", "").strip()[:LONGEST_SEARCH]
    return words, STATES.get(request.values.get("tinh-trang", ""))


def _page(registration_id: int, form: DecisionForm | None) -> ResponseReturnValue:
    with reading() as r:
        one = queries.registration(r, registration_id)
        alike = queries.alike(r, one)
        page = render_template(
            "registering/registration.html",
            one=one,
            unit=units.unit(r.session, one.unit_id),
            alike=alike,
            form=form or DecisionForm.of(is_alike=alike.count > 0, is_new=True),
            waits=one.state == RegistrationState.WAITING.value,
            admits=not alike.hidden or units.does_cover(r.session, r.actor, one.desk_unit_id, Role.ORGANISER),
            labels=labels,
        )
    return page, UNPROCESSABLE if form is not None else 200
