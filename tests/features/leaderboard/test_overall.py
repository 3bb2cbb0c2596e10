"""Boards over several rounds, worked out by hand: 1, 2, 2, 4 and a missed round."""

from __future__ import annotations

from datetime import timedelta

import pytest

from quiz_app.contests.models import Contest, NamesShown, Round, Shown
from quiz_app.kernel.db import Database
from quiz_app.leaderboard import queries, scope
from quiz_app.leaderboard.tallies import refresh_tallies
from quiz_app.rules.standing import Criterion, overall_key
from quiz_app.units.models import UnitKind
from tests.features.leaderboard.build import Statements, attempt, open_round, roster
from tests.features.leaderboard.test_boards import board, listed, own_rows
from tests.support.browse import Answer, Browse
from tests.support.build import Commune, member, unit
from tests.support.clock import Clock
from tests.support.page import Page
from tests.support.works import View, Work

WEEK_1 = {"title": "Tuần 1", "opened": timedelta(days=-9), "closes": timedelta(days=-2)}


def drawn(answer: Answer) -> Page:
    assert answer.page is not None
    return answer.page


def two_rounds(work: Work, commune: Commune, **settings: object) -> tuple[Round, Round]:
    """The rounds allow 900 s and rank by score, then time.

    colleague 20 in 30 s and 20 in 30 s: 40 points, 60 s, first. member 18 in 40 s and 17 in 60 s: 35 points, 100 s.
    probationer 17 in 60 s and 18 in 40 s: 35 points, 100 s: both second. secretary 20 in 10 s and nothing: 20 points,
    910 s, fourth. stranger nothing and 19 in 50 s: 19 points, 950 s, fifth of the whole contest.
    """
    with work() as w:
        first = open_round(w, commune.root, **{**WEEK_1, **settings})  # type: ignore[arg-type]  # a test's own choices
        contest = w.session.get_one(Contest, first.contest_id)
        second = open_round(w, commune.root, title="Tuần 2", contest=contest, **settings)  # type: ignore[arg-type]  # own choices
        people = [commune.colleague, commune.member, commune.probationer, commune.secretary, commune.stranger]
        for round_ in (first, second):
            roster(w, round_, [*people, commune.inner_member], [commune.exempt])
        before = timedelta(days=-5)
        attempt(w, first, commune.colleague, 20, 30, started=before)
        attempt(w, first, commune.member, 18, 40, started=before)
        attempt(w, first, commune.probationer, 17, 60, started=before)
        attempt(w, first, commune.secretary, 20, 10, started=before)
        attempt(w, second, commune.colleague, 20, 30)
        attempt(w, second, commune.member, 17, 60)
        attempt(w, second, commune.probationer, 18, 40)
        attempt(w, second, commune.stranger, 19, 50)
    return first, second


def test_members_over_two_rounds(work: Work, commune: Commune, browse: Browse) -> None:
    first, _ = two_rounds(work, commune)
    page = browse.as_(commune.secretary).page(f"/bang-xep-hang/cuoc-thi/{first.contest_id}/chi-bo")
    rows = board(page)
    assert [row[0] for row in rows] == ["1", "2", "2", "4"]
    assert listed(page) == ["Đ.T.B", "N.V.A", "L.H.Á", "Bùi Thị Lan (đồng chí)"]
    assert [row[2] for row in rows] == ["40", "35", "35", "20"]
    assert "2/2 đợt" in rows[0][1]
    assert "1/2 đợt" in rows[3][1]
    assert own_rows(page) == ["Bùi Thị Lan (đồng chí)"]
    assert "Đồng chí xếp hạng 4 trên 4 người" in page.text
    assert "Người xếp ngay trên hơn 15 điểm" in page.text
    assert "Đợt nào không dự thi thì tính 0 điểm" in page.text
    whole = browse.page(f"/bang-xep-hang/cuoc-thi/{first.contest_id}/toan-xa")
    assert [row[0] for row in board(whole)] == ["1", "2", "2", "4", "5"]
    assert [row[2] for row in board(whole)] == ["40", "35", "35", "20", "19"]


