"""Showing anew who one is, before an act that weighs much."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from quiz_app.kernel.errors import BadInput, RoleAtRest
from quiz_app.members import credentials
from quiz_app.members.entry import AFTER_SIGN_IN, refused
from quiz_app.members.errors import TooManyTries
from quiz_app.members.forms import ProofForm
from quiz_app.web.errors import local_path, words_for
from quiz_app.web.guard import current_actor, database, held_back_by, signed_in

bp = Blueprint("members_proof", __name__, template_folder="templates")


@bp.get("/tai-khoan/nhap-lai-mat-khau")
@signed_in
def ask() -> ResponseReturnValue:
    return _page(ProofForm(formdata=None, next=local_path(request.args.get("next")) or ""))


@bp.post("/tai-khoan/nhap-lai-mat-khau")
@signed_in
def prove() -> ResponseReturnValue:
    form = ProofForm()
    if not form.validate():
        return _page(form), 422
    try:
        credentials.prove(database(), current_actor(), form.password.data or "")
    except BadInput as error:
        form.password.errors = error.errors["password"]
        return _page(form), error.status
    except TooManyTries as error:
        form.form_errors.append(words_for(error))
        return refused(_page(form), error)
    flash("Đã nhận mật khẩu. Mời đồng chí làm tiếp; trong 10 phút tới không phải nhập lại.", "success")
    return redirect(local_path(form.next.data) or AFTER_SIGN_IN)


def _page(form: ProofForm) -> str:
    return render_template("members/proof.html", form=form, has_rested=held_back_by() is RoleAtRest)
