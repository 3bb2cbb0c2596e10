"""Slips on paper: eight to a page, with QR codes, and a list to sign. The token is the fragment of the code's address,
which no server's log sees.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from flask import Flask, render_template

from quiz_app.kernel.settings import Settings
from quiz_app.members import slips
from quiz_app.members.slips import Sheet, Slip
from quiz_app.web import pdf
from quiz_app.web.qr import qr_code

PATH = "/kich-hoat"
PER_PAGE = 8
UNHURRIED_S = 300  # the worker shares its machine with those who sit


def address(public_url: str, token: str) -> str:
    """What the QR code says."""
    return f"{public_url}{PATH}#{token}"


def typed_address(public_url: str) -> str:
    """What somebody types who has no camera."""
    return urlsplit(public_url).netloc + PATH


def page(sheet: Sheet, public_url: str, printed_by: str) -> str:
    """The page to print, in an application's context."""
    return render_template(
        "members/slip_sheet.html",
        sheet=sheet,
        pages=pages(sheet.slips),
        codes={slip.token: qr_code(address(public_url, slip.token)) for slip in sheet.slips},
        typed_address=typed_address(public_url),
        grouped=slips.grouped,
        printed_by=printed_by,
    )


def file(app: Flask, sheet: Sheet, printed_by: str) -> bytes:
    """The same as a PDF file, where nobody has asked for a page: by the worker."""
    settings: Settings = app.extensions["settings"]
    with app.test_request_context(base_url=settings.public_url):
        return pdf.of_page(page(sheet, settings.public_url, printed_by), UNHURRIED_S)


def pages(slips: Sequence[Slip]) -> list[tuple[Slip, ...]]:
    """The slips as they stand on sheets of A4."""
    return [tuple(slips[first : first + PER_PAGE]) for first in range(0, len(slips), PER_PAGE)]
