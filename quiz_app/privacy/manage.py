"""Requests about personal data, for those who answer them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.kernel.errors import BadInput, Missing, Refused
from quiz_app.privacy import breaches, labels, requests
from quiz_app.privacy.forms import AnswerForm
from quiz_app.privacy.models import LIVE, Kind, State
from quiz_app.privacy.policy import Permission
from quiz_app.web.errors import words_for
from quiz_app.web.guard import reading, requires, work
from quiz_app.web.paging import page_number

bp = Blueprint("privacy_manage", __name__, url_prefix="/de-nghi-du-lieu", template_folder="templates")

UNPROCESSABLE = 422


@bp.get("")
@requires(Permission.REQUESTS_READ)
def index() -> ResponseReturnValue:
    """Those that wait, or all of them (`?tat-ca=1`)."""
    shows_all = request.args.get("tat-ca") == "1"
    with reading() as r:
        waiting, overdue = requests.counts(r)
        return render_template(
            "privacy/requests.html",
            page=requests.page(r, page_number(request.args), waiting_only=not shows_all),
            waiting=waiting,
            overdue=overdue,
            shows_all=shows_all,
            untold=breaches.untold(r) if r.actor.may(Permission.BREACHES_READ) else None,
            labels=labels,
        )


@bp.get("/<int:request_id>")
@requires(Permission.REQUESTS_READ)
def one(request_id: int) -> ResponseReturnValue:
    return _page(request_id, AnswerForm(formdata=None))


@bp.post("/<int:request_id>/nhan")
@requires(Permission.REQUESTS_DECIDE)
def take(request_id: int) -> ResponseReturnValue:
    with work() as w:
        requests.take(w, request_id)
    flash("Đã báo người gửi: đang xử lý.", "success")
    return redirect(url_for(".one", request_id=request_id))


@bp.post("/<int:request_id>/tra-loi")
@requires(Permission.REQUESTS_DECIDE, fresh=True)
def decide(request_id: int) -> ResponseReturnValue:
    with reading() as r:
        requests.request(r, request_id)
    form = AnswerForm()
    if not form.validate():
        return _page(request_id, form)
    act = requests.finish if form.verdict.data == "da-lam" else requests.refuse
    try:
        with work() as w:
            act(w, request_id, form.answer.data or "")
    except BadInput as refused:
        form.show(refused)
        return _page(request_id, form)
    except Missing:
        raise
    except Refused as refused:
        if refused.status == 403:
            raise
        form.form_errors.append(words_for(refused))
        return _page(request_id, form)
    flash("Đã trả lời đề nghị.", "success")
    return redirect(url_for(".index"))


def _page(request_id: int, form: AnswerForm) -> ResponseReturnValue:
    with reading() as r:
        row = requests.request(r, request_id)
        page = render_template(
            "privacy/request.html",
            row=row,
            form=form,
            is_new=row.request.state == State.NEW.value,
            may_answer=row.request.state in LIVE and requests.may_answer(r, row),
            kind=Kind(row.request.kind),
            labels=labels,
        )
    return page, UNPROCESSABLE if form.errors or form.form_errors else 200
