"""Units moved, merged and closed: what goes along, what stays where it was done, and what open rounds forbid."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from quiz_app.attempts.models import Attempt, Result
from quiz_app.contests.models import RosterEntry, Round, RoundUnit
from quiz_app.feedback import unit_changes
from quiz_app.feedback.models import UnitChange
from quiz_app.kernel.access import Role
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, Missing, Refused
from quiz_app.kernel.work import Work as UnitOfWork
from quiz_app.leaderboard import scope, unit_boards
from quiz_app.leaderboard.tallies import take_tallies, unit_figures
from quiz_app.members import services as members
from quiz_app.members.models import Member, MemberChange, RoleGrant
from quiz_app.people import policy, restructuring
from quiz_app.people.errors import RoundWouldBeLost, UnitHoldsContest
from quiz_app.registering import queries as registrations
from quiz_app.registering import services as registering_services
from quiz_app.registering.models import Way
from quiz_app.rules.unit_standing import UnitMeasure
from quiz_app.units import queries as units
from quiz_app.units import services
from quiz_app.units.errors import (
    TopUnit,
    UnitBelowItself,
    UnitChangedMeanwhile,
    UnitClosed,
    UnitNotEmpty,
    UnitStandsThere,
)
from quiz_app.units.models import Unit, UnitAncestor, UnitEvent, UnitKind
from tests.features.leaderboard.build import attempt, open_round, roster
from tests.features.registering import build as registering
from tests.support.build import Commune
from tests.support.clock import NOW
from tests.support.works import View, Work, actor_of

WHY = "Theo quyết định số 12"


def closure(w: UnitOfWork) -> set[tuple[int, int, int]]:
    return {(row.unit_id, row.ancestor_id, row.distance) for row in w.session.scalars(select(UnitAncestor))}


def by_parents(w: UnitOfWork) -> set[tuple[int, int, int]]:
    """The rows of ancestors as they follow from who stands below whom."""
    parent = {unit.id: unit.parent_id for unit in w.session.scalars(select(Unit))}
    found = set()
    for unit_id in parent:
        at: int | None = unit_id
        distance = 0
        while at is not None:
            found.add((unit_id, at, distance))
            at, distance = parent[at], distance + 1
    return found


def turnout(view: View, round_id: int, unit: Unit) -> tuple[int, int, int]:
    with view() as r:
        figures = unit_figures(r.session, round_id).get(unit.id)
        assert figures is not None
        return figures.members, figures.exempt, figures.rostered_participants


def test_a_unit_moves_with_all_below_it(work: Work, commune: Commune) -> None:
    with work() as w:
        deep = services.create_unit(w, code="T1", name="Tổ 1", kind=UnitKind.CELL, parent_id=commune.inner.id)
    with work(actor=commune.organiser) as w:
        restructuring.move_unit(w, commune.committee.id, commune.first.id, reason=WHY)
    with work() as w:
        assert closure(w) == by_parents(w)
        assert units.path_ids(w.session, deep.id) == (
            deep.id, commune.inner.id, commune.committee.id, commune.first.id, commune.root.id,
        )  # fmt: skip
        told = units.history(w.session, commune.committee.id)[0]
        assert (told.before, told.after, told.reason, told.by_member_id) == (
            {"parent_id": commune.root.id}, {"parent_id": commune.first.id}, WHY, commune.organiser.id,
        )  # fmt: skip


def test_what_cannot_be(work: Work, commune: Commune) -> None:
    with work(actor=commune.organiser) as w:
        with pytest.raises(UnitBelowItself):
            restructuring.move_unit(w, commune.committee.id, commune.inner.id, reason=WHY)
        with pytest.raises(UnitStandsThere):
            restructuring.move_unit(w, commune.first.id, commune.root.id, reason=WHY)
        with pytest.raises(TopUnit):
            restructuring.move_unit(w, commune.root.id, commune.first.id, reason=WHY)
        with pytest.raises(BadInput):
            restructuring.move_unit(w, commune.first.id, commune.committee.id, reason=" ")
        with pytest.raises(UnitChangedMeanwhile):
            restructuring.move_unit(w, commune.inner.id, commune.first.id, reason=WHY, seen_parent_id=commune.second.id)
        with pytest.raises(UnitNotEmpty):
            restructuring.close_unit(w, commune.inner.id, reason=WHY)
        with pytest.raises(UnitBelowItself):
            restructuring.merge_unit(w, commune.committee.id, commune.inner.id, reason=WHY)


def test_only_who_is_organiser_above_decides_where_a_unit_stands(work: Work, commune: Commune) -> None:
    """The organiser of the committee moves what is below it, not the committee itself, and nothing from elsewhere."""
    with work(actor=commune.organiser_elsewhere) as w:
        for unit, target in ((commune.committee, commune.inner), (commune.first, commune.committee)):
            with pytest.raises(Missing):
                restructuring.move_unit(w, unit.id, target.id, reason=WHY)
        with pytest.raises(Missing):
            restructuring.merge_unit(w, commune.inner.id, commune.first.id, reason=WHY)


def test_people_of_a_merged_unit_go_and_what_they_did_stays(work: Work, view: View, commune: Commune) -> None:
    with work() as w:
        round_ = open_round(w, commune.root)
        roster(w, round_, [commune.member, commune.colleague, commune.stranger], exempt=[commune.exempt])
        attempt(w, round_, commune.member, 10)
    before = turnout(view, round_.id, commune.first)
    assert before == (3, 1, 1)
    with work(actor=commune.organiser) as w:
        done = restructuring.merge_unit(w, commune.first.id, commune.second.id, reason=WHY)
        assert (done.members, done.units) == (6, 0)
    with work() as w:
        member = w.session.get_one(Member, commune.member.id)
        assert member.unit_id == commune.second.id
        closed = w.session.get_one(Unit, commune.first.id)
        assert (closed.closed_at is not None, closed.merged_into_id) == (True, commune.second.id)
        for model in (Attempt, Result, RosterEntry):
            kept = w.session.scalars(select(model.unit_id).where(model.member_id == member.id)).all()
            assert kept == [commune.first.id]
        told = w.session.scalars(select(MemberChange).where(MemberChange.member_id == member.id)).one()
        assert (told.before, told.after, told.reason) == (str(commune.first.id), str(commune.second.id), WHY)
        live = select(RoleGrant).where(RoleGrant.unit_id == commune.first.id, RoleGrant.revoked_at.is_(None))
        assert w.session.scalars(live).all() == []
        attempt(w, round_, w.session.get_one(Member, commune.colleague.id), 12)
    assert turnout(view, round_.id, commune.first) == (3, 1, 2)  # who was on its roster counts for it, wherever he sits
    with view() as r:
        figures = unit_figures(r.session, round_.id)
        assert (figures[commune.first.id].participants, figures[commune.second.id].participants) == (1, 1)
        assert figures[commune.root.id].rostered_participants == 2


def test_roles_may_stay_for_a_round_that_runs(work: Work, commune: Commune) -> None:
    with work(actor=commune.organiser) as w:
        restructuring.merge_unit(w, commune.first.id, commune.second.id, reason=WHY, ends_roles=False)
    with work() as w:
        assert actor_of(w.session, commune.secretary).units_as(Role.SECRETARY) == {commune.first.id}


def test_each_round_counts_in_the_tree_of_its_own_time(work: Work, view: View, db: Database, commune: Commune) -> None:
    """The committee's turnout, on its board and in its total, keeps the chi bộ that has gone."""
    with work() as w:
        round_ = open_round(w, commune.root)
        roster(w, round_, [commune.inner_member, commune.member])
        attempt(w, round_, commune.inner_member, 10)
    take_tallies(db, round_.id)
    with work(actor=commune.organiser) as w:
        restructuring.move_unit(w, commune.inner.id, commune.first.id, reason=WHY)
    take_tallies(db, round_.id)
    assert turnout(view, round_.id, commune.committee) == (1, 0, 1)
    assert turnout(view, round_.id, commune.first) == (1, 0, 0)
    with view(actor=commune.organiser) as r:
        what = scope.of_round(r.session.get_one(Round, round_.id), r.now)
        old = unit_boards.unit_board(r.session, what, commune.committee.id, UnitMeasure.TURNOUT)
        new = unit_boards.unit_board(r.session, what, commune.first.id, UnitMeasure.TURNOUT)
        assert [row.unit_id for row in old.rows] == [commune.inner.id]
        assert [row.unit_id for row in new.rows] == [commune.first.id]
    with work() as w:
        later = open_round(w, commune.root, opened=timedelta(minutes=1))
        roster(w, later, [commune.inner_member])
    assert turnout(view, later.id, commune.first) == (1, 0, 0)
    assert turnout(view, later.id, commune.committee) == (0, 0, 0)


