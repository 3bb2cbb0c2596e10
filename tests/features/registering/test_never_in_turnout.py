"""What becomes of those who registered themselves: people and attempts, never turnout; a roster neither drops nor
forgets them.
"""

from __future__ import annotations

import pytest

from quiz_app.attempts import queries as attempts_queries
from quiz_app.attempts import services as attempts
from quiz_app.contests import queries as contests
from quiz_app.contests.models import Round
from quiz_app.kernel.db import Database
from quiz_app.leaderboard.tallies import unit_figures
from quiz_app.members.models import Category, Member, Registration, Standing
from quiz_app.members.roster_plan import Kind
from quiz_app.participation import queries as participation
from quiz_app.people import merging
from quiz_app.registering.models import Way
from quiz_app.rules.eligibility import Bar
from quiz_app.rules.unit_standing import turnout
from tests.features.members.roster_files import HEADINGS, workbook
from tests.features.members.test_rosters import applied, planned
from tests.features.registering.build import desk, register, told
from tests.support import sitting
from tests.support.build import Commune
from tests.support.works import View, Work


def _sit(work: Work, round_: Round, person: Member, times: int) -> None:
    for _ in range(times):
        with work(actor=person) as w:
            attempt_id = sitting.start(w, round_)
        with work(actor=person) as w:
            assert attempts.submit(w, attempt_id, 1)


def _member(work: Work, one: Registration) -> Member:
    with work() as w:
        return w.session.get_one(Member, one.member_id)


@pytest.mark.usefixtures("banks")
def test_they_are_people_and_attempts_and_never_turnout(work: Work, view: View, commune: Commune) -> None:
    kept = desk(work, commune, Way.CODE)
    early = _member(work, register(work, commune.first, code=kept.code))
    with work(now=sitting.at(-90)) as w:
        round_ = sitting.open_round(w, commune.root, sitting.publish_shipped(w))
    late = _member(work, register(work, commune.first, told("Lê Thị Huệ", "0900000002"), code=kept.code))
    with view() as r:
        voters = contests.roster_size(r.session, round_.id)
        assert unit_figures(r.session, round_.id)[commune.first.id].members == len(commune.voters) + 1
    _sit(work, round_, commune.member, 1)
    with view() as r:
        before = unit_figures(r.session, round_.id)
    _sit(work, round_, early, 2)
    _sit(work, round_, late, 1)
    with view(actor=commune.secretary) as r:
        after = unit_figures(r.session, round_.id)
        assert contests.roster_size(r.session, round_.id) == voters
        sums, _ = participation.unit_lines(r, participation.desk(r, round_.id, commune.first.id))
    for unit_id in (commune.first.id, commune.root.id):
        assert turnout(after[unit_id]) == turnout(before[unit_id])
        assert after[unit_id].rostered_participants == before[unit_id].rostered_participants == 1
        assert (after[unit_id].participants, after[unit_id].attempts) == (3, 4)
    assert (sums.figures.rostered_participants, sums.outside, sums.figures.attempts) == (1, 2, 4)


@pytest.mark.usefixtures("banks")
@pytest.mark.parametrize(
    ("categories", "bars"),
    [
        ((), ()),
        (("full", "other", "probationary"), ()),
        (("full", "probationary"), (Bar.CATEGORY_NOT_INVITED,)),
    ],
)
def test_they_enter_only_where_everybody_may(
    work: Work, view: View, commune: Commune, categories: tuple[str, ...], bars: tuple[Bar, ...]
) -> None:
    kept = desk(work, commune, Way.CODE)
    person = _member(work, register(work, commune.first, code=kept.code))
    with work(now=sitting.at(-90)) as w:
        round_ = sitting.open_round(w, commune.root, sitting.publish_shipped(w), entry_categories=categories)
    with view(actor=person) as r:
        own = r.session.get_one(Round, round_.id)
        assert attempts_queries.entry(r, own, is_demonstration_site=True).bars == bars


def test_a_complete_roster_leaves_them_alone_and_a_roster_takes_them_up(
    db: Database, work: Work, view: View, commune: Commune
) -> None:
    kept = desk(work, commune, Way.CODE)
    person = _member(work, register(work, commune.inner, told("Lê Thị Huệ", "0900000002"), code=kept.code))
    listed = [["1", commune.inner_member.full_name, "17/05/1980", "CBCA1", "", "", ""]]
    plan = planned(db, commune.inner.id, workbook([HEADINGS, *listed]), is_complete=True)
    assert person.id not in {record.member_id for record in plan.of(Kind.LEFT)}
    listed.append(["2", "Lê Thị Huệ", "02/03/1970", "CBCA1", "01.765432", "", ""])
    applied(db, commune.inner.id, workbook([HEADINGS, *listed]))
    with view() as r:
        taken_up = r.session.get_one(Member, person.id)
        assert (taken_up.category, taken_up.card_number) == (Category.FULL.value, "01.765432")
    plan = planned(db, commune.inner.id, workbook([HEADINGS, listed[0]]), is_complete=True)
    assert person.id in {record.member_id for record in plan.of(Kind.LEFT)}  # as anybody else from now on


def test_one_person_in_two_rows_takes_the_registration_along(work: Work, view: View, commune: Commune) -> None:
    kept = desk(work, commune, Way.CODE)
    one = register(work, commune.first, code=kept.code)
    person = _member(work, one)
    with work(actor=commune.organiser) as w:
        merging.merge(w, commune.stranger.id, person.id, reason="Là một người")
    with view() as r:
        assert r.session.get_one(Registration, one.id).member_id == commune.stranger.id
        assert r.session.get_one(Member, person.id).standing == Standing.LEFT.value
