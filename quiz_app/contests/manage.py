"""The organiser's pages: contests, their rounds, blueprints, sample papers, opening."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.catalogue import queries as catalogue
from quiz_app.contests import labels, publishing, queries, services
from quiz_app.contests.forms import LEVELS, ContestForm, OpenForm, RoundForm, blueprint_form, cell_name, to_cells
from quiz_app.contests.models import Round
from quiz_app.contests.policy import Permission, is_open
from quiz_app.contests.timing import timing_of
from quiz_app.kernel.access import Role
from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.settings import Mode, Settings
from quiz_app.kernel.work import Reading
from quiz_app.rules import timing
from quiz_app.rules.drawing import draw, letter, shortages
from quiz_app.rules.standing import CountedAttempt
from quiz_app.units import queries as units
from quiz_app.units.policy import covered_units
from quiz_app.web.forms import Form
from quiz_app.web.guard import reading, requires, work

manage = Blueprint("contests_manage", __name__, url_prefix="/to-chuc", template_folder="templates")

UNPROCESSABLE = 422
FIELDS = {"tie_breaks": "first", "time_limit_s": "time_limit_minutes"}


@manage.get("/")
@requires(Permission.CONTEST_READ)
def contests() -> ResponseReturnValue:
    with reading() as r:
        found = queries.managed_contests(r)
        rounds = queries.rounds_of(r.session, [contest.id for contest in found])
        return render_template("contests/contests.html", contests=found, rounds=rounds, states=_states(r, rounds))


@manage.route("/cuoc-thi-moi", methods=["GET", "POST"])
@requires(Permission.CONTEST_MANAGE)
def create_contest() -> ResponseReturnValue:
    form = ContestForm()
    with reading() as r:
        form.offer([(unit.id, unit.name) for unit in units.units(r.session, covered_units(r.actor, Role.ORGANISER))])
    if not form.validate_on_submit():
        return render_template("contests/contest_form.html", form=form), _status(form)
    with work() as w:
        contest = services.create_contest(
            w, title=form.title.data or "", unit_id=form.unit_id.data, is_demonstration=_is_demonstration_site()
        )
    flash("Đã tạo cuộc thi. Bước tiếp theo: thêm đợt thi.", "success")
    return redirect(url_for(".create_round", contest_id=contest.id))


@manage.get("/cuoc-thi/<int:contest_id>")
@requires(Permission.CONTEST_READ)
def contest(contest_id: int) -> ResponseReturnValue:
    with reading() as r:
        found = queries.managed_contest(r, contest_id)
        rounds = queries.rounds_of(r.session, [found.id])
        return render_template("contests/contest.html", contest=found, rounds=rounds, states=_states(r, rounds))


@manage.route("/cuoc-thi/<int:contest_id>/dot-moi", methods=["GET", "POST"])
@requires(Permission.CONTEST_MANAGE)
def create_round(contest_id: int) -> ResponseReturnValue:
    form = RoundForm()
    with reading() as r:
        found = queries.managed_contest(r, contest_id)
        form.offer(_sets_for_contests(r))
    if form.validate_on_submit():
        try:
            with work() as w:
                round_ = services.create_round(w, contest_id, form.to_terms())
            flash("Đã tạo đợt thi. Bước tiếp theo: lập ma trận đề.", "success")
            return redirect(url_for(".blueprint", round_id=round_.id))
        except BadInput as refused:
            _show_errors(form, refused)
    return render_template("contests/round_form.html", form=form, contest=found, round=None), _status(form)


@manage.route("/dot/<int:round_id>/sua", methods=["GET", "POST"])
@requires(Permission.CONTEST_MANAGE)
def change_round(round_id: int) -> ResponseReturnValue:
    form = RoundForm()
    with reading() as r:
        round_ = queries.managed_round(r, round_id)
        form.offer(_sets_for_contests(r))
        if request.method == "GET":
            form.fill(round_, [item_set.id for item_set in queries.sets_of(r.session, round_id)])
            form.offer(_sets_for_contests(r))
    if form.validate_on_submit():
        try:
            with work() as w:
                services.change_round(w, round_id, form.to_terms())
            flash("Đã lưu đợt thi.", "success")
            return redirect(url_for(".round_", round_id=round_id))
        except BadInput as refused:
            _show_errors(form, refused)
    return render_template("contests/round_form.html", form=form, contest=round_.contest, round=round_), _status(form)


@manage.get("/dot/<int:round_id>")
@requires(Permission.CONTEST_READ)
def round_(round_id: int) -> ResponseReturnValue:
    """A round at a glance: its rules, its blueprint, and what is still missing before it can open."""
    with reading() as r:
        found = queries.managed_round(r, round_id)
        is_draft = found.published_at is None
        pool, _ = queries.draw_sources(r.session, found)
        return render_template(
            "contests/round.html",
            round=found,
            state=_states(r, [found])[found.id],
            sets=queries.sets_of(r.session, round_id),
            topics={topic.code: topic.title for topic in catalogue.topics(r.session)},
            levels=labels.LEVELS,
            length=queries.paper_length(found),
            pool_size=len(pool),
            problems=publishing.problems(r, found, pool) if is_draft else (),
            roster=None if is_draft else queries.roster_size(r.session, round_id),
            shown=labels.SHOWN,
            names_shown=labels.NAMES_SHOWN,
            counted=labels.COUNTED[CountedAttempt(found.counted)],
            standing_rule=labels.standing_rule(found.tie_breaks),
        )


@manage.route("/dot/<int:round_id>/ma-tran", methods=["GET", "POST"])
@requires(Permission.CONTEST_MANAGE)
def blueprint(round_id: int) -> ResponseReturnValue:
    """How many items of which topic and level, beside what the chosen sets hold."""
    with reading() as r:
        round_ = queries.managed_round(r, round_id)
        stock = Counter((item.topic, item.level) for item in queries.draft_pool(r.session, round_))
        topics = [(t.code, t.title) for t in catalogue.topics(r.session) if any(code == t.code for code, _ in stock)]
        form = blueprint_form(topics, stock)()
        if request.method == "GET":
            _fill_blueprint(form, topics, round_)
    if form.validate_on_submit():
        with work() as w:
            services.set_blueprint(w, round_id, to_cells(form, topics))
        flash("Đã lưu ma trận đề.", "success")
        return redirect(url_for(".round_", round_id=round_id))
    page = render_template(
        "contests/blueprint.html",
        form=form,
        round=round_,
        topics=topics,
        levels=labels.LEVELS,
        cell_name=cell_name,
        stock=stock,
    )
    return page, _status(form)


@manage.get("/dot/<int:round_id>/xem-thu")
@requires(Permission.CONTEST_READ)
def preview(round_id: int) -> ResponseReturnValue:
    """A sample paper as a member would get it, without keys. Each number gives another paper, always the same one."""
    sample = max(1, request.args.get("de", 1, type=int))
    with reading() as r:
        round_ = queries.managed_round(r, round_id)
        pool, pinned = queries.draw_sources(r.session, round_)
        cells = queries.blueprint(round_)
        short = shortages(cells, pool)
        # A seed that no attempt can have: a sample must not foretell anybody's paper.
        drawn = () if short else draw(cells, pool, f"sample:{round_.id}:{sample}", pinned=pinned)
        items = catalogue.paper_items(r.session, [item.item_version_id for item in drawn])
        paper = [
            (items[item.item_version_id], [(letter(n), option) for n, option in enumerate(item.option_order)])
            for item in drawn
        ]
        return render_template("contests/preview.html", round=round_, paper=paper, sample=sample, short=short)


@manage.route("/dot/<int:round_id>/mo", methods=["GET", "POST"])
@requires(Permission.CONTEST_MANAGE)
def publish(round_id: int) -> ResponseReturnValue:
    """Open a round: asked first, since members see it from then on and its rules are fixed."""
    form = OpenForm()
    if form.validate_on_submit():
        with work() as w:
            services.publish_round(w, round_id)
        flash("Đã mở đợt thi cho người dự thi.", "success")
        return redirect(url_for(".round_", round_id=round_id))
    with reading() as r:
        found = queries.managed_round(r, round_id)
        pool = queries.draft_pool(r.session, found)
        return render_template(
            "contests/publish.html",
            round=found,
            length=queries.paper_length(found),
            problems=publishing.problems(r, found, pool),
        )


def _sets_for_contests(r: Reading) -> list[tuple[int, str]]:
    return [(one.id, one.title) for one in catalogue.published_sets(r.session) if one.use == "contest"]


def _states(r: Reading, rounds: list[Round]) -> dict[int, str]:
    """Where each round stands, as a word that the templates know."""
    return {round_.id: _state(r, round_) for round_ in rounds}


def _state(r: Reading, round_: Round) -> str:
    if round_.published_at is None:
        return "draft"
    if round_.finalised_at is not None:
        return "final"
    if is_open(round_, r.now):
        return "open"
    return timing.window(timing_of(round_), r.now).phase.value


def _fill_blueprint(form: Form, topics: list[tuple[str, str]], round_: Round) -> None:
    counts = {(cell.topic, cell.level): cell.count for cell in round_.cells}
    for index, (code, _) in enumerate(topics):
        for level in LEVELS:
            form[cell_name(index, level)].data = counts.get((code, level))


def _show_errors(form: RoundForm, refused: BadInput) -> None:
    """Put what a service found wrong beside the fields."""
    for name, messages in refused.errors.items():
        field = form[FIELDS.get(name, name)]
        field.errors = [*field.errors, *messages]


def _status(form: Form) -> int:
    return UNPROCESSABLE if form.errors else 200


def _is_demonstration_site() -> bool:
    settings: Settings = current_app.extensions["settings"]
    return settings.mode is not Mode.PRODUCTION