def test_nobody_loses_a_round_that_he_is_on_the_roster_of(work: Work, commune: Commune) -> None:
    with work() as w:
        round_ = open_round(w, commune.committee)
        roster(w, round_, [commune.inner_member])
    with work(actor=commune.organiser) as w:
        for act in (restructuring.move_unit, restructuring.merge_unit):
            with pytest.raises(RoundWouldBeLost):
                act(w, commune.inner.id, commune.first.id, reason=WHY)
        with pytest.raises(UnitHoldsContest):
            restructuring.merge_unit(w, commune.committee.id, commune.first.id, reason=WHY)
    with work() as w:
        w.session.get_one(Round, round_.id).finalised_at = NOW
    with work(actor=commune.organiser) as w:
        restructuring.move_unit(w, commune.inner.id, commune.first.id, reason=WHY)


def test_a_round_that_names_the_unit_stands_in_the_way(work: Work, commune: Commune) -> None:
    with work() as w:
        round_ = open_round(w, commune.root)
        roster(w, round_, [commune.member])
        w.session.add(RoundUnit(round_id=round_.id, unit_id=commune.first.id))
    with work(actor=commune.organiser) as w:
        with pytest.raises(RoundWouldBeLost):
            restructuring.merge_unit(w, commune.first.id, commune.second.id, reason=WHY)
        restructuring.move_unit(w, commune.first.id, commune.committee.id, reason=WHY)  # its own invitation goes along


