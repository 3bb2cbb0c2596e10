"""Members of one's units: found, looked at, changed; and people who may be one person."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.kernel.access import Role
from quiz_app.kernel.errors import BadInput, Missing, Refused
from quiz_app.kernel.work import Work
from quiz_app.members import labels as members_labels
from quiz_app.members import queries as members
from quiz_app.members.models import Category, Member, Standing
from quiz_app.people import exports, merging, queries, records
from quiz_app.people import labels as people_labels
from quiz_app.people.forms import (
    LONGEST_SEARCH,
    CategoryForm,
    MemberSearchForm,
    MergeForm,
    ReasonForm,
    StandingForm,
    UnitSearchForm,
)
from quiz_app.people.policy import Action, Permission
from quiz_app.units import policy as units_policy
from quiz_app.units import queries as units
from quiz_app.web.addresses import row_id
from quiz_app.web.errors import words_for
from quiz_app.web.forms import choices
from quiz_app.web.guard import reading, requires, work
from quiz_app.web.paging import page_number
from quiz_app.web.spreadsheet import download

bp = Blueprint("people_members", __name__, url_prefix="/thanh-vien", template_folder="templates")

MOST_FOUND = 50
STANDINGS = {one.value: one for one in Standing}


@bp.get("/")
@requires(Permission.PEOPLE_READ)
def find() -> ResponseReturnValue:
    """The members of the actor's units; the filter lives in the address."""
    words, standing = _filter()
    unit_id = request.args.get("don-vi", type=row_id)
    with reading() as r:
        unit = None if unit_id is None else units.covered_unit(r.session, r.actor, unit_id)
        return render_template(
            "people/members.html",
            page=queries.member_page(r, queries.Found(words, standing, unit_id), page_number(request.args)),
            form=MemberSearchForm(request.args),
            unit=unit,
            is_filtered=bool(words or standing),
            is_organiser=bool(r.actor.units_as(Role.ORGANISER)),
            labels=members_labels,
        )


@bp.get("/don-vi/<int:unit_id>/danh-sach.xlsx")
@requires(Permission.PEOPLE_EXPORT, fresh=True)
def export(unit_id: int) -> ResponseReturnValue:
    """The members of a unit as the filter in the address asks; that the list was handed out is written down."""
    with reading() as r:
        unit = units.covered_unit(r.session, r.actor, unit_id)
        page = queries.member_page(r, queries.Found(*_filter(), unit_id), 1, exports.LARGEST_EXPORT)
        content = exports.members_file(unit, page, r.now, author=r.actor.name)
    with work() as w:
        w.record(Action.LIST_EXPORTED, f"unit:{unit_id}", rows=len(page.rows))
    return download(content, f"danh-sach-{unit_id}.xlsx")


@bp.get("/<int:member_id>")
@requires(Permission.PEOPLE_READ)
def member(member_id: int) -> ResponseReturnValue:
    return _member_page(member_id)


@bp.post("/<int:member_id>/tinh-trang")
@requires(Permission.STANDING_CHANGE)
def change_standing(member_id: int) -> ResponseReturnValue:
    form = StandingForm()

    def do(w: Work) -> Member:
        wanted = Standing(form.standing.data)
        return records.change_standing(w, member_id, wanted, seen=form.seen.data or "", reason=form.reason.data or "")

    return _changed(form, do, member_id) or _member_page(member_id, standing_form=form)


@bp.post("/<int:member_id>/dien")
@requires(Permission.MEMBER_CHANGE)
def change_category(member_id: int) -> ResponseReturnValue:
    form = CategoryForm()

    def do(w: Work) -> Member:
        wanted = Category(form.category.data)
        return records.change_category(w, member_id, wanted, seen=form.seen.data or "", reason=form.reason.data or "")

    return _changed(form, do, member_id) or _member_page(member_id, category_form=form)


@bp.route("/<int:member_id>/don-vi", methods=["GET", "POST"])
@requires(Permission.MEMBER_CHANGE)
def change_unit(member_id: int) -> ResponseReturnValue:
    """To which other unit a member goes: found first (`?tim=`), then confirmed (`?den=`)."""
    target_id = request.args.get("den", type=row_id)
    words = request.args.get("tim", "").strip()[:LONGEST_SEARCH]
    with reading() as r:
        row = queries.member(r, member_id)
        if not queries.may_arrange(r, row.member):
            raise Missing
        target = None if target_id is None else units.covered_unit(r.session, r.actor, target_id, Role.ORGANISER)
        scope = units_policy.covered_units(r.actor, Role.ORGANISER)
        offered = units.found(r.session, scope, words, MOST_FOUND) if words else []
        roles = members.grants_of(r.session, member_id)
    form = ReasonForm()
    if form.is_submitted() and target is None:
        form.form_errors.append(people_labels.NO_TARGET)
    elif form.is_submitted() and target is not None:
        seen, to_unit_id = request.form.get("seen", ""), target.id

        def do(w: Work) -> Member:
            before = int(seen) if seen.isdecimal() else row.member.unit_id
            return records.change_unit(w, member_id, to_unit_id, seen=before, reason=form.reason.data or "")

        done = _changed(form, do, member_id)
        if done is not None:
            return done
    page = render_template(
        "people/member_unit.html",
        form=form,
        row=row,
        target=target,
        words=words,
        search_form=UnitSearchForm(request.args),
        offered=[one for one in offered if one.id != row.member.unit_id and one.closed_at is None],
        granted=roles,
        labels=members_labels,
    )
    return page, _status(form)


