"""The organiser's pages to begin from something: a profile, a copy, a rehearsal; and the rules as they would read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.catalogue import queries as catalogue
from quiz_app.contests import contradictions, copying, profiles, queries, rehearsing, rules_page
from quiz_app.contests.policy import Permission
from quiz_app.contests.start_forms import (
    SPREAD,
    ContestCopyForm,
    ProfileForm,
    RehearsalForm,
    RoundCopyForm,
    instant,
    local,
)
from quiz_app.contests.terms import terms_of
from quiz_app.kernel.access import Role
from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.settings import Mode, Settings
from quiz_app.units import queries as units
from quiz_app.units.policy import covered_units
from quiz_app.web.forms import Form
from quiz_app.web.guard import reading, requires, work

bp = Blueprint("contests_start", __name__, url_prefix="/to-chuc", template_folder="templates")

UNPROCESSABLE = 422
NEXT_WEEK = timedelta(weeks=1)


@bp.route("/cuoc-thi-theo-mau", methods=["GET", "POST"])
@requires(Permission.CONTEST_MANAGE)
def from_profile() -> ResponseReturnValue:
    form = ProfileForm()
    with reading() as r:
        organised = units.units(r.session, covered_units(r.actor, Role.ORGANISER))
        sets = [one for one in catalogue.published_sets(r.session) if one.use == "contest"]
        form.offer([(unit.id, unit.name) for unit in organised], [(one.id, one.title) for one in sets])
    if form.validate_on_submit():
        try:
            with work() as w:
                contest = profiles.create_contest(
                    w,
                    profiles.PROFILES[form.profile.data],
                    title=form.title.data or "",
                    unit_id=form.unit_id.data,
                    first_opens_at=instant(form.first_opens_at.data),
                    set_ids=form.set_ids.data or (),
                    rounds=form.rounds.data,
                    is_spread=form.blueprint.data == SPREAD,
                    is_demonstration=_is_demonstration_site(),
                )
            flash(
                "Đã tạo cuộc thi theo mẫu. Các đợt còn là bản nháp: xem lại, sửa nếu cần, rồi mở từng đợt.", "success"
            )
            return redirect(url_for("contests_manage.contest", contest_id=contest.id))
        except BadInput as refused:
            _show_errors(form, refused, {"opens_at": "first_opens_at", "closes_at": "first_opens_at"})
    return render_template("contests/from_profile.html", form=form), _status(form)


@bp.route("/cuoc-thi/<int:contest_id>/nhan-ban", methods=["GET", "POST"])
@requires(Permission.CONTEST_MANAGE)
def copy_contest(contest_id: int) -> ResponseReturnValue:
    form = ContestCopyForm()
    with reading() as r:
        contest = queries.managed_contest(r, contest_id)
        rounds = queries.rounds_of(r.session, [contest.id])
        left_behind = copying.left_behind(r, rounds)
        if request.method == "GET":
            form.title.data = contest.title
    if form.validate_on_submit():
        try:
            with work() as w:
                copy = copying.copy_contest(
                    w, contest_id, title=form.title.data or "", first_opens_at=instant(form.first_opens_at.data)
                )
            flash("Đã nhân bản cuộc thi. Các đợt của bản mới còn là bản nháp.", "success")
            return redirect(url_for("contests_manage.contest", contest_id=copy.id))
        except BadInput as refused:
            _show_errors(form, refused, {}, otherwise="first_opens_at")
    page = render_template(
        "contests/copy_contest.html", form=form, contest=contest, rounds=rounds, left_behind=left_behind
    )
    return page, _status(form)


@bp.route("/dot/<int:round_id>/nhan-ban", methods=["GET", "POST"])
@requires(Permission.CONTEST_MANAGE)
def copy_round(round_id: int) -> ResponseReturnValue:
    form = RoundCopyForm()
    with reading() as r:
        round_ = queries.managed_round(r, round_id)
        left_behind = copying.left_behind(r, [round_])
        if request.method == "GET":
            form.title.data = copying.next_title(round_.title)
            form.opens_at.data = local(round_.opens_at + NEXT_WEEK)
    if form.validate_on_submit():
        try:
            with work() as w:
                copy = copying.copy_round(
                    w, round_id, title=form.title.data or "", opens_at=instant(form.opens_at.data)
                )
            flash(f"Đã nhân bản thành “{copy.title}”, còn là bản nháp.", "success")
            return redirect(url_for("contests_manage.round_", round_id=copy.id))
        except BadInput as refused:
            _show_errors(form, refused, {}, otherwise="opens_at")
    page = render_template("contests/copy_round.html", form=form, round=round_, left_behind=left_behind)
    return page, _status(form)


@bp.route("/dot/<int:round_id>/thi-thu", methods=["GET", "POST"])
@requires(Permission.CONTEST_MANAGE)
def rehearse(round_id: int) -> ResponseReturnValue:
    """Try a round on a copy that counts nowhere."""
    form = RehearsalForm()
    if form.validate_on_submit():
        with work() as w:
            copy = rehearsing.rehearse(w, round_id, form.hours.data)
        flash("Đã mở buổi thi thử. Chỉ Ban tổ chức thấy và vào được; không tính kết quả.", "success")
        return redirect(url_for("attempts.enter", round_id=copy.id))
    with reading() as r:
        round_ = queries.managed_round(r, round_id)
        page = render_template(
            "contests/rehearse.html",
            form=form,
            round=round_,
            rehearsals=rehearsing.rehearsals(r, round_id),
            problems=rehearsing.problems(r, round_),
        )
    return page, _status(form)


@bp.post("/thi-thu/<int:rehearsal_id>/ket-thuc")
@requires(Permission.CONTEST_MANAGE)
def end_rehearsal(rehearsal_id: int) -> ResponseReturnValue:
    with work() as w:
        round_ = rehearsing.end_rehearsal(w, rehearsal_id)
    flash("Đã kết thúc buổi thi thử.", "success")
    return redirect(url_for(".rehearse", round_id=round_.id))


@bp.get("/dot/<int:round_id>/the-le")
@requires(Permission.CONTEST_READ)
def rules(round_id: int) -> ResponseReturnValue:
    """The rules as the present settings make them, what contradicts in them, and the versions published so far."""
    with reading() as r:
        round_ = queries.managed_round(r, round_id)
        warnings = contradictions.warnings(terms_of(r.session, round_), contradictions.context_of(r, round_))
        return render_template(
            "contests/rules_desk.html",
            round=round_,
            sections=rules_page.sections_of(r, round_),
            warnings=warnings,
            versions=queries.rules_versions(r.session, round_id),
        )


def _show_errors(form: Form, refused: BadInput, fields: Mapping[str, str], otherwise: str = "title") -> None:
    """Put what a service found wrong beside the fields; what belongs to none of them, at `otherwise`."""
    for name, messages in refused.errors.items():
        wanted = fields.get(name, name)
        field = form[wanted if wanted in form else otherwise]
        field.errors = [*field.errors, *(message for message in messages if message not in field.errors)]


def _status(form: Form) -> int:
    return UNPROCESSABLE if form.errors else 200


def _is_demonstration_site() -> bool:
    settings: Settings = current_app.extensions["settings"]
    return settings.mode is not Mode.PRODUCTION
