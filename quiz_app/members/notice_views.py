"""The notices about personal data, and what a member agrees to: asked once, at the first sign-in."""

from __future__ import annotations

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.kernel.errors import NoticesOwed
from quiz_app.members import labels, services
from quiz_app.members.forms import NoticesForm
from quiz_app.members.models import Purpose
from quiz_app.web.errors import local_path, wants_json, words_for
from quiz_app.web.guard import before_notices, work

bp = Blueprint("members_notices", __name__, template_folder="templates")


@bp.app_errorhandler(NoticesOwed)
def owed(error: NoticesOwed) -> ResponseReturnValue:
    """Whoever has yet to answer is led here from wherever he wanted to go."""
    if wants_json():
        return jsonify(error=type(error).__name__, message=words_for(error), fields={}), error.status
    following = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("members_notices.read", next=following))


@bp.get("/tai-khoan/thong-bao")
@before_notices
def read() -> ResponseReturnValue:
    form = NoticesForm(formdata=None, next=local_path(request.args.get("next")) or "")
    return _page(form)


@bp.post("/tai-khoan/thong-bao")
@before_notices
def answer() -> ResponseReturnValue:
    form = NoticesForm()
    if not form.validate():
        return _page(form), 422
    agreed = {purpose for purpose in Purpose if form[purpose.value].data}
    with work() as w:
        services.answer_notices(w, agreed, labels.CONSENT_VERSION)
    flash("Đã lưu lựa chọn của đồng chí. Đồng chí đổi lại được bất cứ lúc nào ở trang Tài khoản.", "success")
    return redirect(local_path(form.next.data) or "/")


def _page(form: NoticesForm) -> str:
    for purpose in Purpose:
        form[purpose.value].label.text = labels.CONSENTS[purpose]
    return render_template("members/notices.html", form=form, boxes=[form[purpose.value] for purpose in Purpose])
