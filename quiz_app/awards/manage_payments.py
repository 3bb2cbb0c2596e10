"""Paying prizes: who is named for it, and what only they may see; looking asks for the password anew."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from quiz_app.awards import labels, payments, proposals, queries
from quiz_app.awards.forms import DetailsForm, HandlerForm, PaidForm
from quiz_app.awards.models import PaymentWay
from quiz_app.awards.policy import Permission
from quiz_app.contests import queries as contests
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.settings import Settings
from quiz_app.web.forms import Form, choices
from quiz_app.web.guard import reading, requires, work

bp = Blueprint("awards_payments", __name__, url_prefix="/to-chuc/trao-giai", template_folder="templates")

UNPROCESSABLE = 422


@bp.get("/cuoc-thi/<int:contest_id>")
@requires(Permission.AWARDS_READ)
def handlers(contest_id: int) -> ResponseReturnValue:
    """Who pays the prizes of a contest."""
    with reading() as r:
        contest = contests.managed_contest(r, contest_id)
        named = payments.handlers(r.session, contest_id)
        others = [one for one in payments.organisers(r.session, contest.unit_id) if one not in named]
        form = HandlerForm(formdata=None)
        form.member.choices = choices((str(one.id), one.full_name) for one in others)
        return render_template("awards/handlers.html", contest=contest, named=named, form=form)


@bp.post("/cuoc-thi/<int:contest_id>/them")
@requires(Permission.AWARDS_MANAGE, fresh=True)
def name_handler(contest_id: int) -> ResponseReturnValue:
    form = HandlerForm()
    chosen = form.member.data or ""
    with work() as w:
        contests.managed_contest(w, contest_id)
        if not chosen.isdigit() or len(chosen) > 15:
            raise BadInput({"member": ["Mời đồng chí chọn một người."]})
        payments.name_handler(w, contest_id, int(chosen))
    flash("Đã phân công.", "success")
    return redirect(url_for(".handlers", contest_id=contest_id))


@bp.post("/cuoc-thi/<int:contest_id>/bo/<int:member_id>")
@requires(Permission.AWARDS_MANAGE, fresh=True)
def remove_handler(contest_id: int, member_id: int) -> ResponseReturnValue:
    with work() as w:
        payments.remove_handler(w, contest_id, member_id)
    flash("Đã thôi phân công.", "success")
    return redirect(url_for(".handlers", contest_id=contest_id))


@bp.get("/danh-sach/<int:list_id>")
@requires(Permission.PAYMENTS_HANDLE)
def one_list(list_id: int) -> ResponseReturnValue:
    """The prizes of a published list with how far each is, and no details of any."""
    with reading() as r:
        found, subject = proposals.managed(r, list_id)
        if found.published_at is None or not payments.handles(r, found.contest_id):
            raise Missing
        lines = queries.lines(r.session, list_id)
        return render_template(
            "awards/payments.html",
            found=found,
            subject=subject,
            lines=lines,
            states=payments.states(r.session, [line.award.id for line in lines]),
            words=labels.PAYMENT_STATES,
        )


@bp.get("/<int:award_id>")
@requires(Permission.PAYMENTS_HANDLE, fresh=True)
def one(award_id: int) -> ResponseReturnValue:
    """What is kept of a prize; the look is on record."""
    return _page(award_id)


@bp.post("/<int:award_id>")
@requires(Permission.PAYMENTS_HANDLE, fresh=True)
def enter(award_id: int) -> ResponseReturnValue:
    form = DetailsForm()
    with reading() as r:
        payments.handled(r, award_id)
    if not form.validate():
        return _page(award_id, form), UNPROCESSABLE
    try:
        with work() as w:
            payments.enter(w, award_id, form.details, _keys())
    except BadInput as refused:
        return _page(award_id, _told(form, refused)), UNPROCESSABLE
    flash("Đã lưu. Chỉ người được phân công trao giải xem được.", "success")
    return redirect(url_for(".one", award_id=award_id))


@bp.post("/<int:award_id>/da-trao")
@requires(Permission.PAYMENTS_HANDLE, fresh=True)
def pay(award_id: int) -> ResponseReturnValue:
    form = PaidForm()
    with reading() as r:
        _, found = payments.handled(r, award_id)
    if not form.validate():
        return _page(award_id, paid_form=form), UNPROCESSABLE
    try:
        with work() as w:
            payments.pay(w, award_id, form.day, form.receipt.data or "")
    except BadInput as refused:
        return _page(award_id, paid_form=_told(form, refused)), UNPROCESSABLE
    flash("Đã ghi trao giải. Số giấy tờ và tài khoản đã được xóa.", "success")
    return redirect(url_for(".one_list", list_id=found.id))


def _keys() -> tuple[str, ...]:
    found: Settings = current_app.extensions["settings"]
    return found.keys


def _told(form: Form, refused: BadInput) -> Form:
    for name, messages in refused.errors.items():
        form[name].errors = messages
    return form


def _page(award_id: int, form: Form | None = None, paid_form: Form | None = None) -> str:
    with work() as w:
        seen = payments.look(w, award_id, _keys())
        payment = None if seen is None else seen.payment
        details = None if seen is None else seen.details
        award, found = payments.handled(w, award_id)
        line = next(line for line in queries.lines(w.session, found.id) if line.award.id == award.id)
        return render_template(
            "awards/payment.html",
            award=award,
            found=found,
            line=line,
            payment=payment,
            is_unreadable=payment is not None and payment.erased_at is None and details is None,
            form=form or DetailsForm(formdata=None, obj=details),
            paid_form=paid_form or PaidForm(formdata=None),
            way=None if payment is None else labels.WAYS[PaymentWay(payment.way)],
            days=payments.KEPT_FOR.days,
        )
