"""The organisers' pages about drawn papers: the proof of one, and how even all of a round are."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from quiz_app.attempts import draw_proof, evenness
from quiz_app.attempts.manage_forms import CodeForm
from quiz_app.catalogue import queries as catalogue
from quiz_app.contests import labels as contest_labels
from quiz_app.contests import queries as contests
from quiz_app.contests import seals
from quiz_app.contests.policy import Permission
from quiz_app.rules.drawing import letter
from quiz_app.units import queries as units
from quiz_app.web.guard import reading, requires
from quiz_app.web.paging import page_number, slice_page

bp = Blueprint("attempts_draws", __name__, url_prefix="/to-chuc", template_folder="templates")


@bp.get("/dot/<int:round_id>/de-da-rut")
@requires(Permission.CONTEST_READ)
def search(round_id: int) -> ResponseReturnValue:
    """Find the attempt whose paper somebody doubts."""
    form = CodeForm(request.args)
    with reading() as r:
        round_ = contests.managed_round(r, round_id)
        asked = form.tim.data if form.validate() else ""
        found = draw_proof.find(r, round_, asked) if asked else None
        return render_template("attempts/manage/draws.html", round=round_, form=form, found=found)


@bp.get("/luot-thi/<int:attempt_id>/de-da-rut")
@requires(Permission.CONTEST_READ)
def proof(attempt_id: int) -> ResponseReturnValue:
    """One paper beside the same paper drawn again. Nothing of an open attempt but whether they match."""
    with reading() as r:
        found, member = draw_proof.managed_proof(r, attempt_id)
        shown = {item.item_version_id for item in (*found.stored, *found.drawn)} if found.shows_seed else set()
        shown |= found.sources.pinned | (found.avoided if found.shows_seed else set())
        original = {item.item_version_id: item.option_ids for item in found.sources.pool}
        return render_template(
            "attempts/manage/proof.html",
            proof=found,
            round=found.round,
            attempt=found.attempt,
            member=member,
            unit=units.unit(r.session, found.attempt.unit_id),
            items=catalogue.paper_items(r.session, shown),
            rows=_rows(found, original) if found.shows_seed else [],
            topics={topic.code: topic.title for topic in catalogue.topics(r.session)},
            levels=contest_labels.LEVELS,
        )


@bp.get("/dot/<int:round_id>/do-deu")
@requires(Permission.CONTEST_READ)
def even(round_id: int) -> ResponseReturnValue:
    """How even a round's papers are, a draft's as they would be, and how worn each item is."""
    with reading() as r:
        round_ = contests.managed_round(r, round_id)
        found = evenness.evenness(r.session, round_)
        page = slice_page(found.items if found else (), page_number(request.args))
        items = catalogue.paper_items(r.session, [item.item_version_id for item in page.rows])
        return render_template(
            "attempts/manage/even.html",
            round=round_,
            even=found,
            page=page,
            items=seals.legible(r, round_, items),
            topics={topic.code: topic.title for topic in catalogue.topics(r.session)},
            levels=contest_labels.LEVELS,
            papers=evenness.PAPERS,
            fewest=evenness.FEWEST_ANSWERS,
        )


def _rows(proof: draw_proof.Proof, original: dict[int, tuple[int, ...]]) -> list[tuple[int, int, str, bool]]:
    """Each place: its item, the order of its options by the letters of the item as written, and whether both agree."""
    rows = []
    for index, item in enumerate(proof.stored):
        known = original.get(item.item_version_id, item.option_order)
        order = ", ".join(letter(known.index(option)) if option in known else "?" for option in item.option_order)
        again = proof.drawn[index] if index < len(proof.drawn) else None
        rows.append((index + 1, item.item_version_id, order, again == item))
    return rows
