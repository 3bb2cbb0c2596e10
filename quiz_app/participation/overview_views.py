"""Pages beside a desk's list: all units below at once, how the unit has fared, and the wall of a meeting hall."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.contests import policy as contests_policy
from quiz_app.contests.models import Round
from quiz_app.contests.timing import closed_for_all_at, timing_of
from quiz_app.elsewhere import queries as elsewhere
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.work import Reading
from quiz_app.leaderboard import scope, unit_boards
from quiz_app.leaderboard.unit_boards import UnitBoard
from quiz_app.participation import beside, forms, labels, queries, services, tree
from quiz_app.participation.labels import ListColumn
from quiz_app.participation.policy import Permission
from quiz_app.participation.queries import Desk
from quiz_app.participation.views import handed_out
from quiz_app.rules.timing import opens_first_at
from quiz_app.rules.unit_standing import UnitMeasure
from quiz_app.web.addresses import row_id
from quiz_app.web.guard import reading, requires, work
from quiz_app.web.paging import page_number, slice_page

bp = Blueprint("participation_units", __name__, url_prefix="/tham-gia", template_folder="templates")

LINES_ON_A_PAGE = 100
LINES_OF_A_TREE = 400
ON_A_WALL = 8  # what fits above the foot on 1920 × 1080: nobody scrolls a wall
WALL_SECONDS = 12


@bp.get("/<int:round_id>/don-vi/<int:unit_id>/cac-don-vi")
@requires(Permission.PARTICIPATION_VIEW)
def units(round_id: int, unit_id: int) -> ResponseReturnValue:
    """Every unit below: a tree whose figures roll up, or a flat list that sorts; the lagging ones marked."""
    with reading() as r:
        return _units_page(r, round_id, unit_id)


@bp.post("/<int:round_id>/don-vi/<int:unit_id>/cham")
@requires(Permission.PARTICIPATION_EXPORT)
def set_rule(round_id: int, unit_id: int) -> ResponseReturnValue:
    """Keep by what the reader calls a unit lagging; it is his own, whatever desk he set it at."""
    form = forms.RuleForm()
    with reading() as r:
        _whole_desk(r, round_id, unit_id)
    if not form.validate():
        raise BadInput(form.errors)
    with work() as w:
        tree.set_rule(w, form.to_rule())
    flash("Đã lưu cách đánh dấu đơn vị chậm của đồng chí.", "success")
    return redirect(url_for(".units", round_id=round_id, unit_id=unit_id))


@bp.post("/<int:round_id>/don-vi/<int:unit_id>/cac-don-vi/xuat")
@requires(Permission.PARTICIPATION_EXPORT)
def export(round_id: int, unit_id: int) -> ResponseReturnValue:
    as_csv = request.form.get("dang") == "csv"
    with reading() as r:
        _whole_desk(r, round_id, unit_id)
        is_flat = request.form.get("kieu") == FLAT
        made = services.export_units(r, round_id, unit_id, is_flat=is_flat, as_csv=as_csv)
        name = f"cac-don-vi-{round_id}-{unit_id}-{r.now.astimezone(VIETNAM):%Y%m%d}"
    with work() as w:
        services.record_export(w, made)
    return handed_out(made.content, name, as_csv=as_csv)


@bp.get("/don-vi/<int:unit_id>/qua-cac-dot")
@requires(Permission.PARTICIPATION_VIEW)
def history(unit_id: int) -> ResponseReturnValue:
    """How a unit has fared from round to round, beside the whole commune."""
    with reading() as r:
        unit = queries.followed_unit(r, unit_id)
        if unit is None:
            raise Missing
        rounds = queries.rounds(r, unit.id)
        return render_template(
            "participation/history.html",
            unit=unit,
            steps=beside.over_rounds(r, unit, rounds),
            elsewhere=elsewhere.people_by_contest(r.session, queries.seen_scope(r, unit.id)),
            round=queries.usual_round(rounds, r.now),
            trail=tree.trail(r, queries.desk_units(r), unit.id),
        )


@bp.get("/<int:round_id>/don-vi/<int:unit_id>/trinh-chieu")
@requires(Permission.PARTICIPATION_VIEW)
def projector(round_id: int, unit_id: int) -> ResponseReturnValue:
    """For the wall of a meeting hall: what everybody may see of the unit, and the way in."""
    with reading() as r:
        desk = queries.desk(r, round_id, unit_id)
        board = _public_board(r, desk.round, unit_id)
        page = slice_page(board.rows if board else [], page_number(request.args), ON_A_WALL)
        opens_at, closes_at = opens_first_at(timing_of(desk.round)), closed_for_all_at(desk.round)
        is_running = request.args.get("tu-dong") != "khong"
        entry = url_for("attempts.enter", round_id=round_id)
        answer = current_app.make_response(
            render_template(
                "participation/projector.html",
                desk=desk,
                board=board,
                page=page,
                beside=beside.beside(r, desk.round, desk.unit) if board else None,
                opens_in=opens_at - r.now if r.now < opens_at else None,
                closes_in=closes_at - r.now if opens_at <= r.now < closes_at else None,
                is_running=is_running,
                entry_url=f"{current_app.extensions['settings'].public_url}{entry}",
                taken_at=(board.taken_at if board else None) or r.now,
            )
        )
        if is_running:
            following = url_for(".projector", round_id=round_id, unit_id=unit_id, trang=page.following or 1)
            answer.headers["Refresh"] = f"{WALL_SECONDS}; url={following}"
        return answer


FLAT = "phang"


def _units_page(r: Reading, round_id: int, unit_id: int) -> ResponseReturnValue:
    desk = _whole_desk(r, round_id, unit_id)
    rule = tree.rule_of(r)
    column = _column()
    is_backwards = request.args.get("chieu") == forms.BACKWARDS
    is_flat = request.args.get("kieu") == FLAT
    if is_flat:
        every = tree.flat_list(r, desk, rule, column, is_backwards=is_backwards)
    else:
        every = tree.whole_tree(r, desk, rule)
    search = request.args.get("tim", "").strip()[: forms.LONGEST_SEARCH]
    lagging_only = request.args.get("cham") == "1"
    is_searched = bool(search) or lagging_only
    is_folded = not (is_flat or is_searched) and len(every) > tree.OPEN_UP_TO
    unfolded: frozenset[int] = frozenset()
    if is_folded:
        found, unfolded = tree.opened(every, request.args.get("mo", type=row_id))
    else:
        found = tree.chosen(every, search=search, lagging_only=lagging_only)
    kept: dict[str, Any] = {
        "kieu": FLAT if is_flat else None,
        "tim": search or None,
        "cham": "1" if lagging_only else None,
    }

    def here(**changed: Any) -> str:
        return url_for(".units", round_id=round_id, unit_id=unit_id, **{**kept, **changed})

    def sort_url(asked: ListColumn) -> str:
        turned = forms.BACKWARDS if asked is column and not is_backwards else None
        return here(xep=labels.HEADINGS[asked][0], chieu=turned)

    return _rendered_units(
        r,
        desk,
        rule,
        page=slice_page(found, page_number(request.args), LINES_OF_A_TREE if is_folded else LINES_ON_A_PAGE),
        is_folded=is_folded,
        unfolded=unfolded,
        lagging=sum(line.is_lagging for line in every),
        of=len(every),
        is_flat=is_flat,
        is_searched=is_searched,
        lagging_only=lagging_only,
        column=column,
        direction="descending" if is_backwards else "ascending",
        search_form=forms.UnitFilterForm(formdata=None, meta=forms.IN_ADDRESS, search=search),
        kept=kept,
        here=here,
        sort_url=sort_url,
    )


def _rendered_units(r: Reading, desk: Desk, rule: tree.Rule, **shown: Any) -> ResponseReturnValue:
    return render_template(
        "participation/units.html",
        desk=desk,
        rule_form=forms.RuleForm(formdata=None, percent=rule.percent, days=rule.days),
        rule=rule,
        closes_in=closed_for_all_at(desk.round) - r.now,
        trail=tree.trail(r, queries.desk_units(r), desk.unit.id),
        labels=labels,
        columns=ListColumn,
        now=r.now,
        **shown,
    )


def _whole_desk(r: Reading, round_id: int, unit_id: int) -> Desk:
    """Raises Missing where the actor does not see what lies below the unit."""
    desk = queries.desk(r, round_id, unit_id)
    if not desk.with_subtree:
        raise Missing
    return desk


def _public_board(r: Reading, round_: Round, unit_id: int) -> UnitBoard | None:
    """What everybody may see, whoever opened the page: nothing while an open prediction asks for it."""
    if contests_policy.hides_figures(round_, r.now):
        return None
    try:
        return unit_boards.unit_board(r.session, scope.of_round(round_, r.now), unit_id, UnitMeasure.TURNOUT)
    except Missing:  # the contest is one of a unit below: it has no figures for this one
        return None


def _column() -> ListColumn:
    asked = request.args.get("xep")
    return next((column for column, (slug, _) in labels.HEADINGS.items() if slug == asked), ListColumn.TREE)
