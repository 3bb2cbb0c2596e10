"""Kept boards that are told before the framework: the same to the letter as the view's, and to nobody else."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from quiz_app.kernel.access import Role
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Overloaded
from quiz_app.leaderboard import tallies
from quiz_app.leaderboard.kept import INTERVAL
from quiz_app.members.models import Account, RoleGrant, UserSession
from quiz_app.members.sign_ins import SignIns
from quiz_app.units.models import Unit
from quiz_app.web.observing import hear
from tests.features.leaderboard.build import attempt
from tests.features.leaderboard.test_boards import sat
from tests.features.leaderboard.test_freeze import FROZEN, freezing_round, sit
from tests.features.leaderboard.test_skeletons import HOUR, keep
from tests.support.browse import Browse
from tests.support.build import Commune, grant
from tests.support.clock import Clock
from tests.support.works import Work

ENDPOINTS = {
    "chi-bo": "leaderboard.own_unit",
    "toan-xa": "leaderboard.everybody",
    "cac-chi-bo": "leaderboard.units",
}


@pytest.fixture
def heard(app: Flask) -> list[str]:
    """The endpoints whose boards were told at the door, one for each answer."""
    told: list[str] = []
    hear(app, lambda endpoint, _status, _seconds: told.append(endpoint))
    return told


def _bare(text: str) -> str:
    """A page without what differs from answer to answer."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", text)


@pytest.mark.parametrize("board", ENDPOINTS)
def test_the_door_tells_each_reader_what_the_view_tells_him(
    work: Work, commune: Commune, browse: Browse, app: Flask, db: Database, heard: list[str], *, board: str
) -> None:
    round_ = sat(work, commune)
    tallies.refresh_tallies(db)
    with work() as w:
        w.session.get_one(Unit, commune.second.id).helper_name = "Lê Thị Hòa"
        attempt(w, round_, commune.stranger, 12, 300)
    keep(app)
    url = f"/bang-xep-hang/{round_.id}/{board}"
    browse.as_(commune.member).get(url)
    for reader in (commune.member, commune.colleague, commune.probationer, commune.stranger):
        unit = commune.second if reader is commune.stranger else commune.first
        browse.as_(reader).get("/tai-khoan")  # hands out the form cookie
        by_view = browse.get(f"{url}?", headers={"Range": "bytes=0-"})
        assert heard == []
        at_door = browse.get(url)
        assert heard == [ENDPOINTS[board]]
        heard.clear()
        assert _bare(at_door.text) == _bare(by_view.text)
        page = at_door.page
        assert page is not None
        head, foot = (" ".join(page.all(f".//{part}")[0].itertext()) for part in ("header", "footer"))
        assert (reader.full_name in head, unit.name in head) == (True, True)
        assert ("Lê Thị Hòa" in foot) is (unit is commune.second)
        (own,) = (" ".join(row.itertext()) for row in page.all(".//tr[@class='is-own']"))
        assert (unit.name if board == "cac-chi-bo" else reader.full_name) in own
        ours, theirs = ({*one.response.headers.items()} for one in (at_door, by_view))
        assert {pair for pair in ours ^ theirs if pair[0] not in ("Content-Length", "Vary")} == set()
        assert at_door.response.vary.as_set() == by_view.response.vary.as_set()
        assert at_door.response.headers["Cache-Control"] == "no-store"
        known = browse.get(url, headers={"If-None-Match": by_view.response.headers["ETag"]}, status=304)
        assert (known.text, heard.pop()) == ("", ENDPOINTS[board])


