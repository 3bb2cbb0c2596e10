"""Pages about people for those who answer for units: the passwords renewed for others."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from quiz_app.kernel.errors import Missing
from quiz_app.members import policy, queries
from quiz_app.members.forms import RenewalsForm
from quiz_app.members.policy import Permission
from quiz_app.units import queries as units_queries
from quiz_app.web.addresses import row_id
from quiz_app.web.guard import reading, requires
from quiz_app.web.paging import page_number

bp = Blueprint("members_manage", __name__, template_folder="templates")

ALL_UNITS = 0


@bp.get("/thanh-vien/cap-lai")
@requires(Permission.RENEWALS_READ)
def renewals() -> ResponseReturnValue:
    """Whose passwords were renewed, when and by whom; the filter lives in the address."""
    asked = request.args.get("don-vi", ALL_UNITS, type=row_id)
    with reading() as r:
        units = units_queries.units(r.session, policy.units_of_renewals(r.actor))
        if asked and asked not in {unit.id for unit in units}:
            raise Missing
        form = RenewalsForm(formdata=None, meta={"csrf": False}, unit=asked)
        form.unit.choices = [(ALL_UNITS, "Tất cả đơn vị đồng chí phụ trách"), *_choices(units)]
        page = queries.renewals_seen(r, asked or None, page_number(request.args))
        return render_template(
            "members/renewals.html", form=form, page=page, has_units=len(units) > 1, is_filtered=asked != ALL_UNITS
        )


def _choices(units: list[units_queries.UnitRow]) -> list[tuple[int, str]]:
    return [(unit.id, "– " * unit.depth + unit.name) for unit in units]
