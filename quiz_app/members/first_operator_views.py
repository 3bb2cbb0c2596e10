"""The page that the first operator's link opens. The token stands in the fragment, which no server and no log sees."""

from __future__ import annotations

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.kernel.errors import BadInput
from quiz_app.members import first_operator, services
from quiz_app.members.entry import let_in
from quiz_app.members.errors import LinkSpent, OperatorExists
from quiz_app.members.passwords import STAFF_LENGTH
from quiz_app.members.staff_forms import FirstOperatorForm
from quiz_app.web.device import device
from quiz_app.web.errors import words_for
from quiz_app.web.guard import database, public, work

bp = Blueprint("members_first", __name__, template_folder="templates")


@bp.get("/quan-tri-dau-tien")
@public
def page() -> ResponseReturnValue:
    return _page(FirstOperatorForm())


@bp.post("/quan-tri-dau-tien")
@public
def come_in() -> ResponseReturnValue:
    form = FirstOperatorForm()
    if not form.validate():
        return _page(form), 422
    try:
        token = first_operator.come_in(
            database(),
            form.token.data or "",
            form.new.data or "",
            user_agent=request.user_agent.string,
            device_sha256=device().sha256,
        )
    except BadInput as error:
        form.new.errors = error.errors["new"]
        return _page(form), error.status
    except (LinkSpent, OperatorExists) as error:
        form.form_errors.append(words_for(error))
        return _page(form), error.status
    with work() as w:
        services.sign_out(w)  # of whoever used this browser until now
    answer = let_in(token, is_shared_device=False, target=url_for("members_roles.held"))
    flash("Đồng chí là người quản trị đầu tiên. Từ đây vai trò của mọi người được giao ở trang này.", "success")
    return answer


def _page(form: FirstOperatorForm) -> str:
    return render_template("members/first_operator.html", form=form, shortest=STAFF_LENGTH)
