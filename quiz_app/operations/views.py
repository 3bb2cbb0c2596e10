"""The pages of who looks after the installation: jobs, and the switch that makes the site read-only."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.kernel.errors import NotAllowed
from quiz_app.kernel.jobs import Job, JobState, last_sign_of_life, stop
from quiz_app.kernel.work import Reading
from quiz_app.operations import labels, queries, site
from quiz_app.operations.doctor import WORKER_SILENT_AFTER
from quiz_app.operations.errors import JobGoesOn
from quiz_app.operations.forms import ReadOnlyOffForm, ReadOnlyOnForm
from quiz_app.operations.labels import JOB_KINDS, JOB_STATES, message_of
from quiz_app.operations.policy import STOPPABLE, Action, Permission
from quiz_app.web.guard import reading, requires, work
from quiz_app.web.paging import page_number, paginate

bp = Blueprint("operations", __name__, url_prefix="/van-hanh", template_folder="templates")

UNDER_WAY = {JobState.QUEUED.value, JobState.RUNNING.value}


@bp.get("/cong-viec")
@requires(Permission.OPERATIONS_READ)
def jobs() -> ResponseReturnValue:
    """What the worker does and has done, the youngest first."""
    with reading() as r:
        page = paginate(r.session, queries.recent_jobs(r), page_number(request.args), size=30)
        seen = last_sign_of_life(r.session)
        may_switch = site.may_switch(r.session, r.actor)
        counts = queries.counts(r, current_app.extensions["settings"].data_dir)
    return render_template(
        "operations/jobs.html",
        page=page,
        seen=seen,
        is_alive=seen is not None and r.now - seen <= WORKER_SILENT_AFTER,
        states={state.value: words for state, words in JOB_STATES.items()},
        kinds=JOB_KINDS,
        counts=counts,
        may_switch=may_switch,
    )


@bp.get("/cong-viec/<int:job_id>")
@requires(Permission.OPERATIONS_READ)
def job(job_id: int) -> ResponseReturnValue:
    """One job; its bar moves by itself until it has ended."""
    with reading() as r:
        found = queries.job(r, job_id)
    return render_template(
        "operations/job.html",
        job=found,
        state=JOB_STATES[JobState(found.state)],
        kind=JOB_KINDS.get(found.kind, found.kind),
        is_under_way=found.state in UNDER_WAY,
        is_stoppable=found.kind in STOPPABLE and found.state in UNDER_WAY,
        message=message_of(found),
    )


@bp.get("/cong-viec/<int:job_id>.json")
@requires(Permission.OPERATIONS_READ)
def job_progress(job_id: int) -> ResponseReturnValue:
    """What the bar asks for."""
    with reading() as r:
        found = queries.job(r, job_id)
    return jsonify(done=found.done, total=found.total, state=_asked_state(found), message=message_of(found), url=None)


@bp.post("/cong-viec/<int:job_id>/dung")
@requires(Permission.JOB_STOP)
def stop_job(job_id: int) -> ResponseReturnValue:
    with work() as w:
        found = queries.job(w, job_id)
        if found.kind not in STOPPABLE or not stop(w, found.id, labels.stopped_by(w.actor.name)):
            raise JobGoesOn
        w.record(Action.JOB_STOPPED, f"job:{found.id}", kind=found.kind)
    flash("Đã dừng công việc.", "success")
    return redirect(url_for(".job", job_id=job_id))


@bp.get("/che-do-chi-doc")
@requires(Permission.SITE_SWITCH)
def read_only() -> ResponseReturnValue:
    """Whether boards and study rest now, since when, why and until when."""
    with reading() as r:
        _require_runner(r)
        return render_template(
            "operations/read_only.html",
            found=site.read_only(r),
            ending=labels.ending,
            rests=labels.READ_ONLY_RESTS,
            goes_on=labels.READ_ONLY_GOES_ON,
        )


@bp.route("/che-do-chi-doc/bat", methods=["GET", "POST"])
@requires(Permission.SITE_SWITCH)
def read_only_on() -> ResponseReturnValue:
    """Asked first: what will rest, for how long and why."""
    form = ReadOnlyOnForm()
    if not form.validate_on_submit():
        with reading() as r:
            _require_runner(r)
            page = render_template(
                "operations/read_only_on.html",
                form=form,
                found=site.read_only(r),
                rests=labels.READ_ONLY_RESTS,
                goes_on=labels.READ_ONLY_GOES_ON,
            )
        return page, 422 if form.errors else 200
    with work() as w:
        site.turn_on(w, form.reason.data or "", form.hours.data)
    flash("Đã bật chế độ chỉ đọc.", "success")
    return redirect(url_for(".read_only"))


@bp.route("/che-do-chi-doc/tat", methods=["GET", "POST"])
@requires(Permission.SITE_SWITCH)
def read_only_off() -> ResponseReturnValue:
    form = ReadOnlyOffForm()
    if not form.validate_on_submit():
        with reading() as r:
            _require_runner(r)
            page = render_template("operations/read_only_off.html", form=form)
        return page, 422 if form.errors else 200
    with work() as w:
        was_on = site.turn_off(w, form.reason.data or "")
    if was_on:
        flash("Đã tắt chế độ chỉ đọc. Bảng xếp hạng được tổng hợp lại sau vài giây.", "success")
    else:
        flash("Chế độ chỉ đọc đã tắt từ trước.", "info")
    return redirect(url_for(".read_only"))


def _require_runner(r: Reading) -> None:
    if not site.may_switch(r.session, r.actor):
        raise NotAllowed


def _asked_state(found: Job) -> str:
    """The bar knows no queue: what waits is under way."""
    return JobState.RUNNING.value if found.state in UNDER_WAY else found.state
