"""The desks: who of a unit has taken part, for its secretary and for the levels above."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from quiz_app.contests.models import Round
from quiz_app.contests.policy import answers_end_at
from quiz_app.contests.timing import closed_for_all_at, timing_of
from quiz_app.kernel.clock import VIETNAM
from quiz_app.members.policy import Permission as MembersPermission
from quiz_app.participation import beside, forms, helping, labels, over_time, queries, services, tree
from quiz_app.participation.labels import Order
from quiz_app.participation.policy import Permission
from quiz_app.participation.queries import Desk, Filter
from quiz_app.rules.timing import opens_first_at
from quiz_app.study import progress
from quiz_app.web.addresses import row_id
from quiz_app.web.guard import reading, requires, work
from quiz_app.web.paging import USUAL_SIZE, page_number
from quiz_app.web.spreadsheet import CSV_MIME_TYPE, MIME_TYPE

bp = Blueprint("participation", __name__, url_prefix="/tham-gia", template_folder="templates")

LARGEST_ON_ONE_PAGE = 1000
RENEWED_EVERY_S = 10


@bp.get("/")
@requires(Permission.PARTICIPATION_VIEW)
def desk() -> ResponseReturnValue:
    with reading() as r:
        asked = request.args.get("don-vi", type=row_id)
        unit = (queries.followed_unit(r, asked) if asked is not None else None) or queries.desk_units(r)[0]
        rounds = queries.rounds(r, unit.id)
        round_ = _asked_round(rounds, r.now)
        if round_ is None:
            return render_template("participation/empty.html", unit=unit)
        return redirect(url_for(".unit", round_id=round_.id, unit_id=unit.id))


@bp.get("/<int:round_id>/don-vi/<int:unit_id>")
@requires(Permission.PARTICIPATION_VIEW)
def unit(round_id: int, unit_id: int) -> ResponseReturnValue:
    with reading() as r:
        desk = queries.desk(r, round_id, unit_id)
        asked = forms.filter_of(request.args)
        is_whole = request.args.get("tat-ca") == "1"
        size = LARGEST_ON_ONE_PAGE if is_whole else USUAL_SIZE
        total, lines = queries.unit_lines(r, desk)
        own = queries.desk_units(r)
        opens_at, closes_at = opens_first_at(timing_of(desk.round)), closed_for_all_at(desk.round)
        answers_end = answers_end_at(desk.round)
        return render_template(
            "participation/unit.html",
            desk=desk,
            prints_slips=r.actor.may(MembersPermission.SLIPS_READ),
            total=total,
            lines=lines,
            beside=beside.beside(r, desk.round, desk.unit),
            needing_help=total.needing if helping.is_time_for_help(desk.round, r.now) else None,
            modules=len(progress.lesson_counts(r.session)),
            over_time=over_time.turnout(r.session, desk, total.able),
            page=queries.member_page(r, desk, asked, page_number(request.args), size),
            is_whole=is_whole,
            asked=asked,
            trail=tree.trail(r, own, unit_id),
            desk_form=forms.desk_form(queries.rounds(r, unit_id), desk.round, own, desk.unit),
            filter_form=forms.filter_form(asked),
            kept_filter=forms.kept_filter(asked),
            sort_url=lambda order: _sort_url(desk, asked, order),
            labels=labels,
            orders={order.value: order for order in Order},
            now=r.now,
            opens_at=opens_at,
            closes_at=closes_at,
            closes_in=closes_at - r.now if opens_at <= r.now < closes_at else None,
            opens_in=opens_at - r.now if r.now < opens_at else None,
            may_start=desk.round.opens_at <= r.now < answers_end,
            is_running=desk.round.opens_at <= r.now < answers_end,
            every_s=RENEWED_EVERY_S,
        )


@bp.post("/<int:round_id>/don-vi/<int:unit_id>/xuat")
@requires(Permission.PARTICIPATION_EXPORT, fresh=True)
def export(round_id: int, unit_id: int) -> ResponseReturnValue:
    as_csv = request.form.get("dang") == "csv"
    with reading() as r:
        made = services.export(r, round_id, unit_id, forms.filter_of(request.form), as_csv=as_csv)
        name = f"tham-gia-{round_id}-{unit_id}-{r.now.astimezone(VIETNAM):%Y%m%d}"
    with work() as w:
        services.record_export(w, made)
    return handed_out(made.content, name, as_csv=as_csv)


def handed_out(content: bytes, name: str, *, as_csv: bool) -> ResponseReturnValue:
    """A file to keep."""
    mimetype, ending = (CSV_MIME_TYPE, "csv") if as_csv else (MIME_TYPE, "xlsx")
    return send_file(io.BytesIO(content), mimetype=mimetype, as_attachment=True, download_name=f"{name}.{ending}")


def _sort_url(desk: Desk, asked: Filter, order: Order) -> str:
    """The list sorted by something, turned around where it is sorted by that already."""
    turned = replace(asked, order=order, is_backwards=asked.order is order and not asked.is_backwards)
    kept = forms.kept_filter(turned)
    return url_for(".unit", round_id=desk.round.id, unit_id=desk.unit.id, _anchor="danh-sach", **kept)  # type: ignore[arg-type] # query values


def _asked_round(rounds: list[Round], now: datetime) -> Round | None:
    asked = request.args.get("dot", "")
    return next((round_ for round_ in rounds if str(round_.id) == asked), queries.usual_round(rounds, now))