def test_people_and_papers_of_all_rounds_are_two_numbers_in_clear_words(
    work: Work, commune: Commune, browse: Browse, db: Database
) -> None:
    first, _ = two_rounds(work, commune)
    refresh_tallies(db)
    page = browse.as_(commune.secretary).page(f"/bang-xep-hang/cuoc-thi/{first.contest_id}/cac-chi-bo")
    assert "người dự thi, cộng các đợt" in page.text
    assert "bài đã nộp, cộng các đợt" in page.text
    assert "lượt người dự thi" not in page.text


def test_the_sums_are_those_of_the_rules(work: Work, view: View, commune: Commune) -> None:
    """The database adds up what rules.standing.overall_key would, rounds of different tie-breaks aside."""
    tie_breaks = (Criterion.SCORE, Criterion.DURATION, Criterion.SUBMITTED)
    first, second = two_rounds(work, commune, tie_breaks=tie_breaks)
    with view(actor=commune.secretary) as r:
        offered = scope.board_rounds(r)
        what = scope.of_contest(offered, first.contest_id, r.now)
        own = queries.own_standing(r, what)
        rounds = {round_.id: round_ for round_ in offered}
        assert own is not None
        closes_ms = round(rounds[second.id].closes_at.timestamp() * 1000)
        assert queries.missed_key(rounds[second.id]) == (0, 900_000, closes_ms, 0)
        sat = (-20, 10_000, round((rounds[first.id].opens_at + timedelta(days=4, seconds=10)).timestamp() * 1000), 0)
        assert own.key == overall_key([sat], [queries.missed_key(rounds[second.id])])
        assert own.rounds_sat == 1


def test_a_round_without_a_criterion_leaves_it_out(work: Work, view: View, commune: Commune) -> None:
    with work() as w:
        first = open_round(w, commune.root, **WEEK_1, tie_breaks=(Criterion.SCORE,))  # type: ignore[arg-type]  # own choices
        contest = w.session.get_one(Contest, first.contest_id)
        open_round(w, commune.root, title="Tuần 2", contest=contest, tie_breaks=(Criterion.DURATION, Criterion.SCORE))
        attempt(w, first, commune.member, 12, 30, started=timedelta(days=-5))
    with view(actor=commune.member) as r:
        own = queries.own_standing(r, scope.of_contest(scope.board_rounds(r), first.contest_id, r.now))
    assert own is not None
    assert own.key == (900_000, -12, 0, 0)


@pytest.mark.parametrize("shown", [Shown.AFTER_CLOSING, Shown.AFTER_FINAL, Shown.NEVER])
def test_only_rounds_whose_scores_show_are_added(
    work: Work, commune: Commune, browse: Browse, db: Database, shown: Shown
) -> None:
    first, _ = two_rounds(work, commune, shown=shown)
    refresh_tallies(db)
    page = browse.as_(commune.member).page(f"/bang-xep-hang/cuoc-thi/{first.contest_id}/chi-bo")
    if shown is Shown.AFTER_CLOSING:
        assert [row[2] for row in board(page)] == ["20", "20", "18", "17"]
        assert "1/1 đợt" in page.text
    else:
        assert "Chưa công bố thứ hạng" in page.text or "không công khai điểm" in page.text
    history = browse.page(f"/bang-xep-hang/cuoc-thi/{first.contest_id}/chang-duong")
    assert "17/20" not in history.text
    assert "đã nộp bài, chưa công bố điểm" in history.text
    units = browse.page(f"/bang-xep-hang/cuoc-thi/{first.contest_id}/cac-chi-bo?theo=diem")
    assert ("18,75" in units.text) is (shown is Shown.AFTER_CLOSING)
    assert board(units)[0][2] == ("18,75" if shown is Shown.AFTER_CLOSING else "87,5%")


