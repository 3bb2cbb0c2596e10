"""The operators' page of jobs."""

from __future__ import annotations

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from quiz_app.kernel.jobs import Job, JobState, last_sign_of_life
from quiz_app.operations import queries
from quiz_app.operations.doctor import WORKER_SILENT_AFTER
from quiz_app.operations.labels import JOB_KINDS, JOB_STATES, message_of
from quiz_app.operations.policy import Permission
from quiz_app.web.guard import reading, requires
from quiz_app.web.paging import page_number, paginate

bp = Blueprint("operations", __name__, url_prefix="/van-hanh", template_folder="templates")

UNDER_WAY = {JobState.QUEUED.value, JobState.RUNNING.value}


@bp.get("/cong-viec")
@requires(Permission.OPERATIONS_READ)
def jobs() -> ResponseReturnValue:
    """What the worker does and has done, the youngest first."""
    with reading() as r:
        page = paginate(r.session, queries.recent_jobs(), page_number(request.args), size=30)
        seen = last_sign_of_life(r.session)
    return render_template(
        "operations/jobs.html",
        page=page,
        seen=seen,
        is_alive=seen is not None and r.now - seen <= WORKER_SILENT_AFTER,
        states={state.value: words for state, words in JOB_STATES.items()},
        kinds=JOB_KINDS,
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
        message=message_of(found),
    )


@bp.get("/cong-viec/<int:job_id>.json")
@requires(Permission.OPERATIONS_READ)
def job_progress(job_id: int) -> ResponseReturnValue:
    """What the bar asks for."""
    with reading() as r:
        found = queries.job(r, job_id)
    return jsonify(done=found.done, total=found.total, state=_asked_state(found), message=message_of(found), url=None)


def _asked_state(found: Job) -> str:
    """The bar knows no queue: what waits is under way."""
    return JobState.RUNNING.value if found.state in UNDER_WAY else found.state
