"""The organiser's pages: contests, their stages and rounds, blueprints, sample papers, opening."""

from __future__ import annotations

import json
from datetime import datetime

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.catalogue import queries as catalogue
from quiz_app.contests import (
    contradictions,
    editing,
    labels,
    locking,
    publishing,
    queries,
    seals,
    services,
    stages_form,
)
from quiz_app.contests.errors import RoundNotReady
from quiz_app.contests.forms import ContestForm, OpenForm, RoundForm, fields_of, shown_terms
from quiz_app.contests.last_options import loose_options
from quiz_app.contests.matrix import LEVELS, cell_name, level_words, matrix_form, matrix_of, points_name, to_cells
from quiz_app.contests.models import Contest, Round
from quiz_app.contests.policy import Permission
from quiz_app.contests.round_parts import blank_parts, locked_terms, parts_of
from quiz_app.contests.rules_page import sections_of
from quiz_app.contests.stages import arrange_stages
from quiz_app.contests.terms import terms_of
from quiz_app.contests.timing import closed_for_all_at, timing_of
from quiz_app.kernel.access import Role
from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.settings import Mode, Settings
from quiz_app.kernel.work import Reading
from quiz_app.rules.drawing import draw, letter
from quiz_app.rules.feasibility import out_of_place, shortages
from quiz_app.rules.lifecycle import Change, round_phase
from quiz_app.rules.timing import closes_finally_at, opens_first_at
from quiz_app.units import queries as units
from quiz_app.units.policy import covered_units
from quiz_app.web.forms import Form
from quiz_app.web.guard import reading, requires, work

manage = Blueprint("contests_manage", __name__, url_prefix="/to-chuc", template_folder="templates")

UNPROCESSABLE = 422


@manage.get("/")
@requires(Permission.CONTEST_READ)
def contests() -> ResponseReturnValue:
    with reading() as r:
        found = queries.managed_contests(r)
        rounds = queries.rounds_of(r.session, [contest.id for contest in found])
        return render_template(
            "contests/contests.html", contests=found, rounds=rounds, states=_states(r, rounds), closes=_closes(rounds)
        )


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
        stages = queries.stages(r.session, found.id)
        return render_template(
            "contests/contest.html",
            contest=found,
            rounds=rounds,
            stages=stages,
            states=_states(r, rounds),
            closes=_closes(rounds),
        )


@manage.route("/cuoc-thi/<int:contest_id>/giai-doan", methods=["GET", "POST"])
@requires(Permission.CONTEST_MANAGE)
def stages(contest_id: int) -> ResponseReturnValue:
    """Stages of a contest: names, order, and which round belongs to which."""
    with reading() as r:
        found = queries.managed_contest(r, contest_id)
        known = queries.stages(r.session, found.id)
        rounds = queries.rounds_of(r.session, [found.id])
        movable = [one for one in rounds if Change.TITLE not in locking.locks(one, r.now)]
        form = stages_form.stages_form(known, movable)
    if form.validate_on_submit():
        sent = stages_form.sent_stages(form, known, movable)
        with work() as w:
            arrange_stages(w, contest_id, sent.wanted, sent.stage_of_round, sent.removed)
        flash("Đã lưu các giai đoạn.", "success")
        return redirect(url_for(".stages", contest_id=contest_id))
    fixed = [(one, next((stage.title for stage in known if stage.id == one.stage_id), "")) for one in rounds]
    fixed = [pair for pair in fixed if pair[0] not in movable]
    page = render_template("contests/stages.html", form=form, contest=found, stages=known, rounds=movable, fixed=fixed)
    return page, _status(form)


@manage.route("/cuoc-thi/<int:contest_id>/dot-moi", methods=["GET", "POST"])
@requires(Permission.CONTEST_MANAGE)
def create_round(contest_id: int) -> ResponseReturnValue:
    form = RoundForm()
    with reading() as r:
        found = queries.managed_contest(r, contest_id)
        tree = _offer(r, form, found)
    if form.validate_on_submit():
        try:
            with work() as w:
                round_ = services.create_round(w, contest_id, form.to_terms())
            flash("Đã tạo đợt thi. Bước tiếp theo: lập ma trận đề.", "success")
            return redirect(url_for(".blueprint", round_id=round_.id))
        except BadInput as refused:
            form.refuse(refused.errors)
    page = render_template(
        "contests/round_form.html", form=form, contest=found, round=None, parts=blank_parts(), tree=tree
    )
    return page, _status(form)


