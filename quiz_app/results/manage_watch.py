"""The organisers' page of a round as it runs. It renews itself; without scripts the browser loads it again."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from quiz_app.attempts.labels import LATE_WHAT
from quiz_app.contests import queries as contests
from quiz_app.contests.timing import longest_timing
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import Reading
from quiz_app.results.policy import Permission
from quiz_app.results.watching import MINUTE, Watch
from quiz_app.rules import timing
from quiz_app.web.guard import reading, requires

bp = Blueprint("results_watch", __name__, url_prefix="/to-chuc/dot", template_folder="templates")

EVERY_S = 5
SILENT_AFTER = MINUTE


@bp.record_once
def _keep_watch(setup: BlueprintSetupState) -> None:
    setup.app.extensions["watch"] = Watch()


@bp.get("/<int:round_id>/truc-tiep")
@requires(Permission.ROUND_WATCH)
def watch(round_id: int) -> ResponseReturnValue:
    """How a published round goes now."""
    with reading() as r:
        return _page(r, round_id, "results/watch.html")


@bp.get("/<int:round_id>/truc-tiep/so-lieu")
@requires(Permission.ROUND_WATCH)
def figures(round_id: int) -> ResponseReturnValue:
    """The part of the page that changes, for the script that renews it."""
    with reading() as r:
        return _page(r, round_id, "results/watch_figures.html")


def _page(r: Reading, round_id: int, template: str) -> str:
    round_ = contests.managed_round(r, round_id)
    if round_.published_at is None:
        raise Missing
    watch: Watch = current_app.extensions["watch"]
    found = watch.of_round(r, round_)
    seen = found.worker_seen_at
    return render_template(
        template,
        round=round_,
        found=found,
        late=[(LATE_WHAT[what].lower(), number) for what, number in found.late.items()],
        window=timing.window(longest_timing(round_), r.now),
        is_worker_silent=seen is None or found.at - seen > SILENT_AFTER,
        every_s=EVERY_S,
    )
