"""The unit figures against sums made by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from quiz_app.attempts.models import AttemptState
from quiz_app.contests.models import RosterEntry, Round
from quiz_app.kernel.db import Database
from quiz_app.leaderboard.models import UnitTally
from quiz_app.leaderboard.tallies import is_due, refresh_tallies
from quiz_app.members.models import Member
from tests.features.leaderboard.build import attempt, open_round, roster
from tests.support.build import Commune, member
from tests.support.clock import NOW, Clock
from tests.support.works import Work


def tallies(db: Database, round_: Round) -> dict[int, tuple[int, int, int, int, int, int, int, int]]:
    """By unit: members, exempt, of the roster, participants, attempts, sum of scores, full marks, ranked."""
    with db.reading() as session:
        return {
            t.unit_id: (
                t.members, t.exempt, t.rostered_participants, t.participants, t.attempts, t.score_sum, t.full_marks,
                t.ranked_participants,
            )
            for t in session.scalars(select(UnitTally).where(UnitTally.round_id == round_.id))
        }  # fmt: skip


@pytest.fixture
def sat(work: Work, commune: Commune) -> Round:
    """first: 4 members, 1 exempt who sat, a sympathiser outside the roster; second: 2, one annulled; inner: 1."""
    with work() as w:
        round_ = open_round(w, commune.root)
        first = [commune.member, commune.colleague, commune.probationer]
        roster(w, round_, [*first, commune.stranger, commune.author, commune.inner_member], [commune.exempt])
        attempt(w, round_, commune.member, 18)
        attempt(w, round_, commune.member, 20, started=timedelta(hours=-1))
        attempt(w, round_, commune.colleague, None)
        attempt(w, round_, commune.exempt, 15)
        attempt(w, round_, commune.sympathiser, 10)
        attempt(w, round_, commune.stranger, 12, state=AttemptState.ANNULLED)
        attempt(w, round_, commune.inner_member, 7)
    return round_


def test_sums_worked_out_by_hand(db: Database, commune: Commune, sat: Round) -> None:
    assert refresh_tallies(db) == 1
    assert tallies(db, sat) == {
        commune.first.id: (4, 1, 1, 3, 4, 45, 1, 3),
        commune.second.id: (2, 0, 0, 0, 0, 0, 0, 0),
        commune.inner.id: (1, 0, 1, 1, 1, 7, 0, 1),
        commune.committee.id: (1, 0, 1, 1, 1, 7, 0, 1),
        commune.root.id: (7, 1, 2, 4, 5, 52, 1, 4),
    }


def test_who_is_not_ranked_is_counted_and_his_points_are_not(db: Database, commune: Commune, work: Work) -> None:
    with work() as w:
        round_ = open_round(w, commune.root)
        roster(w, round_, [commune.member, commune.organiser])
        attempt(w, round_, commune.member, 11)
        attempt(w, round_, commune.organiser, 20)
    refresh_tallies(db)
    own = tallies(db, round_)
    assert own[commune.root.id] == (2, 0, 2, 2, 2, 11, 0, 1)


def test_a_second_run_follows_and_touches_only_what_changed(
    db: Database, commune: Commune, sat: Round, work: Work, clock: Clock
) -> None:
    refresh_tallies(db)
    clock.move(seconds=30)
    with work() as w:
        attempt(w, sat, commune.stranger, 9)
    refresh_tallies(db)
    assert tallies(db, sat)[commune.second.id] == (2, 0, 1, 1, 1, 9, 0, 1)
    assert tallies(db, sat)[commune.root.id] == (7, 1, 3, 5, 6, 61, 1, 5)
    with db.reading() as session:
        taken = {tally.unit_id: tally.taken_at for tally in session.scalars(select(UnitTally))}
    assert taken[commune.root.id] - taken[commune.first.id] >= timedelta(seconds=30)
    assert taken[commune.root.id] == taken[commune.second.id]


def test_turnout_follows_the_roster_when_a_member_sat_elsewhere(db: Database, commune: Commune, work: Work) -> None:
    with work() as w:
        round_ = open_round(w, commune.root)
        w.session.add(
            RosterEntry(round_id=round_.id, member_id=commune.member.id, unit_id=commune.second.id, is_exempt=False)
        )
        attempt(w, round_, commune.member, 5)
    refresh_tallies(db)
    assert tallies(db, round_)[commune.second.id] == (1, 0, 1, 0, 0, 0, 0, 0)
    assert tallies(db, round_)[commune.first.id] == (0, 0, 0, 1, 1, 5, 0, 1)


def test_a_contest_below_the_root_counts_its_own_subtree(db: Database, commune: Commune, work: Work) -> None:
    with work() as w:
        round_ = open_round(w, commune.committee)
        roster(w, round_, [commune.inner_member])
    refresh_tallies(db)
    assert tallies(db, round_) == {
        commune.committee.id: (1, 0, 0, 0, 0, 0, 0, 0),
        commune.inner.id: (1, 0, 0, 0, 0, 0, 0, 0),
    }


def test_drafts_are_left_out(db: Database, commune: Commune, work: Work) -> None:
    with work() as w:
        round_ = open_round(w, commune.root, is_published=False)
    assert refresh_tallies(db) == 0
    assert tallies(db, round_) == {}


def test_units_that_came_later_get_a_row(db: Database, commune: Commune, sat: Round, work: Work) -> None:
    refresh_tallies(db)
    newcomer: Member
    with work() as w:
        newcomer = member(w, commune.inner, "Trịnh Văn Mới", with_account=False)
        roster(w, sat, [newcomer])
    refresh_tallies(db)
    assert tallies(db, sat)[commune.committee.id][0] == 2


@pytest.mark.parametrize(
    ("now", "taken", "finalised", "due"),
    [
        (timedelta(days=-2), None, None, True),
        (timedelta(days=-2), timedelta(days=-2, minutes=-1), None, False),
        (timedelta(0), timedelta(seconds=-5), None, True),
        (timedelta(days=1, minutes=9), timedelta(days=1, minutes=9, seconds=-5), None, True),
        (timedelta(days=1, minutes=15), timedelta(days=1, minutes=14), None, False),
        (timedelta(days=1, minutes=25), timedelta(days=1, minutes=14), None, True),
        (timedelta(days=3), timedelta(days=2), timedelta(days=2, hours=1), True),
        (timedelta(days=3), timedelta(days=2, hours=2), timedelta(days=2, hours=1), False),
    ],
)
def test_when_a_round_is_due(now: timedelta, taken: timedelta | None, finalised: timedelta | None, due: bool) -> None:
    round_ = Round(
        opens_at=NOW - timedelta(days=1),
        closes_at=NOW + timedelta(days=1),
        time_limit_s=900,
        extension_s=0,
        longest_extension_s=0,
        weekdays=list(range(7)),
        grace_ms=5000,
        finalised_at=None if finalised is None else NOW + finalised,
    )
    assert is_due(round_, None if taken is None else NOW + taken, NOW + now) is due
