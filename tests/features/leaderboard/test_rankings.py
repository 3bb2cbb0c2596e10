"""Places in a contest too large for its readers to count: the same as by counting, however they are found."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from quiz_app.attempts.models import Result
from quiz_app.contests.models import Contest, Round
from quiz_app.kernel.access import Actor
from quiz_app.kernel.db import Database
from quiz_app.kernel.work import Reading
from quiz_app.leaderboard import history, queries, rankings, scope
from quiz_app.leaderboard.models import RankedSum, Ranking
from quiz_app.leaderboard.tallies import refresh_tallies
from quiz_app.members.models import Member
from quiz_app.rules.standing import Criterion
from tests.features.leaderboard.build import attempt, open_round, roster
from tests.load.plans import heard
from tests.support import build
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.works import View, Work

PEOPLE = 23
TIES = (Criterion.SCORE,)


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, count in (("STEP", 4), ("SUMMED_FROM", 10), ("SLICE", 7), ("FORGOTTEN", 5)):
        monkeypatch.setattr(rankings, name, count)


@pytest.fixture
def people(work: Work, commune: Commune, db: Database) -> list[Member]:
    """Many of equal merit, in two rounds of which not everybody sat the second."""
    with work() as w:
        found = [build.member(w, commune.second, f"Nguyễn Thị Số {number}") for number in range(PEOPLE)]
        first = open_round(w, commune.root, tie_breaks=TIES, opened=timedelta(days=-5))
        contest = w.session.get_one(Contest, first.contest_id)
        second = open_round(w, commune.root, title="Tuần 2", tie_breaks=(*TIES, Criterion.DURATION), contest=contest)
        for number, member in enumerate(found):
            attempt(w, first, member, 20 - number // 9, 30 + number, started=timedelta(days=-4))
            if number % 3:
                attempt(w, second, member, 10 + number % 4, 60 + number % 5)
        for round_ in (first, second):
            roster(w, round_, found)
    refresh_tallies(db)
    return found


def _scopes(r: Reading) -> list[scope.Scope]:
    offered = scope.board_rounds(r)
    whole = scope.of_contest(offered, offered[0].contest_id, r.now)
    return [whole, *(whole.alone(round_.id) for round_ in whole.rounds)]


def _without_time(words: str) -> str:
    return re.sub(r"\d\d:\d\d:\d\d", "", words)


def test_everybody_has_the_place_that_counting_gives_him(db: Database, view: View, people: list[Member]) -> None:
    assert rankings.refresh(db) == 3
    with view(actor=people[0]) as r:
        orders = rankings.orders(r.session, scope.board_rounds(r)[0].contest_id)
        for what in _scopes(r):
            order = rankings.order_of(orders, what)
            assert order is not None
            assert rankings.is_of_now(order, what)
            assert len(order.marks) >= 2
            for member in people:
                his = replace(r, actor=Actor(member_id=member.id, unit_id=member.unit_id))
                own = queries.own_standing(his, what)
                if own is None:
                    continue
                found = rankings.stretch(r.session, what, order, order.stretch_of(own.key))
                assert rankings.place_in(found, what.tie_breaks, own) == queries.own_place(his, what, own)
            board = rankings.board_of(what, order)
            stored = queries.ranked_people(r.session, what, None, None, board)
            live = queries.ranked_people(r.session, what, None, None)
            assert [(one.member_id, one.key, one.score) for one in stored] == [
                (one.member_id, one.key, one.score) for one in live
            ]


def test_keys_between_marks_are_read_without_the_people(db: Database, view: View, people: list[Member]) -> None:
    """Of a large contest PostgreSQL would rather read all members than look up those of the stretch."""
    rankings.refresh(db)
    with view(actor=people[0]) as r:
        whole = _scopes(r)[0]
        order = rankings.order_of(rankings.orders(r.session, whole.contest.id), whole)
        with heard(db) as sent:
            rankings.stretch(r.session, whole, order, 1)
        [(statement, values)] = sent
        how = "EXPLAIN QUERY PLAN" if db.is_sqlite else "EXPLAIN"
        plan = str(r.session.connection().exec_driver_sql(f"{how} {statement}", values).all())
    assert "ranked_sum" in plan
    assert "SCAN member" not in plan  # SQLite looks each up, by its number
    assert "on member" not in plan


def test_a_way_through_the_rounds_tells_the_same_places(db: Database, view: View, people: list[Member]) -> None:
    rankings.refresh(db)
    for member in people[::5]:
        with view(actor=member) as r:
            whole = _scopes(r)[0]
            orders = rankings.orders(r.session, whole.contest.id)
            assert history.own_history(r, whole, orders=orders) == history.own_history(r, whole)


def test_pages_say_the_same(db: Database, view: View, people: list[Member], browse: Browse) -> None:
    with view(actor=people[10]) as r:
        whole, first, _ = _scopes(r)
    browse.as_(people[10])
    addresses = [f"/bang-xep-hang/{first.last.id}/toan-xa", f"/bang-xep-hang/cuoc-thi/{whole.contest.id}/toan-xa"]
    before = [_without_time(browse.page(address).text) for address in addresses]
    assert rankings.refresh(db) == 3
    assert [_without_time(browse.page(address).text) for address in addresses] == before
    assert "Đồng chí xếp hạng 10 trên 23 người" in before[0]


def test_a_ranking_by_other_rules_tells_no_place(
    db: Database, work: Work, view: View, people: list[Member], browse: Browse
) -> None:
    rankings.refresh(db)
    with view(actor=people[10]) as r:
        whole = _scopes(r)[0]
    browse.as_(people[10])
    address = f"/bang-xep-hang/cuoc-thi/{whole.contest.id}/toan-xa"
    assert "Đồng chí xếp hạng" in browse.page(address).text
    with work() as w:
        w.session.get_one(Round, whole.last.id).tie_breaks = [Criterion.DURATION.value]
    changed = browse.page(address).text
    assert "Đồng chí xếp hạng" not in changed and "Nguyễn Thị Số 9" not in changed
    assert "Bảng cộng dồn từng người tạm nghỉ" in changed
    rankings.refresh(db)
    assert "Đồng chí xếp hạng" in browse.page(address).text


def test_only_the_last_two_are_kept(db: Database, view: View, people: list[Member]) -> None:
    with view(actor=people[0]) as r:
        whole = _scopes(r)[0]
    for _ in range(4):
        rankings.take(db, whole)
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Ranking)) == 2
        assert session.scalar(select(func.count()).select_from(RankedSum)) == 2 * PEOPLE


def test_what_is_put_right_after_the_end_is_taken_anew(
    db: Database, work: Work, people: list[Member], clock: Clock
) -> None:
    clock.move(days=30)
    with work() as w:
        for round_ in w.session.scalars(select(Round)):
            round_.finalised_at = w.now
    clock.move(hours=1)
    assert rankings.refresh(db) == 3
    clock.move(hours=1)
    assert rankings.refresh(db) == 0
    with work() as w:
        w.session.execute(update(Result).where(Result.member_id == people[0].id).values(written_at=w.now))
    clock.move(hours=1)
    assert rankings.refresh(db) == 2  # he sat the first round alone: its order, and the sums
    assert rankings.refresh(db) == 0
