"""The print view of a page as a PDF file, made apart from the server: its memory goes when it is done.

WeasyPrint and the system's Pango are optional: without them `why_not` says what is missing, and pages are printed by
the browser as ever.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from ctypes.util import find_library
from functools import cache
from os import environ
from pathlib import Path

from quiz_app.kernel.errors import Overloaded
from quiz_app.web import assets

MIME_TYPE = "application/pdf"
LONGEST_S = 30
PART_VERSION = "1.4"  # the last whose objects are not packed together
FONTS = {"FONTCONFIG_FILE": str(Path(__file__).parent / "fonts" / "fonts.conf")}  # ours, so that every machine has them
PANGO = ("pango-1.0", "pangoft2-1.0")
_STYLES = re.compile(r'<link rel="stylesheet" href="[^"]*/static/[^/"]+/([^"]+)">')
_SCRIPTS = re.compile(r"<script\b[^>]*></script>|<link rel=\"icon\"[^>]*>")


@cache
def why_not() -> str | None:
    """What keeps PDF files from being made here, as words for the administrator; None where nothing does."""
    if importlib.util.find_spec("weasyprint") is None:
        return "Chưa cài thư viện WeasyPrint."
    missing = [name for name in PANGO if find_library(name) is None]
    return f"Hệ thống thiếu thư viện {', '.join(missing)}." if missing else None


def of_page(html: str, longest_s: float = LONGEST_S, *, is_part: bool = False) -> bytes:
    """The PDF of a whole page as its view rendered it; of all addresses in it only our own styles are followed.
    A part of a longer file is written as `pdf_joining` reads it.

    Raises Overloaded where it takes too long, RuntimeError where it cannot be made.
    """
    html = _STYLES.sub(lambda found: f"<style>{assets.content(found[1])}</style>", _SCRIPTS.sub("", html))
    command = [sys.executable, "-m", "quiz_app.web.pdf", *([PART_VERSION] if is_part else [])]
    try:
        done = subprocess.run(  # noqa: S603  # our own module by our own interpreter; the page goes by its input
            command, input=html.encode(), capture_output=True, timeout=longest_s, check=False, env=environ | FONTS
        )
    except subprocess.TimeoutExpired as slow:
        raise Overloaded from slow
    if done.returncode != 0:
        raise RuntimeError(f"no PDF: {done.stderr.decode(errors='replace')[-2000:]}")
    return done.stdout


def _main() -> None:
    from weasyprint import HTML  # noqa: PLC0415  # optional, and heavy: only this process of its own needs it
    from weasyprint.urls import URLFetcher  # noqa: PLC0415  # optional as well

    fetcher = URLFetcher(allowed_protocols=("data",), allow_redirects=False)
    page = HTML(string=sys.stdin.buffer.read().decode(), url_fetcher=fetcher)
    sys.stdout.buffer.write(page.write_pdf(pdf_version=next(iter(sys.argv[1:]), None)))


if __name__ == "__main__":
    _main()
