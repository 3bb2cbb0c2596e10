"""The list of who was there: marking, confirming, opening again, on paper and as a file."""

from __future__ import annotations

import io

from flask import Blueprint, current_app, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.work import Reading
from quiz_app.meetings import attending, labels, policy, queries
from quiz_app.meetings.errors import ListChanged, ListConfirmed
from quiz_app.meetings.exports import attendance_file
from quiz_app.meetings.forms import MARK, ListForm, ReasonForm, SearchForm, SeenForm, list_form
from quiz_app.meetings.models import Meeting, Presence
from quiz_app.meetings.policy import Permission
from quiz_app.units import queries as units
from quiz_app.web import spreadsheet
from quiz_app.web.errors import words_for
from quiz_app.web.guard import reading, requires, work

bp = Blueprint("meetings_attendance", __name__, url_prefix="/sinh-hoat", template_folder="templates")

UNPROCESSABLE = 422
LONGEST_SEARCH = 80


@bp.get("/<int:meeting_id>/diem-danh")
@requires(Permission.MEETINGS_READ)
def listing(meeting_id: int) -> ResponseReturnValue:
    """The whole list, or those whose name is asked for (`?tim=`)."""
    with reading() as r:
        return _page(r, queries.covered(r, meeting_id))


@bp.post("/<int:meeting_id>/diem-danh")
@requires(Permission.MEETINGS_KEEP)
def save(meeting_id: int) -> ResponseReturnValue:
    with reading() as r:
        found = queries.kept(r, meeting_id)
        listed = attending.roster(r, found, _words())
        form = list_form(listed, found, r.now)()
    if not form.validate():
        with reading() as r:
            return _page(r, queries.kept(r, meeting_id), form), UNPROCESSABLE
    try:
        with work() as w:
            rest = Presence(form.rest.data)
            attending.save(w, meeting_id, form.marks, seen=form.looked_at, shown_at=form.instant, rest=rest)
    except ListChanged as refused:
        with reading() as r:
            return _compared(r, queries.kept(r, meeting_id), form, refused), refused.status
    flash("Đã lưu danh sách có mặt.", "success")
    return redirect(url_for(".listing", meeting_id=meeting_id, tim=_words() or None))


@bp.route("/<int:meeting_id>/xac-nhan", methods=["GET", "POST"])
@requires(Permission.MEETINGS_KEEP)
def confirm(meeting_id: int) -> ResponseReturnValue:
    """Asks once more with the counts, then fixes the list."""
    if request.method == "POST":
        with work() as w:
            attending.confirm(w, meeting_id, seen=SeenForm().looked_at)
        flash("Đã xác nhận danh sách có mặt.", "success")
        return redirect(url_for(".listing", meeting_id=meeting_id))
    with reading() as r:
        found = queries.kept(r, meeting_id)
        if found.confirmed_at is not None:
            raise ListConfirmed
        listed = attending.roster(r, found)
        unknown = [one for one in listed if one.is_expected and one.presence is Presence.UNKNOWN]
        return render_template(
            "meetings/confirm.html", meeting=found, counts=attending.counts(listed), unknown=unknown, labels=labels
        )


@bp.route("/<int:meeting_id>/mo-lai", methods=["GET", "POST"])
@requires(Permission.MEETINGS_KEEP)
def reopen(meeting_id: int) -> ResponseReturnValue:
    with reading() as r:
        found = queries.kept(r, meeting_id)
    form = ReasonForm(seen=str(found.list_revision))
    if form.validate_on_submit():
        try:
            with work() as w:
                attending.reopen(w, meeting_id, seen=form.looked_at, reason=form.reason.data or "")
        except BadInput as refused:
            form.show(refused)
        else:
            flash("Đã mở lại danh sách. Sửa xong, mời đồng chí xác nhận lại.", "success")
            return redirect(url_for(".listing", meeting_id=meeting_id))
    return render_template("meetings/reopen.html", meeting=found, form=form), UNPROCESSABLE if form.errors else 200


@bp.get("/<int:meeting_id>/ky-ten")
@requires(Permission.MEETINGS_READ)
def sheet(meeting_id: int) -> ResponseReturnValue:
    """The list on paper, for signing at the door."""
    with reading() as r:
        found = queries.covered(r, meeting_id)
        unit = units.unit(r.session, found.unit_id)
        return render_template("meetings/sheet.html", meeting=found, unit=unit, listed=attending.roster(r, found))


@bp.post("/<int:meeting_id>/diem-danh.xlsx")
@requires(Permission.ATTENDANCE_EXPORT, fresh=True)
def export(meeting_id: int) -> ResponseReturnValue:
    author = str(current_app.jinja_env.globals["site_name"])
    with work() as w:
        found = queries.covered(w, meeting_id)
        unit = units.unit(w.session, found.unit_id)
        content = attendance_file(found, unit.name, attending.roster(w, found), author=author)
        w.record(policy.Action.LIST_EXPORTED, f"meeting:{found.id}")
    name = f"co-mat-{meeting_id}.xlsx"
    return send_file(io.BytesIO(content), mimetype=spreadsheet.MIME_TYPE, as_attachment=True, download_name=name)


def _words() -> str:
    return request.args.get("tim", "").strip()[:LONGEST_SEARCH]


def _page(r: Reading, found: Meeting, form: ListForm | None = None) -> str:
    everybody = attending.roster(r, found)
    words = _words()
    listed = attending.roster(r, found, words) if words else everybody
    return render_template(
        "meetings/attendance.html",
        meeting=found,
        unit=units.unit(r.session, found.unit_id),
        listed=listed,
        form=form or list_form(listed, found, r.now)(formdata=None),
        counts=attending.counts(everybody),
        keeps=units.does_cover(r.session, r.actor, found.unit_id, *policy.ROLES),
        has_begun=r.now >= found.starts_at,
        words=words,
        search=SearchForm(formdata=None, tim=words),
        mark=MARK,
        labels=labels,
    )


def _compared(r: Reading, found: Meeting, sent: ListForm, refused: ListChanged) -> str:
    """The list as it is now; where that differs from what was sent, both are told."""
    form = list_form(attending.roster(r, found, _words()), found, r.now)(formdata=None)
    for member_id, mark in sent.marks.items():
        name = f"{MARK}{member_id}"
        if name in form and form[name].data != mark.value:
            form[name].errors = [labels.CHOSE_OTHERWISE.format(words=labels.PRESENCES[mark])]
    form.form_errors.append(words_for(refused))
    return _page(r, found, form)
