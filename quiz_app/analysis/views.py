"""What a round's answers teach: its figures, each item's, and the same as a workbook."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectField

from quiz_app.analysis import computing, exports, labels, queries
from quiz_app.analysis.computing import Sample
from quiz_app.analysis.policy import Action, Permission
from quiz_app.analysis.queries import Kept, Learned, Sight
from quiz_app.catalogue import labels as catalogue_labels
from quiz_app.catalogue import queries as catalogue
from quiz_app.kernel.errors import Missing, NotAllowed
from quiz_app.kernel.jobs import JobState
from quiz_app.kernel.work import Reading
from quiz_app.rules.item_findings import FEWEST_PAPERS
from quiz_app.web.forms import Form, choices
from quiz_app.web.guard import reading, requires, work
from quiz_app.web.paging import page_number, slice_page
from quiz_app.web.spreadsheet import MIME_TYPE

bp = Blueprint("analysis", __name__, url_prefix="/to-chuc", template_folder="templates")

MOST_COLUMNS = 31
ITEMS_A_PAGE = 25
FAR = float("inf")
ORDERS: dict[str, tuple[Callable[[Learned], Any], bool]] = {
    "nghi-ngo": (lambda one: (one.gravity, len(one.findings)), True),
    "so-luot": (lambda one: one.figures.papers, True),
    "do-kho": (lambda one: _or_far(one.figures.facility), False),
    "phan-biet": (lambda one: _or_far(one.figures.discrimination), False),
    "hieu-suat": (lambda one: _or_far(one.figures.efficiency), False),
    "thoi-gian": (lambda one: one.figures.mean_ms or 0, True),
}
"""By what items may be sorted, and whether the largest comes first unless asked otherwise."""


class SampleForm(Form):
    luot = SelectField(
        "Thống kê trên", choices=choices([(k, labels.SAMPLES[v]) for k, v in labels.SAMPLE_SLUGS.items()])
    )


@bp.get("/thong-ke")
@requires(Permission.ANALYSIS_READ)
def index() -> ResponseReturnValue:
    """The closed rounds that one may learn from."""
    with reading() as r:
        page = slice_page(queries.rounds(r), page_number(request.args))
        return render_template("analysis/index.html", page=page)


@bp.get("/dot/<int:round_id>/thong-ke")
@requires(Permission.ANALYSIS_READ)
def of_round(round_id: int) -> ResponseReturnValue:
    """The figures of all papers, the map of items, and every item."""
    with reading() as r:
        seen = queries.sight(r, round_id, _sample())
        kept = queries.kept(r, seen)
        order, is_falling = _order()
        items = [] if kept is None else sorted(kept.items, key=ORDERS[order][0], reverse=is_falling)
        return render_template(
            "analysis/round.html",
            kept=kept,
            columns=[] if kept is None else _columns(kept),
            page=slice_page(items, page_number(request.args), ITEMS_A_PAGE),
            order=order,
            is_falling=is_falling,
            form=SampleForm(formdata=None, meta={"csrf": False}, luot=_slug(seen.sample)),
            **_about(r, seen),
        )


@bp.post("/dot/<int:round_id>/thong-ke")
@requires(Permission.ANALYSIS_COMPUTE)
def compute(round_id: int) -> ResponseReturnValue:
    """Ask the worker to compute anew."""
    sample = _sample()
    with work() as w:
        is_asked = computing.ask(w, queries.sight(w, round_id).round, sample) is not None
    if not is_asked:
        flash(labels.NOT_OVER, "warning")
    return redirect(url_for(".of_round", round_id=round_id, luot=_slug(sample)))


@bp.get("/dot/<int:round_id>/thong-ke.json")
@requires(Permission.ANALYSIS_READ)
def progress(round_id: int) -> ResponseReturnValue:
    """How far the computing is: what the bar asks for."""
    with reading() as r:
        seen = queries.sight(r, round_id, _sample())
    if seen.job is None:
        raise Missing
    return jsonify(
        done=seen.job.done,
        total=seen.job.total,
        state=JobState.RUNNING.value if seen.is_under_way else seen.job.state,
        message=labels.message(seen.job),
        url=None if seen.is_under_way else url_for(".of_round", round_id=round_id, luot=_slug(seen.sample)),
    )


@bp.get("/dot/<int:round_id>/thong-ke/cau/<int:version_id>")
@requires(Permission.ANALYSIS_READ)
def item(round_id: int, version_id: int) -> ResponseReturnValue:
    """One item; its options too where members may read the keys already."""
    with reading() as r:
        seen = queries.sight(r, round_id, _sample())
        return _item_page(r, seen, version_id, with_keys=seen.reads_keys and seen.keys_are_public)


@bp.post("/dot/<int:round_id>/thong-ke/cau/<int:version_id>")
@requires(Permission.ANALYSIS_KEYS, fresh=True)
def item_keys(round_id: int, version_id: int) -> ResponseReturnValue:
    """The same with its options. It is posted because looking leaves a record; the answer is the page itself."""
    with work() as w:
        seen = queries.sight(w, round_id, _sample())
        if seen.shows and not seen.reads_keys:
            raise NotAllowed
        page = _item_page(w, seen, version_id, with_keys=True)
        w.record(Action.ANALYSIS_KEYS_VIEWED, f"round:{round_id}", items=[version_id])
    return page


@bp.post("/dot/<int:round_id>/thong-ke/xuat")
@requires(Permission.ANALYSIS_EXPORT, fresh=True)
def export(round_id: int) -> ResponseReturnValue:
    """The figures as a workbook; which option is right only for who may see it, and that goes on record."""
    with work() as w:
        seen = queries.sight(w, round_id, _sample())
        kept = queries.required(w, seen)
        content = exports.export(w, seen, kept)
        w.record(
            Action.ANALYSIS_EXPORTED,
            f"round:{round_id}",
            sample=seen.sample.value,
            items=len(kept.items),
            with_keys=seen.reads_keys,
        )
    name = f"thong-ke-cau-hoi-dot-{round_id}.xlsx"
    return send_file(io.BytesIO(content), mimetype=MIME_TYPE, as_attachment=True, download_name=name)


def _item_page(r: Reading, seen: Sight, version_id: int, *, with_keys: bool) -> str:
    kept = queries.required(r, seen)
    learned = next((one for one in kept.items if one.figures.item == version_id), None)
    if learned is None:
        raise Missing
    return render_template(
        "analysis/item.html",
        kept=kept,
        one=learned,
        figures=learned.figures,
        with_keys=with_keys,
        correction_id=queries.open_corrections(r, seen.round.id, version_id) if seen.manages else None,
        **_about(r, seen),
    )


def _about(r: Reading, seen: Sight) -> dict[str, Any]:
    return {
        "seen": seen,
        "round": seen.round,
        "slug": _slug(seen.sample),
        "labels": labels,
        "topics": {topic.code: topic.title for topic in catalogue.topics(r.session)},
        "levels": catalogue_labels.LEVELS,
        "fewest": FEWEST_PAPERS,
    }


def _columns(kept: Kept) -> list[tuple[str, int]]:
    """The distribution of scores, every score between the extremes its column; many of them are put together."""
    counts = dict(kept.figures.papers.scores)
    lowest, highest = min(counts), max(counts)
    step = (highest - lowest) // MOST_COLUMNS + 1
    return [
        (f"{first}" if step == 1 else f"{first}–{first + step - 1}", sum(counts.get(first + n, 0) for n in range(step)))
        for first in range(lowest, highest + 1, step)
    ]


def _sample() -> Sample:
    return labels.SAMPLE_SLUGS.get(request.args.get("luot", ""), Sample.COUNTED)


def _slug(sample: Sample) -> str:
    return next(slug for slug, one in labels.SAMPLE_SLUGS.items() if one is sample)


def _order() -> tuple[str, bool]:
    asked = request.args.get("xep", "")
    order = asked if asked in ORDERS else "nghi-ngo"
    return order, {"giam": True, "tang": False}.get(request.args.get("chieu", ""), ORDERS[order][1])


def _or_far(value: float | None) -> float:
    return FAR if value is None else value