@bp.get("/trung-lap")
@requires(Permission.DUPLICATES_READ)
def duplicates() -> ResponseReturnValue:
    """Members of the same name and birth, of whom nobody has said yet whether they are one person."""
    with reading() as r:
        page = queries.pairs(r, page_number(request.args))
        names = queries.unit_names(r.session, [one for pair in page.rows for one in pair])
        return render_template("people/duplicates.html", page=page, unit_names=names, labels=members_labels)


@bp.get("/trung-lap/<int:first_id>/<int:second_id>")
@requires(Permission.DUPLICATES_READ)
def pair(first_id: int, second_id: int) -> ResponseReturnValue:
    return _pair_page(first_id, second_id, ReasonForm(), _merge_form(first_id, second_id))


@bp.post("/trung-lap/<int:first_id>/<int:second_id>/hai-nguoi")
@requires(Permission.DUPLICATES_DECIDE)
def keep_apart(first_id: int, second_id: int) -> ResponseReturnValue:
    form = ReasonForm()
    if form.validate():
        try:
            with work() as w:
                merging.keep_apart(w, first_id, second_id, reason=form.reason.data or "")
            flash("Đã ghi: hai người khác nhau. Cặp này không hiện trong danh sách nữa.", "success")
            return redirect(url_for(".duplicates"))
        except BadInput as refused:
            form.show(refused)
    return _pair_page(first_id, second_id, form, _merge_form(first_id, second_id, is_new=True))


@bp.post("/trung-lap/<int:first_id>/<int:second_id>/gop")
@requires(Permission.DUPLICATES_DECIDE)
def merge(first_id: int, second_id: int) -> ResponseReturnValue:
    form = _merge_form(first_id, second_id)
    if form.validate():
        kept_id = int(form.kept.data)
        gone_id = second_id if kept_id == first_id else first_id
        try:
            with work() as w:
                kept = merging.merge(w, kept_id, gone_id, reason=form.reason.data or "")
            flash(f"Đã gộp vào hồ sơ của đồng chí {kept.full_name}.", "success")
            return redirect(url_for(".member", member_id=kept_id))
        except BadInput as refused:
            form.show(refused)
        except Missing:
            raise
        except Refused as refused:
            form.form_errors.append(words_for(refused))
    return _pair_page(first_id, second_id, ReasonForm(formdata=None), form)


def _merge_form(first_id: int, second_id: int, *, is_new: bool = False) -> MergeForm:
    form = MergeForm(formdata=None) if is_new else MergeForm()
    form.kept.choices = choices((str(one), f"Hồ sơ số {one}") for one in sorted((first_id, second_id)))
    form.reason.id = "ly-do-gop"
    return form


def _pair_page(first_id: int, second_id: int, apart_form: ReasonForm, merge_form: MergeForm) -> ResponseReturnValue:
    with reading() as r:
        both = queries.pair(r, first_id, second_id)
        page = render_template(
            "people/pair.html",
            both=both,
            unit_names=queries.unit_names(r.session, both),
            sat={one.id: queries.sat(r.session, one.id) for one in both},
            granted={one.id: members.grants_of(r.session, one.id) for one in both},
            usernames={one.id: queries.username(r.session, one.id) for one in both},
            clashes=merging.conflicts(r, *both),
            is_own=r.actor.member_id in {one.id for one in both},
            decided=queries.decided(r.session, first_id, second_id),
            apart_form=apart_form,
            merge_form=merge_form,
            labels=members_labels,
        )
    return page, max(_status(apart_form), _status(merge_form))


def _member_page(
    member_id: int, standing_form: StandingForm | None = None, category_form: CategoryForm | None = None
) -> ResponseReturnValue:
    with reading() as r:
        row = queries.member(r, member_id)
        one = row.member
        standing = standing_form or StandingForm(formdata=None, standing=one.standing, seen=one.standing)
        category = category_form or CategoryForm(formdata=None, category=one.category, seen=one.category)
        category.reason.id = "ly-do-dien"
        page = render_template(
            "people/member.html",
            row=row,
            may_keep=queries.may_keep(r, one) and one.merged_into_id is None,
            may_arrange=queries.may_arrange(r, one) and one.merged_into_id is None,
            standing_form=standing,
            category_form=category,
            changes=queries.changes(r.session, member_id),
            sat=queries.sat(r.session, member_id),
            granted=members.grants_of(r.session, member_id),
            labels=members_labels,
        )
    return page, max(_status(standing), _status(category))


def _filter() -> tuple[str, Standing | None]:
    words = request.args.get("tim", "").strip()[:LONGEST_SEARCH]
    return words, STANDINGS.get(request.args.get("tinh-trang", ""))


def _changed(form: ReasonForm, do: Callable[[Work], Member], member_id: int) -> ResponseReturnValue | None:
    """Do it and lead back to the member; None where something stood in the way, which the form then says."""
    if not form.validate():
        return None
    try:
        with work() as w:
            do(w)
    except BadInput as refused:
        form.show(refused)
        return None
    except Missing:
        raise
    except Refused as refused:
        if refused.status == 403:
            raise
        form.form_errors.append(words_for(refused))
        return None
    flash("Đã ghi thay đổi.", "success")
    return redirect(url_for(".member", member_id=member_id))


def _status(form: ReasonForm) -> int:
    return 422 if form.errors or form.form_errors else 200