def test_the_strictest_round_decides_about_names(work: Work, commune: Commune, browse: Browse) -> None:
    first, second = two_rounds(work, commune)
    with work() as w:
        w.session.get_one(Round, first.id).names_shown = NamesShown.NOBODY.value
    page = browse.as_(commune.member).page(f"/bang-xep-hang/cuoc-thi/{first.contest_id}/toan-xa")
    assert listed(page)[:3] == ["Đồng chí", "Nguyễn Văn An (đồng chí)", "Đồng chí"]
    assert "Kim Lan" not in page.text
    assert "không nêu tên ai" in page.text
    assert "Kim Lan" in browse.page(f"/bang-xep-hang/{second.id}/toan-xa").text


def test_units_over_two_rounds(work: Work, commune: Commune, browse: Browse, db: Database) -> None:
    """first: 4 + 3 of 4 + 4 and 75 + 55 points of 7; second: 0 + 1 of 1 + 1, whose single score is no mean."""
    first, second = two_rounds(work, commune)
    refresh_tallies(db)
    browse.as_(commune.member)
    page = browse.page(f"/bang-xep-hang/cuoc-thi/{first.contest_id}/cac-chi-bo")
    assert board(page) == [
        ["1", "Chi bộ thôn Giang Cao (của đồng chí)", "87,5%", "7/8", "7", "7", "18,57"],
        ["2", "Chi bộ thôn Kim Lan", "50%", "1/2", "1", "1", "–"],
        ["3", "Đảng bộ Công an xã", "0%", "0/2", "0", "0", "–"],
    ]
    assert "Tuần 1, Tuần 2" in page.text
    assert [row[2] for row in board(browse.page(f"/bang-xep-hang/{second.id}/cac-chi-bo"))] == ["100%", "75%", "0%"]
    small = browse.page(f"/bang-xep-hang/cuoc-thi/{first.contest_id}/cac-chi-bo?quy-mo=nho")
    assert len(board(small)) == 3  # eight on two rosters are four members


def test_a_member_and_his_unit_through_the_rounds(
    work: Work, commune: Commune, browse: Browse, db: Database, clock: Clock
) -> None:
    """The second round is still open: who has not sat it has missed nothing yet, and no 0 stands for it."""
    first, _ = two_rounds(work, commune)
    refresh_tallies(db)
    page = browse.as_(commune.secretary).page(f"/bang-xep-hang/cuoc-thi/{first.contest_id}/chang-duong")
    assert board(page) == [
        ["Tuần 1", "20/20", "1/4", "1/4"],
        ["Tuần 2", "chưa dự thi"],
        ["Tuần 1", "100%", "1/3", "4/4", "4", "18,75"],
        ["Tuần 2", "75%", "2/3", "3/4", "3", "18,33"],
    ]
    own_chart, _ = page.texts(".//figure")
    assert own_chart.startswith("Điểm của đồng chí qua các đợt")
    assert "Tuần 1" in own_chart
    assert "Tuần 2" not in own_chart
    other = browse.page(f"/bang-xep-hang/cuoc-thi/{first.contest_id}/don-vi/{commune.second.id}")
    assert [row[:3] for row in board(other)] == [["Tuần 1", "0%", "2/3"], ["Tuần 2", "100%", "1/3"]]
    assert "19,00" not in other.text
    clock.move(days=2)
    over = browse.page(f"/bang-xep-hang/cuoc-thi/{first.contest_id}/chang-duong")
    assert board(over)[1] == ["Tuần 2", "không dự thi"]
    assert "Tuần 2" in over.texts(".//figure")[0]
    top = browse.page(f"/bang-xep-hang/cuoc-thi/{first.contest_id}/don-vi/{commune.root.id}")
    assert [row[2] for row in board(top)] == ["–", "–"]
    browse.page(f"/bang-xep-hang/cuoc-thi/{first.contest_id}/don-vi/999999", status=404)


