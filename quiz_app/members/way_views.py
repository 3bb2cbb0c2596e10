"""By what the commune lets people sign in."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.kernel.errors import NotAllowed
from quiz_app.members import policy, ways
from quiz_app.members.forms import WaysForm
from quiz_app.members.policy import Permission
from quiz_app.members.ways import Way
from quiz_app.units import queries as units_queries
from quiz_app.web.guard import reading, requires, work

bp = Blueprint("members_ways", __name__, template_folder="templates")


@bp.route("/cach-dang-nhap", methods=["GET", "POST"])
@requires(Permission.WAYS_SET)
def choose() -> ResponseReturnValue:
    form = WaysForm()
    if request.method == "POST" and form.validate():
        with work() as w:
            ways.choose(w, [way for way in Way if form[way.value].data])
        flash("Đã lưu. Cách đăng nhập mới có hiệu lực ngay.", "success")
        return redirect(url_for(".choose"))
    with reading() as r:
        if not policy.sets_ways(r.actor, units_queries.root_ids(r.session)):
            raise NotAllowed
        allowed = ways.allowed(r.session, r.now)
        return render_template(
            "members/ways.html", form=WaysForm(formdata=None, **{way.value: way in allowed for way in Way})
        )
