"""The summary that ends a module is handed out on one sheet of A4, its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from question_bank.reading import read_bank
from quiz_app.catalogue import services as catalogue
from tests.docs.paper import lay_out, printer, sheets
from tests.support.browse import Browse
from tests.support.works import Work

# What is left is the head of the handout and the words of its last lesson, without source and questions.
LEAVE_THE_SUMMARY = """() => {
    const lessons = [...document.querySelectorAll(".handout__lesson")]
    const summary = lessons.pop()
    lessons.forEach(lesson => lesson.remove())
    summary.querySelectorAll(":scope > p.soft, :scope > p.soft ~ *").forEach(part => part.remove())
    return summary.textContent
}"""
LEAVE_ITS_TITLE = "document.querySelectorAll('.handout__lesson > h2 ~ *').forEach(part => part.remove())"


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # paper knows no engine


@pytest.mark.browser
def test_each_summary_is_one_sheet_after_what_goes_before(work: Work, browse: Browse, tmp_path: Path) -> None:
    bank = read_bank()
    with work() as w:
        catalogue.publish_bank(w, bank)
    pages = {module.slug: browse.page(f"/hoc/{module.slug}/in").html for module in bank.modules}
    taken = {}
    with printer() as page:
        for slug, html in pages.items():
            lay_out(page, html, tmp_path)
            words = page.evaluate(LEAVE_THE_SUMMARY)
            assert "Tóm tắt: " in words
            assert "Dễ nhầm" in words
            whole = sheets(page)
            page.evaluate(LEAVE_ITS_TITLE)
            taken[slug] = (whole, sheets(page))
    assert set(taken.values()) == {(2, 2)}, taken
