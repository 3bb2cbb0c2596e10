"""A page of the site as it comes out of a printer, without a server: Chromium reads it from a folder."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from quiz_app.home.guides import IMAGES
from quiz_app.web.assets import FOLDER, load

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)


@contextmanager
def printer() -> Iterator[Page]:
    """An empty page of a real browser."""
    if CHROMIUM is None and os.environ.get("CI") != "true":
        pytest.skip("no Chromium was found; under CI this fails")
    assert CHROMIUM is not None, "no Chromium was found: run deploy/chromium.sh"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser.new_page()
        browser.close()


def lay_out(page: Page, html: str, folder: Path) -> None:
    """Shows the page with the site's style sheet and the pictures of the guides, without its scripts."""
    html = re.sub(r"<script\b[^>]*></script>", "", html)
    html = re.sub(r'href="/static/[^"]+/css/app\.css"', 'href="app.css"', html)
    html = html.replace("/tro-giup/hinh/", IMAGES.as_uri() + "/")
    (folder / "app.css").write_bytes(load(FOLDER).files["css/app.css"].plain)
    page_file = folder / "page.html"
    page_file.write_text(html, encoding="utf-8")
    page.goto(page_file.as_uri())


def sheets(page: Page) -> int:
    """How many sheets of A4 the page takes."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(format="A4", prefer_css_page_size=True)))
