"""Certificates on paper: landscape A4, one to a page, with the code that leads to the page which verifies it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import date
from urllib.parse import urlsplit

from flask import Flask, render_template

from quiz_app.attempts.receipts import written
from quiz_app.awards import labels
from quiz_app.awards.models import Certificate
from quiz_app.kernel.settings import Settings
from quiz_app.web import assets, pdf
from quiz_app.web.qr import qr_code

PATH = "/xac-minh"
UNHURRIED_S = 300  # the worker shares its machine with those who sit


def address(public_url: str, code: str) -> str:
    """What the QR code says."""
    return f"{public_url}{PATH}/{code}"


def page(
    certificates: Sequence[Certificate],
    public_url: str,
    back: str = "",
    *,
    pdf_url: str | None = None,
    no_pdf: str | None = None,
) -> str:
    """The page to print, in an application's context; `no_pdf` says why there is no file of it."""
    frame = base64.b64encode(assets.content("img/certificate-frame.svg").encode()).decode()
    return render_template(
        "awards/paper.html",
        certificates=certificates,
        codes={one.id: qr_code(address(public_url, one.code)) for one in certificates},
        written=written,
        number=labels.number,
        day=day_words,
        typed_address=urlsplit(public_url).netloc + PATH,
        frame=f"data:image/svg+xml;base64,{frame}",
        back=back,
        pdf_url=pdf_url,
        no_pdf=no_pdf,
    )


def file(app: Flask, certificates: Sequence[Certificate]) -> bytes:
    """The same as a PDF file that may be joined to others, where nobody has asked for a page: by the worker."""
    settings: Settings = app.extensions["settings"]
    with app.test_request_context(base_url=settings.public_url):
        return pdf.of_page(page(certificates, settings.public_url), UNHURRIED_S, is_part=True)


def day_words(day: date) -> str:
    """The date as Party documents write it: days below 10 and the first two months with a leading zero."""
    month = f"{day.month:02}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02} tháng {month} năm {day.year}"
