"""The moderators' pages: what waits, one question, what is done with it, and the counts."""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta

from flask import Blueprint, current_app, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from quiz_app.asking import entries, labels, moderating, policy, queries
from quiz_app.asking.errors import ChangedMeanwhile
from quiz_app.asking.exports import counts_file
from quiz_app.asking.forms import AnswerForm, AssignForm, MergeForm, PeriodForm, TakeUpForm, assign_form, inbox_filter
from quiz_app.asking.models import State, Subject
from quiz_app.asking.policy import Permission
from quiz_app.asking.views import place_url, stem
from quiz_app.kernel.access import Role
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.work import Reading
from quiz_app.members.models import Member
from quiz_app.units import queries as units
from quiz_app.units.models import Unit
from quiz_app.web import spreadsheet
from quiz_app.web.guard import current_actor, reading, requires, work
from quiz_app.web.paging import USUAL_SIZE, Page, page_number

bp = Blueprint("asking_manage", __name__, url_prefix="/to-chuc/hoi-dap", template_folder="templates")

UNPROCESSABLE = 422
FIRST_DAY = date(2026, 1, 1)  # nothing was asked before


@bp.get("/")
@requires(Permission.INBOX_READ)
def inbox() -> ResponseReturnValue:
    """What the actor may answer; texts and names stand on the page of each question alone, where a look is recorded."""
    form = inbox_filter(request.args.to_dict())
    asked = form.to_asked()
    with reading() as r:
        total = queries.inbox_count(r, asked)
        number = max(1, min(page_number(request.args), -(-total // USUAL_SIZE)))
        rows = queries.inbox(r, asked, limit=USUAL_SIZE, offset=(number - 1) * USUAL_SIZE)
        return render_template(
            "asking/inbox.html",
            page=Page(rows, number, USUAL_SIZE, total),
            form=form,
            labels=labels,
            now=r.now,
            waits=queries.OPEN,
            runs=r.actor.may(Permission.QUESTION_TRIAGE),
        )


@bp.get("/<int:question_id>")
@requires(Permission.QUESTION_OPEN)
def question(question_id: int) -> ResponseReturnValue:
    return _page(question_id)


@bp.post("/<int:question_id>/nhan")
@requires(Permission.QUESTION_ANSWER)
def take_up(question_id: int) -> ResponseReturnValue:
    form = TakeUpForm()
    if not form.validate():
        raise BadInput(form.errors)
    try:
        with work() as w:
            moderating.take_up(w, question_id, form.revision.data or 0, form.chosen)
    except ChangedMeanwhile as refused:
        return _page(question_id, refused=refused)
    flash("Đã ghi: đang xem. Người gửi thấy trạng thái này.", "success")
    return redirect(url_for(".question", question_id=question_id))


@bp.post("/<int:question_id>/giao")
@requires(Permission.QUESTION_TRIAGE)
def assign(question_id: int) -> ResponseReturnValue:
    with reading() as r:
        form = assign_form(queries.candidates(r.session, queries.moderated(r, question_id).question))
    if not form.validate():
        return _page(question_id, assigning=form)
    try:
        with work() as w:
            moderating.assign(w, question_id, form.revision.data or 0, form.member.data)
    except ChangedMeanwhile as refused:
        return _page(question_id, refused=refused)
    flash("Đã giao. Người được giao thấy câu này ở trang đầu.", "success")
    return redirect(url_for(".question", question_id=question_id))


@bp.post("/<int:question_id>/tra-loi")
@requires(Permission.QUESTION_ANSWER)
def answer(question_id: int) -> ResponseReturnValue:
    form = AnswerForm()
    if form.validate():
        try:
            with work() as w:
                moderating.answer(w, question_id, form.revision.data or 0, form.answer.data or "")
            flash("Đã trả lời. Người gửi đọc được ngay bây giờ.", "success")
            return redirect(url_for(".question", question_id=question_id))
        except ChangedMeanwhile as refused:
            return _page(question_id, answering=form, refused=refused)
        except BadInput as wrong:
            form.show(wrong)
    return _page(question_id, answering=form)


@bp.post("/<int:question_id>/gop")
@requires(Permission.QUESTION_TRIAGE)
def merge(question_id: int) -> ResponseReturnValue:
    form = MergeForm()
    if form.validate():
        try:
            with work() as w:
                moderating.merge(w, question_id, form.revision.data or 0, form.number.data or 0)
            flash(f"Đã gộp vào câu số {form.number.data}.", "success")
            return redirect(url_for(".question", question_id=question_id))
        except ChangedMeanwhile as refused:
            return _page(question_id, merging=form, refused=refused)
        except BadInput as wrong:
            form.show(wrong)
    return _page(question_id, merging=form)


@bp.get("/so-lieu")
@requires(Permission.COUNTS_READ)
def counts() -> ResponseReturnValue:
    """How many were sent in a period, by kind and state; of what they say, nothing."""
    with reading() as r:
        form, unit, since, until = _period(r)
        found = queries.counts(r.session, unit.id, *_instants(since, until))
        return render_template(
            "asking/counts.html", form=form, unit=unit, since=since, until=until, counts=found, labels=labels
        )


@bp.get("/so-lieu.xlsx")
@requires(Permission.COUNTS_EXPORT)
def export() -> ResponseReturnValue:
    with work() as w:
        _, unit, since, until = _period(w)
        found = queries.counts(w.session, unit.id, *_instants(since, until))
        facts = {"since": since.isoformat(), "until": until.isoformat()}
        w.record(policy.Action.COUNTS_EXPORTED, f"unit:{unit.id}", **facts)
    author = str(current_app.jinja_env.globals["site_name"])
    content = counts_file(unit.name, since, until, found, author=author)
    return send_file(
        io.BytesIO(content), mimetype=spreadsheet.MIME_TYPE, as_attachment=True, download_name="hoi-dap-so-lieu.xlsx"
    )


def _page(
    question_id: int,
    *,
    answering: AnswerForm | None = None,
    assigning: AssignForm | None = None,
    merging: MergeForm | None = None,
    refused: ChangedMeanwhile | None = None,
) -> ResponseReturnValue:
    """A question as it stands now; what was typed is kept where an act did not go through."""
    forms = [form for form in (answering, assigning, merging) if form is not None]
    status = refused.status if refused else UNPROCESSABLE if any(form.errors for form in forms) else 200
    with work() as w:
        found = moderating.open_question(w, question_id)
        asked = found.question
        runs = policy.runs(w.actor, asked, units.path_ids(w.session, asked.unit_id))
        people = queries.candidates(w.session, asked) if runs else []
        is_own = policy.wrote(w.actor, asked)
        page = render_template(
            "asking/moderated.html",
            found=found,
            question=asked,
            place_url=place_url(found.where),
            stem_html=stem(w, found.where.about),
            runs=runs,
            is_own=is_own,
            is_open=asked.state in queries.OPEN and not is_own,
            may_answer=asked.state in (*queries.OPEN, State.ANSWERED.value) and not is_own and asked.erased_at is None,
            others=queries.merged_count(w.session, question_id),
            beside=queries.beside(w, asked) if runs and asked.subject != Subject.ATTEMPT.value else [],
            toucher=None if asked.touched_by is None else w.session.get(Member, asked.touched_by),
            answerer=None if asked.answered_by is None else w.session.get(Member, asked.answered_by),
            editions=entries.of_question(w.session, question_id),
            taking_up=TakeUpForm(formdata=None, kind=_slug(asked.kind)),
            assigning=assigning or assign_form(people, asked.assigned_to),
            answering=answering or AnswerForm(formdata=None, answer=asked.answer),
            merging=merging or MergeForm(formdata=None),
            refused=refused,
            labels=labels,
        )
    return page, status


def _slug(kind: str) -> str:
    return next(slug for slug, one in labels.KIND_SLUGS.items() if one.value == kind)


def _period(r: Reading) -> tuple[PeriodForm, Unit, date, date]:
    """The unit and the days asked for; without a word the actor's first unit, from the first of this month."""
    own = [units.unit(r.session, unit_id) for unit_id in sorted(current_actor().units_as(Role.ORGANISER))]
    today = r.now.astimezone(VIETNAM).date()
    form = PeriodForm(request.args, meta={"csrf": False})
    form.unit.choices = [(one.id, one.name) for one in own]
    unit = next((one for one in own if one.id == form.unit.data), own[0])
    until = min(form.until.data or today, today)
    since = max(form.since.data or today.replace(day=1), FIRST_DAY)
    form.unit.data, form.since.data, form.until.data = unit.id, since, until
    return form, unit, since, until


def _instants(since: date, until: date) -> tuple[datetime, datetime]:
    begins, ends = (datetime.combine(day, time(), VIETNAM) for day in (since, until + timedelta(days=1)))
    return begins, ends
