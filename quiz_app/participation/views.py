"""The desks: who of a unit has taken part, for its secretary and for the levels above."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from quiz_app.contests.models import Round
from quiz_app.contests.policy import answers_end_at
from quiz_app.contests.timing import closed_for_all_at, timing_of
from quiz_app.kernel.clock import VIETNAM
from quiz_app.members.policy import Permission as MembersPermission
from quiz_app.participation import forms, labels, over_time, queries, services
from quiz_app.participation.policy import Permission
from quiz_app.participation.queries import Filter
from quiz_app.rules.timing import opens_first_at
from quiz_app.units import queries as unit_queries
from quiz_app.web.addresses import row_id
from quiz_app.web.guard import reading, requires, work
from quiz_app.web.paging import page_number
from quiz_app.web.spreadsheet import MIME_TYPE

bp = Blueprint("participation", __name__, url_prefix="/tham-gia", template_folder="templates")

LONGEST_SEARCH = 80


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
        asked = _filter(request.args)
        total, lines = queries.unit_lines(r, desk)
        own = queries.desk_units(r)
        trail = unit_queries.path(r.session, unit_id)
        own_ids = {mine.id for mine in own}
        top = next((place for place, above in enumerate(trail) if above.id in own_ids), len(trail) - 1)
        return render_template(
            "participation/unit.html",
            desk=desk,
            prints_slips=r.actor.may(MembersPermission.SLIPS_READ),
            total=total,
            lines=lines,
            over_time=over_time.turnout(r.session, desk, r.now),
            page=queries.member_page(r, desk, asked, page_number(request.args)),
            asked=asked,
            trail=trail[top:],
            desk_form=forms.desk_form(queries.rounds(r, unit_id), desk.round, own, desk.unit),
            filter_form=forms.filter_form(asked),
            kept_filter={"trang-thai": forms.state_slug(asked), "tim": asked.search},
            labels=labels,
            now=r.now,
            opens_at=opens_first_at(timing_of(desk.round)),
            closes_at=closed_for_all_at(desk.round),
            may_start=desk.round.opens_at <= r.now < answers_end_at(desk.round),
        )


@bp.post("/<int:round_id>/don-vi/<int:unit_id>/xuat")
@requires(Permission.PARTICIPATION_EXPORT)
def export(round_id: int, unit_id: int) -> ResponseReturnValue:
    with reading() as r:
        made = services.export(r, round_id, unit_id, _filter(request.form))
        name = f"tham-gia-{round_id}-{unit_id}-{r.now.astimezone(VIETNAM):%Y%m%d}.xlsx"
    with work() as w:
        services.record_export(w, made)
    return send_file(io.BytesIO(made.content), mimetype=MIME_TYPE, as_attachment=True, download_name=name)


def _filter(asked: Mapping[str, str]) -> Filter:
    slug = asked.get("trang-thai", "")
    state = next((state for state, own in labels.STATE_SLUGS.items() if own == slug), None)
    return Filter(state, asked.get("tim", "").strip()[:LONGEST_SEARCH])


def _asked_round(rounds: list[Round], now: datetime) -> Round | None:
    asked = request.args.get("dot", "")
    return next((round_ for round_ in rounds if str(round_.id) == asked), queries.usual_round(rounds, now))
