"""What a member does with the meetings of his unit: read the agenda, keep the date, say that he is there."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quiz_app.inviting.calendar import Event, calendar
from quiz_app.kernel.work import Reading
from quiz_app.meetings import attending, labels, policy, queries
from quiz_app.meetings.errors import MeetingCanceled
from quiz_app.meetings.models import Meeting
from quiz_app.meetings.policy import Permission
from quiz_app.meetings.state import check_in as check_in_of
from quiz_app.meetings.state import may_change, state
from quiz_app.units import queries as units
from quiz_app.units.policy import COVERING_ROLES
from quiz_app.web.guard import reading, requires, work

bp = Blueprint("meetings", __name__, template_folder="templates")


@bp.get("/sinh-hoat/")
@requires(Permission.MEETINGS_ATTEND)
def index() -> ResponseReturnValue:
    with reading() as r:
        coming, past = queries.own(r)
        return render_template(
            "meetings/index.html", coming=coming, past=past, follows=bool(r.actor.units_as(*COVERING_ROLES))
        )


@bp.get("/sinh-hoat/<int:meeting_id>")
@requires(Permission.MEETINGS_ATTEND)
def meeting(meeting_id: int) -> ResponseReturnValue:
    """The agenda, and for who keeps the meeting everything that can be done with it."""
    with reading() as r:
        return _page(r, "meetings/meeting.html", queries.meeting(r, meeting_id))


@bp.get("/sinh-hoat/<int:meeting_id>/in")
@requires(Permission.MEETINGS_ATTEND)
def printed(meeting_id: int) -> ResponseReturnValue:
    """The agenda on paper."""
    with reading() as r:
        return _page(r, "meetings/printed.html", queries.meeting(r, meeting_id))


@bp.get("/sinh-hoat/<int:meeting_id>/lich.ics")
@requires(Permission.MEETINGS_ATTEND)
def calendar_file(meeting_id: int) -> ResponseReturnValue:
    """The date for a calendar. Raises MeetingCanceled."""
    with reading() as r:
        found = queries.meeting(r, meeting_id)
        if found.canceled_at is not None:
            raise MeetingCanceled
        content = calendar(found.title, [_event(r, found)])
    answer = Response(content, mimetype="text/calendar")
    answer.headers["Content-Disposition"] = f"attachment; filename=sinh-hoat-{meeting_id}.ics"
    return answer


@bp.get("/co-mat/<token>")
@requires(Permission.MEETINGS_ATTEND)
def arrive(token: str) -> ResponseReturnValue:
    """Where the QR code leads: asks before anything is kept."""
    with reading() as r:
        found = attending.invited(r, token)
        return render_template(
            "meetings/arrive.html",
            meeting=found,
            unit=units.unit(r.session, found.unit_id),
            own=attending.own_attendance(r, found.id),
        )


@bp.post("/co-mat/<token>")
@requires(Permission.CHECK_IN)
def check_in(token: str) -> ResponseReturnValue:
    with work() as w:
        found = attending.check_in(w, token)
    flash("Đã ghi đồng chí tự báo có mặt. Bí thư xác nhận danh sách sau buổi sinh hoạt.", "success")
    return redirect(url_for(".meeting", meeting_id=found.id))


def _page(r: Reading, template: str, found: Meeting) -> str:
    return render_template(
        template,
        meeting=found,
        unit=units.unit(r.session, found.unit_id),
        points=queries.points(r.session, found.id),
        state=labels.STATES[state(found, r.now)],
        own=attending.own_attendance(r, found.id) if policy.attends(r.actor, found) else None,
        window=check_in_of(found),
        follows=units.does_cover(r.session, r.actor, found.unit_id),
        keeps=units.does_cover(r.session, r.actor, found.unit_id, *policy.ROLES),
        may_change=may_change(found, r.now),
        has_begun=r.now >= found.starts_at,
        now=r.now,
        labels=labels,
    )


def _event(r: Reading, found: Meeting) -> Event:
    site: str = current_app.extensions["settings"].public_url
    agenda = [f"{number}. {one.point.text}" for number, one in enumerate(queries.points(r.session, found.id), start=1)]
    return Event(
        uid=f"sinh-hoat-{found.id}@{urlsplit(site).hostname or 'localhost'}",
        title=found.title,
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        changed_at=found.changed_at,
        sequence=found.revision,
        description="\n".join([f"Địa điểm: {found.place}", f"Chủ trì: {found.chair}", *agenda]),
        url=f"{site}{url_for('meetings.meeting', meeting_id=found.id)}",
    )
