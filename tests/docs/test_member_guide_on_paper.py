"""The member's guide is handed out on one sheet of A4."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.paper import lay_out, printer, sheets
from tests.support.browse import Browse


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # paper knows no engine


@pytest.mark.browser
def test_it_fits_on_one_sheet(browse: Browse, tmp_path: Path) -> None:
    html = browse.page("/tro-giup/nguoi-du-thi").html
    with printer() as page:
        lay_out(page, html, tmp_path)
        assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
        assert sheets(page) == 1
