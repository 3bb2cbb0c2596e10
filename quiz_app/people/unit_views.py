"""The tree of units for those who cover it, and how organisers rearrange it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from quiz_app.kernel.access import Role
from quiz_app.kernel.errors import BadInput, Missing, Refused
from quiz_app.kernel.work import Reading, Work
from quiz_app.members import labels as members_labels
from quiz_app.people import labels as people_labels
from quiz_app.people import queries, restructuring
from quiz_app.people.forms import (
    LONGEST_SEARCH,
    ActForm,
    ReasonForm,
    RenameForm,
    TargetForm,
    UnitForm,
    UnitSearchForm,
    audiences_form,
)
from quiz_app.units import labels, policy, services
from quiz_app.units import queries as units
from quiz_app.units.models import Unit, UnitKind
from quiz_app.units.policy import Permission
from quiz_app.web.addresses import row_id
from quiz_app.web.errors import words_for
from quiz_app.web.guard import reading, requires, work

bp = Blueprint("people_units", __name__, url_prefix="/don-vi", template_folder="templates")

MOST_FOUND = 50


@bp.get("/")
@requires(Permission.UNIT_READ)
def index() -> ResponseReturnValue:
    """The units of the actor's roles, and a search through all below them."""
    words = request.args.get("tim", "").strip()[:LONGEST_SEARCH]
    with reading() as r:
        own = r.actor.units_as(*policy.COVERING_ROLES)
        granted = r.session.scalars(select(Unit).where(Unit.id.in_(own)).order_by(Unit.sort_key, Unit.id)).all()
        found = units.found(r.session, policy.covered_units(r.actor), words, MOST_FOUND) if words else []
        return render_template(
            "people/units.html",
            form=UnitSearchForm(request.args),
            granted=granted,
            found=found,
            words=words,
            most=MOST_FOUND,
            labels=labels,
        )


@bp.get("/<int:unit_id>")
@requires(Permission.UNIT_READ)
def unit(unit_id: int) -> ResponseReturnValue:
    """One unit: what stands below it, who holds roles on it, and its history."""
    with reading() as r:
        found = units.covered_unit(r.session, r.actor, unit_id)
        history = units.history(r.session, unit_id)
        return render_template(
            "people/unit.html",
            unit=found,
            trail=_trail(r, found),
            below=units.children(r.session, unit_id),
            closed=queries.closed_below(r.session, unit_id),
            people=queries.people_count(r.session, unit_id),
            holders=queries.holders(r.session, unit_id),
            history=queries.unit_history_words(r.session, history),
            may_manage=units.does_cover(r.session, r.actor, unit_id, Role.ORGANISER),
            may_rearrange=_may_rearrange(r, found),
            labels=labels,
            roles=members_labels.ROLES,
        )


@bp.route("/<int:unit_id>/lap-moi", methods=["GET", "POST"])
@requires(Permission.UNIT_MANAGE)
def create(unit_id: int) -> ResponseReturnValue:
    form = UnitForm()
    with reading() as r:
        above = units.covered_unit(r.session, r.actor, unit_id, Role.ORGANISER)
    if form.validate_on_submit():

        def do(w: Work) -> str:
            kind = UnitKind(form.kind.data)
            made = services.create_unit(
                w, code=form.code.data or "", name=form.name.data or "", kind=kind, parent_id=unit_id
            )
            return f"Đã lập {made.name}."

        return _done(do, form, unit_id) or _page("people/unit_new.html", form, unit=above)
    return _page("people/unit_new.html", form, unit=above)


@bp.route("/<int:unit_id>/doi-ten", methods=["GET", "POST"])
@requires(Permission.UNIT_MANAGE)
def rename(unit_id: int) -> ResponseReturnValue:
    with reading() as r:
        found = units.covered_unit(r.session, r.actor, unit_id, Role.ORGANISER)
    form = RenameForm(name=found.name, seen=found.name)
    if form.validate_on_submit():

        def do(w: Work) -> str:
            named = services.rename_unit(
                w, unit_id, form.name.data or "", seen=form.seen.data or None, reason=form.reason.data or ""
            )
            return f"Tên mới: {named.name}."

        return _done(do, form, unit_id) or _page("people/unit_rename.html", form, unit=found)
    return _page("people/unit_rename.html", form, unit=found)


@bp.route("/<int:unit_id>/chuyen", methods=["GET", "POST"])
@requires(Permission.UNIT_MANAGE)
def move(unit_id: int) -> ResponseReturnValue:
    """Under which other unit it should stand: found first, then confirmed."""

    def do(w: Work, target_id: int, form: TargetForm) -> str:
        shown = form.seen.data or ""
        seen = int(shown) if shown.isdecimal() else None
        moved = restructuring.move_unit(w, unit_id, target_id, reason=form.reason.data or "", seen_parent_id=seen)
        return f"Đã chuyển {moved.name}."

    return _to_another(unit_id, "people/unit_move.html", do)


@bp.route("/<int:unit_id>/sap-nhap", methods=["GET", "POST"])
@requires(Permission.UNIT_MANAGE)
def merge(unit_id: int) -> ResponseReturnValue:
    """Into which other unit its people should go: found first, then confirmed."""

    def do(w: Work, target_id: int, form: TargetForm) -> str:
        done = restructuring.merge_unit(
            w, unit_id, target_id, reason=form.reason.data or "", ends_roles=form.ends_roles.data
        )
        return f"Đã sáp nhập: {done.members} hồ sơ và {done.units} đơn vị cấp dưới chuyển theo."

    return _to_another(unit_id, "people/unit_merge.html", do)


