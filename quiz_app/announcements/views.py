"""Announcements of one's units: the list, writing, looking at what comes of it, changing, withdrawing."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.announcements import labels, queries, services
from quiz_app.announcements.forms import AnnouncementForm, SeenForm
from quiz_app.announcements.policy import Permission
from quiz_app.kernel.errors import BadInput, Missing, Refused
from quiz_app.web.errors import words_for
from quiz_app.web.guard import reading, requires, work
from quiz_app.web.paging import page_number

bp = Blueprint("announcements", __name__, url_prefix="/thong-bao", template_folder="templates")

UNPROCESSABLE = 422
PUBLISH, EDIT = "dang", "sua"


@bp.get("")
@requires(Permission.ANNOUNCEMENTS_READ)
def index() -> ResponseReturnValue:
    with reading() as r:
        return render_template(
            "announcements/index.html", page=queries.page(r, page_number(request.args)), labels=labels
        )


@bp.route("/moi", methods=["GET", "POST"])
@requires(Permission.ANNOUNCE)
def write() -> ResponseReturnValue:
    """Written, looked at, then published: three steps of one address."""
    return _step(None)


@bp.route("/<int:announcement_id>/sua", methods=["GET", "POST"])
@requires(Permission.ANNOUNCE)
def edit(announcement_id: int) -> ResponseReturnValue:
    return _step(announcement_id)


@bp.post("/<int:announcement_id>/thu-hoi")
@requires(Permission.ANNOUNCE)
def withdraw(announcement_id: int) -> ResponseReturnValue:
    with work() as w:
        services.withdraw(w, announcement_id, seen=SeenForm().looked_at)
    flash("Đã thu hồi. Không ai thấy thông báo này ở trang đầu nữa.", "success")
    return redirect(url_for(".index"))


def _step(announcement_id: int | None) -> ResponseReturnValue:
    form = _form(announcement_id)
    step = request.form.get("buoc", "")
    if request.method == "GET" or step == EDIT:
        return _page(form, announcement_id)
    if not form.validate():
        return _page(form, announcement_id), UNPROCESSABLE
    try:
        if step != PUBLISH:
            return _preview(form, announcement_id)
        _publish(form, announcement_id)
    except BadInput as refused:
        form.show(refused)
        return _page(form, announcement_id), UNPROCESSABLE
    except Missing:
        raise
    except Refused as refused:
        form.form_errors.append(words_for(refused))
        return _page(form, announcement_id), refused.status
    flash("Đã đăng. Người của đơn vị đọc được ở trang đầu từ ngày đã chọn.", "success")
    return redirect(url_for(".index"))


def _form(announcement_id: int | None) -> AnnouncementForm:
    with reading() as r:
        kept = None if announcement_id is None else queries.kept(r, announcement_id)
        if request.method == "POST":
            form = AnnouncementForm()
        else:
            form = AnnouncementForm.of(kept) if kept else AnnouncementForm(formdata=None, starts_on=queries.today(r))
        units = queries.own_units(r)
        form.offer(units, queries.contests(r.session, [unit.id for unit in units]), queries.modules(r.session))
        return form


def _publish(form: AnnouncementForm, announcement_id: int | None) -> None:
    with work() as w:
        if announcement_id is None:
            services.publish(w, form.to_words())
        else:
            services.change(w, announcement_id, form.to_words(), seen=form.looked_at)


def _preview(form: AnnouncementForm, announcement_id: int | None) -> str:
    with reading() as r:
        shown = queries.leads_to(r, services.judged(r, form.to_words()))
        return render_template(
            "announcements/preview.html",
            one=shown,
            typed=form.typed,
            url=_address(announcement_id),
            steps=(PUBLISH, EDIT),
        )


def _page(form: AnnouncementForm, announcement_id: int | None) -> str:
    return render_template(
        "announcements/write.html", form=form, url=_address(announcement_id), is_new=not announcement_id
    )


def _address(announcement_id: int | None) -> str:
    return url_for(".edit", announcement_id=announcement_id) if announcement_id else url_for(".write")
