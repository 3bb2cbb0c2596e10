"""The desk of those who print slips: a secretary for his unit, organisers for every unit below theirs."""

from __future__ import annotations

import io

from flask import Blueprint, current_app, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from quiz_app.kernel.errors import Refused
from quiz_app.kernel.settings import Settings
from quiz_app.members import labels, policy, slip_paper, slips
from quiz_app.members.errors import NobodyToPrint
from quiz_app.members.forms import PrintSlipsForm
from quiz_app.members.policy import Permission
from quiz_app.members.slips import Sheet, State, Which
from quiz_app.units import policy as units_policy
from quiz_app.units import queries as units_queries
from quiz_app.web import pdf
from quiz_app.web.errors import words_for
from quiz_app.web.forms import choices
from quiz_app.web.guard import reading, requires, work
from quiz_app.web.paging import USUAL_SIZE, Page, page_number
from quiz_app.web.qr import qr_code

bp = Blueprint("members_slips", __name__, url_prefix="/phieu", template_folder="templates")

AS_FILE = "pdf"


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
    """The slips on paper: an answer and no redirect, since what stands on them is nowhere else."""
    form = PrintSlipsForm()
    if not form.validate():
        return _unit_page(unit_id, form), 422
    try:
        with reading() as r:
            sheet = slips.draw_for_unit(r, unit_id, Which(form.which.data))
            return _printed(sheet)
    except NobodyToPrint as refused:
        return _unit_page(unit_id, form, refused), refused.status


@bp.post("/nguoi/<int:member_id>")
@requires(Permission.SLIPS_ISSUE, fresh=True)
def print_member(member_id: int) -> ResponseReturnValue:
    """A slip for one member, who may have lost his secret."""
    with reading() as r:
        sheet = slips.draw_for_member(r, member_id)
        return _printed(sheet)


def _printed(sheet: Sheet) -> ResponseReturnValue:
    """The page comes first, the slips count after it: no slip is alive whose paper could not be made."""
    settings: Settings = current_app.extensions["settings"]
    page = render_template(
        "members/slip_sheet.html",
        sheet=sheet,
        pages=slip_paper.pages(sheet.slips),
        codes={slip.token: qr_code(slip_paper.address(settings.public_url, slip.token)) for slip in sheet.slips},
        typed_address=slip_paper.typed_address(settings.public_url),
        grouped=slips.grouped,
    )
    made = pdf.of_page(page) if request.form.get("dang") == AS_FILE and pdf.why_not() is None else None
    with work() as w:
        slips.keep(w, sheet, settings.secret_key)
    if made is None:
        return page
    name = f"phieu-{sheet.unit.code.lower()}-{sheet.issued_at:%Y%m%d}.pdf"
    return send_file(io.BytesIO(made), mimetype=pdf.MIME_TYPE, as_attachment=True, download_name=name)


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
        )
