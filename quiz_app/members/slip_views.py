"""The desk of those who print slips: a secretary for his unit, organisers for every unit below theirs."""

from __future__ import annotations

import io
from typing import Any

from flask import Blueprint, current_app, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, func, select

from quiz_app.kernel import jobs
from quiz_app.kernel.errors import Missing, Refused
from quiz_app.kernel.jobs import Job, JobState
from quiz_app.kernel.settings import Settings
from quiz_app.kernel.work import Reading
from quiz_app.members import labels, policy, slip_jobs, slip_paper, slips
from quiz_app.members.errors import NobodyToPrint, TooManySlips
from quiz_app.members.forms import PrintSlipsForm
from quiz_app.members.policy import Action, Permission
from quiz_app.members.slips import Sheet, State, Which
from quiz_app.units import policy as units_policy
from quiz_app.units import queries as units_queries
from quiz_app.units.models import Unit
from quiz_app.web import pdf
from quiz_app.web.errors import words_for
from quiz_app.web.filters import format_number
from quiz_app.web.forms import choices
from quiz_app.web.guard import current_actor, reading, requires, work
from quiz_app.web.paging import USUAL_SIZE, Page, page_number

bp = Blueprint("members_slips", __name__, url_prefix="/phieu", template_folder="templates")

AS_FILE, BELOW = "pdf", "cap-duoi"


