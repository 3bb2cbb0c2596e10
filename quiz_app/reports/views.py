"""Reports: the list, a new one, its page with figures and files, editing, approval, and what a unit sets for them."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from quiz_app.kernel import jobs
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.jobs import Job, JobState
from quiz_app.kernel.settings import Settings
from quiz_app.kernel.work import Reading
from quiz_app.reports import (
    composing,
    content,
    counting,
    drawing,
    labels,
    making,
    naming,
    queries,
    said,
    services,
    texts,
)
from quiz_app.reports.content import Content
from quiz_app.reports.counting import Asked
from quiz_app.reports.errors import ReportChanged
from quiz_app.reports.forms import NewForm, ReportForm, SeenForm, SettingForm, list_filter
from quiz_app.reports.models import Kind, Report, State
from quiz_app.reports.policy import Permission
from quiz_app.units import queries as units
from quiz_app.units.models import Unit
from quiz_app.web import pdf
from quiz_app.web.guard import reading, requires, work
from quiz_app.web.paging import USUAL_SIZE, Page, page_number

bp = Blueprint("reports", __name__, url_prefix="/bao-cao", template_folder="templates")

UNPROCESSABLE = 422
UNITS_FOUND = 20
LONGEST_SEARCH = 80


@bp.get("/")
@requires(Permission.REPORTS_READ)
def index() -> ResponseReturnValue:
    words = request.args.get("tim", "").strip()[:LONGEST_SEARCH]
    slug = request.args.get("trang_thai", "")
    state = labels.STATE_SLUGS.get(slug)
    with reading() as r:
        total = queries.count(r, state, words)
        number = max(1, min(page_number(request.args), -(-total // USUAL_SIZE)))
        rows = queries.listed(r, state, words, limit=USUAL_SIZE, offset=(number - 1) * USUAL_SIZE)
        return render_template(
            "reports/index.html",
            page=Page(rows, number, USUAL_SIZE, total),
            form=list_filter(words, slug if state else ""),
            is_filtered=bool(words or state),
            units=queries.writing_units(r),
            labels=labels,
        )


@bp.get("/don-vi")
@requires(Permission.REPORTS_READ)
def choose_unit() -> ResponseReturnValue:
    """Another unit below, found by its name."""
    words = request.args.get("q", "").strip()[:LONGEST_SEARCH]
    with reading() as r:
        found = queries.found_units(r, words, UNITS_FOUND) if words else queries.writing_units(r)
        return render_template("reports/units.html", units=found, words=words, most=UNITS_FOUND)


@bp.route("/don-vi/<int:unit_id>/moi", methods=["GET", "POST"])
@requires(Permission.REPORTS_WRITE)
def new(unit_id: int) -> ResponseReturnValue:
    with reading() as r:
        unit = units.covered_unit(r.session, r.actor, unit_id)
        rounds = queries.ended_rounds(r, unit_id)
        today = queries.today(r)
    form = NewForm() if request.method == "POST" else NewForm(formdata=None, starts_on=today.replace(month=1, day=1))
    if request.method == "GET":
        form.ends_on.data = today
    form.offer(rounds)
    if form.validate_on_submit():
        try:
            with work() as w:
                report = services.create(w, form.chosen, _asked(unit_id, form))
            return redirect(url_for(".report", report_id=report.id))
        except BadInput as refused:
            form.show(refused)
    status = UNPROCESSABLE if form.errors else 200
    return render_template("reports/new.html", form=form, unit=unit, has_rounds=bool(rounds)), status


@bp.get("/<int:report_id>")
@requires(Permission.REPORTS_READ)
def report(report_id: int) -> ResponseReturnValue:
    """How it stands: its figures, what to do next, and the files of what was approved."""
    with reading() as r:
        found = queries.one(r, report_id)
        job = queries.job_of(r.session, found)
        kept = _content(found)
        editions = queries.editions(r.session, report_id)
        latest_job = queries.job_of(r.session, editions[0]) if editions else None
        return render_template(
            "reports/report.html",
            report=found,
            unit=units.unit(r.session, found.unit_id),
            words=texts.from_json(found.texts),
            job=job,
            is_counting=_is_under_way(job),
            is_making=_is_under_way(latest_job),
            files_job=latest_job,
            has_worker=jobs.last_sign_of_life(r.session) is not None,
            kept=kept,
            said=said,
            key_figures=[] if kept is None else said.key_figures(kept.figures),
            sources=[] if kept is None else said.sources(kept),
            is_long=kept is not None and len(kept.figures.units) > making.PDF_LINES,
            editions=[(one, _files(one)) for one in editions],
            why_no_pdf=pdf.why_not(),
            labels=labels,
            State=State,
        )


@bp.get("/<int:report_id>.json")
@requires(Permission.REPORTS_READ)
def progress(report_id: int) -> ResponseReturnValue:
    """How far the figures or the files are: what the bar asks for."""
    with reading() as r:
        found = queries.one(r, report_id)
        editions = queries.editions(r.session, report_id)
        both = [queries.job_of(r.session, found), *(queries.job_of(r.session, one) for one in editions[:1])]
    job = next((one for one in both if _is_under_way(one)), None)
    if job is None:
        return jsonify(
            done=1, total=1, state=JobState.DONE.value, message="", url=url_for(".report", report_id=found.id)
        )
    return jsonify(done=job.done, total=job.total, state=JobState.RUNNING.value, message=_message(job), url=None)


@bp.get("/<int:report_id>/xem")
@requires(Permission.REPORTS_READ)
def preview(report_id: int) -> ResponseReturnValue:
    """The document as it would be handed in."""
    with reading() as r:
        kept = _content(queries.one(r, report_id))
    if kept is None:
        raise Missing
    back = url_for(".report", report_id=report_id)
    return drawing.page(composing.composed(kept, most_lines=making.PDF_LINES), back)


@bp.route("/<int:report_id>/sua", methods=["GET", "POST"])
@requires(Permission.REPORTS_WRITE)
def edit(report_id: int) -> ResponseReturnValue:
    with reading() as r:
        found = queries.one(r, report_id)
        kept, named = _content(found), naming.from_json(found.named)
    if found.state != State.DRAFT.value:
        return redirect(url_for(".report", report_id=report_id))
    form = ReportForm() if request.method == "POST" else ReportForm.of(found, texts.from_json(found.texts), named)
    form.offer(None if kept is None else kept.figures, named)
    if form.validate_on_submit() and _save(report_id, form, named):
        flash("Đã lưu dự thảo.", "success")
        return redirect(url_for(".report", report_id=report_id))
    status = UNPROCESSABLE if form.errors else 200
    return render_template("reports/edit.html", form=form, report=found, named=named, said=said), status


@bp.post("/<int:report_id>/tinh-lai")
@requires(Permission.REPORTS_WRITE)
def recount(report_id: int) -> ResponseReturnValue:
    with work() as w:
        services.recount(w, report_id)
    return redirect(url_for(".report", report_id=report_id))


@bp.route("/<int:report_id>/duyet", methods=["GET", "POST"])
@requires(Permission.REPORTS_APPROVE)
def approve(report_id: int) -> ResponseReturnValue:
    """Approved it stands still, and its files are made."""
    if request.method == "POST":
        form = SeenForm()
        with work() as w:
            services.approve(w, report_id, form.looked_at)
        flash("Đã phê duyệt. Hệ thống đang làm các tệp.", "success")
        return redirect(url_for(".report", report_id=report_id))
    with reading() as r:
        found = queries.one(r, report_id)
        kept = _content(found)
        if kept is None or found.state != State.DRAFT.value:
            return redirect(url_for(".report", report_id=report_id))
        return render_template("reports/approve.html", report=found, kept=kept, said=said)


@bp.post("/<int:report_id>/mo-lai")
@requires(Permission.REPORTS_APPROVE)
def reopen(report_id: int) -> ResponseReturnValue:
    with work() as w:
        services.reopen(w, report_id, SeenForm().looked_at)
    flash("Đã mở lại để sửa. Các tệp đã làm vẫn còn ở dưới.", "success")
    return redirect(url_for(".report", report_id=report_id))


@bp.route("/<int:report_id>/xoa", methods=["GET", "POST"])
@requires(Permission.REPORTS_WRITE)
def discard(report_id: int) -> ResponseReturnValue:
    """Asked first; a report that was ever approved stays."""
    if request.method == "POST":
        with work() as w:
            services.discard(w, report_id, SeenForm().looked_at)
        flash("Đã xóa dự thảo.", "success")
        return redirect(url_for(".index"))
    with reading() as r:
        found = queries.one(r, report_id)
        if found.state != State.DRAFT.value or queries.editions(r.session, report_id):
            return redirect(url_for(".report", report_id=report_id))
        return render_template("reports/discard.html", report=found)


@bp.post("/ban/<int:edition_id>/lam-lai")
@requires(Permission.REPORTS_WRITE)
def make_again(edition_id: int) -> ResponseReturnValue:
    with work() as w:
        report_id = queries.edition(w, edition_id).report_id
        services.make_again(w, edition_id)
    return redirect(url_for(".report", report_id=report_id))


@bp.get("/ban/<int:edition_id>/tep/<any(docx,xlsx,pdf):ending>")
@requires(Permission.REPORTS_READ)
def file(edition_id: int, ending: str) -> ResponseReturnValue:
    with reading() as r:
        edition = queries.edition(r, edition_id)
    path = making.file_of(_data_dir(), edition, ending)
    if path is None:
        raise Missing
    name = f"bao-cao-{edition.report_id}-ban-{edition.number}.{ending}"
    return send_file(path, mimetype=making.MIME_TYPES[ending], as_attachment=True, download_name=name, max_age=0)


@bp.route("/don-vi/<int:unit_id>/quy-tac", methods=["GET", "POST"])
@requires(Permission.REPORTS_WRITE)
def setting(unit_id: int) -> ResponseReturnValue:
    """The unit's term, and its rule for whom to praise."""
    with reading() as r:
        unit = units.covered_unit(r.session, r.actor, unit_id)
        form = SettingForm() if request.method == "POST" else SettingForm.of(_setting(r, unit))
        has_below = bool(units.children(r.session, unit_id))
    if form.validate_on_submit():
        with work() as w:
            services.set_up(w, unit_id, form.first_day, form.to_rule())
        flash("Đã lưu. Số liệu tính từ nay theo tiêu chí này.", "success")
        return redirect(url_for(".index"))
    status = UNPROCESSABLE if form.errors else 200
    return render_template("reports/setting.html", form=form, unit=unit, has_below=has_below), status


