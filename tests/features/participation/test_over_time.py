"""Turnout and traffic over time, against sums made by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest

from quiz_app.attempts.models import AttemptState
from quiz_app.contests.models import Round
from quiz_app.kernel.clock import VIETNAM
from quiz_app.participation import over_time, queries
from tests.features.leaderboard.build import attempt, open_round, roster
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import View, Work


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=VIETNAM)


@pytest.fixture
def sat(work: Work, commune: Commune) -> Round:
    """Open since 28 Nov 9:00, now 1 Dec 9:00. An submits on the 28th and again on the 30th, Ánh on the 30th just
    after midnight; Bình sits since 7:00; Ất is exempt; what Lan submitted was annulled; Hòa is on no roster."""
    with work() as w:
        round_ = open_round(w, commune.root, opened=timedelta(days=-3))
        roster(w, round_, [*commune.voters, commune.inner_member], [commune.exempt])
        attempt(w, round_, commune.member, 18, 3600, started=timedelta(days=-3, hours=1))
        attempt(w, round_, commune.member, 19, started=timedelta(days=-1))
        attempt(w, round_, commune.probationer, 11, 120, started=timedelta(days=-1, hours=-9, minutes=-1))
        attempt(w, round_, commune.colleague, None)
        attempt(w, round_, commune.exempt, 15, started=timedelta(days=-2))
        attempt(w, round_, commune.secretary, 15, started=timedelta(days=-2), state=AttemptState.ANNULLED)
        attempt(w, round_, commune.sympathiser, 9, started=timedelta(days=-2))
    return round_


def test_turnout_day_by_day(view: View, commune: Commune, sat: Round) -> None:
    with view(actor=commune.secretary) as r:
        desk = queries.desk(r, sat.id, commune.first.id)
        found = over_time.turnout(r.session, desk, queries.unit_lines(r, desk)[0].able)
    assert [(each.step.label, each.newcomers, each.turnout) for each in found] == [
        ("28/11", 1, Fraction(1, 4)),
        ("29/11", 0, Fraction(1, 4)),
        ("30/11", 1, Fraction(1, 2)),
        ("01/12", 0, Fraction(1, 2)),
    ]


def test_traffic_day_by_day(view: View, sat: Round) -> None:
    with view() as r:
        found = over_time.traffic(r.session, r.session.get_one(Round, sat.id), r.now)
    assert [(each.started, each.submitted) for each in found] == [(1, 1), (3, 2), (1, 2), (1, 0)]


def test_the_desk_draws_both(browse: Browse, commune: Commune, sat: Round) -> None:
    for reader in (commune.secretary, commune.overseer):
        page = browse.as_(reader).page(f"/tham-gia/{sat.id}/don-vi/{commune.first.id}")
        assert "Tỉ lệ tham gia đến cuối mỗi ngày" in page.text
        assert "Người dự thi lần đầu theo ngày" in page.text
        assert "Cao nhất: 50,0%" in page.html
        assert f"/tham-gia/{sat.id}/don-vi/{commune.first.id}?trang-thai=chua-thi#danh-sach" in page.hrefs()


def test_before_the_opening_there_is_no_chart(work: Work, browse: Browse, commune: Commune) -> None:
    with work() as w:
        coming = open_round(w, commune.root, opened=timedelta(days=1), closes=timedelta(days=2))
        roster(w, coming, [commune.member])
    page = browse.as_(commune.secretary).page(f"/tham-gia/{coming.id}/don-vi/{commune.first.id}")
    assert "theo thời gian" not in page.text


@pytest.mark.parametrize(
    ("opens_at", "until", "count", "first", "last"),
    [
        (at(1, 9), at(1, 9), 0, "", ""),
        (at(1, 9, 30), at(1, 9, 40), 1, "09h", "09h"),
        (at(1, 9, 30), at(1, 12), 3, "09h", "11h"),
        (at(1, 9), at(2, 21), 36, "09h", "20h"),
        (at(1, 9), at(2, 21, 1), 2, "01/11", "02/11"),
        (at(1, 23, 59), at(4, 0, 1), 4, "01/11", "04/11"),
        (at(1, 0), at(30, 23), 30, "01/11", "30/11"),
    ],
)
def test_steps(opens_at: datetime, until: datetime, count: int, first: str, last: str) -> None:
    found = over_time.steps(opens_at, until)
    assert len(found) == count
    if found:
        assert (found[0].label, found[-1].label) == (first, last)
        assert found[0].begins_at <= opens_at
        assert found[-1].begins_at < until <= found[-1].ends_at
        assert all(a.ends_at == b.begins_at for a, b in pairwise(found))


def test_a_year_fits_on_a_page() -> None:
    found = over_time.steps(at(1, 7), at(1, 7) + timedelta(days=365))
    assert len(found) <= over_time.MOST_STEPS
    assert found[-1].ends_at >= at(1, 7) + timedelta(days=365)
