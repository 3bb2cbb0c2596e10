"""The organisers' page of what a prediction asked for: the figures, fixing them, and how far the ranking is."""

from __future__ import annotations

from flask import Blueprint, flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quiz_app.attempts import labels, predicting, queries, truth
from quiz_app.contests import labels as contest_labels
from quiz_app.contests import locking
from quiz_app.contests import queries as contests
from quiz_app.contests.models import Round
from quiz_app.contests.policy import Permission
from quiz_app.contests.timing import longest_timing
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.jobs import Job, JobState
from quiz_app.kernel.work import Reading
from quiz_app.rules.lifecycle import Change
from quiz_app.rules.timing import closes_finally_at
from quiz_app.web.forms import Form
from quiz_app.web.guard import reading, requires, work

bp = Blueprint("attempts_truth", __name__, url_prefix="/to-chuc/dot", template_folder="templates")

UNDER_WAY = {JobState.QUEUED.value, JobState.RUNNING.value}


class FixForm(Form):
    """Asks first; nothing is typed."""


@bp.get("/<int:round_id>/so-thuc-te")
@requires(Permission.CONTEST_READ)
def figures(round_id: int) -> ResponseReturnValue:
    """What a round's prediction asked for as it is counted now, whether it is fixed, and what is in the way."""
    with reading() as r:
        round_ = _predicted_round(r, round_id)
        counted = truth.count(r.session, round_)
        value = counted.truth(round_)
        job = truth.ranking_job(r, round_)
        return render_template(
            "attempts/truth.html",
            round=round_,
            kind=contest_labels.PREDICTION_KINDS[predicting.kind_of(round_)],
            counted=counted,
            value=predicting.written(round_, value),
            fixed=predicting.written(round_, round_.prediction_truth),
            has_moved=round_.prediction_fixed_at is not None and round_.prediction_truth != value,
            lock=_lock(r, round_),
            sitting=queries.open_count(r.session, round_.id),
            closes_at=closes_finally_at(longest_timing(round_)),
            job=job,
            is_under_way=job is not None and job.state in UNDER_WAY,
            message="" if job is None else labels.ranking_message(job),
        )


@bp.get("/<int:round_id>/so-thuc-te.json")
@requires(Permission.CONTEST_READ)
def progress(round_id: int) -> ResponseReturnValue:
    """How far the ranking is: what the bar asks for."""
    with reading() as r:
        round_ = _predicted_round(r, round_id)
        job = truth.ranking_job(r, round_)
        if job is None:
            raise Missing
        return jsonify(
            done=job.done,
            total=job.total,
            state=_asked_state(job),
            message=labels.ranking_message(job),
            url=None if job.state in UNDER_WAY else url_for(".figures", round_id=round_id),
        )


@bp.route("/<int:round_id>/so-thuc-te/co-dinh", methods=["GET", "POST"])
@requires(Permission.CONTEST_MANAGE)
def fix(round_id: int) -> ResponseReturnValue:
    """Asked first: the ranks of everybody hang on it."""
    form = FixForm()
    if form.validate_on_submit():
        with work() as w:
            truth.fix_truth(w, round_id)
        flash("Đã cố định số thực tế. Kết quả đang được xếp hạng lại.", "success")
        return redirect(url_for(".figures", round_id=round_id))
    with reading() as r:
        round_ = _predicted_round(r, round_id)
        value = truth.count(r.session, round_).truth(round_)
        return render_template(
            "attempts/truth_fix.html",
            round=round_,
            kind=contest_labels.PREDICTION_KINDS[predicting.kind_of(round_)],
            value=predicting.written(round_, value),
            lock=_lock(r, round_),
            sitting=queries.open_count(r.session, round_.id),
        )


def _predicted_round(r: Reading, round_id: int) -> Round:
    """A published round that the actor runs and that asks for a prediction. Raises Missing."""
    round_ = contests.managed_round(r, round_id)
    if round_.prediction_kind is None or round_.published_at is None:
        raise Missing
    return round_


def _lock(r: Reading, round_: Round) -> str | None:
    """Why the truth cannot be fixed now, in words; None where it can."""
    reason = locking.locks(round_, r.now).get(Change.TRUTH)
    return None if reason is None else contest_labels.LOCKS[reason]


def _asked_state(job: Job) -> str:
    """The bar knows no queue: what waits is under way."""
    return JobState.RUNNING.value if job.state in UNDER_WAY else job.state