def test_an_empty_unit_closes_and_opens_again(work: Work, commune: Commune) -> None:
    with work(actor=commune.organiser) as w:
        made = services.create_unit(w, code="T9", name="Tổ 9", kind=UnitKind.CELL, parent_id=commune.root.id)
    with work(actor=commune.organiser) as w:
        restructuring.close_unit(w, made.id, reason=WHY)
    with work(actor=commune.organiser) as w:
        with pytest.raises(UnitClosed):
            members.move_member(w, commune.member.id, from_unit_id=commune.first.id, to_unit_id=made.id)
        with pytest.raises(UnitClosed):
            services.create_unit(w, code="T10", name="Tổ 10", kind=UnitKind.CELL, parent_id=made.id)
        with pytest.raises(UnitClosed):
            restructuring.close_unit(w, made.id, reason=WHY)
        restructuring.reopen_unit(w, made.id, reason="Ghi nhầm")
    with work() as w:
        kinds = [event.kind for event in units.history(w.session, made.id)]
        assert kinds == ["reopened", "closed", "created"]


def test_who_waits_for_a_merged_unit_is_told(work: Work, commune: Commune) -> None:
    with work(actor=commune.stranger) as w:
        asked = unit_changes.ask(w, commune.first.id, "Ghi nhầm thôn.").id
    with work(actor=commune.organiser) as w:
        restructuring.merge_unit(w, commune.first.id, commune.committee.id, reason=WHY)
    with work() as w:
        change = w.session.get_one(UnitChange, asked)
        assert change.state == "declined"
        assert "sáp nhập vào Đảng bộ Công an xã" in change.note


def test_who_waits_to_be_admitted_waits_in_the_other_unit(work: Work, view: View, commune: Commune) -> None:
    registering.desk(work, commune, Way.APPROVAL)
    asked = registering.register(work, commune.second)
    with work(actor=commune.organiser) as w:
        restructuring.merge_unit(w, commune.second.id, commune.first.id, reason=WHY)
    with view(actor=commune.secretary) as r:
        assert registrations.waiting(r) == 1
    with work(actor=commune.secretary) as w:
        assert registering_services.admit(w, asked.id).unit_id == commune.first.id


def test_two_organisers_move_units_below_each_other(db: Database, commune: Commune) -> None:
    """Each move alone is right; both together would be a circle. One of them is refused."""
    barrier, met = threading.Barrier(2), []

    def act(unit: Unit, target: Unit) -> None:
        work = Work(db)
        barrier.wait()
        try:
            with work(actor=commune.organiser) as w:
                restructuring.move_unit(w, unit.id, target.id, reason=WHY)
            met.append("moved")
        except Refused as refused:
            met.append(type(refused).__name__)

    pairs = [(commune.first, commune.second), (commune.second, commune.first)]
    threads = [threading.Thread(target=act, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(met) == ["UnitBelowItself", "moved"]
    with Work(db)() as w:
        assert closure(w) == by_parents(w)
        assert len(w.session.scalars(select(UnitEvent).where(UnitEvent.kind == "moved")).all()) == 1


def test_the_rules_say_the_same_in_python_and_in_sql(view: View, commune: Commune) -> None:
    people = [commune.member, commune.secretary, commune.overseer, commune.organiser, commune.organiser_elsewhere]
    with view() as r:
        everybody = r.session.scalars(select(Member)).all()
        for actor in [actor_of(r.session, one) for one in people]:
            kept = set(r.session.scalars(policy.kept_members(actor)))
            arranged = set(r.session.scalars(policy.arranged_members(actor)))
            for one in everybody:
                path = units.path_ids(r.session, one.unit_id)
                assert (one.id in kept) is policy.keeps(actor, path, one.unit_id)
                assert (one.id in arranged) is policy.arranges(actor, path, one.unit_id)
