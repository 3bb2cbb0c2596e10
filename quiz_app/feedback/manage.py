"""The organisers' pages: the complaints of a round, the evidence about one, and the decision."""

from __future__ import annotations

import io

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from quiz_app.attempts import labels as attempt_labels
from quiz_app.contests import queries as contests
from quiz_app.feedback import complaints, evidence, exports, labels, policy
from quiz_app.feedback.complaints import Filter
from quiz_app.feedback.forms import DecisionForm, complaint_filter
from quiz_app.feedback.models import ComplaintState
from quiz_app.feedback.policy import Action, Permission
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.work import Work
from quiz_app.web import pdf
from quiz_app.web.guard import current_actor, reading, requires, work
from quiz_app.web.paging import USUAL_SIZE, Page, page_number
from quiz_app.web.spreadsheet import download

bp = Blueprint("feedback_manage", __name__, url_prefix="/to-chuc", template_folder="templates")

UNPROCESSABLE = 422


@bp.get("/dot/<int:round_id>/khieu-nai")
@requires(Permission.COMPLAINT_READ)
def received(round_id: int) -> ResponseReturnValue:
    """The complaints of a round, the open ones first; the filters live in the address."""
    state, kind, asked = _filter()
    with reading() as r:
        round_ = contests.managed_round(r, round_id)
        total = complaints.count(r.session, round_id, asked)
        number = max(1, min(page_number(request.args), -(-total // USUAL_SIZE)))
        rows = complaints.received(r.session, round_id, asked, limit=USUAL_SIZE, offset=(number - 1) * USUAL_SIZE)
        return render_template(
            "feedback/received.html",
            round=round_,
            page=Page(rows, number, USUAL_SIZE, total),
            form=complaint_filter(
                state if state in labels.STATE_SLUGS else "", kind if kind in labels.KIND_SLUGS else ""
            ),
            open_count=complaints.open_count(r.session, round_id),
            is_filtered=asked != Filter(),
            until=complaints.taken_until(round_),
            now=r.now,
            labels=labels,
        )


@bp.get("/dot/<int:round_id>/khieu-nai.xlsx")
@requires(Permission.COMPLAINT_EXPORT, fresh=True)
def export(round_id: int) -> ResponseReturnValue:
    """The list as the filter shows it; that it was handed out is written down."""
    *_, asked = _filter()
    with reading() as r:
        round_ = contests.managed_round(r, round_id)
        rows = complaints.received(r.session, round_id, asked, limit=exports.LARGEST_EXPORT)
        total = complaints.count(r.session, round_id, asked)
        content = exports.complaints_file(round_, rows, total, r.now, author=r.actor.name)
    with work() as w:
        w.record(Action.COMPLAINTS_EXPORTED, f"round:{round_id}", rows=len(rows))
    return download(content, f"khieu-nai-{round_id}.xlsx")


@bp.get("/khieu-nai/<int:complaint_id>")
@requires(Permission.COMPLAINT_READ)
def complaint(complaint_id: int) -> ResponseReturnValue:
    """One complaint with the evidence about its attempt, and the form to decide it."""
    return _page(complaint_id, DecisionForm())


@bp.get("/khieu-nai/<int:complaint_id>/ho-so")
@requires(Permission.COMPLAINT_EXPORT, fresh=True)
def dossier(complaint_id: int) -> ResponseReturnValue:
    """The same evidence for A4 paper; that it was taken is written down."""
    with work() as w:
        _note_taken(w, complaint_id)
    return _page(complaint_id, DecisionForm(), template="feedback/dossier.html")


@bp.get("/khieu-nai/<int:complaint_id>/ho-so.pdf")
@requires(Permission.COMPLAINT_EXPORT, fresh=True)
def dossier_file(complaint_id: int) -> ResponseReturnValue:
    """The page for paper as a PDF file. Missing where no such files can be made here."""
    if pdf.why_not() is not None:
        raise Missing
    with work() as w:
        _note_taken(w, complaint_id)
    page, _ = _page(complaint_id, DecisionForm(formdata=None), template="feedback/dossier.html")
    name = f"ho-so-khieu-nai-{complaint_id}.pdf"
    return send_file(io.BytesIO(pdf.of_page(page)), mimetype=pdf.MIME_TYPE, as_attachment=True, download_name=name)


@bp.post("/khieu-nai/<int:complaint_id>/dap-an")
@requires(Permission.COMPLAINT_KEYS, fresh=True)
def keys(complaint_id: int) -> ResponseReturnValue:
    """Show the keys. It is posted because looking leaves a record; the answer is the page itself, never a redirect."""
    is_dossier = bool(request.form.get("ho_so"))
    with work() as w:
        evidence.note_look_at_keys(w, complaints.managed(w, complaint_id))
        if is_dossier:
            _note_taken(w, complaint_id)
    template = "feedback/dossier.html" if is_dossier else "feedback/complaint.html"
    return _page(complaint_id, DecisionForm(formdata=None), template=template, with_keys=True)


@bp.post("/khieu-nai/<int:complaint_id>/tra-loi")
@requires(Permission.COMPLAINT_DECIDE)
def decide(complaint_id: int) -> ResponseReturnValue:
    form = DecisionForm()
    if form.validate():
        try:
            with work() as w:
                decided = complaints.decide(w, complaint_id, is_upheld=form.is_upheld, answer=form.answer.data or "")
                round_id = decided.round_id
            flash("Đã trả lời khiếu nại. Người gửi đọc được câu trả lời ngay bây giờ.", "success")
            if form.is_upheld:
                return redirect(url_for(".complaint", complaint_id=complaint_id))
            return redirect(url_for(".received", round_id=round_id))
        except BadInput as refused:
            form.show(refused)
    return _page(complaint_id, form)


def _filter() -> tuple[str, str, Filter]:
    """The state and the kind as the address names them, and what they ask for."""
    state, kind = request.args.get("trang-thai", ""), request.args.get("loai", "")
    return state, kind, Filter(labels.STATE_SLUGS.get(state), labels.KIND_SLUGS.get(kind))


def _note_taken(w: Work, complaint_id: int) -> None:
    found = complaints.managed(w, complaint_id)
    facts = {"round_id": found.round_id, "attempt_id": found.attempt_id}
    w.record(Action.COMPLAINT_DOSSIER_TAKEN, f"complaint:{complaint_id}", **facts)


def _page(
    complaint_id: int, form: DecisionForm, *, template: str = "feedback/complaint.html", with_keys: bool = False
) -> tuple[str, int]:
    with reading() as r:
        found = complaints.managed(r, complaint_id)
        page = render_template(
            template,
            found=evidence.gather(r, found, with_keys=with_keys),
            complaint=found,
            decider=evidence.decider(r, found),
            form=form,
            is_open=found.state == ComplaintState.OPEN.value,
            is_own=policy.wrote(current_actor(), found),
            labels=labels,
            makes_pdf=pdf.why_not() is None,
            what=attempt_labels.LATE_WHAT,
        )
    return page, UNPROCESSABLE if form.errors else 200
