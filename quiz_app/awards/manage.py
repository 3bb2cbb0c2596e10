"""The organisers' pages of certificates: what they are handed out for, to whom, printing, revoking, making anew."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from quiz_app.awards import certificates, labels, occasions, paper, printing
from quiz_app.awards.certificates import Words
from quiz_app.awards.errors import NobodyEntitled
from quiz_app.awards.forms import OccasionForm, ReasonForm, WordsForm, key, read_key
from quiz_app.awards.models import Certificate, CertificateKind, CertificateSeries
from quiz_app.awards.occasions import Occasion
from quiz_app.awards.policy import Action, Permission
from quiz_app.kernel import jobs
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.jobs import Job, JobState
from quiz_app.kernel.settings import Settings
from quiz_app.kernel.work import Reading
from quiz_app.units import queries as units
from quiz_app.units.models import Unit
from quiz_app.web import pdf
from quiz_app.web.filters import format_number
from quiz_app.web.guard import reading, requires, work
from quiz_app.web.paging import page_number, paginate, slice_page

bp = Blueprint("awards_manage", __name__, url_prefix="/to-chuc/giay-chung-nhan", template_folder="templates")

UNPROCESSABLE = 422


@bp.get("/")
@requires(Permission.CERTIFICATES_READ)
def index() -> ResponseReturnValue:
    """What the actor hands out certificates for, and what else he may."""
    with reading() as r:
        query = (
            select(CertificateSeries).where(certificates.governed_series(r.actor)).order_by(CertificateSeries.id.desc())
        )
        page = paginate(r.session, query, page_number(request.args))
        form = OccasionForm(formdata=None)
        form.offer(occasions.offered(r))
        titles = {(one.subject, one.unit_id): one.title for one in occasions.offered(r, with_open=True)}
        return render_template(
            "awards/series_list.html",
            page=page,
            form=form,
            issued=_issued(r, [one.id for one in page.rows]),
            titles=titles,
            kinds=labels.KINDS,
            Kind=CertificateKind,
        )


@bp.get("/moi")
@requires(Permission.CERTIFICATES_READ)
def write() -> ResponseReturnValue:
    """The words of certificates that are not handed out yet."""
    with reading() as r:
        occasion = _asked(r)
        first = certificates.first_words(r, occasion)
    return _write_page(WordsForm(formdata=None, obj=first), occasion)


@bp.post("/moi")
@requires(Permission.CERTIFICATES_ISSUE)
def begin() -> ResponseReturnValue:
    form = WordsForm()
    with reading() as r:
        occasion = _asked(r)
    if not form.validate():
        return _write_page(form, occasion), UNPROCESSABLE
    with work() as w:
        series = certificates.open_series(w, occasion.subject, occasion.unit_id, form.words)
    flash("Đã mở cấp giấy chứng nhận. Ai đủ điều kiện tự nhận được ở trang Giấy chứng nhận của mình.", "success")
    return redirect(url_for(".series", series_id=series.id))


@bp.get("/<int:series_id>")
@requires(Permission.CERTIFICATES_READ)
def series(series_id: int) -> ResponseReturnValue:
    """The units with how many certificates each may have and has, and the last print."""
    with reading() as r:
        found = certificates.governed(r, series_id)
        counts = occasions.counts(r, found)
        issued = _issued_by_unit(r, series_id)
        named = r.session.scalars(
            select(Unit).where(Unit.id.in_({*counts, *issued})).order_by(Unit.sort_key, Unit.id)
        ).all()
        rows = [(unit, counts.get(unit.id, 0), issued.get(unit.id, 0)) for unit in named]
        return render_template(
            "awards/series.html",
            series=found,
            page=slice_page(rows, page_number(request.args)),
            total=sum(counts.values()),
            issued=sum(issued.values()),
            is_final=occasions.is_final(r, found),
            last_print=printing.latest(r, f"{printing.KIND}:{series_id}:"),
            kind=labels.KINDS[CertificateKind(found.kind)],
            no_pdf=pdf.why_not(),
        )


@bp.get("/<int:series_id>/loi")
@requires(Permission.CERTIFICATES_READ)
def edit(series_id: int) -> ResponseReturnValue:
    with reading() as r:
        found = certificates.governed(r, series_id)
    return _write_page(WordsForm(formdata=None, obj=Words.of(found)), found)


@bp.post("/<int:series_id>/loi")
@requires(Permission.CERTIFICATES_ISSUE)
def change(series_id: int) -> ResponseReturnValue:
    form = WordsForm()
    with reading() as r:
        found = certificates.governed(r, series_id)
    if not form.validate():
        return _write_page(form, found), UNPROCESSABLE
    with work() as w:
        certificates.change_words(w, series_id, form.words)
    flash("Đã lưu. Giấy cấp từ nay mang lời mới; giấy đã cấp không đổi.", "success")
    return redirect(url_for(".series", series_id=series_id))


@bp.post("/<int:series_id>/ngung")
@requires(Permission.CERTIFICATES_ISSUE)
def close(series_id: int) -> ResponseReturnValue:
    """Stop handing out, or go on with it."""
    is_closed = request.form.get("cap-tiep") is None
    with work() as w:
        certificates.set_closed(w, series_id, is_closed=is_closed)
    flash("Đã ngừng cấp. Giấy đã cấp vẫn có hiệu lực." if is_closed else "Đã cấp tiếp.", "success")
    return redirect(url_for(".series", series_id=series_id))


@bp.post("/<int:series_id>/in")
@requires(Permission.CERTIFICATES_ISSUE)
def print_all(series_id: int) -> ResponseReturnValue:
    """Certificates of every unit, by the worker."""
    with work() as w:
        job = printing.ask(w, series_id, None, _settings().data_dir)
    return redirect(url_for(".print_job", job_id=job.id))


@bp.get("/<int:series_id>/don-vi/<int:unit_id>")
@requires(Permission.CERTIFICATES_READ)
def unit(series_id: int, unit_id: int) -> ResponseReturnValue:
    """Who of a unit has a certificate, valid or revoked, and who may still get one."""
    with reading() as r:
        found = certificates.governed(r, series_id)
        kept = certificates.of_unit(r, series_id, unit_id)
        holders = occasions.entitled(r, found, unit_id=unit_id)
        had = {(one.member_id, one.merit) for one in kept}
        return render_template(
            "awards/series_unit.html",
            series=found,
            unit=units.unit(r.session, unit_id),
            kind=labels.KINDS[CertificateKind(found.kind)],
            page=slice_page(kept, page_number(request.args)),
            waiting=[one for one in holders if (one.member_id, one.merit) not in had],
            entitled={(one.member_id, one.merit) for one in holders},
            other_names=certificates.outdated_names(r, kept),
            number=labels.number,
            alive=sum(one.revoked_at is None for one in kept),
            no_pdf=pdf.why_not(),
        )


@bp.post("/<int:series_id>/don-vi/<int:unit_id>")
@requires(Permission.CERTIFICATES_ISSUE)
def print_unit(series_id: int, unit_id: int) -> ResponseReturnValue:
    """Hand out to a unit and print: a file by the worker, or the page to print where no file can be made."""
    if pdf.why_not() is None:
        with work() as w:
            job = printing.ask(w, series_id, unit_id, _settings().data_dir)
        return redirect(url_for(".print_job", job_id=job.id))
    with work() as w:
        if not certificates.issue(w, series_id, unit_id):
            raise NobodyEntitled
    return redirect(url_for(".unit_paper", series_id=series_id, unit_id=unit_id))


@bp.get("/<int:series_id>/don-vi/<int:unit_id>/in")
@requires(Permission.CERTIFICATES_READ)
def unit_paper(series_id: int, unit_id: int) -> ResponseReturnValue:
    """The certificates of a unit as one page to print."""
    with reading() as r:
        certificates.governed(r, series_id)
        alive = [one for one in certificates.of_unit(r, series_id, unit_id) if one.revoked_at is None]
    if not alive:
        raise Missing
    back = url_for(".unit", series_id=series_id, unit_id=unit_id)
    return paper.page(alive, _settings().public_url, back, no_pdf=pdf.why_not())


@bp.get("/lan-in/<int:job_id>")
@requires(Permission.CERTIFICATES_READ)
def print_job(job_id: int) -> ResponseReturnValue:
    """How far a print is, then its file."""
    with reading() as r:
        job = printing.one(r, job_id)
        found = certificates.governed(r, int(job.payload["series_id"]))
        return render_template(
            "awards/print_job.html",
            job=job,
            series=found,
            kind=labels.KINDS[CertificateKind(found.kind)],
            is_under_way=job.state in printing.UNDER_WAY,
            has_file=printing.file_of(job) is not None,
            has_worker=jobs.last_sign_of_life(r.session) is not None,
            message=_message(job),
            hours=int(printing.KEPT_FOR.total_seconds() // 3600),
        )


@bp.get("/lan-in/<int:job_id>.json")
@requires(Permission.CERTIFICATES_READ)
def print_progress(job_id: int) -> ResponseReturnValue:
    with reading() as r:
        job = printing.one(r, job_id)
    is_under_way = job.state in printing.UNDER_WAY
    return jsonify(
        done=job.done,
        total=job.total,
        state=JobState.RUNNING.value if is_under_way else JobState.DONE.value,
        message=_message(job),
        url=None if is_under_way else url_for(".print_job", job_id=job_id),
    )


@bp.get("/lan-in/<int:job_id>/tep")
@requires(Permission.CERTIFICATES_READ)
def print_file(job_id: int) -> ResponseReturnValue:
    """What was printed, for who asked for it, while it is kept; written down before it is handed out."""
    with work() as w:
        job = printing.one(w, job_id)
        path = printing.file_of(job)
        if path is None or job.result is None:
            raise Missing
        w.record(Action.FILE_TAKEN, f"certificate_series:{job.payload['series_id']}", count=job.result["count"])
    return send_file(path, as_attachment=True, download_name=path.name, max_age=0)


@bp.route("/giay/<int:certificate_id>/thu-hoi", methods=["GET", "POST"])
@requires(Permission.CERTIFICATES_ISSUE)
def revoke(certificate_id: int) -> ResponseReturnValue:
    """Asked first, with a reason."""
    return _with_reason(certificate_id, is_reissue=False)


@bp.route("/giay/<int:certificate_id>/cap-lai", methods=["GET", "POST"])
@requires(Permission.CERTIFICATES_ISSUE)
def reissue(certificate_id: int) -> ResponseReturnValue:
    """Asked first, with a reason."""
    return _with_reason(certificate_id, is_reissue=True)


def _with_reason(certificate_id: int, *, is_reissue: bool) -> ResponseReturnValue:
    form = ReasonForm()
    with reading() as r:
        found = certificates.one_governed(r, certificate_id)
        other_name = certificates.outdated_names(r, [found]).get(found.id)
    if form.validate_on_submit():
        act = certificates.reissue if is_reissue else certificates.revoke
        with work() as w:
            done = act(w, certificate_id, form.reason.data or "")
        flash(f"Đã cấp giấy mới số {labels.number(done)}." if is_reissue else "Đã thu hồi giấy.", "success")
        return redirect(url_for(".unit", series_id=found.series_id, unit_id=found.unit_id))
    page = render_template(
        "awards/reason.html",
        form=form,
        certificate=found,
        other_name=other_name,
        number=labels.number,
        is_reissue=is_reissue,
        action=request.path,
        back=url_for(".unit", series_id=found.series_id, unit_id=found.unit_id),
    )
    return page, UNPROCESSABLE if form.errors else 200


def _asked(r: Reading) -> Occasion:
    """The occasion that the address names. Raises Missing."""
    asked = read_key(request.args.get("cho", ""))
    if asked is None:
        raise Missing
    return occasions.occasion(r, *asked)


def _write_page(form: WordsForm, about: Occasion | CertificateSeries) -> str:
    is_new = isinstance(about, Occasion)
    if isinstance(about, Occasion):
        title, action, back = about.title, url_for(".begin", cho=key(about)), url_for(".index")
    else:
        title, action = about.body, url_for(".change", series_id=about.id)
        back = url_for(".series", series_id=about.id)
    return render_template("awards/words.html", form=form, title=title, is_new=is_new, action=action, back=back)


def _issued(r: Reading, series_ids: list[int]) -> dict[int, int]:
    """How many certificates of each series are alive."""
    query = select(Certificate.series_id, func.count()).where(
        Certificate.series_id.in_(series_ids), Certificate.revoked_at.is_(None)
    )
    return {row[0]: row[1] for row in r.session.execute(query.group_by(Certificate.series_id))}


def _issued_by_unit(r: Reading, series_id: int) -> dict[int, int]:
    query = select(Certificate.unit_id, func.count()).where(
        Certificate.series_id == series_id, Certificate.revoked_at.is_(None)
    )
    return {row[0]: row[1] for row in r.session.execute(query.group_by(Certificate.unit_id))}


def _message(job: Job) -> str:
    if job.state == JobState.QUEUED.value:
        return "Đang chờ đến lượt."
    return f"Đã in {format_number(job.done)}/{format_number(job.total)} giấy."


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
