"""Pages for importing a roster: sending it, deciding what is doubtful, looking at the plan, agreeing to it."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, current_app, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select

from quiz_app.kernel import jobs
from quiz_app.kernel.access import Role
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.jobs import Job, JobState
from quiz_app.kernel.work import Reading
from quiz_app.members import labels, queries, roster_file, roster_jobs, roster_words, rosters
from quiz_app.members.errors import RemovalUnconfirmed, RosterUnreadable
from quiz_app.members.forms import AgreeForm, PlanSearchForm, RosterForm
from quiz_app.members.policy import Action, Permission
from quiz_app.members.roster_jobs import UNDER_WAY, Sent
from quiz_app.members.roster_plan import Kind, Summary
from quiz_app.members.rosters import Order
from quiz_app.units import policy as units_policy
from quiz_app.units import queries as units_queries
from quiz_app.web.errors import words_for
from quiz_app.web.filters import format_number
from quiz_app.web.guard import reading, requires, work
from quiz_app.web.paging import USUAL_SIZE, Page, page_number, slice_page
from quiz_app.web.spreadsheet import MIME_TYPE

bp = Blueprint("members_rosters", __name__, url_prefix="/danh-sach/nhap", template_folder="templates")

LONGEST_NAME = 200
ANSWER = "tra-loi:"


@bp.get("")
@requires(Permission.ROSTER_IMPORT)
def import_roster() -> ResponseReturnValue:
    return _upload_page(RosterForm())


@bp.post("")
@requires(Permission.ROSTER_IMPORT)
def upload_roster() -> ResponseReturnValue:
    form = RosterForm()
    with reading() as r:
        form.unit.choices = _choices(units_queries.units(r.session, _covered(r)))
    if not form.validate():
        return _upload_page(form), 422
    content = form.file.data.read(roster_file.MAX_BYTES + 1)
    try:
        roster_file.check(content)
    except RosterUnreadable as error:
        form.file.errors = [words_for(error)]
        return _upload_page(form), error.status
    name = (form.file.data.filename or "")[:LONGEST_NAME]
    order = Order(form.unit.data, rosters.file_hash(content), name, is_complete=form.is_complete.data)
    with work() as w:
        job = roster_jobs.send(w, order, content, _data_dir())
    return redirect(url_for(".planned_roster", job_id=job.id))


@bp.get("/<int:job_id>")
@requires(Permission.ROSTER_IMPORT)
def planned_roster(job_id: int) -> ResponseReturnValue:
    """How far the work is, then the plan, then what was written; the filters live in the address."""
    with reading() as r:
        sent = roster_jobs.one(r, job_id)
        unit = units_queries.unit(r.session, sent.order.unit_id)
        has_worker = jobs.last_sign_of_life(r.session) is not None
    about = {"sent": sent, "unit": unit, "has_result": sent.result_file.is_file()}
    running = _running(sent)
    if running is not None:
        return render_template(
            "members/roster_wait.html", job=running, message=_message(running), has_worker=has_worker, **about
        )
    if sent.plan.state == JobState.FAILED.value or (sent.apply and sent.apply.state == JobState.DONE.value):
        return render_template("members/roster_done.html", **about)
    if not sent.kept.exists:
        raise BadInput({"file": ["Bản xem trước đã hết hạn giữ. Mời đồng chí gửi lại tệp."]})
    return _plan_page(sent, about, AgreeForm(formdata=None))


@bp.get("/<int:job_id>.json")
@requires(Permission.ROSTER_IMPORT)
def roster_progress(job_id: int) -> ResponseReturnValue:
    """How far the work on a roster is: what the bar asks for."""
    with reading() as r:
        sent = roster_jobs.one(r, job_id)
    job = _running(sent) or sent.apply or sent.plan
    is_under_way = job.state in UNDER_WAY
    return jsonify(
        done=job.done,
        total=job.total,
        state=JobState.RUNNING.value if is_under_way else JobState.DONE.value,
        message=_message(job),
        url=None if is_under_way else url_for(".planned_roster", job_id=job_id),
    )


@bp.post("/<int:job_id>/tra-loi")
@requires(Permission.ROSTER_IMPORT)
def answer_roster(job_id: int) -> ResponseReturnValue:
    """Decide what was doubtful, as far as it was answered, and look at the plan anew."""
    answers = {
        name.removeprefix(ANSWER): value for name, value in request.form.items() if name.startswith(ANSWER) and value
    }
    with work() as w:
        job = roster_jobs.answer(w, job_id, answers)
    return redirect(url_for(".planned_roster", job_id=job.id))


@bp.post("/<int:job_id>/ghi")
@requires(Permission.ROSTER_IMPORT)
def apply_roster(job_id: int) -> ResponseReturnValue:
    form = AgreeForm()
    with work() as w:
        sent = roster_jobs.one(w, job_id)
        unit = units_queries.unit(w.session, sent.order.unit_id)
        if form.validate():
            try:
                roster_jobs.agree(w, job_id, with_left=form.with_left.data, removed=form.removed.data)
                return redirect(url_for(".planned_roster", job_id=job_id))
            except RemovalUnconfirmed as error:
                form.removed.errors = [words_for(error)]
    return _plan_page(sent, {"sent": sent, "unit": unit, "has_result": sent.result_file.is_file()}, form), 422


@bp.get("/<int:job_id>/ket-qua.xlsx")
@requires(Permission.ROSTER_IMPORT, fresh=True)
def roster_result(job_id: int) -> ResponseReturnValue:
    """The sheet that was sent, with what became of each row."""
    with reading() as r:
        sent = roster_jobs.one(r, job_id)
    if not sent.result_file.is_file():
        raise Missing
    with work() as w:
        w.record(Action.ROSTER_RESULT_TAKEN, f"job:{job_id}")
    name = f"ket-qua-{Path(sent.order.file_name).stem or 'danh-sach'}.xlsx"
    return send_file(sent.result_file, mimetype=MIME_TYPE, as_attachment=True, download_name=name, max_age=0)


def _plan_page(sent: Sent, about: dict[str, object], form: AgreeForm) -> str:
    summary = sent.kept.summary()
    kind = roster_words.kind_at(request.args.get("loai", "")) or _first(summary)
    search = request.args.get("tim", "")[:LONGEST_NAME]
    number = page_number(request.args)
    questions = slice_page(sent.kept.questions(), number) if kind is Kind.DOUBTFUL else None
    found, total = sent.kept.page(kind, search, (number - 1) * USUAL_SIZE, USUAL_SIZE)
    page = Page(found, min(number, max(1, -(-total // USUAL_SIZE))), USUAL_SIZE, total)
    return render_template(
        "members/roster_plan.html",
        summary=summary,
        kind=kind,
        kinds=[(one, words) for one, words in roster_words.KINDS.items() if summary.count(one) or one is kind],
        addresses=roster_words.ADDRESSES,
        search=search,
        search_form=PlanSearchForm(formdata=None, meta={"csrf": False}, tim=search),
        page=page,
        questions=questions,
        changes=[(record, roster_words.changes(record, summary.unit_names)) for record in found],
        form=form,
        answer_prefix=ANSWER,
        failed=sent.apply.error if sent.apply is not None and sent.apply.state == JobState.FAILED.value else "",
        Kind=Kind,
        **about,
    )


def _first(summary: Summary) -> Kind:
    return next((kind for kind in roster_words.KINDS if summary.count(kind)), Kind.NEW)


def _running(sent: Sent) -> Job | None:
    return next((job for job in (sent.apply, sent.plan) if job is not None and job.state in UNDER_WAY), None)


def _message(job: Job) -> str:
    """How far it is, in one sentence."""
    if job.state == JobState.QUEUED.value:
        return "Đang chờ đến lượt."
    if job.kind == roster_jobs.APPLY:
        return f"Đang ghi {format_number(job.total)} người trong một lần: hoặc ghi xong tất cả, hoặc không ghi gì."
    if not job.total:
        return "Đang đọc tệp."
    return f"Đã kiểm tra {format_number(job.done)}/{format_number(job.total)} dòng."


def _upload_page(form: RosterForm) -> str:
    with reading() as r:
        form.unit.choices = _choices(units_queries.units(r.session, _covered(r)))
        return render_template(
            "members/roster_upload.html",
            form=form,
            labels=labels,
            imports=queries.recent_imports(r.session, r.actor),
            largest=roster_file.MAX_BYTES // 1024 // 1024,
        )


def _covered(r: Reading) -> Select[int]:
    return units_policy.covered_units(r.actor, Role.ORGANISER)


def _choices(units: list[units_queries.UnitRow]) -> list[tuple[int, str]]:
    return [(unit.id, "– " * unit.depth + unit.name) for unit in units]


def _data_dir() -> Path:
    found: Path = current_app.extensions["settings"].data_dir
    return found
