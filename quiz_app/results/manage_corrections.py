"""The organisers' pages of corrections: the list, what one would change, letting it happen or go, sitting again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.attempts import correcting, predicting
from quiz_app.attempts.errors import CorrectionSettled
from quiz_app.attempts.models import Attempt, Correction, CorrectionKind, CorrectionState
from quiz_app.catalogue import queries as catalogue
from quiz_app.contests import queries as contests
from quiz_app.contests.models import Round
from quiz_app.contests.policy import Permission
from quiz_app.contests.start_forms import instant, local
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.jobs import Job, JobState, perform
from quiz_app.kernel.work import Reading
from quiz_app.members.models import Member
from quiz_app.results import correction_forecast, corrections
from quiz_app.results import correction_labels as labels
from quiz_app.results.correction_forms import RerunForm, SearchForm, SureForm
from quiz_app.results.labels import class_words
from quiz_app.web.guard import reading, requires, work
from quiz_app.web.paging import USUAL_SIZE, Page, page_number, paginate, slice_page

bp = Blueprint("results_corrections", __name__, url_prefix="/to-chuc", template_folder="templates")

UNPROCESSABLE = 422
UNDER_WAY = {JobState.QUEUED.value, JobState.RUNNING.value}
DECIDED = {CorrectionState.APPLYING.value, CorrectionState.APPLIED.value}
A_DAY = timedelta(days=1)


@bp.get("/dot/<int:round_id>/sua-ket-qua")
@requires(Permission.CONTEST_READ)
def listing(round_id: int) -> ResponseReturnValue:
    """Every correction of a round, the latest first, and the ways to propose another."""
    with reading() as r:
        round_ = contests.managed_round(r, round_id)
        if round_.published_at is None:
            raise Missing
        page = slice_page(correcting.corrections(r.session, round_id), page_number(request.args))
        return render_template(
            "results/corrections.html", round=round_, page=page, people=_people(r, page.rows), labels=labels
        )


@bp.get("/sua-ket-qua/<int:correction_id>")
@requires(Permission.CONTEST_READ)
def correction(correction_id: int) -> ResponseReturnValue:
    """What a correction is, why and by whom; who is affected; who would gain or lose a prize."""
    with reading() as r:
        found, round_ = correcting.managed(r, correction_id)
        forecast_job, apply_job = _jobs(r, found)
        forecast = _forecast(forecast_job)
        page = slice_page(corrections.prize_moves(r.session, forecast) if forecast else [], page_number(request.args))
        return render_template(
            "results/correction.html",
            forecast=forecast,
            forecast_job=forecast_job,
            apply_job=apply_job,
            prizes=page,
            wider=corrections.wider(r.session, forecast) if forecast else [],
            is_under_way=_is_under_way(forecast_job) or _is_under_way(apply_job),
            is_outdated=forecast is not None
            and found.state == CorrectionState.PROPOSED.value
            and corrections.is_outdated(r.session, round_, forecast),
            truth=_truth(round_, forecast),
            done=corrections.people_changed(r.session, found.id) if found.state in DECIDED else None,
            rerun=None if found.rerun_round_id is None else r.session.get_one(Round, found.rerun_round_id),
            **_about(r, found, round_),
        )


@bp.get("/sua-ket-qua/<int:correction_id>/tien-do.json")
@requires(Permission.CONTEST_READ)
def progress(correction_id: int) -> ResponseReturnValue:
    """How far the forecast or the applying is: what the bar asks for."""
    with reading() as r:
        found, _ = correcting.managed(r, correction_id)
        forecast_job, apply_job = _jobs(r, found)
        job = apply_job or forecast_job
        if job is None:
            raise Missing
        return jsonify(
            done=job.done,
            total=job.total,
            state=JobState.RUNNING.value if _is_under_way(job) else job.state,
            message=labels.apply_message(job) if job is apply_job else labels.forecast_message(job),
            url=None if _is_under_way(job) else url_for(".correction", correction_id=correction_id),
        )


@bp.post("/sua-ket-qua/<int:correction_id>/tinh-thu")
@requires(Permission.CONTEST_MANAGE)
def forecast(correction_id: int) -> ResponseReturnValue:
    """Forecast anew: at once where it is quick, by the worker where it is not."""
    with work() as w:
        found, _ = correcting.managed(w, correction_id)
        if found.state != CorrectionState.PROPOSED.value:
            raise CorrectionSettled
        key = corrections.ask_forecast(w, correction_id).key
        is_quick = corrections.is_quick(w.session, found.round_id)
    forecast_now(key, is_quick=is_quick)
    return redirect(url_for(".correction", correction_id=correction_id))


@bp.get("/sua-ket-qua/<int:correction_id>/luot-thi")
@requires(Permission.CONTEST_READ)
def attempts(correction_id: int) -> ResponseReturnValue:
    """The points of each attempt before and after: those that change first of all, or who is searched for."""
    form = SearchForm(request.args)
    with reading() as r:
        found, round_ = correcting.managed(r, correction_id)
        kept = _forecast(_jobs(r, found)[0])
        search = (form.tim.data or "") if form.validate() else ""
        number = page_number(request.args)
        if kept is None or search or "tat-ca" in request.args or found.state in DECIDED:
            listed = paginate(r.session, corrections.concerned(r, found, search), number)
            page = Page([one.id for one in listed.rows], listed.number, listed.size, listed.total)
        else:
            page = slice_page(correction_forecast.changed_kept(kept["changed"]), number)
        rows = corrections.lines(r.session, found, list(page.rows), kept)
        return render_template(
            "results/correction_attempts.html",
            page=Page(rows, page.number, page.size, page.total),
            form=form,
            is_only_changed=kept is not None and found.state not in DECIDED and "tat-ca" not in request.args,
            is_searched=bool(search),
            forecast=kept,
            **_about(r, found, round_),
        )


@bp.get("/sua-ket-qua/<int:correction_id>/thu-hang")
@requires(Permission.CONTEST_READ)
def places(correction_id: int) -> ResponseReturnValue:
    """Everybody whose place changes, those too whose own points stay."""
    with reading() as r:
        found, round_ = correcting.managed(r, correction_id)
        kept = _required(_jobs(r, found)[0])
        total = kept["moved"]
        number = max(1, min(page_number(request.args), -(-total // USUAL_SIZE)))
        rows = corrections.moved(r.session, kept, (number - 1) * USUAL_SIZE, USUAL_SIZE)
        page = Page(rows, number, USUAL_SIZE, total)
        about = _about(r, found, round_)
        return render_template("results/correction_places.html", page=page, forecast=kept, **about)


@bp.get("/sua-ket-qua/<int:correction_id>/don-vi")
@requires(Permission.CONTEST_READ)
def units(correction_id: int) -> ResponseReturnValue:
    """The units whose mean of counted scores moves."""
    with reading() as r:
        found, round_ = correcting.managed(r, correction_id)
        kept = _required(_jobs(r, found)[0])
        listed = slice_page(kept["units"], page_number(request.args))
        page = Page(corrections.unit_moves(r.session, listed.rows), listed.number, listed.size, listed.total)
        about = _about(r, found, round_)
        wider = [one for one in corrections.wider(r.session, kept) if one.units] if page.number == 1 else []
        about |= {"forecast": kept, "wider": wider, "class_words": class_words}
        return render_template("results/correction_units.html", page=page, **about)


@bp.route("/sua-ket-qua/<int:correction_id>/duyet", methods=["GET", "POST"])
@requires(Permission.CONTEST_MANAGE, fresh=True)
def decide(correction_id: int) -> ResponseReturnValue:
    """Asked first, of another person than who proposed it, once he can see what it does."""
    form = SureForm()
    with reading() as r:
        found, round_ = correcting.managed(r, correction_id)
        forecast_job, _ = _jobs(r, found)
        kept = _forecast(forecast_job)
        if kept is None and found.state == CorrectionState.PROPOSED.value:
            flash(labels.FORECAST_FIRST, "warning")
            return redirect(url_for(".correction", correction_id=correction_id))
        if not form.validate_on_submit():
            is_outdated = kept is not None and corrections.is_outdated(r.session, round_, kept)
            wider = corrections.wider(r.session, kept) if kept else []
            about = {**_about(r, found, round_), "forecast": kept, "wider": wider, "is_outdated": is_outdated}
            return render_template("results/correction_decide.html", **about)
    with work() as w:
        corrections.decide(w, correction_id)
    flash("Đã duyệt. Hệ thống đang chấm lại các lượt thi liên quan.", "success")
    return redirect(url_for(".correction", correction_id=correction_id))


@bp.route("/sua-ket-qua/<int:correction_id>/bo", methods=["GET", "POST"])
@requires(Permission.CONTEST_MANAGE)
def cancel(correction_id: int) -> ResponseReturnValue:
    form = SureForm()
    if form.validate_on_submit():
        with work() as w:
            correcting.cancel(w, correction_id)
        flash("Đã bỏ đề nghị này. Kết quả không thay đổi.", "success")
        return redirect(url_for(".correction", correction_id=correction_id))
    with reading() as r:
        found, round_ = correcting.managed(r, correction_id)
        return render_template("results/correction_cancel.html", **_about(r, found, round_))


@bp.post("/sua-ket-qua/<int:correction_id>/lam-tiep")
@requires(Permission.CONTEST_MANAGE)
def resume(correction_id: int) -> ResponseReturnValue:
    """Take up what failed: it goes on behind what it has changed."""
    with work() as w:
        is_taken_up = corrections.resume(w, correction_id)
    if is_taken_up:
        flash("Đã cho làm tiếp.", "success")
    return redirect(url_for(".correction", correction_id=correction_id))


@bp.route("/sua-ket-qua/<int:correction_id>/thi-lai", methods=["GET", "POST"])
@requires(Permission.CONTEST_MANAGE)
def rerun(correction_id: int) -> ResponseReturnValue:
    """A draft in which a void window may be sat again."""
    form = RerunForm()
    with reading() as r:
        found, round_ = correcting.managed(r, correction_id)
        if found.kind != CorrectionKind.WINDOW.value or found.state not in DECIDED:
            raise Missing
        if request.method == "GET" and found.window_from is not None and found.window_until is not None:
            form.title.data = f"{round_.title} (thi lại)"
            form.opens_at.data = local(r.now + A_DAY)
            form.closes_at.data = local(r.now + A_DAY + (found.window_until - found.window_from))
        about = _about(r, found, round_)
    if form.validate_on_submit():
        try:
            with work() as w:
                copy = corrections.rerun(
                    w,
                    correction_id,
                    title=form.title.data or "",
                    opens_at=instant(form.opens_at.data),
                    closes_at=instant(form.closes_at.data),
                    notice=form.notice.data or "",
                )
            flash(f"Đã lập bản nháp “{copy.title}”. Mời đồng chí xem đơn vị được dự thi rồi mở đợt.", "success")
            return redirect(url_for("contests_manage.round_", round_id=copy.id))
        except BadInput as refused:
            form.show(refused)
    return render_template("results/correction_rerun.html", form=form, **about), UNPROCESSABLE if form.errors else 200


def forecast_now(key: str, *, is_quick: bool) -> None:
    """Make a forecast that was asked for while the person waits; one that is not quick is left to the worker."""
    if is_quick:
        perform(current_app.extensions["database"], correction_forecast.JOBS, key)


def _about(r: Reading, found: Correction, round_: Round) -> dict[str, Any]:
    """What every page of a correction shows of it. Nobody sees whether an option is the key, but of the new one."""
    version_id = found.item_version_id
    item = None if version_id is None else catalogue.paper_items(r.session, [version_id])[version_id]
    attempt = None if found.attempt_id is None else r.session.get_one(Attempt, found.attempt_id)
    people = _people(r, [found], also=[] if attempt is None else [attempt.member_id])
    return {
        "correction": found,
        "round": round_,
        "item": item,
        "attempt": attempt,
        "people": people,
        "is_own": found.created_by is not None and found.created_by == r.actor.member_id,
        "labels": labels,
        "title": labels.title(found),
    }


def _people(r: Reading, rows: list[Correction] | Any, also: list[int] | None = None) -> dict[int, str]:
    """The names of authors and deciders, by member."""
    ids = {one for row in rows for one in (row.created_by, row.decided_by) if one is not None} | set(also or [])
    return {id_: r.session.get_one(Member, id_).full_name for id_ in ids}


def _jobs(r: Reading, found: Correction) -> tuple[Job | None, Job | None]:
    return corrections.forecast_job(r.session, found.id), corrections.apply_job(r.session, found.id)


def _forecast(job: Job | None) -> dict[str, Any] | None:
    return job.result if job is not None and corrections.is_done(job) else None


def _required(job: Job | None) -> dict[str, Any]:
    kept = _forecast(job)
    if kept is None:
        raise Missing
    return kept


def _is_under_way(job: Job | None) -> bool:
    return job is not None and job.state in UNDER_WAY


def _truth(round_: Round, kept: dict[str, Any] | None) -> tuple[str | None, str | None] | None:
    """What the prediction asked for before and after, in words, where it moves."""
    if kept is None or kept["truth"] is None:
        return None
    before, after = kept["truth"]
    return predicting.written(round_, before), predicting.written(round_, after)
