"""A corrected unit: who lets whom in, and what of his attempts, results and roster entries comes along."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select, update

from quiz_app.attempts import services as attempts
from quiz_app.attempts.models import Attempt, Result
from quiz_app.attempts.verify import differences
from quiz_app.contests.models import RosterEntry, Round
from quiz_app.feedback import unit_changes
from quiz_app.feedback.errors import AskedTooOften, MemberElsewhere, SameUnit, UnitChangeOpen, UnitChangeSettled
from quiz_app.feedback.models import UnitChange, UnitChangeState
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.leaderboard import tallies
from quiz_app.leaderboard.models import UnitTally
from quiz_app.members import services as members
from quiz_app.members.models import Member
from quiz_app.units.models import Unit
from tests.features.feedback.conftest import Sit
from tests.support import contest
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.sitting import at
from tests.support.works import View, Work

pytestmark = pytest.mark.usefixtures("banks")


def ask(work: Work, member: Member, unit: Unit, minute: float = 5) -> int:
    with work(actor=member, now=at(minute)) as w:
        return unit_changes.ask(w, unit.id, "Ghi nhầm thôn.").id


def accept(work: Work, decider: Member, change_id: int, minute: float = 10) -> UnitChange:
    with work(actor=decider, now=at(minute)) as w:
        return unit_changes.accept(w, change_id)


def facts_of(work: Work, action: str) -> dict[str, Any]:
    with work() as w:
        found: dict[str, Any] = w.session.scalars(select(AuditEntry.facts).where(AuditEntry.action == action)).one()
    return found


def units_of(work: Work, round_: Round, member: Member) -> tuple[list[int], list[int], list[int]]:
    """The units of a member's attempts, results and roster entries in a round."""
    with work() as w:
        found = tuple(
            list(
                w.session.scalars(
                    select(model.unit_id).where(model.round_id == round_.id, model.member_id == member.id)
                )
            )
            for model in (Attempt, Result, RosterEntry)
        )
        assert list(differences(w.session)) == []
    return found[0], found[1], found[2]


def unit_now(work: Work, member: Member) -> int:
    with work() as w:
        return w.session.get_one(Member, member.id).unit_id


def test_who_is_let_in_takes_his_results_along(work: Work, commune: Commune, round_: Round, sit: Sit) -> None:
    for minute in (0, 3):
        sit(commune.member, minute=minute)
    sit(commune.colleague)
    change_id = ask(work, commune.member, commune.second, minute=6)
    done = accept(work, commune.secretary_elsewhere, change_id)
    assert (done.state, done.moved_attempts) == (UnitChangeState.ACCEPTED.value, 2)
    assert unit_now(work, commune.member) == commune.second.id
    second, first = commune.second.id, commune.first.id
    assert units_of(work, round_, commune.member) == ([second, second], [second], [second])
    assert units_of(work, round_, commune.colleague) == ([first], [first], [first])
    assert facts_of(work, "unit_change.accepted") == {
        "member_id": commune.member.id,
        "from_unit_id": first,
        "to_unit_id": second,
        "rounds": [round_.id],
        "attempts": 2,
        "results": 1,
        "roster_entries": 1,
    }
    assert facts_of(work, "members.moved") == {"from_unit_id": first, "to_unit_id": second}


def test_the_boards_of_units_follow(
    db: Database, work: Work, clock: Clock, commune: Commune, round_: Round, sit: Sit
) -> None:
    sit(commune.member, right=4)
    sit(commune.stranger, right=2)
    clock.set(at(6))
    tallies.refresh_tallies(db)
    before = sums(work, round_)
    assert before[commune.first.id][1:] == (1, 1, 4)
    assert before[commune.second.id][1:] == (1, 1, 2)
    accept(work, commune.secretary_elsewhere, ask(work, commune.member, commune.second, minute=6), minute=7)
    clock.set(at(8))
    tallies.refresh_tallies(db)
    after = sums(work, round_)
    assert after[commune.first.id] == (before[commune.first.id][0] - 1, 0, 0, 0)
    assert after[commune.second.id] == (before[commune.second.id][0] + 1, 2, 2, 6)
    assert after[commune.root.id] == before[commune.root.id]


def sums(work: Work, round_: Round) -> dict[int, tuple[int, int, int, int]]:
    with work() as w:
        rows = w.session.scalars(select(UnitTally).where(UnitTally.round_id == round_.id)).all()
        return {row.unit_id: (row.members, row.participants, row.attempts, row.score_sum) for row in rows}


