"""Answers, withdrawals, starts and submissions that really meet: threads on one database, many times over."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest
from sqlalchemy import func, select, update

from quiz_app.attempts import services as attempts
from quiz_app.attempts.models import Attempt, Result
from quiz_app.attempts.verify import differences
from quiz_app.contests.models import RosterEntry, Round
from quiz_app.feedback import complaints, unit_changes
from quiz_app.feedback.errors import AlreadyComplained, ComplaintSettled, UnitChangeOpen, UnitChangeSettled
from quiz_app.feedback.models import Complaint, UnitChange
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Overloaded
from quiz_app.members.models import Member
from tests.features.attempts.test_granting_races import after
from tests.features.attempts.test_races import together
from tests.features.feedback.conftest import Sit
from tests.support.build import Commune
from tests.support.sitting import at
from tests.support.works import Work

TIMES = 12


class Acts:
    """Each act in a unit of work of its own, as requests are."""

    def __init__(self, work: Work, round_: Round) -> None:
        self.work, self.round = work, round_

    def ask(self, member: Member, unit_id: int) -> int:
        with self.work(actor=member, now=at(5)) as w:
            return unit_changes.ask(w, unit_id, "Ghi nhầm.").id

    def accept(self, decider: Member, change_id: int) -> int:
        with self.work(actor=decider, now=at(6)) as w:
            return unit_changes.accept(w, change_id).moved_attempts or 0

    def withdraw(self, member: Member, change_id: int) -> None:
        with self.work(actor=member, now=at(6)) as w:
            unit_changes.withdraw(w, change_id)

    def start(self, member: Member) -> int:
        with self.work(actor=member, now=at(6)) as w:
            return attempts.start(w, self.round.id, is_demonstration_site=False)

    def submit(self, member: Member, attempt_id: int) -> None:
        with self.work(actor=member, now=at(7)) as w:
            attempts.submit(w, attempt_id, 1)

    def complain(self, member: Member, attempt_id: int) -> int:
        with self.work(actor=member, now=at(8)) as w:
            return complaints.complain(w, attempt_id, position=1, text="Sai.").id

    def put_back(self, member: Member, unit_id: int) -> Member:
        """As before the request, for the next time; the member as he is now."""
        with self.work() as w:
            w.session.execute(update(Member).where(Member.id == member.id).values(unit_id=unit_id))
            for model in (Attempt, Result, RosterEntry):
                w.session.execute(update(model).where(model.member_id == member.id).values(unit_id=unit_id))
        return self.now(member)

    def now(self, member: Member) -> Member:
        with self.work() as w:
            return w.session.get_one(Member, member.id)


@pytest.fixture
def acts(work: Work, round_: Round) -> Acts:
    return Acts(work, round_)


def test_of_two_answers_one_is_the_first(db: Database, acts: Acts, commune: Commune, sit: Sit) -> None:
    sit(commune.member)
    for number in range(TIMES):
        change_id = acts.ask(commune.member, commune.second.id)
        told = together(
            [
                partial(after, number, partial(acts.accept, commune.secretary_elsewhere, change_id)),
                partial(after, number + 50, partial(acts.accept, commune.organiser, change_id)),
            ]
        )
        assert [isinstance(one, UnitChangeSettled) for one in told].count(True) == 1
        assert 1 in told
        with db.reading() as session:
            accepted = select(func.count()).where(AuditEntry.action == "unit_change.accepted")
            assert session.scalar(accepted) == number + 1
            assert list(differences(session)) == []
        acts.put_back(commune.member, commune.first.id)


def test_accepted_or_withdrawn_but_not_both(db: Database, acts: Acts, commune: Commune, sit: Sit) -> None:
    sit(commune.member)
    met: Counter[str] = Counter()
    for number in range(TIMES):
        change_id = acts.ask(commune.member, commune.second.id)
        told = together(
            [
                partial(after, number, partial(acts.accept, commune.secretary_elsewhere, change_id)),
                partial(after, number + 50, partial(acts.withdraw, commune.member, change_id)),
            ]
        )
        assert [isinstance(one, UnitChangeSettled) for one in told].count(True) == 1
        with db.reading() as session:
            state = session.get_one(UnitChange, change_id).state
            unit_id = session.get_one(Member, commune.member.id).unit_id
            result_unit = session.scalar(select(Result.unit_id).where(Result.member_id == commune.member.id))
        wanted = commune.second.id if state == "accepted" else commune.first.id
        assert unit_id == result_unit == wanted
        met[state] += 1
        acts.put_back(commune.member, commune.first.id)
    assert met.keys() <= {"accepted", "withdrawn"}


def test_whoever_submits_and_starts_meanwhile_counts_for_the_new_unit(
    db: Database, acts: Acts, commune: Commune, round_: Round
) -> None:
    member = commune.member
    for number in range(TIMES):
        attempt_id = acts.start(member)
        change_id = acts.ask(member, commune.second.id)
        told = together(
            [
                partial(after, number, partial(acts.accept, commune.secretary_elsewhere, change_id)),
                partial(after, number + 50, partial(acts.submit, member, attempt_id)),
            ]
        )
        assert told[1] is None
        assert isinstance(told[0], int)
        with db.reading() as session:
            mine = (Attempt.member_id == member.id, Attempt.round_id == round_.id)
            assert set(session.scalars(select(Attempt.unit_id).where(*mine))) == {commune.second.id}
            assert session.scalar(select(Result.unit_id).where(Result.member_id == member.id)) == commune.second.id
            assert list(differences(session)) == []
        member = acts.put_back(member, commune.first.id)


def test_whoever_starts_meanwhile_starts_for_the_new_unit(
    db: Database, acts: Acts, commune: Commune, round_: Round
) -> None:
    member = commune.member
    for number in range(TIMES):
        change_id = acts.ask(member, commune.second.id)
        told = together(
            [
                partial(after, number, partial(acts.accept, commune.secretary_elsewhere, change_id)),
                partial(after, number + 50, partial(acts.start, member)),
            ]
        )
        assert not [one for one in told if not isinstance(one, int)]
        with db.reading() as session:
            assert set(session.scalars(select(Attempt.unit_id).where(Attempt.member_id == member.id))) == {
                commune.second.id
            }
        acts.submit(member, told[1] if isinstance(told[1], int) else 0)
        member = acts.put_back(member, commune.first.id)


def test_two_requests_and_two_complaints_at_once_are_one(db: Database, acts: Acts, commune: Commune, sit: Sit) -> None:
    attempt_id = sit(commune.member)
    for number in range(TIMES // 3):
        asked = together([partial(acts.ask, commune.member, unit.id) for unit in (commune.second, commune.inner)])
        assert [isinstance(one, UnitChangeOpen | Overloaded) for one in asked].count(True) == 1
        sent = together([partial(acts.complain, commune.member, attempt_id)] * 2)
        assert [isinstance(one, AlreadyComplained) for one in sent].count(True) == 1
        change_id = next(one for one in asked if isinstance(one, int))
        complaint_id = next(one for one in sent if isinstance(one, int))
        acts.withdraw(commune.member, change_id)
        decided = together(
            [
                partial(after, number, partial(_decide, acts.work, commune.organiser, complaint_id)),
                partial(after, number + 50, partial(_take_back, acts.work, commune.member, complaint_id)),
            ]
        )
        assert [isinstance(one, ComplaintSettled) for one in decided].count(True) == 1
        with db.reading() as session:
            found = session.get_one(Complaint, complaint_id)
            assert (found.state == "withdrawn") is (found.answer == "")


def _decide(work: Work, organiser: Member, complaint_id: int) -> None:
    with work(actor=organiser, now=at(9)) as w:
        complaints.decide(w, complaint_id, is_upheld=True, answer="Đúng.")


def _take_back(work: Work, member: Member, complaint_id: int) -> None:
    with work(actor=member, now=at(9)) as w:
        complaints.withdraw(w, complaint_id)
