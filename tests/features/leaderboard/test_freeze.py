"""Boards that stand still: what is kept when a result is written anew, what moves the freeze, and who sees what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, url_for
from sqlalchemy import select

from quiz_app.attempts import closing, excluding, freezing
from quiz_app.attempts.models import Attempt, AttemptState, FrozenResult, Result
from quiz_app.contests.models import Round
from quiz_app.kernel.db import Database
from quiz_app.leaderboard import queries, scope
from quiz_app.leaderboard.models import UnitTally
from quiz_app.leaderboard.tallies import refresh_tallies
from quiz_app.members.models import Member
from quiz_app.rules.standing import Criterion
from quiz_app.rules.visibility import Audience
from tests.features.leaderboard.build import attempt, open_round, roster
from tests.features.leaderboard.test_boards import board
from tests.support.browse import Browse
from tests.support.build import Commune, member
from tests.support.clock import NOW, Clock
from tests.support.works import View, Work

FREEZE = timedelta(hours=2)
CLOSES = NOW + timedelta(days=1)
FROZEN = CLOSES - FREEZE
STILL = "Bảng đóng băng từ 07:00 ngày 02/12/2026, mở lại khi chốt kết quả."
FOR_OTHERS = "Bảng công khai đang đóng băng từ 07:00 ngày 02/12/2026"


def freezing_round(work: Work, commune: Commune, **settings: object) -> Round:
    """Before the freeze: member 12, colleague 15, stranger 11 of the other unit. secretary has not sat it."""
    with work() as w:
        round_ = open_round(w, commune.root, **settings)  # type: ignore[arg-type]  # a test's own choices
        round_.freeze_minutes = 120
        roster(w, round_, [commune.member, commune.colleague, commune.secretary, commune.stranger])
        attempt(w, round_, commune.member, 12)
        attempt(w, round_, commune.colleague, 15)
        attempt(w, round_, commune.stranger, 11)
    return round_


def sit(work: Work, round_: Round, person: Member, score: int, at: datetime) -> None:
    with work(now=at) as w:
        attempt(w, w.session.get_one(Round, round_.id), person, score, 60, started=at - NOW - timedelta(minutes=1))


def seen(view: View, round_: Round, at: datetime, audience: Audience = Audience.MEMBER) -> list[tuple[int, int]]:
    """Who stands on the board with which score, the best first."""
    with view(now=at) as r:
        what = scope.Scope(
            r.session.get_one(Round, round_.id).contest, (r.session.get_one(Round, round_.id),), False, at
        )
        what = replace(what, audience=audience)
        return [(one.member_id, one.score) for one in queries.ranked_people(r.session, what, None, None)]


def kept(view: View, round_: Round) -> dict[int, int]:
    with view() as r:
        rows = r.session.scalars(select(FrozenResult).where(FrozenResult.round_id == round_.id))
        return {row.member_id: row.score for row in rows}


def test_what_stood_at_the_freeze_is_kept_when_it_is_written_anew(work: Work, view: View, commune: Commune) -> None:
    round_ = freezing_round(work, commune)
    before = [(commune.colleague.id, 15), (commune.member.id, 12), (commune.stranger.id, 11)]
    tick = timedelta(microseconds=1)
    sit(work, round_, commune.member, 13, FROZEN - tick)
    before[1] = (commune.member.id, 13)
    assert kept(view, round_) == {}
    sit(work, round_, commune.member, 20, FROZEN)
    sit(work, round_, commune.secretary, 19, FROZEN + tick)
    assert kept(view, round_) == {commune.member.id: 13}
    assert seen(view, round_, FROZEN) == before
    assert seen(view, round_, CLOSES + timedelta(days=3)) == before
    live = [(commune.member.id, 20), (commune.secretary.id, 19), *before[:1], *before[2:]]
    assert seen(view, round_, FROZEN + tick, Audience.ORGANISER) == live
    sit(work, round_, commune.member, 18, FROZEN + FREEZE / 2)  # a second time: what was kept stays
    assert kept(view, round_) == {commune.member.id: 13}
    with work(now=CLOSES + FREEZE) as w:
        w.session.get_one(Round, round_.id).finalised_at = w.now
    assert seen(view, round_, CLOSES + FREEZE - tick) == before
    assert seen(view, round_, CLOSES + FREEZE) == live


def test_a_result_that_is_taken_away_stays_on_the_frozen_board(work: Work, view: View, commune: Commune) -> None:
    round_ = freezing_round(work, commune)
    with work(now=FROZEN + FREEZE) as w:
        only = w.session.scalars(select(Attempt).where(Attempt.member_id == commune.colleague.id)).one()
        only.state = AttemptState.ANNULLED.value
        w.session.flush()
        closing.write_result(w.session, w.session.get_one(Round, round_.id), commune.colleague.id, w.now)
        excluding.exclude(w, round_.contest_id, commune.member.id, "Người nhà của Ban tổ chức")
    board = [(commune.colleague.id, 15), (commune.member.id, 12), (commune.stranger.id, 11)]
    assert seen(view, round_, FROZEN + FREEZE) == board
    assert seen(view, round_, FROZEN + FREEZE, Audience.ORGANISER) == board[2:]


def test_without_a_freeze_nothing_is_kept(work: Work, view: View, commune: Commune) -> None:
    with work() as w:
        round_ = open_round(w, commune.root)
        attempt(w, round_, commune.member, 12)
    sit(work, round_, commune.member, 20, CLOSES - timedelta(seconds=1))
    assert kept(view, round_) == {}
    with view() as r:
        row = r.session.get_one(Result, (round_.id, commune.member.id))
        assert row.written_at == CLOSES - timedelta(seconds=1)


def test_a_write_that_began_before_the_freeze_does_not_bring_a_later_one_onto_the_board(
    work: Work, view: View, commune: Commune
) -> None:
    round_ = freezing_round(work, commune)
    sit(work, round_, commune.member, 20, FROZEN + timedelta(seconds=1))
    sit(work, round_, commune.member, 5, FROZEN - timedelta(seconds=1))
    assert seen(view, round_, FROZEN)[1] == (commune.member.id, 12)


def test_more_time_lets_the_boards_move_again_until_the_new_freeze(work: Work, view: View, commune: Commune) -> None:
    round_ = freezing_round(work, commune)
    sit(work, round_, commune.member, 20, FROZEN + FREEZE / 4)
    later = FROZEN + FREEZE / 2
    with work(now=later) as w:
        held = w.session.get_one(Round, round_.id)
        held.extension_s = held.longest_extension_s = round(FREEZE.total_seconds())
        freezing.forget_if_thawed(w.session, held, w.now)
    assert kept(view, round_) == {}
    assert seen(view, round_, later)[0] == (commune.member.id, 20)
    sit(work, round_, commune.colleague, 17, FROZEN + FREEZE)  # at the new freeze
    assert kept(view, round_) == {commune.colleague.id: 15}
    assert seen(view, round_, FROZEN + FREEZE)[:2] == [(commune.member.id, 20), (commune.colleague.id, 15)]


def tallied(view: View, round_: Round, unit_id: int) -> tuple[int, int, int]:
    with view() as r:
        row = r.session.get_one(UnitTally, (round_.id, unit_id))
        return row.participants, row.attempts, row.score_sum


def test_unit_figures_rest_as_of_the_freeze(
    work: Work, view: View, commune: Commune, db: Database, clock: Clock
) -> None:
    """Also where the worker did not run at that moment, and until the results are final."""
    round_ = freezing_round(work, commune)
    refresh_tallies(db)
    sit(work, round_, commune.colleague, 16, FROZEN - timedelta(seconds=2))
    sit(work, round_, commune.secretary, 19, FROZEN + timedelta(seconds=1))
    sit(work, round_, commune.member, 20, FROZEN + timedelta(seconds=1))
    clock.set(FROZEN + timedelta(minutes=5))
    assert refresh_tallies(db) == 1
    assert tallied(view, round_, commune.first.id) == (2, 3, 28)
    assert tallied(view, round_, commune.root.id) == (3, 4, 39)
    for minutes in (6, 130, 60 * 24):
        clock.set(FROZEN + timedelta(minutes=minutes))
        assert refresh_tallies(db) == 0
    with work() as w:
        w.session.get_one(Round, round_.id).finalised_at = w.now
    clock.move(minutes=1)
    assert refresh_tallies(db) == 1
    assert tallied(view, round_, commune.root.id) == (4, 6, 66)


CANARY = "Đặng Thị Chim Yến"


@contextmanager
def after_the_freeze(work: Work, commune: Commune, db: Database, clock: Clock) -> Iterator[Round]:
    """Someone unheard of has come first of all since, and the member has bettered himself."""
    round_ = freezing_round(work, commune)
    with work() as w:
        newcomer = member(w, commune.first, CANARY)
        roster(w, round_, [newcomer])
    refresh_tallies(db)
    sit(work, round_, newcomer, 19, FROZEN + timedelta(minutes=1))
    sit(work, round_, commune.member, 18, FROZEN + timedelta(minutes=1))
    clock.set(FROZEN + timedelta(minutes=5))
    refresh_tallies(db)
    yield round_


def addresses(app: Flask, round_: Round, unit_id: int) -> Iterator[tuple[str, str]]:
    """Every page that can be asked for a round, a contest or a unit, with the endpoint behind it."""
    ids: dict[str, Any] = {"round_id": round_.id, "contest_id": round_.contest_id, "unit_id": unit_id}
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" in (rule.methods or ()) and rule.arguments <= ids.keys():
                yield rule.endpoint, url_for(rule.endpoint, **{name: ids[name] for name in rule.arguments})


def test_nobody_but_organisers_sees_what_came_after(
    work: Work, commune: Commune, browse: Browse, app: Flask, db: Database, clock: Clock
) -> None:
    """Over the whole url map: no score and no name from after the freeze. Desks know their own people by name."""
    with after_the_freeze(work, commune, db, clock) as round_:
        walked = 0
        for person in (commune.colleague, commune.stranger, commune.secretary, commune.overseer, commune.operator):
            browse.as_(person)
            for endpoint, url in addresses(app, round_, commune.first.id):
                response = browse.knock("GET", url)
                text = response.get_data(as_text=True) if (response.mimetype or "").startswith("text/") else ""
                if response.status_code != 200 or not text:
                    continue
                walked += 1
                assert not re.search(r"1[89]/20|>1[89]<|1[89] điểm", text), (person.full_name, endpoint)
                assert CANARY not in text or person in (commune.secretary, commune.overseer), (endpoint, url)
                if endpoint.startswith("leaderboard."):
                    assert STILL in text or "Số liệu đóng băng: Tuần 1 từ 07:00" in text, url
                    assert CANARY not in text, (person.full_name, endpoint)
        assert walked > 100
        units = board(browse.as_(commune.stranger).page(f"/bang-xep-hang/{round_.id}/cac-chi-bo"))
        assert {row[1].split(" (")[0]: row[3] for row in units}[commune.first.name] == "2/4"


def test_the_member_still_sees_his_own_score(
    work: Work, commune: Commune, browse: Browse, db: Database, clock: Clock
) -> None:
    with after_the_freeze(work, commune, db, clock) as round_:
        page = browse.as_(commune.member).page(f"/bang-xep-hang/{round_.id}/chi-bo")
        assert "Đồng chí xếp hạng 2 trên 2 người" in page.text
        assert "Số liệu lúc 07:00:00 ngày 02/12/2026" in page.text
        assert "Kết quả hiện nay của đồng chí: 18/20 điểm" in page.text
        assert ["2", "12/20"] in [[row[0], row[2]] for row in board(page)]
        history = board(browse.page(f"/bang-xep-hang/cuoc-thi/{round_.contest_id}/chang-duong"))
        assert history[0] == ["Tuần 1", "18/20", "2/2", "2/3"]
        home = browse.page("/")
        assert "18/20 điểm , hạng 2/2 trong chi bộ (lúc bảng đóng băng)" in home.text


def test_who_sat_first_after_the_freeze_has_no_place_yet(
    work: Work, commune: Commune, browse: Browse, db: Database, clock: Clock
) -> None:
    round_ = freezing_round(work, commune)
    sit(work, round_, commune.secretary, 14, FROZEN)
    clock.set(FROZEN + timedelta(minutes=5))
    refresh_tallies(db)
    page = browse.as_(commune.secretary).page(f"/bang-xep-hang/{round_.id}/chi-bo")
    assert "Kết quả đầu tiên của đồng chí có sau lúc đóng băng" in page.text
    assert "Kết quả hiện nay của đồng chí: 14/20 điểm" in page.text
    history = board(browse.page(f"/bang-xep-hang/cuoc-thi/{round_.contest_id}/chang-duong"))
    assert history[0] == ["Tuần 1", "14/20", "hiện khi chốt kết quả"]
    assert "thứ hạng hiện khi chốt kết quả" in browse.page("/").text


def test_organisers_see_it_live_and_are_told_that_others_do_not(
    work: Work, commune: Commune, browse: Browse, db: Database, clock: Clock
) -> None:
    with after_the_freeze(work, commune, db, clock) as round_:
        browse.as_(commune.organiser)
        everybody = browse.page(f"/bang-xep-hang/{round_.id}/toan-xa")
        assert FOR_OTHERS in everybody.text
        assert STILL not in everybody.text
        assert [row[2] for row in board(everybody)] == ["19/20", "18/20", "15/20", "11/20"]
        units = board(browse.page(f"/bang-xep-hang/{round_.id}/cac-chi-bo"))
        assert {row[1]: row[3] for row in units}[commune.first.name] == "3/4"
        history = board(browse.page(f"/bang-xep-hang/cuoc-thi/{round_.contest_id}/don-vi/{commune.first.id}"))
        assert history[0][3] == "3/4"
        wall = browse.page(f"/bang-xep-hang/{round_.id}/trinh-chieu")
        assert STILL in wall.text
        assert "2/4 đã thi" in wall.text


def test_the_desk_of_the_own_unit_stays_live(
    work: Work, commune: Commune, browse: Browse, db: Database, clock: Clock
) -> None:
    with after_the_freeze(work, commune, db, clock) as round_:
        page = browse.as_(commune.secretary).page(f"/tham-gia/{round_.id}/don-vi/{commune.first.id}")
        assert CANARY in page.text


def test_an_open_prediction_hides_the_frozen_board_too(
    work: Work, commune: Commune, browse: Browse, db: Database, clock: Clock
) -> None:
    with after_the_freeze(work, commune, db, clock) as round_:
        with work() as w:
            w.session.get_one(Round, round_.id).prediction_kind = "people"
        assert board(browse.as_(commune.member).page(f"/bang-xep-hang/{round_.id}/toan-xa")) == []
        scores = [row[2] for row in board(browse.as_(commune.overseer).page(f"/bang-xep-hang/{round_.id}/toan-xa"))]
        assert scores == ["15/20", "12/20", "11/20"]


def test_the_truth_of_a_prediction_waits_for_the_final_results(
    work: Work, commune: Commune, browse: Browse, db: Database, clock: Clock
) -> None:
    """It is a figure from after the freeze, and so is every place that hangs on it."""
    round_ = freezing_round(work, commune, tie_breaks=(Criterion.SCORE, Criterion.PREDICTION, Criterion.DURATION))
    with work() as w:
        held = w.session.get_one(Round, round_.id)
        held.prediction_kind = "people"
        mine = w.session.scalars(select(Attempt).where(Attempt.member_id == commune.member.id)).one()
        mine.asks_prediction, mine.prediction = True, 5
    clock.set(CLOSES + FREEZE)
    with work() as w:
        held = w.session.get_one(Round, round_.id)
        held.prediction_truth, held.prediction_fixed_at = 47, w.now
    url = f"/luot-thi/{mine.id}/ket-qua"
    truth = "47 người"
    assert truth not in browse.as_(commune.member).page(url).text
    boards = f"/bang-xep-hang/{round_.id}/toan-xa"
    assert "Câu dự đoán chưa có số thực tế" in browse.page(boards).text
    assert "Câu dự đoán chưa có số thực tế" not in browse.as_(commune.organiser).page(boards).text
    with work() as w:
        w.session.get_one(Round, round_.id).finalised_at = w.now
    clock.move(seconds=1)
    assert "47" in browse.as_(commune.member).page(url).text
    assert "Câu dự đoán chưa có số thực tế" not in browse.page(boards).text
