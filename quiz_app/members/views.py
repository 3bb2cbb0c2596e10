"""Signing in and out, and a member's own account."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeTimedSerializer

from quiz_app.kernel.errors import BadInput
from quiz_app.members import credentials, guessing, labels, queries, services, ways
from quiz_app.members.entry import AFTER_SIGN_IN, let_in, refused
from quiz_app.members.errors import (
    RegistrationRefused,
    RegistrationWaiting,
    SeveralFit,
    TooManyTries,
    WrongCredentials,
)
from quiz_app.members.forms import ChoiceForm, ConsentForm, PasswordForm, SignInForm
from quiz_app.members.models import Purpose
from quiz_app.members.passwords import MEMBER_LENGTH, PIN_LENGTH, STAFF_LENGTH, in_turn
from quiz_app.members.sign_ins import sign_ins_of
from quiz_app.members.ways import Way
from quiz_app.web.device import device
from quiz_app.web.errors import local_path, words_for
from quiz_app.web.form_pages import form_page
from quiz_app.web.guard import (
    asked_at,
    current_actor,
    database,
    forget_identity,
    public,
    reading,
    sign_in_token,
    signed_in,
    work,
)

bp = Blueprint("members", __name__, template_folder="templates")

CHOICE_S = 300


@bp.get("/dang-nhap")
@public
def sign_in() -> ResponseReturnValue:
    target = local_path(request.args.get("next"))
    if current_actor().is_signed_in:
        return redirect(target or AFTER_SIGN_IN)
    return form_page(_sign_in_page, _open_ways(), target or "", request.args.get("may") == "chung")


@bp.post("/dang-nhap")
@public
def open_session() -> ResponseReturnValue:
    form = SignInForm()
    if not form.validate():
        return _sign_in_again(form), 422
    try:
        with in_turn(), guessing.counted() as address_rests:
            token = credentials.open_with_password(
                database(),
                username=form.username.data or "",
                password=form.password.data or "",
                is_shared_device=form.is_shared_device.data,
                user_agent=request.user_agent.string,
                replaced_session_id=current_actor().session_id,
                device_sha256=device().sha256,
                address_rests=address_rests,
            )
    except SeveralFit as several:
        return _choice_page(form, several)
    except (WrongCredentials, TooManyTries, RegistrationWaiting, RegistrationRefused) as error:
        form.form_errors.append(words_for(error))
        return refused(_sign_in_again(form), error)
    return let_in(token, is_shared_device=form.is_shared_device.data, target=form.next.data)


@bp.post("/dang-nhap/chon")
@public
def open_chosen() -> ResponseReturnValue:
    """Which of those who share a phone it is. The choice is signed: what was not offered cannot be chosen."""
    form = ChoiceForm()
    account_id, proof = _chosen(form)
    try:
        token = credentials.open_chosen(
            database(),
            account_id=account_id,
            proof=proof,
            is_shared_device=form.is_shared_device.data,
            user_agent=request.user_agent.string,
            replaced_session_id=current_actor().session_id,
            device_sha256=device().sha256,
        )
    except WrongCredentials as error:
        again = SignInForm(formdata=None)
        again.form_errors.append(words_for(error))
        return _sign_in_again(again), error.status
    return let_in(token, is_shared_device=form.is_shared_device.data, target=form.next.data)


@bp.post("/dang-xuat")
@public
def sign_out() -> ResponseReturnValue:
    with work() as w:
        services.sign_out(w)
    session.clear()
    forget_identity()
    if request.form.get("nguoi-khac"):
        flash("Đã đăng xuất. Mời đồng chí tiếp theo đăng nhập.", "success")
        answer = redirect(url_for(".sign_in", may="chung"))
    else:
        flash("Đồng chí đã đăng xuất.", "success")
        answer = redirect(url_for(".sign_in"))
    sign_ins_of(current_app).take_back(answer)
    return answer


@bp.get("/tai-khoan")
@signed_in
def account() -> ResponseReturnValue:
    return _account_page(PasswordForm())


@bp.post("/tai-khoan/mat-khau")
@signed_in
def change_password() -> ResponseReturnValue:
    form = PasswordForm()
    if not form.validate():
        return _account_page(form), 422
    try:
        ended = credentials.change_password(
            database(), current_actor(), current=form.current.data or "", new=form.new.data or ""
        )
    except BadInput as error:
        for name, messages in error.errors.items():
            form[name].errors = messages
        return _account_page(form), 422
    except TooManyTries as error:
        form.form_errors.append(words_for(error))
        return refused(_account_page(form), error)
    others = f" {ended} phiên đăng nhập khác đã kết thúc." if ended else ""
    flash(f"Đã đổi mật khẩu.{others}", "success")
    return redirect(url_for(".account"))


@bp.post("/tai-khoan/dong-y/<purpose>")
@signed_in
def set_consent(purpose: str) -> ResponseReturnValue:
    form = ConsentForm()
    if not form.validate() or purpose not in set(Purpose):
        raise BadInput(form.errors)
    with work() as w:
        if form.is_given.data:
            services.give_consent(w, Purpose(purpose), labels.CONSENT_VERSION)
        else:
            services.revoke_consent(w, Purpose(purpose))
    flash("Đã lưu lựa chọn của đồng chí.", "success")
    return redirect(url_for(".account"))


@bp.post("/tai-khoan/phien/<int:session_id>/ket-thuc")
@signed_in
def end_session(session_id: int) -> ResponseReturnValue:
    with work() as w:
        services.end_session(w, session_id)
    flash("Đã kết thúc phiên đăng nhập đó.", "success")
    return redirect(url_for(".account"))


def _choice_page(form: SignInForm, several: SeveralFit) -> str:
    offered = [(_signer().dumps([one.account_id, one.proof]), one.full_name) for one in several.choices]
    choice = ChoiceForm(formdata=None, next=form.next.data, is_shared_device=form.is_shared_device.data)
    return render_template("members/sign_in_choose.html", form=choice, offered=offered)


def _chosen(form: ChoiceForm) -> tuple[int, str]:
    try:
        account_id, proof = _signer().loads(form.chosen.data or "", max_age=CHOICE_S)
    except BadSignature:
        raise BadInput({"chosen": ["Đã quá lâu. Mời đồng chí đăng nhập lại."]}) from None
    return account_id, proof


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="sign-in-choice")


def _sign_in_page(open_ways: frozenset[Way], target: str, is_shared_device: bool) -> str:
    return _filled_in(SignInForm(formdata=None, next=target, is_shared_device=is_shared_device), open_ways)


def _sign_in_again(form: SignInForm) -> str:
    """The page with what was typed, and what is wrong with it."""
    return _filled_in(form, _open_ways())


def _filled_in(form: SignInForm, open_ways: frozenset[Way]) -> str:
    form.username.description = labels.sign_in_hint(open_ways)
    return render_template("members/sign_in.html", form=form)


def _open_ways() -> frozenset[Way]:
    if sign_in_token() is None:  # else the request may hold a connection already
        return ways.glance(database(), asked_at())
    with reading() as r:
        return ways.allowed(r.session, r.now)


def _account_page(form: PasswordForm) -> str:
    with reading() as r:
        own = queries.own_account(r)
        return render_template(
            "members/account.html",
            own=own,
            form=form,
            labels=labels,
            consents=[(purpose, own.consents.get(purpose), _consent_form(own, purpose)) for purpose in Purpose],
            rule=_password_rule(own.is_staff),
        )


def _consent_form(own: queries.OwnAccount, purpose: Purpose) -> ConsentForm:
    form = ConsentForm(formdata=None, is_given=purpose in own.consents)
    form.is_given.id = f"dong-y-{purpose.value}"
    form.is_given.label.text = labels.CONSENTS[purpose]
    return form


def _password_rule(is_staff: bool) -> str:
    if is_staff:
        return f"Ít nhất {STAFF_LENGTH} ký tự, ví dụ bốn từ rời nhau."
    return f"Ít nhất {PIN_LENGTH} chữ số, hoặc ít nhất {MEMBER_LENGTH} ký tự nếu có chữ. Không dùng ngày sinh, số thẻ."