def test_the_wall_asks_again_by_itself(work: Work, commune: Commune, browse: Browse, db: Database) -> None:
    first, second = two_rounds(work, commune)
    refresh_tallies(db)
    browse.as_(commune.member)
    answer = browse.get(f"/bang-xep-hang/{second.id}/trinh-chieu")
    assert answer.response.headers["Refresh"].startswith("12; url=/bang-xep-hang/")
    assert [item.split() for item in drawn(answer).texts(".//ol/li/span")] == [["1"], ["2"], ["3"]]
    assert "66,7%" in drawn(answer).text
    assert "còn 23 giờ 59 phút" in drawn(answer).text
    stopped = browse.get(f"/bang-xep-hang/{second.id}/trinh-chieu?tu-dong=khong")
    assert "Refresh" not in stopped.response.headers
    whole = browse.page(f"/bang-xep-hang/cuoc-thi/{first.contest_id}/trinh-chieu?theo=diem")
    assert "18,57" in whole.text


def test_the_wall_turns_its_pages(work: Work, commune: Commune, browse: Browse, db: Database) -> None:
    with work() as w:
        round_ = open_round(w, commune.root)
        for number in range(20):
            cell = unit(w, f"TO{number:02}", f"Chi bộ tổ {number:02}", UnitKind.CELL, commune.root)
            roster(w, round_, [member(w, cell, f"Vũ Văn Số {number}", with_account=False)])
    refresh_tallies(db)
    browse.as_(commune.member)
    answer = browse.get(f"/bang-xep-hang/{round_.id}/trinh-chieu")
    assert len(drawn(answer).all(".//ol/li")) == 16
    assert answer.response.headers["Refresh"].endswith("trang=2")
    following = browse.get(f"/bang-xep-hang/{round_.id}/trinh-chieu?trang=2")
    assert len(drawn(following).all(".//ol/li")) == 7
    assert following.response.headers["Refresh"].endswith("trang=1")


def test_before_the_first_round_nothing_is_added_up(work: Work, commune: Commune, browse: Browse, clock: Clock) -> None:
    with work() as w:
        coming = open_round(w, commune.root, opened=timedelta(days=2), closes=timedelta(days=9))
    browse.as_(commune.member).page(f"/bang-xep-hang/cuoc-thi/{coming.contest_id}/chi-bo", status=404)
    address = f"/bang-xep-hang/?dot={coming.id}&bang=chang-duong"
    assert browse.get(address, status=302).location == f"/bang-xep-hang/{coming.id}/chi-bo"
    clock.move(days=3)
    assert browse.get(address, status=302).location == f"/bang-xep-hang/cuoc-thi/{coming.contest_id}/chang-duong"
    browse.page(f"/bang-xep-hang/cuoc-thi/{coming.contest_id}/chang-duong")


def test_the_number_of_queries_stays(work: Work, commune: Commune, browse: Browse, db: Database) -> None:
    first, _ = two_rounds(work, commune)
    refresh_tallies(db)
    browse.as_(commune.member)
    boards = ("chi-bo", "toan-xa", "cac-chi-bo", "chang-duong", f"don-vi/{commune.second.id}", "trinh-chieu")
    urls = [f"/bang-xep-hang/cuoc-thi/{first.contest_id}/{name}" for name in boards]

    def counted() -> list[int]:
        counts = []
        for url in urls:
            with Statements(db.engine) as statements:
                browse.page(url)
            counts.append(statements.count)
        return counts

    few = counted()
    with work() as w:
        contest = w.session.get_one(Contest, first.contest_id)
        for number in range(3):
            more = open_round(w, commune.root, title=f"Tuần thêm {number}", contest=contest)
            for other in range(5):
                attempt(w, more, member(w, commune.first, f"Nguyễn Văn Số {other}", with_account=False), 10 + other)
    refresh_tallies(db)
    assert counted() == few
    assert max(few) <= 15, few  # three of the own history's tell places, one each asks for the rounds of a unit above
