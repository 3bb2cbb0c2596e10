"""Registering oneself: to which unit, then who one is. Every answer is the same, whoever is known here already."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.members import passwords
from quiz_app.members.passwords import MEMBER_LENGTH, PIN_LENGTH
from quiz_app.registering import labels, queries, services
from quiz_app.registering.errors import RegistrationClosed, TooManyRegistrations
from quiz_app.registering.forms import IN_ADDRESS, LONGEST_SEARCH, RegisterForm, UnitSearchForm
from quiz_app.registering.queries import Place
from quiz_app.units.errors import UnitClosed
from quiz_app.web.allowance import Allowance
from quiz_app.web.device import device, mark
from quiz_app.web.errors import words_for
from quiz_app.web.guard import asked_at, public, reading, work

bp = Blueprint("registering", __name__, url_prefix="/dang-ky", template_folder="templates")

UNPROCESSABLE = 422
PlaceOf = Callable[[Session, int, datetime], Place]
# A village meeting registers at once behind one address, many of it on a helper's phone.
_by_code = Allowance("registering-code", burst=300, per_s=1)
_by_browser = Allowance("registering-browser", burst=40, per_s=1 / 60)
_wrong_codes = Allowance("registering-wrong", burst=10, per_s=1 / 60)


@bp.get("")
@public
def choose() -> ResponseReturnValue:
    """Where: a unit found by its name (`?tim=`), or none of them."""
    words = request.args.get("tim", "").strip()[:LONGEST_SEARCH]
    with reading() as r:
        return render_template(
            "registering/choose.html",
            desks=queries.open_desks(r.session, r.now),
            form=UnitSearchForm(request.args, meta=IN_ADDRESS),
            words=words,
            found=queries.found_units(r.session, r.now, words) if words else [],
        )


@bp.route("/don-vi/<int:unit_id>", methods=["GET", "POST"])
@public
def in_unit(unit_id: int) -> ResponseReturnValue:
    return _register(queries.place_named, unit_id)


@bp.route("/ngoai-danh-sach/<int:unit_id>", methods=["GET", "POST"])
@public
def unlisted(unit_id: int) -> ResponseReturnValue:
    return _register(queries.place_unlisted, unit_id)


@bp.get("/da-gui")
@public
def sent() -> ResponseReturnValue:
    return render_template("registering/sent.html")


def _register(place_of: PlaceOf, unit_id: int) -> ResponseReturnValue:
    with reading() as r:
        place = _open_place(place_of, r.session, unit_id, r.now)
    if request.method == "GET":
        return _page(RegisterForm.at(place, is_new=True), place)
    answer = make_response(_sent(RegisterForm.at(place), place, place_of, unit_id))
    mark(answer)  # after a refusal as well: tries are counted by it
    return answer


def _sent(form: RegisterForm, place: Place, place_of: PlaceOf, unit_id: int) -> ResponseReturnValue:
    if not form.validate():
        return _page(form, place), UNPROCESSABLE
    try:
        _send(form, place, place_of, unit_id)
    except BadInput as refused:
        form.show(refused)
        return _page(form, place), UNPROCESSABLE
    except (TooManyRegistrations, UnitClosed) as refused:
        form.form_errors.append(words_for(refused))
        return _page(form, place), refused.status
    return redirect(url_for(".sent"))


def _send(form: RegisterForm, place: Place, place_of: PlaceOf, unit_id: int) -> None:
    now = asked_at()
    told = form.told(queries.today(now))
    code = (form.code.data or "") if place.asks_code else ""
    browser = device().sha256
    if not services.opens(place, code):
        if not _wrong_codes.take(browser, now):
            raise TooManyRegistrations(minutes=1)
        raise BadInput({"code": [labels.WRONG_CODE]})
    if not _by_browser.take(browser, now) or not _by_code.take(f"{place.desk.unit_id}:{place.desk.revision}", now):
        raise TooManyRegistrations(minutes=1)
    password_hash = passwords.hashed(form.new.data or "")
    with work() as w:
        there = _open_place(place_of, w.session, unit_id, w.now)
        services.register(w, there, told, password_hash=password_hash, code=code)


def _open_place(place_of: PlaceOf, session: Session, unit_id: int, now: datetime) -> Place:
    """Whoever comes late is told so, whatever unit it was."""
    try:
        return place_of(session, unit_id, now)
    except Missing:
        raise RegistrationClosed from None


def _page(form: RegisterForm, place: Place) -> str:
    return render_template(
        "registering/register.html",
        form=form,
        place=place,
        boxes=[form[purpose.value] for purpose in labels.ASKED_PURPOSES],
        pin_length=PIN_LENGTH,
        member_length=MEMBER_LENGTH,
    )