def _setting(r: Reading, unit: Unit) -> Any:
    return queries.setting(r.session, unit.id, queries.today(r))


def _asked(unit_id: int, form: NewForm) -> Asked:
    """What the form asks for; a round brings its own days. Raises BadInput where days are missing."""
    if form.chosen is Kind.ROUND:
        return Asked(unit_id, counting.NO_DAY, counting.NO_DAY, form.round)
    days: list[date | None] = [form.starts_on.data, form.ends_on.data]
    first, last = days
    if first is None or last is None:
        raise BadInput({"starts_on" if first is None else "ends_on": [labels.NO_PERIOD]})
    return Asked(unit_id, first, last)


def _save(report_id: int, form: ReportForm, named: naming.Named) -> bool:
    dated_on = form.dated_on.data
    if dated_on is None:
        raise RuntimeError("the form was not validated")
    try:
        with work() as w:
            services.save(
                w,
                report_id,
                form.looked_at,
                number=form.number.data,
                dated_on=dated_on,
                words=form.to_texts(),
                named=form.to_named(named.rule),
            )
    except BadInput as refused:
        form.show(refused)
        return False
    except ReportChanged:
        with reading() as r:
            form.show_changed(queries.one(r, report_id).revision)
        return False
    return True


def _content(found: Report) -> Content | None:
    if found.figures is None:
        return None
    return content.from_json(services.content_of(found), is_draft=found.state == State.DRAFT.value)


def _files(edition: Any) -> list[str]:
    return [ending for ending in labels.FORMATS if making.file_of(_data_dir(), edition, ending) is not None]


def _is_under_way(job: Job | None) -> bool:
    return job is not None and job.state in queries.UNDER_WAY


def _message(job: Job) -> str:
    if job.state == JobState.QUEUED.value:
        return "Đang chờ đến lượt."
    return f"Đã xong {job.done}/{job.total} bước."


def _data_dir() -> Any:
    settings: Settings = current_app.extensions["settings"]
    return settings.data_dir
