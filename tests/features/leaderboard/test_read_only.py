"""The boards while the site is read-only: what is stored, with its instant, and nothing counted for one reader."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from quiz_app.kernel import switches
from quiz_app.kernel.db import Database
from quiz_app.kernel.switches import Switch
from quiz_app.leaderboard import labels
from quiz_app.leaderboard.models import UnitTally
from quiz_app.leaderboard.tallies import refresh_tallies
from quiz_app.web.filters import format_datetime_seconds
from tests.features.leaderboard.build import Statements, attempt
from tests.features.leaderboard.test_boards import board, listed, sat
from tests.features.leaderboard.test_overall import two_rounds
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.works import Work


def switch(work: Work, *, is_on: bool) -> None:
    with work() as w:
        if is_on:
            switches.turn_on(w, Switch.READ_ONLY, "Máy chủ quá tải", None)
        else:
            switches.turn_off(w, Switch.READ_ONLY, "Đã ổn")


def tallied_at(db: Database) -> str:
    with db.reading() as session:
        return format_datetime_seconds(session.scalar(select(func.max(UnitTally.taken_at))))


def test_units_stand_as_last_tallied_with_that_instant(
    work: Work, commune: Commune, browse: Browse, db: Database, clock: Clock
) -> None:
    round_ = sat(work, commune)
    refresh_tallies(db)
    switch(work, is_on=True)
    before = tallied_at(db)
    clock.move(minutes=20)
    with work() as w:
        attempt(w, round_, commune.inner_member, 12)
    assert refresh_tallies(db) == 0
    browse.as_(commune.member)
    url = f"/bang-xep-hang/{round_.id}/cac-chi-bo"
    page = browse.page(url)
    assert f"Số liệu lúc {before}" in page.text
    assert labels.UNITS_REST in page.text
    units = {row[1]: row[3] for row in board(page)}
    assert units["Đảng bộ Công an xã"] == "0/1"
    history = browse.page(f"/bang-xep-hang/cuoc-thi/{round_.contest_id}/don-vi/{commune.second.id}")
    assert f"Số liệu lúc {before}" in history.text

    switch(work, is_on=False)
    assert refresh_tallies(db) == 1
    page = browse.page(url)
    assert labels.UNITS_REST not in page.text
    assert {row[1]: row[3] for row in board(page)}["Đảng bộ Công an xã"] == "1/1"


def test_before_the_first_tally_no_figures_are_promised_soon(work: Work, commune: Commune, browse: Browse) -> None:
    round_ = sat(work, commune)
    url = f"/bang-xep-hang/{round_.id}/cac-chi-bo"
    assert "sau ít giây" in browse.as_(commune.member).page(url).text
    switch(work, is_on=True)
    page = browse.page(url)
    assert "sau ít giây" not in page.text
    assert "Số liệu có khi việc tổng hợp chạy lại." in page.text
    assert "Chưa có số liệu." in browse.page(f"/bang-xep-hang/{round_.id}/trinh-chieu").text


def test_the_people_of_a_round_are_read_and_the_own_place_told_from_them(
    work: Work, commune: Commune, browse: Browse, db: Database
) -> None:
    round_ = sat(work, commune)
    browse.as_(commune.member)
    url = f"/bang-xep-hang/{round_.id}/chi-bo"
    usual = board(browse.page(url))
    switch(work, is_on=True)
    page = browse.page(url)
    assert board(page) == usual
    assert "Đồng chí xếp hạng 2 trên 4 người" in page.text
    assert "Người xếp ngay trên" not in page.text
    assert "Không ai xếp trên đồng chí" not in page.text
    assert "Không ai xếp trên đồng chí" in browse.as_(commune.colleague).page(url).text
    whole = browse.page(f"/bang-xep-hang/{round_.id}/toan-xa")
    assert listed(whole)[0] == "Đỗ Thị Bình (đồng chí)"
    assert len(listed(whole)) == 5
    assert "Đồng chí xếp hạng" not in whole.text
    assert "không xếp hạng theo thể lệ" not in whole.text
    assert labels.PEOPLE_REST in whole.text


def test_who_is_not_ranked_is_still_told_why(work: Work, commune: Commune, browse: Browse) -> None:
    round_ = sat(work, commune)
    with work() as w:
        attempt(w, round_, commune.organiser, 20)
    switch(work, is_on=True)
    page = browse.as_(commune.organiser).page(f"/bang-xep-hang/{round_.id}/chi-bo")
    assert "không xếp hạng theo thể lệ" in page.text


@pytest.mark.parametrize("name", ["chi-bo", "toan-xa"])
def test_sums_over_rounds_rest_and_lead_to_the_round(work: Work, commune: Commune, browse: Browse, name: str) -> None:
    first, second = two_rounds(work, commune)
    url = f"/bang-xep-hang/cuoc-thi/{first.contest_id}/{name}"
    assert board(browse.as_(commune.member).page(url))
    switch(work, is_on=True)
    page = browse.page(url)
    assert board(page) == []
    assert "Bảng cộng dồn từng người tạm nghỉ" in page.text
    assert "Số liệu lúc" not in page.text
    assert f"/bang-xep-hang/{second.id}/{name}" in page.hrefs()
    assert board(browse.page(f"/bang-xep-hang/{second.id}/{name}"))
    assert board(browse.page(f"/bang-xep-hang/cuoc-thi/{first.contest_id}/cac-chi-bo")) == []


def test_the_own_way_keeps_its_scores_without_places(
    work: Work, commune: Commune, browse: Browse, db: Database
) -> None:
    first, _ = two_rounds(work, commune)
    refresh_tallies(db)
    switch(work, is_on=True)
    page = browse.as_(commune.secretary).page(f"/bang-xep-hang/cuoc-thi/{first.contest_id}/chang-duong")
    assert board(page) == [
        ["Tuần 1", "20/20", "tạm nghỉ tính hạng"],
        ["Tuần 2", "chưa dự thi"],
        ["Tuần 1", "100%", "1/3", "4/4", "4", "18,75"],
        ["Tuần 2", "75%", "2/3", "3/4", "3", "18,33"],
    ]
    assert f"Số liệu lúc {tallied_at(db)}" in page.text
    assert labels.OWN_PLACES_REST in page.text


def test_nothing_is_counted_for_a_reader(work: Work, commune: Commune, browse: Browse, db: Database) -> None:
    first, second = two_rounds(work, commune)
    refresh_tallies(db)
    of_round = [f"/bang-xep-hang/{second.id}/{name}" for name in ("chi-bo", "toan-xa", "cac-chi-bo", "trinh-chieu")]
    boards = ("chi-bo", "toan-xa", "cac-chi-bo", "chang-duong", f"don-vi/{commune.second.id}", "trinh-chieu")
    urls = ["/", *of_round, *(f"/bang-xep-hang/cuoc-thi/{first.contest_id}/{name}" for name in boards)]
    browse.as_(commune.member)

    def counted() -> list[str]:
        with Statements(db.engine) as statements:
            for url in urls:
                browse.page(url)
        return [each for each in statements.texts if ("count(" in each or "sum(" in each) and "FROM result" in each]

    assert len(counted()) >= 5
    switch(work, is_on=True)
    assert counted() == []


def test_the_wall_asks_less_often_and_only_it_may_be_kept(
    work: Work, commune: Commune, browse: Browse, db: Database
) -> None:
    first, second = two_rounds(work, commune)
    refresh_tallies(db)
    browse.as_(commune.member)
    wall = f"/bang-xep-hang/{second.id}/trinh-chieu"
    assert browse.get(wall).response.headers["Cache-Control"] == "private, no-cache"
    switch(work, is_on=True)
    answer = browse.get(wall)
    assert answer.response.headers["Cache-Control"] == "private, max-age=60"
    assert "Cookie" in answer.response.headers["Vary"]
    assert answer.response.headers["Refresh"].startswith("60; url=/bang-xep-hang/")
    assert labels.WALL_RESTS in answer.text
    for person in (commune.member, commune.colleague, commune.stranger):
        assert person.full_name not in answer.text
    for name in ("chi-bo", "toan-xa", "cac-chi-bo"):
        assert browse.get(f"/bang-xep-hang/{second.id}/{name}").response.headers["Cache-Control"] == "no-store"
    history = browse.get(f"/bang-xep-hang/cuoc-thi/{first.contest_id}/chang-duong")
    assert history.response.headers["Cache-Control"] == "no-store"


def test_the_first_page_says_that_places_rest(work: Work, commune: Commune, browse: Browse) -> None:
    sat(work, commune)
    browse.as_(commune.member)
    assert "hạng 2/4 trong chi bộ" in browse.page("/").text
    switch(work, is_on=True)
    page = browse.page("/")
    assert "18/20 điểm ; thứ hạng tạm nghỉ tính" in page.text
    assert "trong chi bộ (tạm tính)" not in page.text
