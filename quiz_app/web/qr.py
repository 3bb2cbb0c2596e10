"""QR codes as pictures that carry themselves: no address to fetch, nothing to keep."""

from __future__ import annotations

import segno
from flask import Flask

PIXELS = 6  # to a module: a drawing of lines takes WeasyPrint ten times as long


def qr_code(text: str) -> str:
    """The code as a picture in an address of its own, with the quiet border that scanners need."""
    return str(segno.make(text, error="m", micro=False).png_data_uri(scale=PIXELS, border=4))


def init(app: Flask) -> None:
    """Give templates the global `qr_code`."""
    app.add_template_global(qr_code)
