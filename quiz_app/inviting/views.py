"""Invitations to print, show, read out and paste, and the feeds for calendars and web sites."""

from __future__ import annotations

import io
from urllib.parse import urlsplit

import segno
from flask import Blueprint, Response, current_app, jsonify, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from quiz_app.inviting import feeds, labels
from quiz_app.inviting.calendar import calendar
from quiz_app.inviting.kit import Kit, kit
from quiz_app.inviting.policy import Permission
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading
from quiz_app.members.slips import grouped
from quiz_app.registering import queries as registering
from quiz_app.registering.models import Way
from quiz_app.web import pdf
from quiz_app.web.guard import public, reading, requires
from quiz_app.web.sharing import PUBLIC

bp = Blueprint("inviting", __name__, template_folder="templates")


@bp.get("/moi-thi/<int:contest_id>/don-vi/<int:unit_id>")
@requires(Permission.INVITATION_READ)
def invitation(contest_id: int, unit_id: int) -> ResponseReturnValue:
    """Everything to invite a unit by."""
    with reading() as r:
        found = kit(r, contest_id, unit_id)
        address = _entry(found)
        return render_template(
            "inviting/kit.html",
            kit=found,
            sheets=labels.SHEETS,
            texts=[
                ("loa", "Lời đọc trên loa truyền thanh", labels.loudspeaker(found)),
                ("zalo", "Tin nhắn cho nhóm Zalo", labels.zalo(found, address)),
            ],
            calendar_url=f"{_site()}{url_for('.calendar_file')}",
            makes_pdf=pdf.why_not() is None,
        )


@bp.get("/moi-thi/<int:contest_id>/don-vi/<int:unit_id>/<kind>")
@requires(Permission.INVITATION_READ)
def sheet(contest_id: int, unit_id: int, kind: str) -> ResponseReturnValue:
    """A poster or a slide, to print or to show."""
    return _sheet(contest_id, unit_id, kind)


@bp.get("/moi-thi/<int:contest_id>/don-vi/<int:unit_id>/<kind>.pdf")
@requires(Permission.INVITATION_READ)
def sheet_file(contest_id: int, unit_id: int, kind: str) -> ResponseReturnValue:
    """The same as a PDF file. Missing where no such files can be made here."""
    if pdf.why_not() is not None:
        raise Missing
    content = pdf.of_page(_sheet(contest_id, unit_id, kind))
    name = f"moi-thi-{contest_id}-{unit_id}-{kind}.pdf"
    return send_file(io.BytesIO(content), mimetype=pdf.MIME_TYPE, as_attachment=True, download_name=name)


@bp.get("/lich-thi.ics")
@public
def calendar_file() -> ResponseReturnValue:
    """The dates of all published rounds, for calendars that ask again and again."""
    with reading() as r:
        host = urlsplit(_site()).hostname or "localhost"
        content = calendar(str(current_app.jinja_env.globals["site_name"]), feeds.events(r, host, f"{_site()}/"))
    return _public(Response(content, mimetype="text/calendar"))


@bp.get("/lich-thi.json")
@public
def rounds() -> ResponseReturnValue:
    """Dates, states and counts of all published rounds, for the web site of the commune."""
    with reading() as r:
        return _public(jsonify(rounds=feeds.rounds(r)))


def _sheet(contest_id: int, unit_id: int, kind: str) -> str:
    if kind not in labels.SHEETS:
        raise Missing
    with reading() as r:
        found = kit(r, contest_id, unit_id)
        address = _entry(found)
        code = segno.make(address, error="m", micro=False).svg_data_uri(border=2, omitsize=True)
        return render_template(
            "inviting/sheet.html",
            kit=found,
            kind=kind,
            title=labels.SHEETS[kind],
            code=code,
            address=_site(),
            registering=_registering(r, unit_id),
        )


def _registering(r: Reading, unit_id: int) -> list[str]:
    """How somebody on no roster registers, where posters may say so; else nothing."""
    desk = registering.poster_desk(r.session, unit_id, r.now)
    if desk is None:
        return []
    address = f"{_site()}{url_for('registering.choose')}"
    return labels.registering(address, grouped(desk.code) if desk.way == Way.CODE.value else "")


def _entry(found: Kit) -> str:
    return f"{_site()}{url_for('attempts.enter', round_id=found.following.id)}"


def _site() -> str:
    address: str = current_app.extensions["settings"].public_url
    return address


def _public(response: Response) -> Response:
    response.headers["Cache-Control"] = PUBLIC
    response.add_etag()
    return response.make_conditional(request)  # type: ignore[return-value] # gives back the response it was called on
