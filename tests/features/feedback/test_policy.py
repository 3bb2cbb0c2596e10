"""The rules stand twice: for every person and every row both say the same."""

from __future__ import annotations

from dataclasses import fields

import pytest
from sqlalchemy import select

from quiz_app.contests.models import Contest, Round
from quiz_app.feedback import complaints, policy, unit_changes
from quiz_app.feedback.models import Complaint, UnitChange
from quiz_app.kernel.access import NOBODY, SYSTEM, Actor, Grant, Role
from quiz_app.kernel.work import Work as UnitOfWork
from quiz_app.members.models import Member
from quiz_app.units import queries as units
from tests.features.feedback.conftest import Sit
from tests.support import contest
from tests.support.build import Commune
from tests.support.sitting import at
from tests.support.works import Work, actor_of

pytestmark = pytest.mark.usefixtures("banks")


@pytest.fixture
def rows(work: Work, commune: Commune, round_: Round, sit: Sit) -> None:
    """Complaints of two members and of an organiser, in two contests; requests in several directions."""
    with work(now=at(-80)) as w:
        inner = contest.open_round(w, commune.committee, set_id=None, closes_at=at(30)).round
    for member, in_round in (
        (commune.member, round_),
        (commune.stranger, round_),
        (commune.organiser, round_),
        (commune.inner_member, inner),
    ):
        attempt_id = sit(member, in_round=in_round)
        with work(actor=member, now=at(5)) as w:
            complaints.complain(w, attempt_id, position=None, text="Xem lại giúp.")
    for member, unit in (
        (commune.member, commune.second),
        (commune.stranger, commune.inner),
        (commune.inner_member, commune.first),
        (commune.secretary_elsewhere, commune.first),
        (commune.secretary, commune.second),
        (commune.organiser, commune.committee),
    ):
        with work(actor=member, now=at(5)) as w:
            unit_changes.ask(w, unit.id, "Ghi nhầm.")


def actors(w: UnitOfWork, commune: Commune) -> dict[str, Actor]:
    people = {one.name: getattr(commune, one.name) for one in fields(commune)}
    found = {name: actor_of(w.session, who) for name, who in people.items() if isinstance(who, Member)}
    # a person of several roles, one of them over the unit that he asks for himself
    double = actor_of(w.session, commune.secretary)
    found["double"] = Actor(
        member_id=double.member_id,
        unit_id=double.unit_id,
        grants=(*double.grants, Grant(Role.SECRETARY, commune.second.id), Grant(Role.OVERSEER, commune.committee.id)),
    )
    return {**found, "nobody": NOBODY, "system": SYSTEM}


def test_complaints_are_those_of_the_sender_and_of_the_organisers(work: Work, commune: Commune, rows: None) -> None:
    with work() as w:
        every = w.session.scalars(select(Complaint)).all()
        paths = {
            one.id: units.path_ids(
                w.session, w.session.get_one(Contest, w.session.get_one(Round, one.round_id).contest_id).unit_id
            )
            for one in every
        }
        assert len(every) == 4
        decided = 0
        for name, actor in actors(w, commune).items():
            written = set(w.session.scalars(select(Complaint.id).where(policy.written(actor))))
            assert written == {one.id for one in every if policy.wrote(actor, one)}, name
            judged = set(w.session.scalars(select(Complaint.id).join(Round).join(Contest).where(policy.judged(actor))))
            assert judged == {one.id for one in every if policy.judges(actor, one, paths[one.id])}, name
            assert not judged & written, name
            decided += bool(judged)
        assert decided == 3  # both organisers and the system


def test_requests_are_followed_by_both_sides_and_decided_by_one(work: Work, commune: Commune, rows: None) -> None:
    with work() as w:
        every = w.session.scalars(select(UnitChange)).all()
        path = {
            unit_id: units.path_ids(w.session, unit_id)
            for one in every
            for unit_id in (one.from_unit_id, one.to_unit_id)
        }
        seen_by = {}
        for name, actor in actors(w, commune).items():
            own = set(w.session.scalars(select(UnitChange.id).where(policy.asked_by(actor))))
            assert own == {one.id for one in every if policy.asked(actor, one)}, name
            decided = set(w.session.scalars(select(UnitChange.id).where(policy.let_in_by(actor))))
            assert decided == {one.id for one in every if policy.lets_in(actor, one, path[one.to_unit_id])}, name
            seen = set(w.session.scalars(select(UnitChange.id).where(policy.followed(actor))))
            assert seen == {
                one.id for one in every if policy.follows(actor, one, path[one.from_unit_id], path[one.to_unit_id])
            }, name
            assert decided <= seen
            assert not decided & own
            seen_by[name] = len(seen)
        assert seen_by["system"] == len(every) == 6
        assert seen_by["organiser"] == 6
        assert seen_by["member"] == seen_by["nobody"] == seen_by["author"] == 0
        assert 0 < seen_by["secretary"] < 6