@pytest.mark.parametrize("what", ["rule", "final"])
def test_results_stay_where_the_rules_say_so_and_when_they_are_final(
    work: Work, commune: Commune, round_: Round, sit: Sit, what: str
) -> None:
    sit(commune.member)
    with work() as w:
        stored = w.session.get_one(Round, round_.id)
        if what == "rule":
            stored.moves_attempts = False
        else:
            stored.finalised_at = at(4)
    done = accept(work, commune.secretary_elsewhere, ask(work, commune.member, commune.second))
    assert done.moved_attempts == 0
    assert unit_now(work, commune.member) == commune.second.id
    first = commune.first.id
    assert units_of(work, round_, commune.member) == ([first], [first], [first])
    assert facts_of(work, "unit_change.accepted")["roster_entries"] == 0


def test_what_the_new_unit_is_not_invited_to_stays(work: Work, commune: Commune, sit: Sit, round_: Round) -> None:
    with work(now=at(-80)) as w:
        narrow = contest.open_round(w, commune.first, closes_at=at(30)).round
    for one in (round_, narrow):
        sit(commune.member, in_round=one)
    change_id = ask(work, commune.member, commune.second)
    with work() as w:
        change = w.session.get_one(UnitChange, change_id)
        told = {one.round.id: (one.attempts, one.moves) for one in unit_changes.touched(w.session, change)}
    assert told == {round_.id: (1, True), narrow.id: (1, False)}
    assert accept(work, commune.organiser, change_id).moved_attempts == 1
    first, second = commune.first.id, commune.second.id
    assert units_of(work, round_, commune.member) == ([second], [second], [second])
    assert units_of(work, narrow, commune.member) == ([first], [first], [first])


def test_an_open_attempt_ends_in_the_new_unit(work: Work, commune: Commune, round_: Round, sit: Sit) -> None:
    attempt_id = sit(commune.member, end=False)
    accept(work, commune.overseer, ask(work, commune.member, commune.second))
    second = commune.second.id
    assert units_of(work, round_, commune.member) == ([second], [], [second])
    with work(actor=commune.member, now=at(11)) as w:
        attempts.submit(w, attempt_id, 1)
    assert units_of(work, round_, commune.member) == ([second], [second], [second])


def test_an_attempt_for_an_earlier_unit_stays_there(work: Work, commune: Commune, round_: Round, sit: Sit) -> None:
    sit(commune.member, right=5)
    with work() as w:
        assert members.move_member(w, commune.member.id, from_unit_id=commune.first.id, to_unit_id=commune.inner.id)
        w.session.refresh(member := w.session.get_one(Member, commune.member.id))
    sit(member, right=2, minute=4)
    assert accept(work, commune.secretary_elsewhere, ask(work, member, commune.second, minute=6)).moved_attempts == 1
    assert units_of(work, round_, member) == (
        [commune.first.id, commune.second.id],
        [commune.first.id],  # the better attempt counts, and it was sat for the first
        [commune.first.id],
    )


def test_who_does_not_cover_the_unit_asked_for_cannot_answer(work: Work, commune: Commune) -> None:
    change_id = ask(work, commune.member, commune.second)
    for person in (commune.secretary, commune.colleague, commune.overseer_elsewhere, commune.member, commune.author):
        with work(actor=person, now=at(9)) as w:
            with pytest.raises(Missing):
                unit_changes.accept(w, change_id)
            with pytest.raises(Missing):
                unit_changes.decline(w, change_id, "Không.")
    own = ask(work, commune.organiser, commune.first)
    with work(actor=commune.organiser, now=at(9)) as w, pytest.raises(Missing):
        unit_changes.accept(w, own)


def test_both_secretaries_are_told_and_no_other(work: Work, view: View, commune: Commune) -> None:
    change_id = ask(work, commune.member, commune.second)
    accept(work, commune.secretary_elsewhere, change_id)
    for person in (commune.secretary, commune.secretary_elsewhere, commune.organiser, commune.overseer):
        with view(actor=person) as r:
            (told,) = unit_changes.followed(r, None, limit=10)
            assert (told.change.id, told.from_unit.id, told.to_unit.id) == (
                change_id,
                commune.first.id,
                commune.second.id,
            )
    for person in (commune.organiser_elsewhere, commune.overseer_elsewhere, commune.colleague):
        with view(actor=person) as r:
            assert unit_changes.followed(r, None, limit=10) == []
            with pytest.raises(Missing):
                unit_changes.request(r, change_id)


