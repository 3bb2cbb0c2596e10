"""A member's page: what he may sit elsewhere, and saying that he did."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quiz_app.elsewhere import labels, queries, services
from quiz_app.elsewhere.forms import DeclareForm
from quiz_app.elsewhere.policy import Permission
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.errors import BadInput, Refused
from quiz_app.web import pictures
from quiz_app.web.errors import words_for
from quiz_app.web.guard import reading, requires, work

bp = Blueprint("elsewhere", __name__, url_prefix="/thi-noi-khac", template_folder="templates")

UNPROCESSABLE = 422


@bp.get("/")
@requires(Permission.OUTSIDE_READ)
def own() -> ResponseReturnValue:
    """The contests elsewhere that concern the member, and how his part in each stands."""
    with reading() as r:
        return render_template(
            "elsewhere/own.html",
            contests=queries.own_contests(r),
            today=r.now.astimezone(VIETNAM).date(),
            follows=r.actor.may(Permission.OUTSIDE_FOLLOW),
            labels=labels,
        )


@bp.get("/<int:contest_id>/khai-bao")
@requires(Permission.OUTSIDE_READ)
def declaration(contest_id: int) -> ResponseReturnValue:
    return _page(contest_id, DeclareForm(formdata=None))


@bp.post("/<int:contest_id>/khai-bao")
@requires(Permission.OUTSIDE_DECLARE)
def declare(contest_id: int) -> ResponseReturnValue:
    """Keep what the member says with its picture, drawn anew before the unit of work begins."""
    form = DeclareForm()
    with reading() as r:
        queries.own_contest(r, contest_id)
    if not form.validate():
        return _page(contest_id, form)
    try:
        picture = pictures.redrawn(form.picture.data.read(pictures.LIMIT_MB * 1024 * 1024 + 1))
    except Refused as refused:
        form.picture.errors = [words_for(refused)]
        return _page(contest_id, form)
    try:
        with work() as w:
            services.declare(w, contest_id, form.to_told(), picture)
    except BadInput as refused:
        form.show(refused)
        return _page(contest_id, form)
    flash("Đã gửi khai báo. Bí thư chi bộ sẽ xem ảnh và xác nhận.", "success")
    return redirect(url_for(".own"))


@bp.get("/minh-chung/<int:record_id>")
@requires(Permission.OUTSIDE_READ)
def proof(record_id: int) -> ResponseReturnValue:
    """The picture, for the member and his own secretary alone; no browser keeps it."""
    with reading() as r:
        found = queries.proof(r, record_id)
        return Response(found.content, mimetype=pictures.CONTENT_TYPES[found.suffix])


def _page(contest_id: int, form: DeclareForm) -> tuple[str, int]:
    with reading() as r:
        own = next((each for each in queries.own_contests(r) if each.contest.id == contest_id), None)
        contest = queries.own_contest(r, contest_id)
        page = render_template(
            "elsewhere/declare.html",
            contest=contest,
            record=own.record if own else None,
            has_proof=bool(own and own.has_proof),
            form=form,
            labels=labels,
        )
    return page, UNPROCESSABLE if form.errors else 200
