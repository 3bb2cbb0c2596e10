"""The notices about one's data stand before everything else, whatever address is typed."""

from __future__ import annotations

import pytest
from sqlalchemy import event, update

from quiz_app.kernel.db import Database
from quiz_app.members.models import Account
from tests.features.members.conftest import People
from tests.support.browse import Browse
from tests.support.works import Work

NOTICES = "/tai-khoan/thong-bao"


@pytest.fixture
def unasked(work: Work, people: People, browse: Browse) -> Browse:
    """The browser of An, whom nobody has asked yet."""
    with work() as w:
        w.session.execute(update(Account).where(Account.member_id == people.an.id).values(notices_version=None))
    return browse.as_(people.an)


@pytest.mark.parametrize("typed", ["/", "/tai-khoan", "/vao-thang", "/khieu-nai/?trang=2"])
def test_no_address_leads_past_them(unasked: Browse, typed: str) -> None:
    led = unasked.get(typed, status=302).location
    assert led.startswith(f"{NOTICES}?next=")
    assert unasked.submit(led, action=NOTICES).location == typed
    unasked.page("/tai-khoan")


def test_nothing_is_changed_before_they_are_answered(unasked: Browse) -> None:
    assert unasked.post("/tai-khoan/dong-y/take_part", {"is_given": "y"}).location == NOTICES
    told = unasked.get("/tai-khoan", as_json=True, status=403)
    assert told.response.get_json()["error"] == "NoticesOwed"


def test_new_words_are_asked_anew_and_whoever_goes_away_may(work: Work, unasked: Browse) -> None:
    with work() as w:
        w.session.execute(update(Account).values(notices_version="2020-01"))
    assert unasked.get("/tai-khoan", status=302).location.startswith(NOTICES)
    unasked.page("/quyen-rieng-tu")
    assert unasked.post("/dang-xuat").location == "/dang-nhap"


def test_whoever_came_in_under_another_name_sees_it_and_leaves(people: People, unasked: Browse) -> None:
    assert f"Không phải đồng chí {people.an.full_name}?" in unasked.page(NOTICES).text
    left = unasked.submit(NOTICES, {"nguoi-khac": "1"}, action="/dang-xuat")
    assert left.location == "/dang-nhap?may=chung"
    assert unasked.get("/tai-khoan", status=302).location.startswith("/dang-nhap")


def test_that_costs_no_query(db: Database, people: People, browse: Browse) -> None:
    browse.as_(people.an)
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda _c, _cursor, statement, *_: asked.append(statement))
    browse.page(NOTICES)
    assert len([one for one in asked if "notices_version" in one]) == 1
