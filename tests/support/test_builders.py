"""The builders hold what their descriptions say, so that tests can lean on them."""

from __future__ import annotations

from sqlalchemy import func, select

from quiz_app.contests.models import PoolItem, RosterEntry
from tests.support import contest
from tests.support.build import Commune
from tests.support.works import Work


def test_an_open_round_has_its_pool_and_roster(work: Work, commune: Commune) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.root)
    with work() as w:
        pool = w.session.scalar(select(func.count()).select_from(PoolItem))
        roster = w.session.scalar(select(func.count()).select_from(RosterEntry))
    assert opened.round.published_at is not None
    assert pool == 12
    assert roster == 15  # everybody but the sympathiser


def test_terms_can_be_changed(work: Work, commune: Commune) -> None:
    with work() as w:
        opened = contest.open_round(w, commune.first, attempts_allowed=1, time_limit_s=None)
    assert (opened.round.attempts_allowed, opened.round.time_limit_s) == (1, None)
