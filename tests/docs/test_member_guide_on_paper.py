"""The member's guide is handed out on one sheet of A4."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from quiz_app.home.guides import IMAGES
from quiz_app.web.assets import FOLDER, load
from tests.support.browse import Browse

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # paper knows no engine


@pytest.mark.browser
def test_it_fits_on_one_sheet(browse: Browse, tmp_path: Path) -> None:
    if CHROMIUM is None and os.environ.get("CI") != "true":
        pytest.skip("no Chromium was found; under CI this fails")
    assert CHROMIUM is not None, "no Chromium was found: run deploy/chromium.sh"
    html = browse.page("/tro-giup/nguoi-du-thi").html
    html = re.sub(r"<script\b[^>]*></script>", "", html)
    html = re.sub(r'href="/static/[^"]+/css/app\.css"', 'href="app.css"', html)
    html = html.replace("/tro-giup/hinh/", IMAGES.as_uri() + "/")
    (tmp_path / "app.css").write_bytes(load(FOLDER).files["css/app.css"].plain)
    page_file = tmp_path / "guide.html"
    page_file.write_text(html, encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto(page_file.as_uri())
        assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
        printed = page.pdf(format="A4", prefer_css_page_size=True)
        browser.close()
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == 1
