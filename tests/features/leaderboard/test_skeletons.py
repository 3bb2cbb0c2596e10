"""Boards of persons kept without their reader: each has his own in them, and nothing in them outlives its truth."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.pool import ConnectionPoolEntry

from quiz_app.contests.models import Round, Shown
from quiz_app.kernel.access import Role
from quiz_app.kernel.db import Database
from quiz_app.kernel.pool import Shelf
from quiz_app.leaderboard.kept import INTERVAL, Kept
from quiz_app.members.models import Member, RoleGrant
from tests.features.leaderboard.build import Statements, attempt, consent
from tests.features.leaderboard.test_boards import board, listed, own_rows, sat
from tests.features.leaderboard.test_freeze import CLOSES, FROZEN, freezing_round, sit
from tests.features.leaderboard.test_overall import two_rounds
from tests.support.browse import Browse
from tests.support.build import Commune, grant
from tests.support.clock import Clock
from tests.support.page import Page
from tests.support.works import Work

EXCEL = "Tải bảng xếp hạng Excel"
HOUR = timedelta(hours=1)


def keep(app: Flask, interval: timedelta = HOUR) -> None:
    app.extensions["boards"] = Kept(interval)


def told(page: Page) -> tuple[object, ...]:
    """Everything a board says to its reader, but his form token and when it was read."""
    said = re.sub(r"Số liệu lúc [\d:/ ]+", "", page.text)
    return said, board(page), own_rows(page)


def test_sums_and_frozen_boards_are_told_to_each_as_if_made_for_him(
    work: Work, commune: Commune, browse: Browse, app: Flask, clock: Clock
) -> None:
    first, _ = two_rounds(work, commune)
    frozen = freezing_round(work, commune)
    sit(work, frozen, commune.member, 20, FROZEN + timedelta(minutes=1))
    clock.set(FROZEN + timedelta(minutes=5))
    readers = (commune.member, commune.colleague, commune.secretary, commune.stranger)
    urls = [
        f"/bang-xep-hang/{place}/{name}"
        for place in (f"cuoc-thi/{first.contest_id}", frozen.id)
        for name in ("chi-bo", "toan-xa")
    ]
    fresh = {(reader.id, url): told(browse.as_(reader).page(url)) for reader in readers for url in urls}
    keep(app)
    for reader in (*readers, *readers):
        browse.as_(reader)
        assert [told(browse.page(url)) for url in urls] == [fresh[reader.id, url] for url in urls], reader.full_name


def test_who_asks_next_costs_no_transaction_and_has_a_token_of_his_own(
    work: Work, commune: Commune, browse: Browse, app: Flask, db: Database
) -> None:
    round_ = sat(work, commune)
    keep(app)
    tokens = set()
    for url in (f"/bang-xep-hang/{round_.id}/chi-bo", f"/bang-xep-hang/{round_.id}/toan-xa"):
        browse.as_(commune.colleague).page(url)
        for reader in (commune.member, commune.probationer):
            browse.as_(reader)
            with Statements(db.engine) as statements:
                page = browse.page(url)
            assert statements.count == 0, statements.texts
            assert reader.full_name in page.text
            assert own_rows(page) == [f"{reader.full_name} (đồng chí)"]
            tokens.update(page.form("/dang-xuat").values["csrf_token"])
    assert len(tokens) == 4
    browse.submit(url, action="/dang-xuat")
    browse.get(url, status=302)


def test_an_own_result_is_there_at_once_and_names_and_consents_within_the_interval(
    work: Work, commune: Commune, browse: Browse, app: Flask, clock: Clock
) -> None:
    round_ = sat(work, commune)
    keep(app, INTERVAL)
    url = f"/bang-xep-hang/{round_.id}/chi-bo"
    browse.as_(commune.member)
    first = browse.get(url)
    assert "Đồng chí xếp hạng 2 trên 4 người" in first.text
    assert commune.colleague.full_name not in first.text
    with work() as w:
        attempt(w, round_, commune.member, 20, 20)
        consent(w, commune.colleague)
        w.session.get_one(Member, commune.probationer.id).full_name = "Ngô Tân Danh"
        consent(w, commune.probationer)
    tag = first.response.headers["ETag"]
    assert "Đồng chí xếp hạng 1 trên" in browse.get(url, headers={"If-None-Match": tag}).text
    clock.move(seconds=INTERVAL.total_seconds())
    page = browse.page(url)
    assert listed(page)[0] == f"{commune.member.full_name} (đồng chí)"
    assert {commune.colleague.full_name, "Ngô Tân Danh"} <= set(listed(page))


@pytest.mark.parametrize("name", ["chi-bo", "toan-xa"])
def test_what_an_organiser_takes_away_is_gone_when_he_is_told_so(
    work: Work, commune: Commune, browse: Browse, app: Flask, name: str
) -> None:
    round_ = sat(work, commune)
    keep(app)
    url = f"/bang-xep-hang/{round_.id}/{name}"
    onlooker = browse.other().as_(commune.member)
    first = onlooker.get(url)
    assert first.page is not None
    before = len(board(first.page))
    excluding = f"/to-chuc/cuoc-thi/{round_.contest_id}/khong-xep-hang/{commune.colleague.id}"
    browse.as_(commune.organiser).post(excluding, {"reason": "Người của Ban tổ chức"})
    after = onlooker.get(url, headers={"If-None-Match": first.response.headers["ETag"]})
    assert after.page is not None
    assert len(board(after.page)) == before - 1


@pytest.mark.parametrize("name", ["chi-bo", "toan-xa", "cac-chi-bo", "cac-chi-bo?theo=so-nguoi"])
def test_no_reader_holds_two_connections(
    work: Work, commune: Commune, browse: Browse, app: Flask, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A process has one for each thread: were each to wait for a second, all would wait for ever."""
    round_ = sat(work, commune)
    keep(app)
    held, most = 0, 0
    get, give_back = Shelf._do_get, Shelf._do_return_conn

    def counted(shelf: Shelf) -> ConnectionPoolEntry:
        nonlocal held, most
        held += 1
        most = max(most, held)
        return get(shelf)

    def returned(shelf: Shelf, record: ConnectionPoolEntry) -> None:
        nonlocal held
        held -= 1
        give_back(shelf, record)

    monkeypatch.setattr(Shelf, "_do_get", counted)
    monkeypatch.setattr(Shelf, "_do_return_conn", returned)
    for reader in (commune.member, commune.member, commune.secretary, commune.organiser):
        browse.as_(reader)
        held = most = 0
        browse.page(f"/bang-xep-hang/{round_.id}/{name}")
        assert most == 1, reader.full_name


