"""The organisers' pages of final results: the steps, the table that is proposed, approving it, publishing it."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from quiz_app.contests.models import PrizeScope, Round
from quiz_app.contests.timing import longest_timing
from quiz_app.feedback import complaints
from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.jobs import JobState
from quiz_app.kernel.work import Reading
from quiz_app.members.models import Member
from quiz_app.results import (
    checklist,
    exports,
    flag_words,
    flagging,
    forms,
    labels,
    queries,
    subjects,
    table_jobs,
    tables,
)
from quiz_app.results.checklist import Standing
from quiz_app.results.models import FinalTable
from quiz_app.results.policy import Permission
from quiz_app.results.queries import Sight
from quiz_app.results.subjects import Subject
from quiz_app.results.views import frame, unit_parts
from quiz_app.rules import lots
from quiz_app.rules.finalising import Step, steps
from quiz_app.rules.timing import closes_finally_at
from quiz_app.rules.visibility import Thing
from quiz_app.web.filters import format_datetime
from quiz_app.web.guard import reading, requires, work
from quiz_app.web.paging import page_number
from quiz_app.web.spreadsheet import MIME_TYPE

bp = Blueprint("results_manage", __name__, url_prefix="/to-chuc", template_folder="templates")

UNPROCESSABLE = 422
PLACES = {
    Step.CLOSED: ("contests_manage.round_", "round_id"),
    Step.ATTEMPTS_ENDED: ("participation.desk", "dot"),
    Step.TRUTH_FIXED: ("attempts_truth.figures", "round_id"),
    Step.FLAGS_REVIEWED: ("results_flags.of_round", "round_id"),
    Step.COMPLAINTS_DECIDED: ("feedback_manage.received", "round_id"),
    Step.CORRECTIONS_SETTLED: ("results_corrections.listing", "round_id"),
}
"""Where each step is done: an endpoint, and what it calls the round."""


@bp.get("/chot/<string:kind>/<int:number>")
@requires(Permission.FINAL_READ)
def steps_page(kind: str, number: int) -> ResponseReturnValue:
    """What is done and what is next on the way to final results."""
    with reading() as r:
        subject = subjects.by_slug(r, kind, number)
        standing = checklist.standing(r, subject)
        is_round = subject.kind is PrizeScope.ROUND
        job = table_jobs.latest(r.session, subject)
        if table_jobs.is_overtaken(job, (standing.proposal, standing.published)):
            job = None
        if table_jobs.found_outdated(job):
            standing = replace(standing, is_proposal_current=False)
        if standing.has_moved and table_jobs.found_same(r, job, subject):
            standing = replace(standing, has_moved=False)
        return render_template(
            "results/steps.html",
            subject=subject,
            standing=standing,
            job=job,
            is_under_way=table_jobs.is_under_way(job),
            doing=labels.DOING,
            job_title=labels.job_title,
            job_message=labels.job_message,
            kind=labels.KINDS[subject.kind],
            steps=_steps(r, subject.last, standing) if is_round else [],
            may_search=is_round and _may_search(r, subject.last),
            rounds=[] if is_round else subject.rounds,
            blocked=checklist.blocking_step(r, subject),
            proposer=_name(r, None if standing.proposal is None else standing.proposal.proposed_by),
            approver=_name(r, None if standing.proposal is None else standing.proposal.approved_by),
            is_own=standing.proposal is not None and standing.proposal.proposed_by == r.actor.member_id,
            versions=queries.versions(r.session, subject.key),
            states=labels.STATES,
            commitment=lots.commitment(subject.last.lot_seed)
            if closes_finally_at(longest_timing(subject.last)) <= r.now
            else "",
        )


@bp.get("/chot/<string:kind>/<int:number>/tien-do.json")
@requires(Permission.FINAL_READ)
def progress(kind: str, number: int) -> ResponseReturnValue:
    """How far the worker is with a table: what the bar asks for."""
    with reading() as r:
        subject = subjects.by_slug(r, kind, number)
        job = table_jobs.latest(r.session, subject)
    is_under_way = table_jobs.is_under_way(job)
    return jsonify(
        done=job.done if job else 0,
        total=job.total if job else 0,
        state=JobState.RUNNING.value if is_under_way else JobState.DONE.value,  # the page tells what failed
        message=labels.job_message(job) if job else "",
        url=None if is_under_way else url_for(".steps_page", kind=kind, number=number),
    )


@bp.route("/chot/<string:kind>/<int:number>/lap", methods=["GET", "POST"])
@requires(Permission.FINAL_MANAGE)
def propose(kind: str, number: int) -> ResponseReturnValue:
    """Asked first; from the second version on with a reason."""
    form = forms.ProposeForm()
    with reading() as r:
        subject = subjects.by_slug(r, kind, number)
        published = checklist.latest(r.session, subject.key)
        blocked = checklist.blocking_step(r, subject)
        is_long = not tables.is_quick(r.session, subject)
    if form.validate_on_submit():
        try:
            with work() as w:
                table = table_jobs.propose(w, subject.kind, number, form.reason.data or "")
            return _done(table, subject, "Đã lập bảng kết quả. Mời một đồng chí khác trong Ban tổ chức duyệt.")
        except BadInput as refused:
            form.reason.errors = refused.errors["reason"]
    page = render_template(
        "results/propose.html",
        form=form,
        subject=subject,
        published=published,
        blocked=blocked,
        is_long=is_long,
        action=request.path,
    )
    return page, UNPROCESSABLE if form.errors else 200


@bp.get("/bang-ket-qua/<int:table_id>")
@requires(Permission.FINAL_READ)
def table(table_id: int) -> ResponseReturnValue:
    """A table with every name, before or after it is published."""
    with reading() as r:
        found, subject = queries.managed_table(r, table_id, Thing.WINNERS)
        sight = Sight(found, subject, sees_all=True)
        search = request.args.get("tim", "").strip()[: forms.LONGEST_SEARCH]
        return render_template(
            "results/table.html",
            winners=queries.winners(r, sight),
            page=queries.people_page(r, sight, search, page_number(request.args)),
            search=search,
            search_form=forms.SearchForm(formdata=None, meta=forms.IN_ADDRESS, tim=search),
            proposer=_name(r, found.proposed_by),
            approver=_name(r, found.approved_by),
            is_own=found.proposed_by == r.actor.member_id,
            **frame(r, found, subject, "ca-nhan"),
            **{**unit_parts(r, found, subject), "hidden": set()},
        )


@bp.route("/bang-ket-qua/<int:table_id>/duyet", methods=["GET", "POST"])
@requires(Permission.FINAL_MANAGE)
def approve(table_id: int) -> ResponseReturnValue:
    """Asked first, of another person than the one who proposed."""
    form = forms.SureForm()
    if form.validate_on_submit():
        with work() as w:
            found = table_jobs.approve(w, table_id, form.dau.data or "")
            _, subject = queries.managed_table(w, table_id)
        return _done(found, subject, "Đã duyệt bảng kết quả. Bước cuối: công bố.")
    with reading() as r:
        return render_template("results/approve.html", **_asked(r, table_id))


@bp.route("/bang-ket-qua/<int:table_id>/cong-bo", methods=["GET", "POST"])
@requires(Permission.FINAL_MANAGE)
def publish(table_id: int) -> ResponseReturnValue:
    """Asked first: what is published stays."""
    form = forms.SureForm()
    if form.validate_on_submit():
        with work() as w:
            found = table_jobs.publish(w, table_id, form.dau.data or "")
            kept, subject = queries.managed_table(w, table_id)
        return _done(found, subject, f"Đã công bố kết quả, phiên bản {kept.version}.")
    with reading() as r:
        return render_template("results/publish.html", **_asked(r, table_id))


@bp.post("/bang-ket-qua/<int:table_id>/xuat")
@requires(Permission.FINAL_MANAGE, fresh=True)
def export(table_id: int) -> ResponseReturnValue:
    """The table as a file, with every name; written down before it is handed out."""
    as_csv = request.form.get("loai") == "csv"
    with reading() as r:
        found, subject = queries.managed_table(r, table_id, Thing.EXPORT, Thing.WINNERS)
        made = exports.export(r, found, Sight(found, subject, sees_all=True), as_csv=as_csv)
        name = f"ket-qua-{subject.slug}-{subject.number}-phien-ban-{found.version}.{'csv' if as_csv else 'xlsx'}"
    with work() as w:
        exports.record_export(w, made)
    kind = "text/csv" if as_csv else MIME_TYPE
    return send_file(io.BytesIO(made.content), mimetype=kind, as_attachment=True, download_name=name)


def _done(table: FinalTable | None, subject: Subject, said: str) -> ResponseReturnValue:
    """On to the table that was made, approved or published; to where it is told how far the worker is, if it does."""
    if table is None:
        flash(labels.ASKED, "info")
        return redirect(url_for(".steps_page", kind=subject.slug, number=subject.number))
    flash(said, "success")
    return redirect(url_for(".table", table_id=table.id))


def _asked(r: Reading, table_id: int) -> dict[str, Any]:
    found, subject = queries.managed_table(r, table_id)
    return {
        "table": found,
        "subject": subject,
        "kind": labels.KINDS[subject.kind],
        "is_long": not tables.is_quick(r.session, subject),
        "action": request.path,
        "proposer": _name(r, found.proposed_by),
        "is_own": found.proposed_by == r.actor.member_id,
        "state": _state(found),
        "complaints_until": _complaints_until(r, subject),
    }


def _complaints_until(r: Reading, subject: Subject) -> datetime | None:
    """Until when complaints would still be taken of a round that is not final; None where none are."""
    if subject.kind is not PrizeScope.ROUND or subject.last.finalised_at is not None:
        return None
    until = complaints.taken_until(subject.last)
    return until if r.now < until else None


def _state(found: FinalTable) -> str:
    if found.published_at is not None:
        return "published"
    return "proposed" if found.approved_by is None else "approved"


def _name(r: Reading, member_id: int | None) -> str:
    return "" if member_id is None else r.session.get_one(Member, member_id).full_name


def _steps(r: Reading, round_: Round, standing: Standing) -> list[tuple[str, str, str, str]]:
    """Every step with its state, a count in words, and where it is done."""
    known = checklist.readiness(r, round_, standing)
    open_counts = {
        Step.ATTEMPTS_ENDED: (known.open_attempts, "lượt thi đang làm"),
        Step.FLAGS_REVIEWED: (known.flags_open, "dấu hiệu chưa xem xét"),
        Step.COMPLAINTS_DECIDED: (known.complaints_open, "khiếu nại chưa trả lời"),
        Step.CORRECTIONS_SETTLED: (known.corrections_open, "điều chỉnh chưa xong"),
    }
    found: list[tuple[str, str, str, str]] = []
    for step, state in steps(known).items():
        count, noun = open_counts.get(step, (0, ""))
        said = f"{count} {noun}" if count else ""
        if step is Step.CLOSED and not known.is_closed:
            said = "đợt thi còn mở"
        if step is Step.FLAGS_REVIEWED and known.is_closed and not known.is_searched:
            said = flag_words.not_searched(flagging.search(r, round_))
        if step is Step.COMPLAINTS_DECIDED and not count and (until := _complaints_until(r, standing.subject)):
            said = f"còn nhận khiếu nại đến {format_datetime(until)}"
        found.append((labels.STEP_TITLES[step], state.value, said, _where(step, round_)))
    return found


def _may_search(r: Reading, round_: Round) -> bool:
    """Whether looking for flags waits for somebody to ask: the background process may be down, or have failed."""
    search = flagging.search(r, round_)
    return search.may_begin or search.has_failed


def _where(step: Step, round_: Round) -> str:
    """Where a step is done; nothing where time alone does it or this page."""
    if step not in PLACES or (step is Step.TRUTH_FIXED and round_.prediction_kind is None):
        return ""
    endpoint, parameter = PLACES[step]
    return url_for(endpoint, **{parameter: round_.id})  # type: ignore[arg-type] # plain url values
