"""The organisers' pages while a round runs: notices, extensions, extra time, and who is not ranked."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from quiz_app.attempts import excluding, granting, labels
from quiz_app.attempts.manage_forms import (
    ExtensionForm,
    ExtraTimeForm,
    ManageForm,
    NoticeForm,
    ReasonForm,
    SearchForm,
    Units,
)
from quiz_app.contests import exclusions, locking
from quiz_app.contests import labels as contest_labels
from quiz_app.contests import policy as contests_policy
from quiz_app.contests import queries as contests
from quiz_app.contests.models import Accommodation, Contest, Exclusion, Round, Shown
from quiz_app.contests.policy import Permission
from quiz_app.contests.services import held_round
from quiz_app.contests.timing import longest_timing, timing_of
from quiz_app.kernel.errors import BadInput
from quiz_app.kernel.work import Reading
from quiz_app.members import queries as members
from quiz_app.members.models import Member
from quiz_app.rules.lifecycle import Change
from quiz_app.rules.timing import closes_finally_at
from quiz_app.units import queries as units
from quiz_app.units.models import Unit
from quiz_app.web.guard import reading, requires, work

bp = Blueprint("attempts_manage", __name__, url_prefix="/to-chuc", template_folder="templates")

UNPROCESSABLE = 422
MOST_FOUND = 30


@bp.route("/dot/<int:round_id>/thong-bao", methods=["GET", "POST"])
@requires(Permission.CONTEST_MANAGE)
def notices(round_id: int) -> ResponseReturnValue:
    """The public notices of a round, and the form for another."""
    form = NoticeForm()
    with reading() as r:
        round_ = contests.managed_round(r, round_id)
        form.offer(_units(r, round_.contest))
    if form.validate_on_submit():
        try:
            with work() as w:
                granting.post_notice(w, round_id, form.unit, form.text.data or "")
            flash("Đã đăng thông báo.", "success")
            return redirect(url_for(".notices", round_id=round_id))
        except BadInput as refused:
            form.show(refused)
    with reading() as r:
        kept = granting.every_notice(r.session, round_id)
        page = render_template(
            "attempts/manage/notices.html",
            form=form,
            round=round_,
            notices=[(notice, unit, granting.closes_by(round_, notice)) for notice, unit in kept],
            closes_at=closes_finally_at(timing_of(round_)),
            last_close=closes_finally_at(longest_timing(round_)),
            lock=_lock(round_, Change.CLOSE_LATER, r),
        )
    return page, _status(form)


@bp.route("/dot/<int:round_id>/gia-han", methods=["GET", "POST"])
@requires(Permission.CONTEST_MANAGE)
def extend(round_id: int) -> ResponseReturnValue:
    """Extend a round: asked first, with the new close and the attempts that it reaches."""
    form = ExtensionForm()
    with reading() as r:
        round_ = contests.managed_round(r, round_id)
        offered = _units(r, round_.contest)
        form.offer(offered)
        lock = _lock(round_, Change.CLOSE_LATER, r)
    if lock is None and form.validate_on_submit():
        minutes, text = form.minutes.data or 0, form.text.data or ""
        try:
            if not form.confirmed.data:
                with reading() as r:
                    planned = granting.planned_extension(r, round_, form.unit, minutes)
                return _extend_sure(form, round_, planned, offered, r.now)
            with work() as w:
                planned = granting.planned_extension(w, held_round(w, round_id), form.unit, minutes)
                was_shown = form.confirmed.data == str(planned.extension_s)
                if was_shown:
                    granting.extend_round(w, round_id, form.unit, minutes, text)
            if not was_shown:  # pressed twice, or another organiser was quicker: nobody adds time that he was not shown
                flash("Đợt thi vừa được gia hạn. Lần bấm này chưa làm gì: bấm nữa là cộng thêm lần nữa.", "warning")
                return _extend_sure(form, round_, planned, offered, w.now)
            flash("Đã gia hạn và đăng thông báo.", "success")
            return redirect(url_for(".notices", round_id=round_id))
        except BadInput as refused:
            form.show(refused)
    page = render_template(
        "attempts/manage/extend.html",
        form=form,
        round=round_,
        lock=lock,
        closes_at=closes_finally_at(timing_of(round_)),
        last_close=closes_finally_at(longest_timing(round_)),
    )
    return page, _status(form)


@bp.get("/dot/<int:round_id>/thoi-gian-bu")
@requires(Permission.CONTEST_READ)
def extra_times(round_id: int) -> ResponseReturnValue:
    """Who has extra time in a round, and the search for another."""
    with reading() as r:
        round_ = contests.managed_round(r, round_id)
        form, found = _search(r, round_.contest)
        return render_template(
            "attempts/manage/extra_times.html",
            round=round_,
            rows=granting.accommodated(r.session, round_id),
            form=form,
            found=found,
            lock=_lock(round_, Change.EXTRA_TIME, r),
        )


@bp.route("/dot/<int:round_id>/thoi-gian-bu/<int:member_id>", methods=["GET", "POST"])
@requires(Permission.CONTEST_MANAGE)
def extra_time(round_id: int, member_id: int) -> ResponseReturnValue:
    form = ExtraTimeForm()
    with reading() as r:
        round_ = contests.managed_round(r, round_id)
        member = granting.entrant(r, round_, member_id)
        kept = r.session.get(Accommodation, (round_id, member_id))
        unit = units.unit(r.session, member.unit_id)
        lock = _lock(round_, Change.EXTRA_TIME, r)
        if request.method == "GET" and kept is not None:
            form.minutes.data, form.reason.data = kept.extra_time_s // 60, kept.reason
    if lock is None and form.validate_on_submit():
        try:
            with work() as w:
                granting.grant_extra_time(w, round_id, member_id, form.minutes.data or 0, form.reason.data or "")
            flash(f"Đã ghi thời gian bù cho đồng chí {member.full_name}.", "success")
            return redirect(url_for(".extra_times", round_id=round_id))
        except BadInput as refused:
            form.show(refused)
    page = render_template(
        "attempts/manage/extra_time.html", form=form, round=round_, member=member, unit=unit, kept=kept, lock=lock
    )
    return page, _status(form)


@bp.post("/dot/<int:round_id>/thoi-gian-bu/<int:member_id>/bo")
@requires(Permission.CONTEST_MANAGE)
def withdraw_extra_time(round_id: int, member_id: int) -> ResponseReturnValue:
    with work() as w:
        was_there = granting.withdraw_extra_time(w, round_id, member_id)
    if was_there:
        flash("Đã bỏ thời gian bù.", "success")
    return redirect(url_for(".extra_times", round_id=round_id))


@bp.get("/cuoc-thi/<int:contest_id>/khong-xep-hang")
@requires(Permission.CONTEST_READ)
def unranked(contest_id: int) -> ResponseReturnValue:
    """Who may practise in a contest and is never ranked, and the search for another."""
    with reading() as r:
        contest = contests.managed_contest(r, contest_id)
        form, found = _search(r, contest)
        return render_template(
            "attempts/manage/unranked.html",
            contest=contest,
            rows=exclusions.excluded(r.session, contest_id),
            form=form,
            found=found,
        )


@bp.route("/cuoc-thi/<int:contest_id>/khong-xep-hang/<int:member_id>", methods=["GET", "POST"])
@requires(Permission.CONTEST_MANAGE)
def exclude(contest_id: int, member_id: int) -> ResponseReturnValue:
    form = ReasonForm()
    with reading() as r:
        contest = contests.managed_contest(r, contest_id)
        member = exclusions.invited_member(r, contest, member_id)
        unit = units.unit(r.session, member.unit_id)
        kept = r.session.get(Exclusion, (contest_id, member_id))
        if request.method == "GET" and kept is not None:
            form.reason.data = kept.reason
    if form.validate_on_submit():
        try:
            with work() as w:
                rekeyed = excluding.exclude(w, contest_id, member_id, form.reason.data or "")
            flash(f"Đồng chí {member.full_name} không xếp hạng trong cuộc thi này. {_rekeyed(rekeyed)}", "success")
            return redirect(url_for(".unranked", contest_id=contest_id))
        except BadInput as refused:
            form.show(refused)
    page = render_template("attempts/manage/exclude.html", form=form, contest=contest, member=member, unit=unit)
    return page, _status(form)


@bp.post("/cuoc-thi/<int:contest_id>/khong-xep-hang/<int:member_id>/bo")
@requires(Permission.CONTEST_MANAGE)
def readmit(contest_id: int, member_id: int) -> ResponseReturnValue:
    with work() as w:
        rekeyed = excluding.readmit(w, contest_id, member_id)
    flash(f"Đã đưa trở lại xếp hạng. {_rekeyed(rekeyed)}", "success")
    return redirect(url_for(".unranked", contest_id=contest_id))


def _rekeyed(count: int) -> str:
    return f"Đã xếp hạng lại kết quả ở {count} đợt." if count else "Chưa có kết quả nào phải xếp hạng lại."


def _units(r: Reading, contest: Contest) -> list[tuple[int, str]]:
    """The units that a contest is held for, the lower ones set in."""
    rows = units.units(r.session, units.subtree_ids(contest.unit_id))
    return [(unit.id, "– " * unit.depth + unit.name) for unit in rows]


def _search(r: Reading, contest: Contest) -> tuple[SearchForm, list[tuple[Member, Unit]] | None]:
    """The search form as it was sent, and whom it found; None where nothing was asked."""
    form = SearchForm(request.args)
    form.offer(_units(r, contest))
    if not form.validate() or not (form.tim.data or form.don_vi.data):
        return form, None
    within = units.subtree_ids(form.don_vi.data or contest.unit_id)
    query = members.roster(r.actor, within, search=form.tim.data or "")
    # A unit from elsewhere in the address finds nobody: the people are those of the contest.
    query = query.where(Member.unit_id.in_(units.subtree_ids(contest.unit_id))).limit(MOST_FOUND)
    people = r.session.scalars(query).all()
    named = {unit.id: unit for unit in r.session.scalars(select(Unit).where(Unit.id.in_({p.unit_id for p in people})))}
    return form, [(person, named[person.unit_id]) for person in people]


def _lock(round_: Round, change: Change, r: Reading) -> str | None:
    """Why a change is locked now, in words; None where it is free."""
    reason = locking.locks(round_, r.now).get(change)
    return None if reason is None else contest_labels.LOCKS[reason]


def _extend_sure(form: ExtensionForm, round_: Round, plan: granting.Extension, offered: Units, now: datetime) -> str:
    seen = []
    if round_.prediction_kind is not None and not contests_policy.hides_figures(round_, now):
        seen.append(labels.FIGURES_SEEN)
    if round_.show_marks == Shown.AFTER_CLOSING.value and contests_policy.reveals_marks(round_, now):
        seen.append(labels.MARKS_SEEN)
    name = dict(offered).get(form.unit or 0)
    return render_template("attempts/manage/extend_sure.html", form=form, round=round_, plan=plan, name=name, seen=seen)


def _status(form: ManageForm) -> int:
    return UNPROCESSABLE if form.errors else 200