def test_roles_are_asked_each_time(work: Work, commune: Commune, browse: Browse, app: Flask) -> None:
    round_ = sat(work, commune)
    keep(app)
    url = f"/bang-xep-hang/{round_.id}/toan-xa"
    assert EXCEL not in browse.as_(commune.member).page(url).text
    with work() as w:
        given = grant(w, commune.member, Role.ORGANISER, commune.root)
    assert EXCEL in browse.page(url).text
    assert EXCEL not in browse.other().as_(commune.colleague).page(url).text
    with work() as w:
        w.session.get_one(RoleGrant, given.id).revoked_at = w.now
    assert EXCEL not in browse.page(url).text


def test_no_page_is_kept_across_the_instant_at_which_its_round_changes(
    work: Work, commune: Commune, browse: Browse, app: Flask, clock: Clock
) -> None:
    round_ = freezing_round(work, commune, shown=Shown.AFTER_CLOSING)
    keep(app, timedelta(days=9))
    url = f"/bang-xep-hang/{round_.id}/chi-bo"
    browse.as_(commune.member)
    still = "Bảng đóng băng từ"
    for at, is_frozen, has_rows in (
        (FROZEN - timedelta(seconds=5), False, False),
        (FROZEN + timedelta(seconds=1), True, False),
        (CLOSES + timedelta(hours=1), True, True),
    ):
        clock.set(at)
        page = browse.page(url)
        assert (still in page.text, bool(board(page))) == (is_frozen, has_rows), at
    with work(now=CLOSES + timedelta(hours=1)) as w:
        w.session.get_one(Round, round_.id).finalised_at = CLOSES + timedelta(hours=2)
    keep(app, timedelta(days=9))
    assert still in browse.page(url).text
    clock.set(CLOSES + timedelta(hours=2, seconds=1))
    assert still not in browse.page(url).text


def test_a_board_that_is_kept_opens_to_nobody_who_is_not_invited(
    work: Work, commune: Commune, browse: Browse, app: Flask
) -> None:
    round_ = sat(work, commune)
    with work() as w:
        w.session.get_one(Round, round_.id).contest.unit_id = commune.first.id
    keep(app)
    url = f"/bang-xep-hang/{round_.id}/chi-bo"
    browse.as_(commune.member).page(url)
    browse.as_(commune.stranger).get(url, status=404)
    browse.as_nobody().get(url, status=302)
