"""Staff's second factor: enrolling, showing it, recovery codes, and an operator's reset."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from quiz_app.kernel.errors import NotAllowed, Refused, SecondFactorNeeded
from quiz_app.kernel.settings import Settings
from quiz_app.members import guessing, queries, roles, second_factor, throttling
from quiz_app.members.entry import refused
from quiz_app.members.errors import AddressRests, TooManyTries, WrongCode
from quiz_app.members.policy import Permission
from quiz_app.members.sign_ins import is_own_device, sign_ins_of
from quiz_app.members.staff_forms import CodeForm
from quiz_app.web.device import device
from quiz_app.web.errors import local_path, words_for
from quiz_app.web.guard import current_actor, database, held_back_by, reading, requires, signed_in, work

bp = Blueprint("members_second_factor", __name__, template_folder="templates")


@bp.get("/tai-khoan/hai-lop")
@signed_in
def page() -> ResponseReturnValue:
    _refuse_who_bears_no_role()
    return _page(CodeForm(next=local_path(request.args.get("next")) or ""))


@bp.post("/tai-khoan/hai-lop/bat-dau")
@signed_in
def offer() -> ResponseReturnValue:
    _refuse_who_bears_no_role()
    with work() as w:
        second_factor.offer(w, _settings().keys)
    return redirect(url_for(".page", next=local_path(request.form.get("next"))))


@bp.post("/tai-khoan/hai-lop/bat")
@signed_in
def confirm() -> ResponseReturnValue:
    _refuse_who_bears_no_role()
    form = CodeForm()
    if not form.validate():
        return _page(form), 422
    try:
        opened = second_factor.confirm(database(), current_actor(), form.code.data or "", _settings().keys)
    except (WrongCode, TooManyTries) as error:
        return _wrong(form, error)
    return _codes_page(opened, form.next.data)


@bp.post("/tai-khoan/hai-lop/ma")
@signed_in
def show() -> ResponseReturnValue:
    _refuse_who_bears_no_role()
    form = CodeForm()
    if not form.validate():
        return _page(form), 422
    try:
        with _counted():
            opened = second_factor.show(database(), current_actor(), form.code.data or "", _settings().keys)
    except (WrongCode, TooManyTries) as error:
        return _wrong(form, error)
    answer = redirect(local_path(form.next.data) or url_for("members.account"))
    sign_ins_of(current_app).hand_out(answer, opened.token, is_shared_device=opened.is_shared_device)
    return answer


@bp.post("/tai-khoan/hai-lop/ma-du-phong")
@signed_in
def renew_codes() -> ResponseReturnValue:
    _refuse_who_bears_no_role()
    form = CodeForm()
    if not form.validate():
        return _page(form), 422
    try:
        with _counted():
            opened = second_factor.renew_codes(database(), current_actor(), form.code.data or "", _settings().keys)
    except (WrongCode, TooManyTries) as error:
        return _wrong(form, error)
    return _codes_page(opened, None)


@bp.post("/tai-khoan/hai-lop/tat")
@signed_in
def remove() -> ResponseReturnValue:
    _refuse_who_bears_no_role()
    form = CodeForm()
    if not form.validate():
        return _page(form), 422
    actor = current_actor()
    is_demanded = sign_ins_of(current_app).demands_second_factor(actor)
    try:
        with _counted():
            second_factor.remove(database(), actor, form.code.data or "", _settings().keys, is_demanded=is_demanded)
    except (WrongCode, TooManyTries) as error:
        return _wrong(form, error)
    flash("Đã tắt xác thực hai lớp.", "success")
    return redirect(url_for("members.account"))


@bp.route("/vai-tro/nguoi/<int:member_id>/dat-lai-hai-lop", methods=["GET", "POST"])
@requires(Permission.SECOND_FACTOR_RESET, fresh=True)
def reset(member_id: int) -> ResponseReturnValue:
    """Asks first, then resets."""
    if request.method == "POST":
        with work() as w:
            second_factor.reset(w, member_id)
        flash("Đã đặt lại xác thực hai lớp. Người ấy được báo khi đăng nhập lại.", "success")
        return redirect(url_for("members_roles.person", member_id=member_id))
    with reading() as r:
        member = roles.person(r, member_id)
        second_factor.of_member(r, member_id)
        return render_template("members/second_factor_reset.html", member=member)


def _refuse_who_bears_no_role() -> None:
    """It wakes roles, so who bears none has no use for it."""
    actor = current_actor()
    if not actor.grants and not actor.held_back:
        raise NotAllowed


def _page(form: CodeForm) -> str:
    settings = _settings()
    with reading() as r:
        found = second_factor.state(r, settings.keys, is_due=held_back_by() is SecondFactorNeeded)
        username = queries.own_account(r).username
        address = (
            second_factor.address(found.secret, username=username, site_name=settings.site_name)
            if found.secret
            else None
        )
        return render_template(
            "members/second_factor.html",
            form=form,
            state=found,
            is_demanded=sign_ins_of(current_app).demands_second_factor(r.actor),
            groups=_groups(found.secret or ""),
            address=address,
        )


@contextmanager
def _counted() -> Iterator[None]:
    """While the address rests, whoever has shown a factor in this browser before may still. Raises AddressRests."""
    with guessing.counted() as rests:
        if rests:
            with database().reading() as session:
                own = current_actor().account_id or 0
                if not is_own_device(session, [own], device().sha256, has_shown_factor=True):
                    raise AddressRests(minutes=throttling.ADDRESS_MINUTES)
        yield


def _wrong(form: CodeForm, error: Refused) -> tuple[str, int, dict[str, str]]:
    form.form_errors.append(words_for(error))
    return refused(_page(form), error)


def _codes_page(opened: second_factor.Opened, target: str | None) -> Response:
    """Shown this once: nothing keeps the codes but their owner."""
    following = local_path(target) or url_for("members.account")
    answer = make_response(render_template("members/recovery_codes.html", codes=opened.codes, following=following))
    sign_ins_of(current_app).hand_out(answer, opened.token, is_shared_device=opened.is_shared_device)
    return answer


def _groups(secret: str) -> list[str]:
    return [secret[start : start + 4] for start in range(0, len(secret), 4)]


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
