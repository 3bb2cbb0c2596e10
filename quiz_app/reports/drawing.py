"""The document drawn in each of its forms: page, .docx, PDF."""

from __future__ import annotations

from flask import render_template

from quiz_app.reports import official
from quiz_app.reports.official import Official


def page(document: Official, back: str = "") -> str:
    """The document as a page to print, with the measures of the form; `back`: where its reader came from."""
    return render_template(
        "reports/print.html",
        document=document,
        back=back,
        blocks=official.body(document),
        banner=official.BANNER,
        rule=official.RULE,
        number=official.number_words(document),
        dated=official.date_words(document),
        recipients=official.recipient_lines(document),
    )
