"""A member's own certificates, and the page on which anybody verifies one by the code that stands on it."""

from __future__ import annotations

import io
import unicodedata

from flask import Blueprint, current_app, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from quiz_app.attempts.receipts import written
from quiz_app.awards import certificates, labels, paper
from quiz_app.awards.forms import CodeForm
from quiz_app.awards.models import Certificate, CertificateKind
from quiz_app.awards.policy import Permission
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.settings import Settings
from quiz_app.web import pdf
from quiz_app.web.allowance import Allowance
from quiz_app.web.guard import public, reading, requires, work

bp = Blueprint("awards", __name__, template_folder="templates")

TOO_MANY = 429


@bp.get("/giay-chung-nhan/")
@requires(Permission.CERTIFICATES_OWN)
def own() -> ResponseReturnValue:
    """What the actor has, and what he may take."""
    with reading() as r:
        kept = certificates.own(r)
        return render_template(
            "awards/own.html",
            certificates=kept,
            waiting=certificates.waiting(r),
            other_names=certificates.outdated_names(r, kept),
            number=labels.number,
            kinds=labels.KINDS,
            Kind=CertificateKind,
        )


@bp.post("/giay-chung-nhan/nhan/<int:series_id>")
@requires(Permission.CERTIFICATES_TAKE)
def take(series_id: int) -> ResponseReturnValue:
    with work() as w:
        made = certificates.take_own(w, series_id)
    if len(made) == 1:
        return redirect(url_for(".certificate", certificate_id=made[0].id))
    return redirect(url_for(".own"))


@bp.get("/giay-chung-nhan/<int:certificate_id>")
@requires(Permission.CERTIFICATES_OWN)
def certificate(certificate_id: int) -> ResponseReturnValue:
    """The paper to print, for its holder and for who hands it out."""
    found = _alive(certificate_id)
    why_not = pdf.why_not()
    pdf_url = None if why_not else url_for(".certificate_file", certificate_id=certificate_id)
    return paper.page([found], _public_url(), url_for(".own"), pdf_url=pdf_url, no_pdf=why_not)


@bp.get("/giay-chung-nhan/<int:certificate_id>.pdf")
@requires(Permission.CERTIFICATES_OWN)
def certificate_file(certificate_id: int) -> ResponseReturnValue:
    found = _alive(certificate_id)
    if pdf.why_not() is not None:
        return redirect(url_for(".certificate", certificate_id=certificate_id))
    made = pdf.of_page(paper.page([found], _public_url()))
    name = f"giay-chung-nhan-{labels.number(found).replace('/', '-').lower()}.pdf"
    return send_file(io.BytesIO(made), mimetype=pdf.MIME_TYPE, as_attachment=True, download_name=name)


@bp.get("/xac-minh/")
@public
def ask_code() -> ResponseReturnValue:
    """Where a code is typed."""
    if "ma" in request.args:
        return verify(request.args["ma"])
    return _verified(render_template("awards/verify.html", form=CodeForm(formdata=None), certificate=None))


@bp.get("/xac-minh/<string:code>")
@public
def verify(code: str) -> ResponseReturnValue:
    """What the paper with this code says, and whether it holds; nothing that does not stand on the paper."""
    form = CodeForm(formdata=None, data={"ma": code[:80]})
    with reading() as r:
        found = certificates.by_code(r, _signs(code))
        # Codes that exist are always answered, so whoever tries others from the same hall keeps nobody from his own.
        if found is None and not _tries_of_unknown().take(request.remote_addr or "", r.now):
            page = render_template("awards/verify.html", form=form, certificate=None, trouble=labels.WAIT)
            return _verified(page, TOO_MANY)
    trouble = labels.UNKNOWN if found is None else None
    page = render_template(
        "awards/verify.html", form=form, certificate=found, trouble=trouble, number=labels.number, written=written
    )
    return _verified(page, 200 if found is not None else 404)


def _signs(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", text[:80]).upper() if sign.isalnum())


def _verified(page: str, status: int = 200) -> ResponseReturnValue:
    answer = make_response(page, status)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _alive(certificate_id: int) -> Certificate:
    """One to print; nobody prints what was revoked."""
    with reading() as r:
        found = certificates.own_certificate(r, certificate_id)
    if found.revoked_at is not None:
        raise Missing
    return found


def _public_url() -> str:
    settings: Settings = current_app.extensions["settings"]
    return settings.public_url


def _tries_of_unknown() -> Allowance:
    found: Allowance = current_app.extensions.setdefault(
        "unknown_certificates", Allowance("certificates", burst=60, per_s=1)
    )
    return found
