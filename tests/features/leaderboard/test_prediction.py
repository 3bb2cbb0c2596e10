"""Boards while a prediction is open, and what they say until its truth is known."""

from __future__ import annotations

import pytest

from quiz_app.contests.models import Round
from quiz_app.kernel.db import Database
from quiz_app.leaderboard import labels, queries
from quiz_app.leaderboard.tallies import refresh_tallies
from quiz_app.rules.prediction import MISSING_GUESS_ERROR
from quiz_app.rules.standing import Criterion
from tests.features.leaderboard.build import attempt, open_round, roster
from tests.features.leaderboard.test_boards import board, listed
from tests.features.leaderboard.test_overall import two_rounds
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import NOW, Clock
from tests.support.works import Work

BOARDS = ("chi-bo", "cac-chi-bo", "toan-xa", "trinh-chieu")
CLOSED = "Bảng này chưa mở"


def ask(work: Work, round_: Round, **fields: object) -> None:
    with work() as w:
        held = w.session.get_one(Round, round_.id)
        held.prediction_kind = "people"
        for name, value in fields.items():
            setattr(held, name, value)


def predicted_rounds(work: Work, commune: Commune, db: Database) -> tuple[Round, Round]:
    """Week 1 is over; week 2 is open and asks how many people sit it."""
    first, second = two_rounds(work, commune)
    ask(work, second)
    refresh_tallies(db)
    return first, second


@pytest.mark.parametrize("name", BOARDS)
def test_no_board_of_the_round_is_shown(
    work: Work, commune: Commune, browse: Browse, db: Database, clock: Clock, name: str
) -> None:
    _, second = predicted_rounds(work, commune, db)
    addresses = [f"/bang-xep-hang/{second.id}/{name}", f"/bang-xep-hang/cuoc-thi/{second.contest_id}/{name}"]
    for address in addresses:
        page = browse.as_(commune.member).page(address)
        assert CLOSED in page.text
        assert "09:00 ngày 02/12/2026" in page.text
        assert board(page) == []
        assert "Đỗ Thị Bình" not in page.text
        assert "Refresh" not in browse.get(address).response.headers
    for person in (commune.overseer, commune.organiser, commune.operator):
        if name == "chi-bo":
            continue
        for address in addresses:
            assert CLOSED not in browse.as_(person).page(address).text
    clock.set(second.closes_at)
    assert CLOSED in browse.as_(commune.member).page(addresses[0]).text  # what was sent in time may still arrive
    clock.move(seconds=8)
    page = browse.as_(commune.member).page(addresses[0])
    assert CLOSED not in page.text


@pytest.mark.parametrize("name", ["chi-bo", "toan-xa"])
def test_the_own_score_stays(work: Work, commune: Commune, browse: Browse, db: Database, name: str) -> None:
    _, second = predicted_rounds(work, commune, db)
    page = browse.as_(commune.member).page(f"/bang-xep-hang/{second.id}/{name}")
    assert "17/20 điểm" in page.text
    assert "Đồng chí xếp hạng" not in page.text
    assert "17/20 điểm" not in browse.as_(commune.secretary).page(f"/bang-xep-hang/{second.id}/{name}").text


def test_other_rounds_are_shown_as_ever(work: Work, commune: Commune, browse: Browse, db: Database) -> None:
    first, _ = predicted_rounds(work, commune, db)
    page = browse.as_(commune.member).page(f"/bang-xep-hang/{first.id}/chi-bo")
    assert listed(page)[0] == "B.T.L"


def test_histories_leave_the_round_out(work: Work, commune: Commune, browse: Browse, db: Database) -> None:
    first, second = predicted_rounds(work, commune, db)
    whole = f"/bang-xep-hang/cuoc-thi/{first.contest_id}"
    own = board(browse.as_(commune.member).page(f"{whole}/chang-duong"))
    assert own[:2] == [["Tuần 1", "18/20", "3/4", "3/4"], ["Tuần 2", "17/20", "hiện khi đợt thi đóng"]]
    assert [row[1:5] for row in own[2:]] == [["100%", "1/3", "4/4", "4"], ["–", "–", "–", "–"]]
    page = browse.page(f"{whole}/don-vi/{commune.second.id}")
    assert [row[1:] for row in board(page)][1][:4] == ["–", "–", "–", "–"]
    seen = board(browse.as_(commune.overseer).page(f"{whole}/don-vi/{commune.second.id}"))
    assert seen[1][3] == "1/1"
    assert second.id


def test_the_first_page_tells_no_place(
    work: Work, commune: Commune, browse: Browse, db: Database, clock: Clock
) -> None:
    _, second = predicted_rounds(work, commune, db)
    page = browse.as_(commune.member).page("/")
    assert "17/20 điểm ; thứ hạng hiện khi đợt thi đóng" in page.text
    assert "trong chi bộ" not in page.text
    clock.set(second.closes_at)
    clock.move(minutes=1)
    assert "17/20 điểm , hạng 3/3 trong chi bộ" in browse.as_(commune.member).page("/").text


def test_organisers_are_reminded_of_the_truth(
    work: Work, commune: Commune, browse: Browse, db: Database, clock: Clock
) -> None:
    _, second = predicted_rounds(work, commune, db)
    address = f"/to-chuc/dot/{second.id}/so-thuc-te"
    assert address not in browse.as_(commune.organiser).page("/").hrefs()
    clock.set(second.closes_at)
    clock.move(minutes=1)
    assert address in browse.as_(commune.organiser).page("/").hrefs()
    ask(work, second, prediction_truth=4, prediction_fixed_at=NOW)
    assert address not in browse.as_(commune.organiser).page("/").hrefs()


def test_nothing_is_final_before_the_truth_is_known(work: Work, commune: Commune, browse: Browse, clock: Clock) -> None:
    with work() as w:
        round_ = open_round(w, commune.root, tie_breaks=(Criterion.SCORE, Criterion.PREDICTION))
        roster(w, round_, [commune.member])
        attempt(w, round_, commune.member, 17)
    clock.set(round_.closes_at)
    clock.move(minutes=5)
    ask(work, round_, finalised_at=round_.closes_at)
    address = f"/bang-xep-hang/{round_.id}/toan-xa"
    page = browse.as_(commune.member).page(address)
    assert "Tạm tính" in page.text
    assert "Câu dự đoán chưa có số thực tế nên chưa được dùng để xếp hạng." in page.text
    ask(work, round_, prediction_truth=1, prediction_fixed_at=round_.closes_at)
    page = browse.as_(commune.member).page(address)
    assert "Kết quả chính thức" in page.text
    assert "chưa có số thực tế" not in page.text


def test_a_missed_round_counts_as_no_guess(work: Work, commune: Commune) -> None:
    with work() as w:
        round_ = open_round(w, commune.root, tie_breaks=(Criterion.SCORE, Criterion.PREDICTION, Criterion.DURATION))
        round_.prediction_kind = "people"
        assert queries.missed_key(round_) == (0, 0, 900_000, 0)
        round_.prediction_truth = 5
        assert queries.missed_key(round_) == (0, MISSING_GUESS_ERROR, 900_000, 0)


def test_a_distance_is_told_without_a_number() -> None:
    """It may be that to a guess that was never made."""
    assert labels.gap_words(Criterion.PREDICTION, MISSING_GUESS_ERROR - 3) == "dự đoán gần đúng hơn"