@pytest.mark.parametrize("board", ENDPOINTS)
def test_who_is_no_plain_member_with_a_sound_sign_in_goes_on_to_the_view(
    work: Work,
    commune: Commune,
    browse: Browse,
    app: Flask,
    heard: list[str],
    caplog: pytest.LogCaptureFixture,
    *,
    board: str,
) -> None:
    round_ = sat(work, commune)
    keep(app)
    url = f"/bang-xep-hang/{round_.id}/{board}"
    member = browse.as_(commune.member)
    member.get(url)
    member.get(url)
    assert len(heard) == 1
    browse.other().as_nobody().get(url, status=302)
    browse.other().as_nobody().get(url, status=302, headers={"Cookie": "phien=\xff\xfe; bieu-mau=\xe2\x82"})
    assert "a kept board could not be told" not in caplog.text
    member.get(f"{url}?giai-doan=1")
    member.get(url, headers={"Range": "bytes=0-10"})
    with work() as w:
        given = grant(w, commune.member, Role.SECRETARY, commune.first)
    member.get(url)
    with work() as w:
        w.session.get_one(RoleGrant, given.id).revoked_at = w.now
        w.session.query(Account).filter_by(member_id=commune.member.id).one().notices_version = None
    member.get(url, status=302)
    with work() as w:
        own = w.session.query(Account).filter_by(member_id=commune.member.id).one()
        w.session.query(UserSession).filter_by(account_id=own.id).update({"revoked_at": w.now})
    member.get(url, status=302)
    browse.other().as_(commune.stranger).get(url)
    assert len(heard) == 1


def test_a_message_for_the_next_page_is_told_by_the_view(
    work: Work, commune: Commune, browse: Browse, app: Flask, heard: list[str]
) -> None:
    round_ = sat(work, commune)
    keep(app)
    url = f"/bang-xep-hang/{round_.id}/chi-bo"
    browse.as_(commune.member).get(url)
    browse.get(url)
    browse.submit("/tai-khoan", action="/tai-khoan/dong-y/publish_name")
    assert "Đã lưu lựa chọn của đồng chí." in browse.get(url).text
    assert len(heard) == 1
    browse.get(url)
    assert len(heard) == 2


def test_what_the_door_tells_is_as_young_as_what_the_view_tells(
    work: Work, commune: Commune, browse: Browse, app: Flask, clock: Clock, heard: list[str]
) -> None:
    round_ = sat(work, commune)
    keep(app, INTERVAL)
    url = f"/bang-xep-hang/{round_.id}/toan-xa"
    browse.as_(commune.member).get(url)
    with work() as w:
        attempt(w, round_, commune.member, 20, 20)
    assert "Đồng chí xếp hạng 1 trên" in browse.get(url).text
    assert len(heard) == 1
    clock.move(seconds=INTERVAL.total_seconds())
    browse.get(url)
    assert len(heard) == 1
    excluding = f"/to-chuc/cuoc-thi/{round_.contest_id}/khong-xep-hang/{commune.colleague.id}"
    browse.other().as_(commune.organiser).post(excluding, {"reason": "Người của Ban tổ chức"})
    browse.get(url)
    assert len(heard) == 1


def test_a_board_that_stands_still_is_the_views(
    work: Work, commune: Commune, browse: Browse, app: Flask, clock: Clock, heard: list[str]
) -> None:
    round_ = freezing_round(work, commune)
    sit(work, round_, commune.member, 20, FROZEN - timedelta(minutes=5))
    clock.set(FROZEN - timedelta(minutes=1))
    keep(app)
    url = f"/bang-xep-hang/{round_.id}/chi-bo"
    browse.as_(commune.member).get(url)
    browse.get(url)
    assert len(heard) == 1
    clock.set(FROZEN + timedelta(minutes=1))
    for _ in range(2):
        assert "Bảng đóng băng từ" in browse.get(url).text
    assert len(heard) == 1


def test_a_database_that_does_not_answer_is_asked_once(
    work: Work, commune: Commune, browse: Browse, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_ = sat(work, commune)
    keep(app, HOUR)
    url = f"/bang-xep-hang/{round_.id}/chi-bo"
    browse.as_(commune.member).get(url)
    asked: list[object] = []

    def glance(*told: object) -> None:
        asked.append(told)
        raise Overloaded

    monkeypatch.setattr(SignIns, "glance", glance)
    answer = browse.get(url, status=503)
    assert len(asked) == 1
    assert int(answer.response.headers["Retry-After"]) >= 3
