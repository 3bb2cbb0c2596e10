"""Pages of receipts: one's own, to keep, and the one on which anybody checks a code."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from quiz_app.attempts import assisting, labels, late, queries, receipts
from quiz_app.attempts.page_forms import ReceiptForm
from quiz_app.attempts.policy import Permission
from quiz_app.attempts.receipts import Asked, Receipt
from quiz_app.kernel.settings import Settings
from quiz_app.members.services import sign_out
from quiz_app.members.sign_ins import sign_ins_of
from quiz_app.web.allowance import Allowance
from quiz_app.web.guard import public, reading, requires, work

bp = Blueprint("attempts_receipts", __name__, template_folder="templates")

SEEN_FOR = timedelta(seconds=60)
TOO_MANY = 429


@bp.get("/luot-thi/<int:attempt_id>/bien-nhan")
@requires(Permission.ATTEMPT_READ, within_attempt=True, afterwards=True)
def own(attempt_id: int) -> ResponseReturnValue:
    """One's own receipt. A device that was lent for this attempt shows it once, and is signed out by that."""
    with reading() as r:
        attempt, round_ = queries.own_attempt(r, attempt_id)
        found = receipts.receipt(attempt, round_)
        if found is None:
            return redirect(url_for("attempts.result", attempt_id=attempt_id))
        is_lent = r.actor.only_attempt is not None
        page = render_template(
            "attempts/receipt.html",
            attempt=attempt,
            round=round_,
            receipt=found,
            text=receipt_text(found),
            check_url=_check_url(),
            is_lent=is_lent,
            seen_for_s=SEEN_FOR // timedelta(seconds=1),
            late=late.own(r.session, attempt_id),
            assistance=assisting.told(r.session, attempt),
        )
    answer = current_app.make_response(page)
    if is_lent:
        with work() as w:
            sign_out(w)
        session.clear()
        sign_ins_of(current_app).take_back(answer)
        answer.headers["Refresh"] = f"{SEEN_FOR // timedelta(seconds=1)}; url={url_for('members.sign_in')}"
    return answer


@bp.get("/bien-nhan")
@public
def check() -> ResponseReturnValue:
    """What a code stands for, without saying whose it is."""
    form = ReceiptForm(request.args)
    if "ma" not in request.args:
        return render_template("attempts/check_receipt.html", form=form)
    asked = receipts.read(form.ma.data or "")
    with reading() as r:
        found = None if asked.misread else receipts.find(r, asked)
        if found is not None:
            meant = found.code if asked.strange else None
            return render_template("attempts/check_receipt.html", form=form, receipt=found, meant=meant)
        # Codes that exist are always answered, so whoever tries others from the same hall keeps nobody from his own.
        if not _tries_of_unknown().take(request.remote_addr or "", r.now):
            return render_template("attempts/check_receipt.html", form=form, trouble=labels.RECEIPT_WAIT), TOO_MANY
    return render_template("attempts/check_receipt.html", form=form, trouble=_trouble(asked))


def receipt_text(receipt: Receipt) -> str:
    """A receipt as lines to be pasted into a message, with the address at which it can be checked."""
    return labels.receipt_text(receipt, _check_url(receipt.code))


def _check_url(code: str | None = None) -> str:
    """Under the name of the house, not the one by which this request came in."""
    settings: Settings = current_app.extensions["settings"]
    return f"{settings.public_url}{url_for('.check', ma=code)}"


def _trouble(asked: Asked) -> str:
    return labels.unknown_receipt(asked) if asked.misread is None else labels.RECEIPT_MISREAD[asked.misread]


def _tries_of_unknown() -> Allowance:
    found: Allowance = current_app.extensions.setdefault("unknown_receipts", Allowance("receipts", burst=60, per_s=1))
    return found
