"""Desks of large units read what a job has summed up: the same figures, of one instant, told with it."""

from __future__ import annotations

import pytest

from quiz_app.contests.models import Round
from quiz_app.kernel.db import Database
from quiz_app.participation import over_time, queries, tallies, tree
from quiz_app.participation.tree import Rule
from tests.features.leaderboard.build import attempt
from tests.features.participation.test_desk import sat  # noqa: F401 - the fixture
from tests.support.build import Commune
from tests.support.works import View, Work


def test_stored_figures_are_those_of_the_moment(
    db: Database,
    work: Work,
    view: View,
    commune: Commune,
    sat: Round,  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tallies, "LIVE_UP_TO", 3)

    def seen() -> tuple[object, ...]:
        with view(actor=commune.overseer) as r:
            desk = queries.desk(r, sat.id, commune.root.id)
            total, lines = queries.unit_lines(r, desk)
            people = queries.member_page(r, desk, queries.Filter(), 1).total
            chart = over_time.turnout(r.session, desk, total.able)
            return total, lines, tree.whole_tree(r, desk, Rule()), tree.flat_list(r, desk, Rule()), people, chart

    live = seen()
    assert tallies.refresh(db) == 1
    with view(actor=commune.overseer) as r:
        assert queries.desk(r, sat.id, commune.root.id).tally is not None
        assert queries.desk(r, sat.id, commune.first.id).tally is None, "a small desk is summed up as it is asked for"
    assert seen() == live
    with work() as w:
        attempt(w, sat, commune.probationer, 9)
    assert seen() == live, "stored figures rest until they are taken again"
    tallies.take(db, sat.id)
    assert seen() != live
