"""The organisers' page of a contest's archives: what is in one, asking for one, fetching it."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from quiz_app.contests import queries as contests
from quiz_app.contests.policy import Permission
from quiz_app.kernel.errors import Refused
from quiz_app.kernel.jobs import JobState
from quiz_app.operations import contest_archive_job as archives
from quiz_app.operations.contest_archive_parts import published_rounds
from quiz_app.operations.labels import JOB_STATES, message_of, words_of
from quiz_app.web.forms import Form
from quiz_app.web.guard import reading, requires, work

bp = Blueprint("contest_archives", __name__, url_prefix="/to-chuc/cuoc-thi", template_folder="templates")


class AskForm(Form):
    """Asks first; nothing is typed."""


@bp.get("/<int:contest_id>/luu-tru")
@requires(Permission.CONTEST_READ)
def listing(contest_id: int) -> ResponseReturnValue:
    """What an archive holds, what stands in its way, and those that were made."""
    with reading() as r:
        contest = contests.managed_contest(r, contest_id)
        jobs = archives.asked_for(r, contest_id)
        try:
            published_rounds(r.session, contest, r.now)
            barred = ""
        except Refused as refused:
            barred = words_of(refused)
        return render_template(
            "operations/contest_archives.html",
            contest=contest,
            barred=barred,
            jobs=jobs,
            names=archives.names_of(r, jobs),
            under_way=next((job for job in jobs if job.state in archives.UNDER_WAY), None),
            there={job.id for job in jobs if archives.file_of(job, _data_dir()) is not None},
            states={state.value: words for state, words in JOB_STATES.items()},
            message_of=message_of,
            kept=archives.KEPT,
        )


@bp.route("/<int:contest_id>/luu-tru/tao", methods=["GET", "POST"])
@requires(Permission.CONTEST_MANAGE)
def ask(contest_id: int) -> ResponseReturnValue:
    """Asked first, as the file holds what is known of people."""
    form = AskForm()
    if form.validate_on_submit():
        with work() as w:
            archives.ask(w, contest_id, _data_dir())
        flash("Đang tạo tệp lưu trữ. Đồng chí có thể rời trang này, tệp vẫn được tạo.", "success")
        return redirect(url_for(".listing", contest_id=contest_id))
    with reading() as r:
        contest = contests.managed_contest(r, contest_id)
        published_rounds(r.session, contest, r.now)
        return render_template("operations/contest_archive_ask.html", contest=contest)


@bp.get("/<int:contest_id>/luu-tru/<int:job_id>.json")
@requires(Permission.CONTEST_READ)
def progress(contest_id: int, job_id: int) -> ResponseReturnValue:
    """How far an archive is: what the bar asks for."""
    with reading() as r:
        job = archives.one(r, contest_id, job_id)
    is_under_way = job.state in archives.UNDER_WAY
    return jsonify(
        done=job.done,
        total=job.total,
        state=JobState.RUNNING.value if is_under_way else job.state,
        message=message_of(job),
        url=None if is_under_way else url_for(".listing", contest_id=contest_id),
    )


@bp.post("/<int:contest_id>/luu-tru/<int:job_id>/tai-ve")
@requires(Permission.CONTEST_MANAGE, fresh=True)
def fetch(contest_id: int, job_id: int) -> ResponseReturnValue:
    """The file itself; written down before it is handed out."""
    with work() as w:
        path = archives.fetch(w, contest_id, job_id, _data_dir())
    return send_file(path, mimetype="application/zip", as_attachment=True, download_name=path.name, max_age=0)


def _data_dir() -> Path:
    found: Path = current_app.extensions["settings"].data_dir
    return found
