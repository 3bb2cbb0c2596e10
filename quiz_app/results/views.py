"""The published tables: people, units, how lots were drawn, and every version that ever was."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from quiz_app.contests.labels import CRITERIA
from quiz_app.elsewhere import queries as elsewhere
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading
from quiz_app.leaderboard import answers
from quiz_app.leaderboard.policy import MEAN_FROM, Permission
from quiz_app.results import checklist, draws, forms, labels, queries, subjects
from quiz_app.results.models import FinalTable
from quiz_app.results.queries import Sight
from quiz_app.results.subjects import SLUGS, Subject
from quiz_app.results.tables import stored_units
from quiz_app.results.unit_tables import UnitRow
from quiz_app.rules import lots
from quiz_app.rules.standing import Criterion
from quiz_app.rules.unit_mix import MixMeasure
from quiz_app.rules.visibility import Thing
from quiz_app.units import queries as units
from quiz_app.units.models import Unit
from quiz_app.web.guard import reading, requires
from quiz_app.web.paging import page_number

bp = Blueprint("results", __name__, url_prefix="/ket-qua", template_folder="templates")

OF_POINTS = {MixMeasure.MEAN.value, MixMeasure.ABOVE.value}


@bp.get("/")
@requires(Permission.BOARD_VIEW)
def index() -> ResponseReturnValue:
    with reading() as r:
        return answers.page("results/index.html", tables=queries.visible_tables(r), kinds=labels.KINDS)


@bp.get("/<string:kind>/<int:number>")
@requires(Permission.BOARD_VIEW)
def latest(kind: str, number: int) -> ResponseReturnValue:
    """The version in force of what an address names."""
    if kind not in SLUGS:
        raise Missing
    with reading() as r:
        subject = subjects.subject(r.session, SLUGS[kind], number)
        table = checklist.latest(r.session, subject.key)
        if table is None:
            raise Missing
        queries.visible_table(r, table.id, Thing.PERSON_BOARD)
        return redirect(url_for(".people", table_id=table.id))


@bp.get("/<int:table_id>")
@requires(Permission.BOARD_VIEW)
def people(table_id: int) -> ResponseReturnValue:
    with reading() as r:
        table, subject = queries.visible_table(r, table_id, Thing.PERSON_BOARD, Thing.WINNERS)
        sight = Sight(table, subject)
        search = request.args.get("tim", "").strip()[: forms.LONGEST_SEARCH]
        page = queries.people_page(r, sight, search, page_number(request.args)) if subject.shows_scores else None
        return answers.page(
            "results/people.html",
            winners=queries.winners(r, sight),
            page=page,
            search=search,
            search_form=forms.SearchForm(formdata=None, meta=forms.IN_ADDRESS, tim=search),
            rule=[CRITERIA[Criterion(name)] for name in table.rule["tie_breaks"]],
            **frame(r, table, subject, "ca-nhan"),
        )


@bp.get("/<int:table_id>/don-vi")
@requires(Permission.BOARD_VIEW)
def unit_table(table_id: int) -> ResponseReturnValue:
    with reading() as r:
        table, subject = queries.visible_table(r, table_id, Thing.UNIT_BOARD, Thing.WINNERS)
        return answers.page("results/units.html", **frame(r, table, subject, "don-vi"), **unit_parts(r, table, subject))


@bp.get("/<int:table_id>/boc-tham")
@requires(Permission.BOARD_VIEW)
def draw(table_id: int) -> ResponseReturnValue:
    """The draws by lot, with everything that is needed to repeat them."""
    with reading() as r:
        table, subject = queries.visible_table(r, table_id, Thing.WINNERS)
        among_units = draws.of_units(stored_units(r.session, table.id), subject.last.lot_seed)
        drawn = [lot.unit_id for each in among_units for lot in each.lots]
        named = r.session.scalars(select(Unit).where(Unit.id.in_(drawn)))
        return answers.page(
            "results/draw.html",
            draws=draws.of_people(r.session, table, subject),
            unit_draws=[(labels.class_words(each.class_name), each) for each in among_units],
            names={unit.id: unit.name for unit in named},
            seed=subject.last.lot_seed,
            commitment=lots.commitment(subject.last.lot_seed),
            **frame(r, table, subject, "boc-tham"),
        )


def frame(r: Reading, table: FinalTable, subject: Subject, here: str) -> dict[str, Any]:
    """What every page of a table shows around itself."""
    versions = queries.versions(r.session, table.scope)
    in_force = versions[0][0] if versions else None
    return {
        "table": table,
        "subject": subject,
        "kind": labels.KINDS[subject.kind],
        "here": here,
        "versions": versions,
        "in_force": in_force,
        "is_in_force": in_force is not None and in_force.id == table.id,
        "sat_elsewhere": sat_elsewhere(r, subject),
        "changed": 0 if table.published_at is None else queries.changed_since(r.session, subject, table.published_at),
        "round_titles": queries.round_titles(r.session, subject.contest.id, table.rule["rounds"]),
    }


def sat_elsewhere(r: Reading, subject: Subject) -> int:
    """How many people of the contest's unit took part in contests that others hold: beside the table, never in it."""
    unit_id = subject.contest.unit_id
    return elsewhere.people_below(r.session, [unit_id]).get(unit_id, 0)


def unit_parts(r: Reading, table: FinalTable, subject: Subject) -> dict[str, Any]:
    """The units of a table, class by class. What would tell the points of one or two people is left out.

    So is the sum of all measures, from which the others could be taken away.
    """
    rows = stored_units(r.session, table.id)
    classes: dict[str, list[Any]] = {}
    for row in rows:
        classes.setdefault(row.class_name, []).append(row)
    named = r.session.scalars(select(Unit).where(Unit.id.in_([row.unit_id for row in rows])))
    mix = table.rule["units"] or {"weights": {}, "threshold": None, "minimum": 0, "classes": "none"}
    tells_points = not OF_POINTS.isdisjoint(mix["weights"])
    hidden = {row.unit_id for row in rows if tells_points and not _shows_points(subject, row)}
    among_units = draws.of_units(rows, subject.last.lot_seed)
    return {
        "classes": [(labels.class_words(name), own) for name, own in classes.items()],
        "names": {unit.id: unit.name for unit in named},
        "elsewhere": elsewhere.people_below(r.session, [row.unit_id for row in rows]),
        "mix": mix,
        "measures": [
            (measure.value, labels.MEASURES[measure], mix["weights"][measure.value])
            for measure in MixMeasure
            if measure.value in mix["weights"]
        ],
        "of_points": OF_POINTS,
        "hidden": hidden,
        "drawn": {lot.unit_id for each in among_units for lot in each.lots},
        "mean_from": MEAN_FROM,
        "own_path": set(units.path_ids(r.session, r.actor.unit_id)) if r.actor.unit_id is not None else set(),
    }


def _shows_points(subject: Subject, row: UnitRow) -> bool:
    ranked = row.figures["ranked_participants"]
    return ranked == 0 or (ranked >= MEAN_FROM and subject.shows_scores)
