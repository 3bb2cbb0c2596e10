"""How a unit lets people register: the organiser's page."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quiz_app.kernel.errors import BadInput, Missing, Refused
from quiz_app.members.slips import grouped
from quiz_app.registering import desks, queries
from quiz_app.registering.forms import DeskForm
from quiz_app.registering.policy import Permission
from quiz_app.web.errors import words_for
from quiz_app.web.guard import reading, requires, work

bp = Blueprint("registering_desks", __name__, url_prefix="/duyet-dang-ky/cach", template_folder="templates")

UNPROCESSABLE = 422


@bp.get("/<int:unit_id>")
@requires(Permission.DESK_SET)
def desk(unit_id: int) -> ResponseReturnValue:
    return _page(unit_id, None)


@bp.post("/<int:unit_id>")
@requires(Permission.DESK_SET)
def save(unit_id: int) -> ResponseReturnValue:
    form = DeskForm()
    with reading() as r:
        unit, kept = queries.head(r, unit_id), queries.desk(r.session, unit_id)
        form.offer(queries.receivers(r.session, unit, kept))
    if not form.validate():
        return _page(unit_id, form)
    try:
        with work() as w:
            desks.save(w, unit_id, form.to_terms(), seen=form.looked_at)
    except BadInput as refused:
        form.show(refused)
        return _page(unit_id, form)
    except Missing:
        raise
    except Refused as refused:
        form.form_errors.append(words_for(refused))
        return _page(unit_id, form)
    flash("Đã lưu. Cách đăng ký mới có hiệu lực ngay.", "success")
    return redirect(url_for(".desk", unit_id=unit_id))


@bp.post("/<int:unit_id>/ma-moi")
@requires(Permission.DESK_SET)
def renew_code(unit_id: int) -> ResponseReturnValue:
    form = DeskForm()
    with work() as w:
        desks.renew_code(w, unit_id, seen=form.looked_at)
    flash("Đã đổi mã. Mã cũ không dùng được nữa; mời đồng chí in lại áp phích nếu có ghi mã.", "success")
    return redirect(url_for(".desk", unit_id=unit_id))


def _page(unit_id: int, form: DeskForm | None) -> ResponseReturnValue:
    with reading() as r:
        unit, kept = queries.head(r, unit_id), queries.desk(r.session, unit_id)
        offered = queries.receivers(r.session, unit, kept)
        page = render_template(
            "registering/desk.html",
            unit=unit,
            kept=kept,
            code=grouped(kept.code) if kept else "",
            form=form or DeskForm.of(kept, offered),
            address=f"{current_app.extensions['settings'].public_url}{url_for('registering.choose')}",
        )
    return page, UNPROCESSABLE if form is not None else 200
