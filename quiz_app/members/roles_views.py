"""Who may do what where, and the giving and taking back of roles."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.kernel.access import Role
from quiz_app.kernel.errors import BadInput, NotAllowed
from quiz_app.kernel.work import Reading
from quiz_app.members import labels, policy, queries, roles, second_factor, services
from quiz_app.members.policy import Permission
from quiz_app.members.role_words import MEANS
from quiz_app.members.staff_forms import GrantForm, HeldRolesForm, PeopleForm
from quiz_app.units import queries as units_queries
from quiz_app.web.addresses import row_id
from quiz_app.web.guard import reading, requires, work
from quiz_app.web.paging import page_number

bp = Blueprint("members_roles", __name__, template_folder="templates")

ALL_UNITS = 0
WITHOUT_CSRF = {"csrf": False}


@bp.get("/vai-tro")
@requires(Permission.ROLES_MANAGE)
def held() -> ResponseReturnValue:
    """The filters live in the address."""
    asked_unit = request.args.get("don-vi", ALL_UNITS, type=row_id)
    asked_role = request.args.get("vai-tro", "")
    search = request.args.get("ten", "")[:120]
    with reading() as r:
        form = HeldRolesForm(formdata=None, meta=WITHOUT_CSRF, search=search, unit=asked_unit, role=asked_role)
        form.unit.choices = [(ALL_UNITS, "Tất cả đơn vị đồng chí phụ trách"), *_units(r)]
        form.role.choices = [("", "Mọi vai trò"), *_named(tuple(MEANS))]
        page = roles.held(
            r,
            search=search,
            unit_id=asked_unit or None,
            role=Role(asked_role) if asked_role in set(MEANS) else None,
            number=page_number(request.args),
        )
        is_filtered = bool(asked_unit or asked_role or search)
        return render_template(
            "members/roles.html", form=form, page=page, labels=labels, means=MEANS, is_filtered=is_filtered
        )


@bp.get("/vai-tro/nguoi")
@requires(Permission.ROLES_MANAGE)
def people() -> ResponseReturnValue:
    search = request.args.get("ten", "")[:120]
    form = PeopleForm(formdata=None, meta=WITHOUT_CSRF, search=search)
    with reading() as r:
        page = roles.people(r, search, page_number(request.args)) if search else None
        return render_template("members/role_people.html", form=form, page=page)


@bp.get("/vai-tro/nguoi/<int:member_id>")
@requires(Permission.ROLES_MANAGE)
def person(member_id: int) -> ResponseReturnValue:
    with reading() as r:
        member = roles.person(r, member_id)
        form = GrantForm(formdata=None, meta=WITHOUT_CSRF, unit=member.unit_id)
        form.role.choices = _named(policy.roles_given_by(r.actor))
        form.unit.choices = _units(r)
        governed = {unit_id for unit_id, _ in form.unit.choices}
        return render_template(
            "members/role_person.html",
            member=member,
            unit=units_queries.unit(r.session, member.unit_id),
            grants=queries.grants_of(r.session, member.id),
            history=roles.history(r, member.id),
            form=form,
            governed=governed,
            given=policy.roles_given_by(r.actor),
            is_own=member.id == r.actor.member_id,
            has_second_factor=second_factor.is_held(r, member.id),
            labels=labels,
            means=MEANS,
        )


@bp.route("/vai-tro/nguoi/<int:member_id>/giao", methods=["GET", "POST"])
@requires(Permission.ROLES_MANAGE, fresh=True)
def grant(member_id: int) -> ResponseReturnValue:
    """Asks first, then gives."""
    asked = request.values.get("vai-tro", "")
    unit_id = request.values.get("don-vi", 0, type=row_id)
    if asked not in set(MEANS):
        raise BadInput({"vai-tro": ["Đồng chí chưa chọn vai trò."]})
    role = Role(asked)
    if request.method == "POST":
        with work() as w:
            services.grant_role(w, member_id, role, unit_id)
            name = roles.person(w, member_id).full_name
        flash(f"Đã giao vai trò {labels.ROLES[role]} cho đồng chí {name}. Có hiệu lực ngay.", "success")
        return redirect(url_for(".person", member_id=member_id))
    with reading() as r:
        if role not in policy.roles_given_by(r.actor):
            raise NotAllowed
        member = roles.person(r, member_id)
        unit = roles.unit_to_give(r, unit_id)
        return render_template(
            "members/role_sure.html", member=member, unit=unit, role=role, labels=labels, means=MEANS, grant_id=None
        )


@bp.route("/vai-tro/<int:grant_id>/thu-hoi", methods=["GET", "POST"])
@requires(Permission.ROLES_MANAGE, fresh=True)
def withdraw(grant_id: int) -> ResponseReturnValue:
    """Asks first, then takes back."""
    if request.method == "POST":
        with work() as w:
            taken = services.revoke_role(w, grant_id)
            role, member_id = Role(taken.role), taken.member_id
        flash(f"Đã thu hồi vai trò {labels.ROLES[role]}. Có hiệu lực ngay.", "success")
        return redirect(url_for(".person", member_id=member_id))
    with reading() as r:
        asked = roles.live_grant(r, grant_id)
        return render_template(
            "members/role_sure.html",
            member=roles.person(r, asked.member_id),
            unit=units_queries.unit(r.session, asked.unit_id),
            role=Role(asked.role),
            labels=labels,
            means=MEANS,
            grant_id=grant_id,
        )


def _units(r: Reading) -> list[tuple[int, str]]:
    units = units_queries.units(r.session, policy.governed_units(r.actor))
    return [(unit.id, "– " * unit.depth + unit.name) for unit in units]


def _named(which: tuple[Role, ...]) -> list[tuple[str, str]]:
    return [(role.value, labels.ROLES[role]) for role in which]
