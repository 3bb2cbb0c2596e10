"""The organiser's pages to delete a draft: what would go is shown, and nothing that was published goes."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.contests import discarding, queries
from quiz_app.contests.policy import Permission
from quiz_app.web.guard import reading, requires, work

bp = Blueprint("contests_discard", __name__, url_prefix="/to-chuc", template_folder="templates")


@bp.route("/dot/<int:round_id>/xoa", methods=["GET", "POST"])
@requires(Permission.CONTEST_MANAGE)
def round_(round_id: int) -> ResponseReturnValue:
    if request.method == "POST":
        with work() as w:
            contest_id = discarding.delete_round(w, round_id)
        flash("Đã xóa đợt thi.", "success")
        return redirect(url_for("contests_manage.contest", contest_id=contest_id))
    with reading() as r:
        found = queries.managed_round(r, round_id)
        return render_template("contests/delete_round.html", round=found)


@bp.route("/cuoc-thi/<int:contest_id>/xoa", methods=["GET", "POST"])
@requires(Permission.CONTEST_MANAGE)
def contest(contest_id: int) -> ResponseReturnValue:
    if request.method == "POST":
        with work() as w:
            discarding.delete_contest(w, contest_id)
        flash("Đã xóa cuộc thi.", "success")
        return redirect(url_for("contests_manage.contests"))
    with reading() as r:
        found = queries.managed_contest(r, contest_id)
        rounds = queries.rounds_of(r.session, [found.id])
        return render_template("contests/delete_contest.html", contest=found, rounds=rounds)