@manage.route("/dot/<int:round_id>/sua", methods=["GET", "POST"])
@requires(Permission.CONTEST_MANAGE)
def change_round(round_id: int) -> ResponseReturnValue:
    """Every setting of a round; those that are locked stand there in words, and are not read from what is sent."""
    with reading() as r:
        round_ = queries.managed_round(r, round_id)
        terms = terms_of(r.session, round_)
        form = RoundForm(data={**shown_terms(terms), "seen": json.dumps(editing.marks_of(terms))})
        tree = _offer(r, form, round_.contest, round_)
        locked = locked_terms(r, round_)
        form.leave_out(locked)
        parts = parts_of(r, round_)
    if form.validate_on_submit():
        try:
            with work() as w:
                saved = editing.change_round(w, round_id, form.to_terms, _marks(form))
            flash(f"Đã lưu đợt thi. {_rules_words(saved)}".strip(), "success")
            if any(name in request.form for term in locked for name in fields_of(term)):
                flash(labels.LOCKED_MEANWHILE, "warning")
            return redirect(url_for(".round_", round_id=round_id))
        except editing.ChangedMeanwhile as meanwhile:
            form.refuse(meanwhile.errors)
            form.seen.data = json.dumps(dict(meanwhile.marks))
        except BadInput as refused:
            form.refuse(refused.errors)
        except RoundNotReady as short:
            form.form_errors = list(short.problems)
    page = render_template(
        "contests/round_form.html", form=form, contest=round_.contest, round=round_, parts=parts, tree=tree
    )
    return page, _status(form)


@manage.get("/dot/<int:round_id>")
@requires(Permission.CONTEST_READ)
def round_(round_id: int) -> ResponseReturnValue:
    """A round at a glance: its rules, its blueprint, and what is still missing before it can open."""
    with reading() as r:
        found = queries.managed_round(r, round_id)
        is_draft = found.published_at is None
        pool, _ = queries.draw_sources(r.session, found)
        rules = queries.rules(r.session, found)
        return render_template(
            "contests/round.html",
            round=found,
            phase=round_phase(locking.facts(found, r.now), r.now),
            parts=parts_of(r, found),
            topics={topic.code: topic.title for topic in catalogue.topics(r.session)},
            level_words=level_words,
            length=queries.paper_length(found),
            points=sum(cell.count * cell.points for cell in found.cells),
            pool_size=len(pool),
            problems=publishing.problems(r, found, pool) if is_draft else (),
            warnings=_warnings(r, found),
            loose=loose_options(r, [item.item_version_id for item in pool]),
            links=_links(found),
            rules=[section.as_stored() for section in sections_of(r, found)] if rules is None else rules.sections,
            roster=None if is_draft else queries.roster_size(r.session, round_id),
        )


@manage.route("/dot/<int:round_id>/ma-tran", methods=["GET", "POST"])
@requires(Permission.CONTEST_MANAGE)
def blueprint(round_id: int) -> ResponseReturnValue:
    """How many items of which topic and level, beside what the chosen sets hold, and the items of every paper."""
    with reading() as r:
        round_ = queries.managed_round(r, round_id)
        matrix = matrix_of(r, round_)
        form = matrix_form(matrix, editing.blueprint_mark(terms_of(r.session, round_), matrix.cells))
        lock = parts_of(r, round_)["items"].lock
        pool, _ = queries.draw_sources(r.session, round_)
        loose = loose_options(r, [item.item_version_id for item in pool])
    if lock is None and form.validate_on_submit():
        try:
            with work() as w:
                cells = to_cells(form, matrix)
                saved = editing.set_blueprint(w, round_id, cells, form["pinned_item_ids"].data, form["seen"].data)
            flash(f"Đã lưu ma trận đề. {_rules_words(saved)}".strip(), "success")
            return redirect(url_for(".blueprint", round_id=round_id))
        except editing.ChangedMeanwhile as meanwhile:
            form.form_errors = meanwhile.errors["seen"]
            form["seen"].data = meanwhile.marks["seen"]
        except BadInput as refused:
            form.form_errors = [words for messages in refused.errors.values() for words in messages]
        except RoundNotReady as short:
            form.form_errors = list(short.problems)
    if lock is not None and request.method == "POST":
        form.form_errors = [labels.BLUEPRINT_LOCKED.format(reason=lock)]
    page = render_template(
        "contests/blueprint.html",
        form=form,
        round=round_,
        matrix=matrix,
        levels=LEVELS,
        level_words=level_words,
        cell_name=cell_name,
        points_name=points_name,
        titles=dict(matrix.topics),
        lock=lock,
        loose=loose,
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
        seals.require_pool_open(r, [item.item_version_id for item in pool])
        cells = queries.blueprint(round_)
        short = bool(shortages(cells, pool) or out_of_place(cells, pool, pinned))
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
            opens_at=opens_first_at(timing_of(found)),
            closes_at=closes_finally_at(timing_of(found)),
            parts=parts_of(r, found),
            length=queries.paper_length(found),
            points=sum(cell.count * cell.points for cell in found.cells),
            pool_size=len(pool),
            problems=publishing.problems(r, found, pool),
            warnings=_warnings(r, found),
            loose=loose_options(r, [item.item_version_id for item in pool]),
        )


