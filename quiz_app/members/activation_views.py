"""Coming in by a slip: the page that its QR code opens, and the choice of a secret."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quiz_app.kernel.errors import BadInput, Refused
from quiz_app.kernel.settings import Settings
from quiz_app.members import activation, guessing
from quiz_app.members.activation import Owner
from quiz_app.members.entry import let_in, refused
from quiz_app.members.errors import TooManyTries, WrongSlip
from quiz_app.members.forms import SecretForm, SlipForm
from quiz_app.members.passwords import PIN_LENGTH, STAFF_LENGTH
from quiz_app.members.slip_paper import PATH
from quiz_app.web.device import device
from quiz_app.web.errors import words_for
from quiz_app.web.guard import current_actor, database, public

bp = Blueprint("members_activation", __name__, template_folder="templates")

OPEN_ROUND = "/vao-thang"


@bp.get(PATH)
@public
def ask() -> ResponseReturnValue:
    """The token is the fragment of the address, which no browser sends: the page's script takes it from there."""
    return _slip_page(SlipForm(formdata=None))


@bp.post(PATH)
@public
def check() -> ResponseReturnValue:
    """Whose slip it is, and the choice of a secret: an answer and no redirect, so that nothing is kept between."""
    form = SlipForm()
    if not form.validate():
        return _slip_page(form), 422
    try:
        with guessing.refused_at_rest():
            owner = activation.check(database(), _keys(), form.proof)
    except (WrongSlip, TooManyTries) as error:
        return _refused(form, error)
    given = {"token": form.token.data, "code": form.code.data, "factor": form.factor.data}
    return _secret_page(SecretForm(formdata=None, **given), owner)


@bp.route(f"{PATH}/ma-so", methods=["GET", "POST"])
@public
def choose() -> ResponseReturnValue:
    form = SecretForm()
    if request.method == "GET":
        return redirect(url_for(".ask"))
    if not form.validate():
        return _again(form)
    try:
        with guessing.refused_at_rest():
            token = activation.activate(
                database(),
                _keys(),
                form.proof,
                form.new.data or "",
                is_shared_device=form.is_shared_device.data,
                user_agent=request.user_agent.string,
                replaced_session_id=current_actor().session_id,
                device_sha256=device().sha256,
            )
    except BadInput as error:
        form.new.errors = error.errors["new"]
        return _again(form)
    except (WrongSlip, TooManyTries) as error:
        return _refused(_slip_of(form), error)
    return let_in(token, is_shared_device=form.is_shared_device.data, target=OPEN_ROUND)


def _again(form: SecretForm) -> ResponseReturnValue:
    """The choice once more, for who still proves to be the owner."""
    try:
        with guessing.refused_at_rest():
            owner = activation.check(database(), _keys(), form.proof)
    except (WrongSlip, TooManyTries) as error:
        return _refused(_slip_of(form), error)
    return _secret_page(form, owner), 422


def _refused(form: SlipForm, error: Refused) -> ResponseReturnValue:
    form.form_errors.append(words_for(error))
    return refused(_slip_page(form), error)


def _slip_of(form: SecretForm) -> SlipForm:
    return SlipForm(formdata=None, token=form.token.data, code=form.code.data, factor=form.factor.data)


def _slip_page(form: SlipForm) -> str:
    return render_template("members/slip_enter.html", form=form)


def _secret_page(form: SecretForm, owner: Owner) -> str:
    return render_template(
        "members/slip_secret.html", form=form, owner=owner, pin_length=PIN_LENGTH, staff_length=STAFF_LENGTH
    )


def _keys() -> tuple[str, ...]:
    settings: Settings = current_app.extensions["settings"]
    return settings.keys
