"""Going on where one stopped: the section that was on screen last, on whatever device."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from quiz_app.kernel.errors import BadInput
from quiz_app.study import queries, services
from quiz_app.study.models import LessonProgress
from quiz_app.study.sections import anchored, sections
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.sitting import shipped_bank
from tests.support.works import View, Work

MODULES = shipped_bank().modules
MODULE = MODULES[0]
LESSON, OTHER = MODULE.lessons[0], MODULE.lessons[1]
URL = f"/hoc/{MODULE.slug}/{LESSON.slug}"
TEXT = "<p>Đầu</p><h2>Một <strong>A &amp; B</strong></h2><p>x</p><h3>Con</h3><h2>Hai</h2>"


pytestmark = pytest.mark.usefixtures("shelf")


def test_sections_are_the_highest_headings() -> None:
    assert [(one.place, one.heading, one.anchor) for one in sections(TEXT)] == [
        (1, "Một A & B", "muc-1"),
        (2, "Hai", "muc-2"),
    ]
    assert anchored(TEXT) == TEXT.replace("<h2>Một", '<h2 id="muc-1">Một').replace("<h2>Hai", '<h2 id="muc-2">Hai')
    assert sections("<p>Không có mục.</p>") == []


def test_the_contents_lead_to_every_section(browse: Browse) -> None:
    page = browse.page(URL)
    links = page.all(".//nav[@aria-labelledby='trong-bai']//a")
    headings = page.all(".//article[@id='bai-doc']//h2")
    assert len(headings) > 1
    assert [link.get("href") for link in links] == [f"#{heading.get('id')}" for heading in headings]


def test_reading_goes_on_at_the_section_seen_last(browse: Browse, commune: Commune, clock: Clock) -> None:
    browse.as_(commune.member)
    assert "Đọc tiếp" not in browse.page("/hoc/").text
    browse.post(f"/hoc/{MODULES[1].slug}/{MODULES[1].lessons[0].slug}/doc-den", {"place": "1"}, status=200)
    clock.move(minutes=5)
    browse.post(f"{URL}/doc-den", {"place": "2"}, status=200)
    page = browse.page("/hoc/")
    assert LESSON.title in page.text
    assert f"{URL}#muc-2" in page.html
    assert f"{URL}#muc-2" in browse.page("/").html
    assert f"{URL}#muc-2" in browse.page(f"/hoc/{MODULE.slug}").html
    assert "Đọc tiếp từ mục đó" in browse.page(URL).text
    clock.move(minutes=5)
    browse.post(f"{URL}/xong")
    assert "Đọc tiếp từ mục đó" not in browse.page(URL).text
    assert f"/hoc/{MODULES[1].slug}/{MODULES[1].lessons[0].slug}#muc-1" in browse.page("/hoc/").html


def test_a_finished_lesson_is_not_gone_on_with(commune: Commune, work: Work, view: View) -> None:
    with work(actor=commune.member) as w:
        services.keep_place(w, MODULE.slug, LESSON.slug, 1)
        services.finish_lesson(w, MODULE.slug, LESSON.slug)
    with view() as r:
        first = queries.progress_summary(r, commune.member.id)[0]
    assert (first.next_lesson, first.next_place, first.seen_at) == (OTHER.slug, 0, None)


@pytest.mark.parametrize("place", ["-1", "99", "x", ""])
def test_a_place_that_is_not_there_is_refused(browse: Browse, commune: Commune, view: View, place: str) -> None:
    browse.as_(commune.member).post(f"{URL}/doc-den", {"place": place}, status=422)
    with view() as r:
        assert r.session.scalar(select(func.count()).select_from(LessonProgress)) == 0


def test_a_place_is_one_of_the_lesson(commune: Commune, work: Work) -> None:
    with pytest.raises(BadInput), work(actor=commune.member) as w:
        services.keep_place(w, MODULE.slug, LESSON.slug, 99)