@bp.get("/")
@requires(Permission.SLIPS_READ)
def index() -> ResponseReturnValue:
    """The units for which the actor prints; who has but one is led to it."""
    with reading() as r:
        scope = units_policy.covered_units(r.actor, *slips.ISSUERS)
        found = units_queries.units(r.session, scope)
        if len(found) == 1:
            return redirect(url_for(".unit", unit_id=found[0].id))
        counts = slips.counts(r.session, scope, r.now)
        rows = [(unit, *counts[unit.id]) for unit in found if unit.id in counts]
        number = max(1, min(page_number(request.args), -(-len(rows) // USUAL_SIZE)))
        shown = rows[(number - 1) * USUAL_SIZE : number * USUAL_SIZE]
        return render_template(
            "members/slip_units.html",
            tops=[unit for unit in found if unit.depth == 0] if pdf.why_not() is None else (),
            page=Page(shown, number, USUAL_SIZE, len(rows)),
            sets_ways=policy.sets_ways(r.actor, units_queries.root_ids(r.session)),
        )


@bp.get("/<int:unit_id>")
@requires(Permission.SLIPS_READ)
def unit(unit_id: int) -> ResponseReturnValue:
    return _unit_page(unit_id, PrintSlipsForm(formdata=None))


@bp.post("/<int:unit_id>")
@requires(Permission.SLIPS_ISSUE, fresh=True)
def print_unit(unit_id: int) -> ResponseReturnValue:
    """The slips on paper: an answer and no redirect, since what stands on them is nowhere else.

    Many of them as a file, and those of the units below, are printed by the worker.
    """
    form = PrintSlipsForm()
    if not form.validate():
        return _unit_page(unit_id, form), 422
    which, with_below = Which(form.which.data), request.form.get("dang") == BELOW
    try:
        with reading() as r:
            sheet = None if with_below else slips.draw_for_unit(r, unit_id, which)
            is_file = request.form.get("dang") == AS_FILE and len(sheet.slips if sheet else ()) > slip_jobs.DIRECT
            if sheet is not None and not (is_file and pdf.why_not() is None):
                return _printed(sheet)
        with work() as w:
            job = slip_jobs.ask(w, unit_id, which, _settings().data_dir, with_below=with_below)
    except (NobodyToPrint, TooManySlips) as refused:
        return _unit_page(unit_id, form, refused), refused.status
    return redirect(url_for(".print_job", job_id=job.id))


@bp.get("/lan-in/<int:job_id>")
@requires(Permission.SLIPS_READ)
def print_job(job_id: int) -> ResponseReturnValue:
    """How far a print is, then its file."""
    with reading() as r:
        job = slip_jobs.one(r, job_id)
        return render_template(
            "members/slip_job.html",
            job=job,
            unit=units_queries.unit(r.session, int(job.payload["unit_id"])),
            is_under_way=job.state in slip_jobs.UNDER_WAY,
            has_file=slip_jobs.file_of(job) is not None,
            has_worker=jobs.last_sign_of_life(r.session) is not None,
            message=_message(job),
            hours=int(slip_jobs.KEPT_FOR.total_seconds() // 3600),
        )


@bp.get("/lan-in/<int:job_id>.json")
@requires(Permission.SLIPS_READ)
def print_progress(job_id: int) -> ResponseReturnValue:
    with reading() as r:
        job = slip_jobs.one(r, job_id)
    is_under_way = job.state in slip_jobs.UNDER_WAY
    return jsonify(
        done=job.done,
        total=job.total,
        state=JobState.RUNNING.value if is_under_way else JobState.DONE.value,
        message=_message(job),
        url=None if is_under_way else url_for(".print_job", job_id=job_id),
    )


@bp.get("/lan-in/<int:job_id>/tep")
@requires(Permission.SLIPS_ISSUE, fresh=True)
def print_file(job_id: int) -> ResponseReturnValue:
    """What was printed, for who asked for it, while it is kept; written down before it is handed out."""
    with work() as w:
        job = slip_jobs.one(w, job_id)
        unit = units_queries.unit(w.session, int(job.payload["unit_id"]))
        path = slip_jobs.file_of(job)
        if path is None or job.result is None:
            raise Missing
        w.record(Action.SLIPS_FILE_TAKEN, f"unit:{unit.id}", count=job.result["count"])
    return send_file(path, as_attachment=True, download_name=f"phieu-{unit.code.lower()}{path.suffix}", max_age=0)


@bp.post("/nguoi/<int:member_id>")
@requires(Permission.SLIPS_ISSUE, fresh=True)
def print_member(member_id: int) -> ResponseReturnValue:
    """A slip for one member, who may have lost his secret."""
    with reading() as r:
        sheet = slips.draw_for_member(r, member_id)
        return _printed(sheet)


def _printed(sheet: Sheet) -> ResponseReturnValue:
    """The page comes first, the slips count after it: no slip is alive whose paper could not be made."""
    settings = _settings()
    page = slip_paper.page(sheet, settings.public_url, current_actor().name)
    made = pdf.of_page(page) if request.form.get("dang") == AS_FILE and pdf.why_not() is None else None
    with work() as w:
        slips.keep(w, sheet, settings.secret_key)
    if made is None:
        return page
    name = f"phieu-{sheet.unit.code.lower()}-{sheet.issued_at:%Y%m%d}.pdf"
    return send_file(io.BytesIO(made), mimetype=pdf.MIME_TYPE, as_attachment=True, download_name=name)


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def _message(job: Job) -> str:
    if job.state == JobState.QUEUED.value:
        return "Đang chờ đến lượt."
    return f"Đã in {format_number(job.done)}/{format_number(job.total)} phiếu."


def _unit_page(unit_id: int, form: PrintSlipsForm, refused: Refused | None = None) -> str:
    with reading() as r:
        found = slips.lines(r, unit_id)
        by_state = {state: sum(line.state is state for line in found) for state in State}
        without = by_state[State.NO_SLIP]
        outside = without + by_state[State.HAS_SLIP]
        printed = by_state[State.HAS_SLIP]
        form.which.choices = choices(
            [
                (Which.WITHOUT.value, f"{without} đồng chí chưa có phiếu"),
                (
                    Which.OUTSIDE.value,
                    f"Cả {outside} đồng chí chưa vào được; {printed} phiếu in trước đây hết hiệu lực",
                ),
            ]
        )
        if form.which.data is None:
            form.which.data = Which.WITHOUT.value if without else Which.OUTSIDE.value
        if refused is not None:
            form.form_errors.append(words_for(refused))
        return render_template(
            "members/slip_unit.html",
            unit=units_queries.unit(r.session, unit_id),
            form=form,
            lines=found,
            by_state=by_state,
            states=labels.SLIP_STATES,
            State=State,
            is_anybody_outside=outside > 0,
            makes_pdf=pdf.why_not() is None,
            below=_below(r, unit_id),
            last_print=slip_jobs.latest(r, unit_id),
        )


def _below(r: Reading, unit_id: int) -> dict[str, int] | None:
    """How many units below this one the actor prints for, and how many people wait in all of them."""
    scope = slips.covered(r.actor, unit_id, with_below=True)
    units = _count(r, scope.where(Unit.id != unit_id, Unit.closed_at.is_(None)))
    if not units or pdf.why_not() is not None:
        return None
    waiting = {which.value: _count(r, slips.waiting(scope, which, r.now)) for which in Which}
    return {"units": units, **waiting}


def _count(r: Reading, found: Select[Any]) -> int:
    return r.session.scalar(select(func.count()).select_from(found.order_by(None).subquery())) or 0