def _offer(r: Reading, form: RoundForm, contest: Contest, round_: Round | None = None) -> list[units.UnitRow]:
    """Fill in what may be chosen from. The tree of units, in the order of the choices.

    What a round has chosen stays on offer, also a set that was retired or a unit that was closed since.
    """
    sets = [(one.id, one.title) for one in catalogue.published_sets(r.session) if one.use == "contest"]
    tree = units.units(r.session, units.subtree_ids(contest.unit_id))
    if round_ is not None:
        known = {set_id for set_id, _ in sets}
        sets += [
            (one.id, f"{one.title} (đã ngừng dùng)")
            for one in queries.sets_of(r.session, round_.id)
            if one.id not in known
        ]
        open_ids = {unit.id for unit in tree}
        named = [units.unit(r.session, number) for number in terms_of(r.session, round_).entry_unit_ids]
        tree += [
            units.UnitRow(one.id, one.code, f"{one.name} (không còn hoạt động)", one.kind, None, 0)
            for one in named
            if one.id not in open_ids
        ]
    form.offer(
        sets=sets,
        units=[(unit.id, unit.name) for unit in tree],
        stages=[(stage.id, stage.title) for stage in queries.stages(r.session, contest.id)],
    )
    return tree


def _warnings(r: Reading, round_: Round) -> tuple[contradictions.Contradiction, ...]:
    return contradictions.warnings(terms_of(r.session, round_), contradictions.context_of(r, round_))


def _links(round_: Round) -> list[tuple[str, str]]:
    """Where else this round is looked after."""
    number = round_.id
    links = [("Xem thử đề", url_for("contests_manage.preview", round_id=number))] if round_.cells else []
    links += [
        ("Độ đều của đề", url_for("attempts_draws.even", round_id=number)),
        ("Thể lệ", url_for("contests_start.rules", round_id=number)),
        ("Thi thử (bản nháp)", url_for("contests_start.rehearse", round_id=number)),
        ("Nhân bản", url_for("contests_start.copy_round", round_id=number)),
        ("Thời gian bù", url_for("attempts_manage.extra_times", round_id=number)),
        ("Không xếp hạng", url_for("attempts_manage.unranked", contest_id=round_.contest_id)),
    ]
    if round_.published_at is None:
        return [*links, ("Xóa bản nháp", url_for("contests_discard.round_", round_id=number))]
    links += [
        ("Theo dõi trực tiếp", url_for("results_watch.watch", round_id=number)),
        ("Dấu hiệu cần kiểm tra", url_for("results_flags.of_round", round_id=number)),
        ("Chốt kết quả", url_for("results_manage.steps_page", kind="dot", number=number)),
        ("Gia hạn và thông báo", url_for("attempts_manage.notices", round_id=number)),
        ("Đề đã rút", url_for("attempts_draws.search", round_id=number)),
        ("Gửi muộn", url_for("attempts_late.arrivals", round_id=number)),
        ("Khiếu nại", url_for("feedback_manage.received", round_id=number)),
        ("Thống kê câu hỏi", url_for("analysis.of_round", round_id=number)),
        ("Sửa kết quả", url_for("results_corrections.listing", round_id=number)),
    ]
    if round_.prediction_kind is not None:
        links.append(("Số thực tế của câu dự đoán", url_for("attempts_truth.figures", round_id=number)))
    return links


def _states(r: Reading, rounds: list[Round]) -> dict[int, str]:
    """Where each round stands, as a word that the templates know."""
    return {one.id: round_phase(locking.facts(one, r.now), r.now).state.value for one in rounds}


def _closes(rounds: list[Round]) -> dict[int, datetime]:
    return {one.id: closed_for_all_at(one) for one in rounds}


def _marks(form: RoundForm) -> dict[str, str]:
    """What the page was opened with; nothing where it does not say so."""
    try:
        marks = json.loads(form.seen.data or "{}")
    except ValueError:
        return {}
    return {str(name): str(mark) for name, mark in marks.items()} if isinstance(marks, dict) else {}


def _rules_words(saved: editing.Saved) -> str:
    """What became of the rules; nothing of a draft, which has none yet."""
    if saved.new_rules is not None:
        return labels.RULES_RENEWED.format(number=saved.new_rules)
    if saved.round.published_at is None:
        return ""
    return labels.RULES_KEPT.format(number=saved.round.rules_number)


def _status(form: Form) -> int:
    return UNPROCESSABLE if form.errors else 200


def _is_demonstration_site() -> bool:
    settings: Settings = current_app.extensions["settings"]
    return settings.mode is not Mode.PRODUCTION
