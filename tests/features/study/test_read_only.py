"""Study while the site is read-only: everything can be read and answered, nothing is kept, and each page says so."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from quiz_app.kernel import switches
from quiz_app.kernel.db import Database
from quiz_app.kernel.switches import Switch
from quiz_app.study import labels
from quiz_app.study.models import CheckResponse, LessonProgress
from tests.features.leaderboard.build import Statements
from tests.support import contest
from tests.support.browse import Answer, Browse
from tests.support.build import Commune
from tests.support.works import Work

MODULE = f"/hoc/{contest.MODULE_SLUG}"
LESSON = f"{MODULE}/bai-mot"
WRITES = ("INSERT", "UPDATE", "DELETE", "BEGIN IMMEDIATE")


@pytest.fixture(autouse=True)
def published(work: Work) -> None:
    with work() as w:
        contest.publish_sample_bank(w)


def switch(work: Work, *, is_on: bool) -> None:
    with work() as w:
        if is_on:
            switches.turn_on(w, Switch.READ_ONLY, "Máy chủ quá tải", None)
        else:
            switches.turn_off(w, Switch.READ_ONLY, "Đã ổn")


def kept(db: Database) -> tuple[int, int]:
    with db.reading() as session:
        rows = [session.scalar(select(func.count()).select_from(table)) for table in (LessonProgress, CheckResponse)]
    return rows[0] or 0, rows[1] or 0


def answer(browse: Browse, *, status: int, as_json: bool = False) -> Answer:
    fields = browse.page(LESSON).form("/cau/1#cau-1").values
    return browse.post(f"{LESSON}/cau/1", {**fields, "choice": ["A"]}, status=status, as_json=as_json)


def test_pages_say_so_to_whom_it_concerns(browse: Browse, commune: Commune, work: Work) -> None:
    pages = ("/hoc/", MODULE, LESSON)
    switch(work, is_on=True)
    browse.as_(commune.member)
    assert [labels.RESTING in browse.page(url).text for url in pages] == [True] * 3
    assert "Nội dung của bài" in browse.page(LESSON).text
    assert [labels.RESTING in browse.as_nobody().page(url).text for url in pages] == [False] * 3
    switch(work, is_on=False)
    assert [labels.RESTING in browse.as_(commune.member).page(url).text for url in pages] == [False] * 3


def test_nothing_is_kept_and_no_turn_to_write_is_waited_for(
    browse: Browse, commune: Commune, work: Work, db: Database
) -> None:
    browse.as_(commune.member).page(LESSON)
    switch(work, is_on=True)
    with Statements(db.engine) as statements:
        assert browse.post(f"{LESSON}/da-mo", status=200).json == {"is_noted": False}
        told = browse.follow(browse.post(f"{LESSON}/xong"))
        answer(browse, status=200)
    assert labels.NOT_FINISHED in told.text
    assert [each for each in statements.texts if each.startswith(WRITES)] == []
    assert kept(db) == (0, 0)
    switch(work, is_on=False)
    assert browse.post(f"{LESSON}/da-mo", status=200).json == {"is_noted": True}
    browse.submit(LESSON, action="/xong")
    with Statements(db.engine) as statements:
        answer(browse, status=302)
    assert [each for each in statements.texts if each.startswith(WRITES)] != []
    assert kept(db) == (1, 1)


def test_the_page_offers_no_act_that_would_not_be_kept(browse: Browse, commune: Commune, work: Work) -> None:
    browse.as_(commune.member)
    assert len(browse.page(LESSON).all(".//form[@data-module='lesson-opened']")) == 1
    switch(work, is_on=True)
    page = browse.page(LESSON)
    assert page.all(".//form[@data-module='lesson-opened']") == []
    assert not [form for form in page.all(".//form") if (form.get("action") or "").endswith("/xong")]


@pytest.mark.parametrize("as_json", [True, False])
def test_a_check_answer_is_still_explained(browse: Browse, commune: Commune, work: Work, as_json: bool) -> None:
    switch(work, is_on=True)
    given = answer(browse.as_(commune.member), status=200, as_json=as_json)
    words = given.json["html"] if as_json else given.text
    assert "Chưa đúng." in words
    assert (labels.NOT_KEPT if as_json else labels.RESTING) in words
    assert "Đáp án" not in browse.page(LESSON).text
    as_nobody = answer(browse.as_nobody(), status=200, as_json=as_json)
    assert labels.NOT_KEPT not in (as_nobody.json["html"] if as_json else as_nobody.text)


def test_what_was_kept_before_still_shows(browse: Browse, commune: Commune, work: Work, db: Database) -> None:
    browse.as_(commune.member).submit(LESSON, action="/xong")
    answer(browse, status=302)
    switch(work, is_on=True)
    page = browse.page(LESSON)
    assert "Đã đọc xong lúc" in page.text
    assert "Đáp án" in page.text
    assert "1/2 bài" in browse.page(MODULE).text
    answer(browse, status=200)
    assert kept(db) == (1, 1)


def test_one_read_more(browse: Browse, commune: Commune, db: Database) -> None:
    browse.as_(commune.member)
    with Statements(db.engine) as statements:
        browse.page(LESSON)
    assert len([each for each in statements.texts if "site_switch" in each]) == 1
