"""Between which keys people are counted stands in the statement, where PostgreSQL's planner sees it."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from quiz_app.contests.models import Round
from quiz_app.kernel.db import Database
from quiz_app.leaderboard import rankings, scope
from tests.features.leaderboard.build import attempt, open_round
from tests.support import build
from tests.support.build import Commune
from tests.support.works import View, Work


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"], indirect=True)
def test_the_stretch_between_two_marks_names_them(
    db: Database, work: Work, view: View, commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rankings, "STEP", 2)
    monkeypatch.setattr(rankings, "SUMMED_FROM", 4)
    with work() as w:
        round_ = open_round(w, commune.root)
        for number in range(9):
            someone = build.member(w, commune.first, f"Nguyễn Văn Số {number}", with_account=False)
            attempt(w, round_, someone, 20 - number, 300 + number)
    with view() as r:
        what = scope.of_round(r.session.get_one(Round, round_.id), r.now)
    rankings.take(db, what)
    said: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda _c, _u, statement, *_: said.append(statement))
    with view() as r:
        order = rankings.orders(r.session, round_.contest_id)[rankings.name_of(what)]
        assert len(order.marks) >= 3
        found = rankings.stretch(r.session, what, order, 1)
    [statement] = [one for one in said if "GROUP BY" in one]
    for mark in order.marks[:2]:
        assert ", ".join(str(each) for each in mark[1:]) in statement
    assert found.just_ahead == tuple(order.marks[0][1:])
    assert found.keys[-1] == tuple(order.marks[1][1:])