@bp.route("/<int:unit_id>/dong", methods=["GET", "POST"])
@requires(Permission.UNIT_MANAGE)
def close(unit_id: int) -> ResponseReturnValue:
    form = ReasonForm()
    with reading() as r:
        found = units.covered_unit(r.session, r.actor, unit_id, Role.ORGANISER)
        holders = queries.holders(r.session, unit_id)
    said = {"unit": found, "holders": holders, "roles": members_labels.ROLES}
    if form.validate_on_submit():

        def do(w: Work) -> str:
            return f"Đã đóng {restructuring.close_unit(w, unit_id, reason=form.reason.data or '').name}."

        return _done(do, form, unit_id) or _page("people/unit_close.html", form, **said)
    return _page("people/unit_close.html", form, **said)


@bp.route("/<int:unit_id>/mo-lai", methods=["GET", "POST"])
@requires(Permission.UNIT_MANAGE)
def reopen(unit_id: int) -> ResponseReturnValue:
    form = ReasonForm()
    with reading() as r:
        found = units.covered_unit(r.session, r.actor, unit_id, Role.ORGANISER)
    if form.validate_on_submit():

        def do(w: Work) -> str:
            return f"Đã mở lại {restructuring.reopen_unit(w, unit_id, reason=form.reason.data or '').name}."

        return _done(do, form, unit_id) or _page("people/unit_reopen.html", form, unit=found)
    return _page("people/unit_reopen.html", form, unit=found)


@bp.route("/<int:unit_id>/doi-tuong", methods=["GET", "POST"])
@requires(Permission.UNIT_MANAGE)
def audiences(unit_id: int) -> ResponseReturnValue:
    """Which kind of place the unit and those directly below it are of, all on one page."""
    with reading() as r:
        found = units.covered_unit(r.session, r.actor, unit_id, Role.ORGANISER)
        listed = [found, *units.children(r.session, unit_id)]
    form = audiences_form(listed)()
    if form.validate_on_submit():

        def do(w: Work) -> str:
            changed = sum(services.set_audience(w, one_id, code) for one_id, code in form.chosen.items())
            return f"Đã lưu, {changed} đơn vị thay đổi."

        return _done(do, form, unit_id) or _page("people/unit_audiences.html", form, unit=found, listed=listed)
    return _page("people/unit_audiences.html", form, unit=found, listed=listed)


def _to_another(unit_id: int, template: str, do: Callable[[Work, int, TargetForm], str]) -> ResponseReturnValue:
    """A page that first finds another unit of the actor's (`?tim=`), then asks about it (`?den=`)."""
    target_id = request.args.get("den", type=row_id)
    words = request.args.get("tim", "").strip()[:LONGEST_SEARCH]
    with reading() as r:
        found = units.covered_unit(r.session, r.actor, unit_id, Role.ORGANISER)
        target = None if target_id is None else units.covered_unit(r.session, r.actor, target_id, Role.ORGANISER)
        scope = policy.covered_units(r.actor, Role.ORGANISER)
        offered = units.found(r.session, scope, words, MOST_FOUND) if words else []
        said = {
            "unit": found,
            "target": target,
            "search_form": UnitSearchForm(request.args),
            "words": words,
            "offered": [one for one in offered if one.id not in (unit_id, found.parent_id) and one.closed_at is None],
            "above": None if found.parent_id is None else units.unit(r.session, found.parent_id),
            "people": queries.people_count(r.session, unit_id),
            "below": len(units.children(r.session, unit_id)),
            "holders": queries.holders(r.session, unit_id),
            "roles": members_labels.ROLES,
        }
    form = TargetForm(seen=str(found.parent_id or ""))
    if form.is_submitted():
        if target is None:
            form.form_errors.append(people_labels.NO_TARGET)
        elif form.validate():
            chosen = target.id
            done = _done(lambda w: do(w, chosen, form), form, unit_id)
            if done is not None:
                return done
    return _page(template, form, **said)


def _done(do: Callable[[Work], str], form: ActForm, unit_id: int) -> ResponseReturnValue | None:
    """Do it and lead to the unit's page; None where something stood in the way, which the form then says."""
    try:
        with work() as w:
            told = do(w)
    except BadInput as refused:
        form.show(refused)
        return None
    except Missing:
        raise
    except Refused as refused:
        form.form_errors.append(words_for(refused))
        return None
    flash(told, "success")
    return redirect(url_for(".unit", unit_id=unit_id))


def _page(template: str, form: ActForm, **said: Any) -> ResponseReturnValue:
    page = render_template(template, form=form, labels=labels, **said)
    return page, 422 if form.errors or form.form_errors else 200


def _trail(r: Reading, found: Unit) -> list[Unit]:
    """The way from the highest unit of the actor's down to this one."""
    path = units.path(r.session, found.id)
    covered = set(r.session.scalars(policy.covered_units(r.actor).where(Unit.id.in_([one.id for one in path]))))
    return [one for one in path if one.id in covered]


def _may_rearrange(r: Reading, found: Unit) -> bool:
    """Whether the actor is organiser of the unit above as well: he decides where this one stands."""
    return found.parent_id is not None and units.does_cover(r.session, r.actor, found.parent_id, Role.ORGANISER)
