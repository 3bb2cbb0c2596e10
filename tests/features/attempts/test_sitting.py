"""Start, save, take over, submit: the services on both engines."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from quiz_app.attempts import closing, marking, policy, services
from quiz_app.attempts.errors import AttemptClosed, AttemptClosing, Barred, NoSuchOption, TakenOver
from quiz_app.attempts.models import Attempt, AttemptState, Response, Result
from quiz_app.contests.models import Accommodation, Round, RoundSet
from quiz_app.kernel import clock as kernel_clock
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing
from quiz_app.members.models import RoleGrant
from quiz_app.rules.eligibility import Bar
from tests.support.build import Commune
from tests.support.clock import NOW, Clock
from tests.support.sitting import (
    PAPER_LENGTH,
    answer,
    at,
    open_round,
    right_letters,
    start,
    wrong_letters,
)
from tests.support.works import Work


def test_start_draws_a_whole_paper_row_by_row(work: Work, commune: Commune, round_: Round) -> None:
    with work(actor=commune.member, now=NOW) as w:
        attempt_id = start(w, round_)
    with work() as w:
        attempt = w.session.get_one(Attempt, attempt_id)
        rows = marking.paper(w.session, attempt_id)
    assert attempt.unit_id == commune.member.unit_id
    assert attempt.deadline_at == NOW + timedelta(minutes=15)
    assert attempt.accepts_until_at == NOW + timedelta(minutes=15, seconds=5)
    assert [row.position for row in rows] == list(range(1, PAPER_LENGTH + 1))
    assert len({row.item_version_id for row in rows}) == PAPER_LENGTH
    assert all(row.revision == 0 and row.chosen is None and row.letters.startswith("ABC") for row in rows)


def test_starting_again_continues_the_open_attempt(work: Work, commune: Commune, round_: Round) -> None:
    with work(actor=commune.member, now=NOW) as w:
        first = start(w, round_)
    with work(actor=commune.member, now=at(1)) as w:
        assert start(w, round_) == first


def test_extra_time_moves_the_deadline_but_not_past_the_close(work: Work, commune: Commune, round_: Round) -> None:
    with work() as w:
        w.session.add(
            Accommodation(round_id=round_.id, member_id=commune.member.id, extra_time_s=300, reason="mắt kém")
        )
    with work(actor=commune.member, now=NOW) as w:
        assert w.session.get_one(Attempt, start(w, round_)).deadline_at == at(20)
    last_minute = round_.closes_at - timedelta(minutes=1)
    with work(actor=commune.colleague, now=last_minute) as w:
        assert w.session.get_one(Attempt, start(w, round_)).deadline_at == round_.closes_at


def test_attempts_run_out(work: Work, commune: Commune, round_: Round) -> None:
    for number in range(3):
        with work(actor=commune.member, now=at(number)) as w:
            services.submit(w, start(w, round_), 1)
    with work(actor=commune.member, now=at(5)) as w, pytest.raises(Barred) as refused:
        start(w, round_)
    assert refused.value.bars == (Bar.NO_ATTEMPTS_LEFT,)


@pytest.mark.parametrize(
    ("minutes_from_opening", "bar"), [(-1, Bar.NOT_YET_OPEN), (25 * 60, Bar.CLOSED)], ids=["before", "at the close"]
)
def test_nobody_starts_outside_the_window(
    work: Work, commune: Commune, round_: Round, minutes_from_opening: int, bar: Bar
) -> None:
    now = round_.opens_at + timedelta(minutes=minutes_from_opening)
    with work(actor=commune.member, now=now) as w, pytest.raises(Barred) as refused:
        start(w, round_)
    assert refused.value.bars == (bar,)


def test_a_demonstration_is_not_sat_on_a_real_site(work: Work, commune: Commune, round_: Round) -> None:
    with work(actor=commune.member, now=NOW) as w, pytest.raises(Barred) as refused:
        services.start(w, round_.id, is_demonstration_site=False)
    assert refused.value.bars == (Bar.DEMONSTRATION_ONLY,)


def test_a_round_of_another_unit_looks_absent(work: Work, commune: Commune, round_: Round) -> None:
    with work(now=at(-90)) as w:
        elsewhere = open_round(w, commune.second, w.session.scalars(select(RoundSet.set_id)).one())
    with work(actor=commune.member, now=NOW) as w, pytest.raises(Missing):
        start(w, elsewhere)
    assert round_.id != elsewhere.id


def test_a_later_paper_avoids_what_was_seen(work: Work, commune: Commune, round_: Round) -> None:
    papers = []
    for number in range(3):
        with work(actor=commune.member, now=at(number)) as w:
            attempt_id = start(w, round_)
            papers.append({row.item_version_id for row in marking.paper(w.session, attempt_id)})
            services.submit(w, attempt_id, 1)
    assert not papers[0] & papers[1]
    assert not (papers[0] | papers[1]) & papers[2]


def test_saves_count_up_and_late_ones_change_nothing(work: Work, commune: Commune, round_: Round) -> None:
    with work(actor=commune.member, now=NOW) as w:
        attempt_id = start(w, round_)
    with work(actor=commune.member, now=at(1)) as w:
        kept = answer(w, attempt_id, 1, "B", revision=2)
        assert (kept.letters, kept.revision, kept.remaining) == ("B", 2, timedelta(minutes=14))
    with work(actor=commune.member, now=at(2)) as w:
        late = answer(w, attempt_id, 1, "A", revision=1)
        again = answer(w, attempt_id, 1, "B", revision=2)
        assert (late.letters, late.revision, late.saved_at) == ("B", 2, at(1))
        assert (again.letters, again.revision, again.saved_at) == ("B", 2, at(1))
    with work(actor=commune.member, now=at(3)) as w:
        assert answer(w, attempt_id, 1, "", revision=3).letters == ""
        assert answer(w, attempt_id, 1, "C").revision == 4


def test_what_a_question_does_not_offer_is_refused(work: Work, commune: Commune, round_: Round) -> None:
    with work(actor=commune.member, now=NOW) as w:
        attempt_id = start(w, round_)
        rows = marking.paper(w.session, attempt_id)
        single = next(row for row in rows if not row.is_multiple)
    for letters in ("Z", "AB"):
        with work(actor=commune.member, now=at(1)) as w, pytest.raises(NoSuchOption):
            answer(w, attempt_id, single.position, letters, revision=1)
    with work(actor=commune.member, now=at(1)) as w, pytest.raises(Missing):
        answer(w, attempt_id, PAPER_LENGTH + 1, "A", revision=1)
    with work() as w:
        assert all(row.revision == 0 for row in marking.paper(w.session, attempt_id))


def test_a_stranger_finds_no_attempt(work: Work, commune: Commune, round_: Round) -> None:
    with work(actor=commune.member, now=NOW) as w:
        attempt_id = start(w, round_)
    with work(actor=commune.colleague, now=at(1)) as w, pytest.raises(Missing):
        answer(w, attempt_id, 1, "A", revision=1)
    with work(actor=commune.secretary, now=at(1)) as w, pytest.raises(Missing):
        services.submit(w, attempt_id, 1)
    with work(actor=commune.organiser, now=at(1)) as w, pytest.raises(Missing):
        services.take_over(w, attempt_id)


def test_the_last_window_writes(work: Work, commune: Commune, round_: Round) -> None:
    with work(actor=commune.member, now=NOW) as w:
        attempt_id = start(w, round_)
        answer(w, attempt_id, 1, "A", revision=1)
    with work(actor=commune.member, now=at(1)) as w:
        services.take_over(w, attempt_id)
    with work(actor=commune.member, now=at(2)) as w, pytest.raises(TakenOver):
        answer(w, attempt_id, 1, "B", epoch=1, revision=2)
    with work(actor=commune.member, now=at(2)) as w, pytest.raises(TakenOver):
        services.submit(w, attempt_id, 1)
    with work(actor=commune.member, now=at(2)) as w:
        assert answer(w, attempt_id, 1, "C", epoch=2, revision=2).letters == "C"


@pytest.mark.parametrize(
    ("after_deadline", "is_accepted"),
    [(-0.001, True), (0, True), (4.999, True), (5, False), (60, False)],
)
def test_a_save_is_taken_until_the_grace_ends(
    work: Work, commune: Commune, round_: Round, after_deadline: float, is_accepted: bool
) -> None:
    with work(actor=commune.member, now=NOW) as w:
        attempt_id = start(w, round_)
    now = at(15, after_deadline)
    if is_accepted:
        with work(actor=commune.member, now=now) as w:
            assert answer(w, attempt_id, 1, "A", revision=1).letters == "A"
        return
    with work(actor=commune.member, now=now) as w, pytest.raises(AttemptClosed):
        answer(w, attempt_id, 1, "A", revision=1)


def test_submission_scores_what_is_kept(work: Work, commune: Commune, round_: Round) -> None:
    with work(actor=commune.member, now=NOW) as w:
        attempt_id = start(w, round_)
        for position in (1, 2, 3):
            answer(w, attempt_id, position, right_letters(w, attempt_id, position), revision=1)
        answer(w, attempt_id, 4, wrong_letters(w, attempt_id, 4), revision=1)
    with work(actor=commune.member, now=at(2, 0.5)) as w:
        services.submit(w, attempt_id, 1)
    with work() as w:
        attempt = w.session.get_one(Attempt, attempt_id)
        result = w.session.get_one(Result, (round_.id, commune.member.id))
        marks = [row.is_right for row in marking.paper(w.session, attempt_id)]
    assert (attempt.state, attempt.score, attempt.max_score, attempt.right_count) == ("submitted", 3, PAPER_LENGTH, 3)
    assert attempt.duration_ms == 120_500
    assert marks == [True] * 3 + [False] * (PAPER_LENGTH - 3)
    submitted_ms = round(at(2, 0.5).timestamp() * 1000)
    assert (result.k1, result.k2, result.k3, result.k4) == (-3, 120_500, submitted_ms, 0)
    assert (result.attempts, result.is_ranked, result.unit_id) == (1, True, commune.first.id)


def test_nothing_is_saved_after_submission_and_submitting_twice_changes_nothing(
    work: Work, commune: Commune, round_: Round
) -> None:
    with work(actor=commune.member, now=NOW) as w:
        attempt_id = start(w, round_)
    with work(actor=commune.member, now=at(1)) as w:
        services.submit(w, attempt_id, 1)
    with work(actor=commune.member, now=at(2)) as w:
        services.submit(w, attempt_id, 1)
    with work(actor=commune.member, now=at(2)) as w, pytest.raises(AttemptClosed):
        answer(w, attempt_id, 1, "A", revision=9)
    with work() as w:
        assert w.session.get_one(Attempt, attempt_id).ended_at == at(1)


def test_the_best_and_then_fastest_attempt_counts(work: Work, commune: Commune, round_: Round) -> None:
    ids = []
    for number, (right, minutes) in enumerate([(2, 1), (3, 5), (3, 2)]):
        begin = number * 20
        with work(actor=commune.member, now=at(begin)) as w:
            attempt_id = start(w, round_)
            for position in range(1, right + 1):
                answer(w, attempt_id, position, right_letters(w, attempt_id, position), revision=1)
        with work(actor=commune.member, now=at(begin + minutes)) as w:
            services.submit(w, attempt_id, 1)
        ids.append(attempt_id)
    with work() as w:
        result = w.session.get_one(Result, (round_.id, commune.member.id))
    assert (result.attempt_id, result.score, result.attempts) == (ids[2], 3, 3)


def test_organisers_sit_but_are_not_ranked(work: Work, commune: Commune, round_: Round) -> None:
    with work(actor=commune.organiser, now=NOW) as w:
        services.submit(w, start(w, round_), 1)
    with work() as w:
        assert not w.session.get_one(Result, (round_.id, commune.organiser.id)).is_ranked
        assert w.session.scalars(select(RoleGrant).where(RoleGrant.member_id == commune.organiser.id)).all()


@pytest.mark.parametrize(("after_deadline", "is_closed"), [(0, False), (5, False), (6.999, False), (7, True)])
def test_the_sweeper_closes_two_seconds_after_the_grace(
    work: Work, commune: Commune, round_: Round, after_deadline: float, is_closed: bool
) -> None:
    with work(actor=commune.member, now=NOW) as w:
        attempt_id = start(w, round_)
        answer(w, attempt_id, 1, right_letters(w, attempt_id, 1), revision=1)
    with work(now=at(15, after_deadline)) as w:
        assert closing.close_if_due(w, attempt_id) is is_closed
    with work() as w:
        attempt = w.session.get_one(Attempt, attempt_id)
    if not is_closed:
        assert attempt.state == AttemptState.OPEN.value
        return
    assert (attempt.ended_by, attempt.ended_at, attempt.duration_ms) == ("deadline", at(15), 900_000)
    assert attempt.score == 1


def test_attempts_that_cannot_be_closed_stop_nobody(
    work: Work, commune: Commune, round_: Round, db: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "SWEEP_BATCH", 2)
    people = (commune.member, commune.colleague, commune.probationer, commune.secretary, commune.organiser)
    started = []
    for number, member in enumerate(people):
        with work(actor=member, now=at(0, number // 3)) as w:  # the first three end in the same instant
            started.append(start(w, round_))
            answer(w, started[-1], 1, "A", revision=1)
    broken = set(started[:2])
    with work() as w:
        for attempt_id in broken:
            w.session.get_one(Response, (attempt_id, 1)).option_order = []
    clock.set(at(16))
    with work() as w:  # the clock was not stepped, it is the test's
        kernel_clock.accept(w.session, kernel_clock.ticks(db.clock_offset))
    for closed in (3, 0):
        assert closing.close_overdue(db) == closed
        with work() as w:
            left = set(w.session.scalars(select(Attempt.id).where(Attempt.state == AttemptState.OPEN.value)))
            assert left == broken
            assert closing.waiting_since(w.session, at(15, 5)) == len(broken)
            assert closing.waiting_since(w.session, at(15, 4.999)) == 0


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_stepped_clock_closes_nothing_whoever_asks(
    work: Work, commune: Commune, round_: Round, db: Database, clock: Clock
) -> None:
    with work(actor=commune.member) as w:
        attempt_id = start(w, round_)
    assert closing.close_overdue(db) == 0
    clock.move(hours=1)  # a jump: the time since boot has not moved
    assert closing.close_overdue(db) == 0
    with work(actor=commune.member) as w:  # a member who looks at his result
        assert not closing.close_if_due(w, attempt_id)
    clock.move(hours=-1)
    with work(actor=commune.member) as w:
        kernel_clock.accept(w.session, kernel_clock.ticks(db.clock_offset))
        answer(w, attempt_id, 1, "A", revision=1)
    clock.move(hours=1)
    with work() as w:
        kernel_clock.accept(w.session, kernel_clock.ticks(db.clock_offset))
    assert closing.close_overdue(db) == 1


def test_between_the_last_save_and_the_closing_a_submission_waits(work: Work, commune: Commune, round_: Round) -> None:
    with work(actor=commune.member, now=NOW) as w:
        attempt_id = start(w, round_)
    with work(actor=commune.member, now=at(15, 6)) as w, pytest.raises(AttemptClosing):
        services.submit(w, attempt_id, 1)
    with work(actor=commune.member, now=at(15, 8)) as w:
        services.submit(w, attempt_id, 1)
    with work() as w:
        assert w.session.get_one(Attempt, attempt_id).ended_by == "deadline"


def test_a_submission_within_the_grace_ended_at_the_deadline(work: Work, commune: Commune, round_: Round) -> None:
    with work(actor=commune.member, now=NOW) as w:
        attempt_id = start(w, round_)
    with work(actor=commune.member, now=at(15, 3)) as w:
        services.submit(w, attempt_id, 1)
    with work() as w:
        attempt = w.session.get_one(Attempt, attempt_id)
    assert (attempt.ended_by, attempt.ended_at, attempt.duration_ms) == ("member", at(15), 900_000)


def test_an_overdue_attempt_makes_room_for_the_next(work: Work, commune: Commune, round_: Round) -> None:
    with work(actor=commune.member, now=NOW) as w:
        first = start(w, round_)
    with work(actor=commune.member, now=at(30)) as w:
        second = start(w, round_)
    with work() as w:
        states = {one.id: (one.state, one.number) for one in w.session.scalars(select(Attempt))}
    assert states == {first: ("submitted", 1), second: ("open", 2)}


def test_owning_as_predicate_and_as_sql_agree(work: Work, commune: Commune, round_: Round) -> None:
    for member in (commune.member, commune.colleague):
        with work(actor=member, now=NOW) as w:
            start(w, round_)
    for person in (commune.member, commune.colleague, commune.secretary, commune.organiser):
        with work(actor=person) as w:
            by_sql = set(w.session.scalars(select(Attempt.id).where(policy.owned(w.actor.member_id))))
            everything = w.session.scalars(select(Attempt)).all()
            assert by_sql == {one.id for one in everything if policy.owns(w.actor, one)}
            assert len(everything) == 2
