"""The organisers' page of a contest's prizes: their kinds and numbers, the cap, and how units are ranked."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.contests import queries as contests
from quiz_app.contests.labels import PRIZE_SCOPES
from quiz_app.contests.models import PrizeScope
from quiz_app.kernel.errors import BadInput
from quiz_app.results import forms, labels, prizes
from quiz_app.results.policy import Permission
from quiz_app.rules.unit_mix import MixMeasure
from quiz_app.web.guard import reading, requires, work

bp = Blueprint("results_prizes", __name__, url_prefix="/to-chuc", template_folder="templates")

UNPROCESSABLE = 422


@bp.route("/cuoc-thi/<int:contest_id>/giai", methods=["GET", "POST"])
@requires(Permission.FINAL_MANAGE)
def edit(contest_id: int) -> ResponseReturnValue:
    """Prizes, cap and the ranking of units; what published results rest on stands there in words."""
    with reading() as r:
        contest = contests.managed_contest(r, contest_id)
        held = prizes.prizes_of(r.session, contest_id)
        fixed = prizes.locked(r.session, contest_id)
        free = [scope for scope in PrizeScope if scope not in fixed]
        has_stages = bool(contests.stages(r.session, contest_id))
        form = forms.prize_form(contest, held, free, is_mix_free=not fixed)
    if form.validate_on_submit():
        most = form["most_prizes"].data if "most_prizes" in form.data else contest.most_prizes
        try:
            with work() as w:
                mix = forms.sent_mix(form, prizes.mix_of(contest))
                prizes.set_prizes(w, contest_id, forms.sent_prizes(form, free), most, mix)
            flash("Đã lưu cơ cấu giải.", "success")
            return redirect(url_for(".edit", contest_id=contest_id))
        except BadInput as refused:
            for name, messages in refused.errors.items():
                form[name].errors = [*form[name].errors, *messages]
    page = render_template(
        "results/prizes.html",
        form=form,
        contest=contest,
        prizes=held,
        fixed=fixed,
        free=free,
        scopes=PrizeScope,
        titles=PRIZE_SCOPES,
        has_stages=has_stages,
        mix=prizes.mix_of(contest),
        measures=[(measure, labels.MEASURES[measure]) for measure in MixMeasure],
        class_titles=labels.UNIT_CLASSES,
        rows={scope: _rows(form.data, scope) for scope in PrizeScope},
        action=request.path,
    )
    return page, UNPROCESSABLE if form.errors else 200


def _rows(data: dict[str, object], scope: PrizeScope) -> list[str]:
    return [name.removeprefix("ten_") for name in data if name.startswith(f"ten_{scope.value}_")]