def test_what_the_first_page_tells(work: Work, view: View, commune: Commune) -> None:
    change_id = ask(work, commune.member, commune.second)

    def told(person: Member, minute: float) -> unit_changes.News:
        with view(actor=person, now=at(minute)) as r:
            return unit_changes.news(r)

    assert told(commune.secretary, 6) == unit_changes.News(waiting=0, others=1, moved=0)
    assert told(commune.secretary_elsewhere, 6) == unit_changes.News(waiting=1, others=0, moved=0)
    assert not told(commune.organiser_elsewhere, 6).is_any
    accept(work, commune.secretary_elsewhere, change_id)
    for person in (commune.secretary, commune.secretary_elsewhere, commune.overseer):
        assert told(person, 11) == unit_changes.News(waiting=0, others=0, moved=1)
        assert not told(person, 11 + 14 * 24 * 60).is_any


def test_declining_needs_a_reason_and_moves_nothing(work: Work, commune: Commune, round_: Round, sit: Sit) -> None:
    sit(commune.member)
    change_id = ask(work, commune.member, commune.second)
    with work(actor=commune.secretary_elsewhere, now=at(9)) as w, pytest.raises(BadInput):
        unit_changes.decline(w, change_id, "  ")
    with work(actor=commune.secretary_elsewhere, now=at(9)) as w:
        unit_changes.decline(w, change_id, "Chi bộ không có đồng chí này.")
    assert unit_now(work, commune.member) == commune.first.id
    assert units_of(work, round_, commune.member)[0] == [commune.first.id]
    for act in (unit_changes.accept, unit_changes.withdraw):
        person = commune.secretary_elsewhere if act is unit_changes.accept else commune.member
        with work(actor=person, now=at(10)) as w, pytest.raises(UnitChangeSettled):
            act(w, change_id)
    ask(work, commune.member, commune.inner, minute=11)


def test_one_open_request_and_a_real_unit(work: Work, commune: Commune) -> None:
    with work(actor=commune.member) as w:
        with pytest.raises(SameUnit):
            unit_changes.ask(w, commune.first.id, "Vẫn ở đây.")
        with pytest.raises(Missing):
            unit_changes.ask(w, 10**12, "Không có.")
        with pytest.raises(BadInput):
            unit_changes.ask(w, commune.second.id, " ")
    with work() as w:
        w.session.execute(update(Unit).where(Unit.id == commune.inner.id).values(closed_at=w.now))
    with work(actor=commune.member) as w, pytest.raises(Missing):
        unit_changes.ask(w, commune.inner.id, "Đã giải thể.")
    change_id = ask(work, commune.member, commune.second)
    with work(actor=commune.member) as w, pytest.raises(UnitChangeOpen):
        unit_changes.ask(w, commune.committee.id, "Nơi khác.")
    for stranger in (commune.colleague, commune.secretary_elsewhere):
        with work(actor=stranger) as w, pytest.raises(Missing):
            unit_changes.withdraw(w, change_id)
    with work(actor=commune.member) as w:
        unit_changes.withdraw(w, change_id)
    ask(work, commune.member, commune.committee)


def test_asking_and_withdrawing_has_an_end(work: Work, commune: Commune) -> None:
    for _ in range(unit_changes.MOST_ASKED):
        change_id = ask(work, commune.member, commune.second)
        with work(actor=commune.member) as w:
            unit_changes.withdraw(w, change_id)
    with work(actor=commune.member, now=at(6)) as w, pytest.raises(AskedTooOften):
        unit_changes.ask(w, commune.second.id, "Lại nữa.")
    ask(work, commune.member, commune.second, minute=5 + 30 * 24 * 60)


def test_who_has_come_elsewhere_is_not_pulled_back(work: Work, commune: Commune, round_: Round, sit: Sit) -> None:
    sit(commune.member)
    change_id = ask(work, commune.member, commune.second)
    with work() as w:
        members.move_member(w, commune.member.id, from_unit_id=commune.first.id, to_unit_id=commune.inner.id)
    with work(actor=commune.secretary_elsewhere, now=at(9)) as w, pytest.raises(MemberElsewhere):
        unit_changes.accept(w, change_id)
    with work() as w:
        assert w.session.get_one(UnitChange, change_id).state == UnitChangeState.ASKED.value
        accepted = select(func.count()).where(AuditEntry.action == "unit_change.accepted")
        assert w.session.scalar(accepted) == 0
    assert units_of(work, round_, commune.member)[0] == [commune.first.id]


def test_units_are_found_without_marks(view: View, commune: Commune) -> None:
    with view() as r:
        for words in ("kim lan", "Kim Lan", "cb2", "lan thon"):
            assert [unit.id for unit in unit_changes.find_units(r.session, words, without=commune.first.id)] == [
                commune.second.id
            ]
        assert unit_changes.find_units(r.session, "giang cao", without=commune.first.id) == []
        assert unit_changes.find_units(r.session, "  ", without=commune.first.id) == []
