"""Corrections with ranks and prizes before and after, worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from quiz_app.attempts import correcting, predicting, truth
from quiz_app.attempts.correcting import Proposal
from quiz_app.attempts.errors import Barred, CorrectionSettled, SamePerson
from quiz_app.attempts.models import Attempt, Correction, CorrectionChange, CorrectionKind, CorrectionState, Result
from quiz_app.contests import services as contests
from quiz_app.contests.models import PrizeScope, Round, RoundNotice
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.jobs import Job, JobState, perform
from quiz_app.kernel.work import Work as UnitOfWork
from quiz_app.results import checklist, correction_forecast, corrections, subjects, tables
from quiz_app.results.models import FinalTable
from quiz_app.rules.eligibility import Bar
from quiz_app.rules.prediction import PredictionKind
from quiz_app.rules.rescoring import Remedy
from quiz_app.rules.standing import Criterion
from tests.features.results.build import finalise
from tests.features.results.corrected import LATER, Stage
from tests.support.build import Commune
from tests.support.clock import NOW, Clock
from tests.support.works import Work


@pytest.fixture
def stage(db: Database, work: Work, commune: Commune, banks: None) -> Stage:
    return Stage(db, work, commune)


def annulled(attempt_id: int) -> Proposal:
    return Proposal(CorrectionKind.ATTEMPT, "Nhờ người khác thi hộ", attempt_id=attempt_id)


def test_an_annulment_moves_everybody_below_up(stage: Stage) -> None:
    """18, 17, 16 of `first` and 15 of `second`. Without the first: every prize goes one down the order.

    Mean of `first` 17 → 16.5, of the commune 66/4 → 48/3; `second` stays.
    """
    people = stage.commune
    void = stage.sit(people.member)
    stage.sit(people.colleague, {0}, minute=1)
    stage.sit(people.probationer, {0, 1}, minute=2)
    stage.sit(people.stranger, {0, 1, 2}, minute=3)
    a, b, c, d = (one.id for one in (people.member, people.colleague, people.probationer, people.stranger))
    before = stage.table()
    assert before == [(a, 1, 18, "Giải Nhất"), (b, 2, 17, "Giải Nhì"), (c, 3, 16, "Giải Ba"), (d, 4, 15, None)]
    correction_id = stage.propose(annulled(void))
    foreseen = stage.forecast(correction_id)
    assert (foreseen["people"], foreseen["attempts"]) == (1, 1)
    assert (foreseen["changed_people"], foreseen["changed_attempts"], foreseen["moved"]) == (1, 1, 4)
    assert foreseen["prizes"] == [
        [b, "Giải Nhì", "Giải Nhất"],
        [a, "Giải Nhất", None],
        [c, "Giải Ba", "Giải Nhì"],
        [d, None, "Giải Ba"],
    ]
    assert foreseen["units"] == [[people.root.id, 66, 4, 48, 3], [people.first.id, 51, 3, 33, 2]]
    assert stage.table() == before, "looking changes nothing"
    stage.apply(correction_id)
    assert stage.table() == [(b, 1, 17, "Giải Nhất"), (c, 2, 16, "Giải Nhì"), (d, 3, 15, "Giải Ba")]
    stage.assert_came_true(foreseen, before)
    assert stage.is_sound()


def test_a_corrected_key_swaps_the_first_two(stage: Stage) -> None:
    """18; 17 by the item with the wrong key; 17 by another. With the new key 17, 18, 16."""
    a, b, c = stage.commune.member, stage.commune.colleague, stage.commune.probationer
    stage.sit(a)
    stage.sit(b, {0}, minute=1)
    stage.sit(c, {1}, minute=2)
    before = stage.table()
    assert before == [(a.id, 1, 18, "Giải Nhất"), (b.id, 2, 17, "Giải Nhì"), (c.id, 3, 17, "Giải Ba")]
    correction_id = stage.propose(stage.of_item(Remedy.REPLACE_KEY))
    foreseen = stage.forecast(correction_id)
    assert (foreseen["changed_people"], foreseen["moved"]) == (3, 2)
    stage.apply(correction_id)
    assert stage.table() == [(b.id, 1, 18, "Giải Nhất"), (a.id, 2, 17, "Giải Nhì"), (c.id, 3, 16, "Giải Ba")]
    stage.assert_came_true(foreseen, before)
    assert stage.is_sound()


def test_both_keys_make_level_and_the_earlier_wins(stage: Stage) -> None:
    """Who chose the second right option submitted earlier: level in points and time, he is first."""
    a, b = stage.commune.member, stage.commune.colleague
    stage.sit(b, {0})
    stage.sit(a, minute=1)
    before = stage.table()
    assert before == [(a.id, 1, 18, "Giải Nhất"), (b.id, 2, 17, "Giải Nhì")]
    correction_id = stage.propose(stage.of_item(Remedy.ACCEPT_BOTH))
    foreseen = stage.forecast(correction_id)
    stage.apply(correction_id)
    assert stage.table() == [(b.id, 1, 18, "Giải Nhất"), (a.id, 2, 18, "Giải Nhì")]
    stage.assert_came_true(foreseen, before)
    assert stage.is_sound()


@pytest.mark.parametrize(("remedy", "points"), [(Remedy.AWARD, [18, 18, 16]), (Remedy.DROP, [17, 17, 15])])
def test_a_void_item_and_nobodys_prize(stage: Stage, remedy: Remedy, points: list[int]) -> None:
    """18, 17 by the void item, 16 by two others: level at the top, the earlier stays first."""
    a, b, c = stage.commune.member, stage.commune.colleague, stage.commune.probationer
    stage.sit(a)
    stage.sit(b, {0}, minute=1)
    stage.sit(c, {1, 2}, minute=2)
    before = stage.table()
    correction_id = stage.propose(stage.of_item(remedy))
    foreseen = stage.forecast(correction_id)
    assert foreseen["prizes"] == []
    assert foreseen["moved"] == 0
    stage.apply(correction_id)
    assert [(row[0], row[2]) for row in stage.table()] == list(zip([a.id, b.id, c.id], points, strict=True))
    stage.assert_came_true(foreseen, before)
    assert stage.is_sound()


def test_another_attempt_may_count_instead(db: Database, work: Work, commune: Commune) -> None:
    """Best 18 then 17 by item 0: with the key replaced the second attempt is the better one, 18 against 17."""
    stage = Stage(db, work, commune)
    stage.sit(commune.member)
    second = stage.sit(commune.member, {0}, minute=10)
    correction_id = stage.propose(stage.of_item(Remedy.REPLACE_KEY))
    foreseen, before = stage.forecast(correction_id), stage.table()
    assert (foreseen["people"], foreseen["attempts"]) == (1, 2)
    stage.apply(correction_id)
    with work() as w:
        assert w.session.get_one(Result, (stage.round.id, commune.member.id)).attempt_id == second
    stage.assert_came_true(foreseen, before)
    assert stage.is_sound()


def test_a_void_window_is_sat_again_in_a_round_of_its_own(stage: Stage) -> None:
    """18 and 17 began in the window, 16 and 15 did not. Sat again: 17 and 18, in a table of their own."""
    people = stage.commune
    a, b, c, d = people.member, people.colleague, people.probationer, people.stranger
    stage.sit(c, {0, 1})
    stage.sit(a, minute=10)
    stage.sit(b, {0}, minute=14)
    stage.sit(d, {0, 1, 2}, minute=15)
    before = stage.table()
    assert [row[0] for row in before] == [a.id, b.id, c.id, d.id]
    window = Proposal(
        CorrectionKind.WINDOW,
        "Mất điện",
        "Các lượt bắt đầu từ 9 giờ 10 đến trước 9 giờ 15 bị hủy.",
        window_from=NOW + timedelta(minutes=10),
        window_until=NOW + timedelta(minutes=15),
    )
    correction_id = stage.propose(window)
    foreseen = stage.forecast(correction_id)
    assert (foreseen["people"], foreseen["attempts"], foreseen["moved"]) == (2, 2, 4)
    with stage.work(actor=people.organiser) as w, pytest.raises(Missing):
        again(stage, w, correction_id)
    stage.apply(correction_id)
    assert stage.table() == [(c.id, 1, 16, "Giải Nhất"), (d.id, 2, 15, "Giải Nhì")]
    stage.assert_came_true(foreseen, before)
    with stage.work(actor=people.organiser, now=LATER) as w:
        copy_id = again(stage, w, correction_id).id
    with stage.work(actor=people.organiser) as w, pytest.raises(CorrectionSettled):
        again(stage, w, correction_id)
    with stage.work(now=LATER) as w:
        correction = w.session.get_one(Correction, correction_id)
        told = w.session.scalars(select(RoundNotice.text).order_by(RoundNotice.id)).all()
        copy = contests.publish_round(w, copy_id)
        assert correction.rerun_round_id == copy.id
        assert (copy.opens_at, copy.closes_at) == (LATER + timedelta(days=2), LATER + timedelta(days=2, hours=3))
        assert told == [window.notice, "Thi lại ngày kia."]
    first, stage.round = stage.round, copy
    minute = 2 * 24 * 60 + 61
    stage.sit(a, {3}, minute=minute)
    stage.sit(b, minute=minute)
    with pytest.raises(Barred) as barred:
        stage.sit(c, minute=minute)
    assert barred.value.bars == (Bar.SAT_INSTEAD,), "his attempt stands: overall he would count twice"
    late = LATER + timedelta(days=3)
    assert stage.table(late) == [(b.id, 1, 18, "Giải Nhất"), (a.id, 2, 17, "Giải Nhì")]
    with stage.work() as w:
        subject = subjects.subject(w.session, PrizeScope.OVERALL, stage.contest.id)
        overall = [(one.member_id, one.place, one.score) for one in tables.computed(w.session, subject, late).people]
    assert overall == [(b.id, 1, 18), (a.id, 2, 17), (c.id, 3, 16), (d.id, 4, 15)]
    stage.round = first
    with pytest.raises(Barred) as barred:
        stage.sit(b, minute=65)
    assert barred.value.bars == (Bar.SAT_INSTEAD,), "nor does he go back"
    assert stage.table() == [(c.id, 1, 16, "Giải Nhất"), (d.id, 2, 15, "Giải Nhì")]
    assert stage.is_sound()


def again(stage: Stage, w: UnitOfWork, correction_id: int, hours: int = 3) -> Round:
    opens = LATER + timedelta(days=2)
    return corrections.rerun(
        w,
        correction_id,
        title="Thi lại",
        opens_at=opens,
        closes_at=opens + timedelta(hours=hours),
        notice="Thi lại ngày kia.",
    )


def test_a_rerun_needs_a_window_and_a_notice(stage: Stage) -> None:
    attempt_id = stage.sit(stage.commune.member)
    one = stage.propose(annulled(attempt_id))
    stage.apply(one)
    with stage.work(actor=stage.commune.organiser) as w, pytest.raises(Missing):
        again(stage, w, one)
    window = Proposal(CorrectionKind.WINDOW, "Mất điện", window_from=NOW, window_until=LATER)
    other = stage.propose(window)
    stage.apply(other)
    with stage.work(actor=stage.commune.organiser) as w, pytest.raises(BadInput) as refused:
        again(stage, w, other, hours=0)
    assert list(refused.value.errors) == ["closes_at"]
    with stage.work(actor=stage.commune.organiser_elsewhere) as w, pytest.raises(Missing):
        again(stage, w, other)


def test_a_window_must_be_over_when_it_is_proposed(stage: Stage) -> None:
    window = Proposal(CorrectionKind.WINDOW, "Mất điện", window_from=NOW, window_until=LATER + timedelta(seconds=1))
    with pytest.raises(BadInput) as refused:
        stage.propose(window)
    assert list(refused.value.errors) == ["window_until"]


def test_what_a_prediction_asked_for_moves_too(db: Database, work: Work, commune: Commune) -> None:
    """Four people sat, and four was guessed right; without one of them three is right, and the order turns round."""
    stage = Stage(
        db,
        work,
        commune,
        prediction_kind=PredictionKind.PEOPLE,
        tie_breaks=(Criterion.SCORE, Criterion.PREDICTION, Criterion.SUBMITTED),
    )
    people = (commune.member, commune.colleague, commune.probationer, commune.stranger)
    ids = [stage.sit(one, minute=number, submits=False) for number, one in enumerate(people)]
    for number, (one, attempt_id, guess) in enumerate(zip(people, ids, "4321", strict=True)):
        with work(actor=one, now=NOW + timedelta(minutes=number + 1)) as w:
            predicting.save_prediction(w, attempt_id, guess, 1, 1)
        stage.submit(one, attempt_id, NOW + timedelta(minutes=number + 5))
    with work(now=NOW + timedelta(days=2)) as w:
        key = truth.fix_truth(w, stage.round.id).key
    assert perform(db, truth.JOBS, key) is JobState.DONE
    a, b, c, d = (one.id for one in people)
    before = stage.table()
    assert [row[0] for row in before] == [a, b, c, d]
    correction_id = stage.propose(annulled(ids[3]), now=NOW + timedelta(days=2))
    foreseen = stage.forecast(correction_id)
    assert foreseen["truth"] == [4, 3]
    stage.apply(correction_id, now=NOW + timedelta(days=2))
    with work() as w:
        waiting = w.session.scalars(select(Job.key).where(Job.kind == truth.KIND, Job.state == "queued")).all()
    for key in waiting:
        assert perform(db, truth.JOBS, key) is JobState.DONE
    assert [row[0] for row in stage.table()] == [b, a, c]
    stage.assert_came_true(foreseen, before)
    assert stage.is_sound()


def test_a_published_table_stays_and_is_known_to_be_old(stage: Stage, clock: Clock) -> None:
    people = stage.commune
    void = stage.sit(people.member)
    stage.sit(people.colleague, {0}, minute=1)
    late = NOW + timedelta(days=30)
    clock.set(late)
    table = finalise(stage.work, PrizeScope.ROUND, stage.round.id, people.organiser, stage.second)
    with stage.work() as w:
        subject = subjects.subject(w.session, PrizeScope.ROUND, stage.round.id)
        kept = tables.stored(w.session, w.session.get_one(FinalTable, table.id))
        assert not checklist.standing(w, subject).has_moved
    correction_id = stage.propose(annulled(void), now=late)
    assert len(stage.forecast(correction_id)["prizes"]) == 2
    stage.apply(correction_id, now=late)
    with stage.work() as w:
        subject = subjects.subject(w.session, PrizeScope.ROUND, stage.round.id)
        row = w.session.get_one(FinalTable, table.id)
        assert tables.stored(w.session, row) == kept
        assert row.sha256 == table.sha256 == kept.sha256
        assert checklist.standing(w, subject).has_moved
    assert stage.is_sound()


def test_a_forecast_is_kept_by_its_job_and_gets_old(stage: Stage) -> None:
    stage.sit(stage.commune.member)
    correction_id = stage.propose(stage.of_item(Remedy.AWARD))
    with stage.work(actor=stage.commune.organiser) as w:
        key = corrections.ask_forecast(w, correction_id).key
    assert perform(stage.db, correction_forecast.JOBS, key) is JobState.DONE
    with stage.work() as w:
        job = corrections.forecast_job(w.session, correction_id)
        assert job is not None
        assert job.result is not None
        assert not corrections.is_outdated(w.session, w.session.get_one(Round, stage.round.id), job.result)
    assert job.result == stage.forecast(correction_id)
    stage.sit(stage.commune.colleague, minute=2)
    with stage.work() as w:
        assert corrections.is_outdated(w.session, w.session.get_one(Round, stage.round.id), job.result)
    with stage.work(actor=stage.commune.organiser_elsewhere) as w, pytest.raises(Missing):
        corrections.ask_forecast(w, correction_id)


def test_a_notice_is_told_when_it_is_decided_and_by_another_person(stage: Stage) -> None:
    stage.sit(stage.commune.member)
    correction_id = stage.propose(stage.of_item(Remedy.AWARD, notice="Câu 3 được tính đúng cho mọi người."))
    with stage.work(actor=stage.commune.organiser) as w, pytest.raises(SamePerson):
        corrections.decide(w, correction_id)
    with stage.work() as w:
        assert w.session.scalars(select(RoundNotice.text)).all() == []
    stage.apply(correction_id)
    with stage.work() as w:
        assert w.session.scalars(select(RoundNotice.text)).all() == ["Câu 3 được tính đúng cho mọi người."]


def test_a_job_that_fails_between_batches_goes_on(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, one in enumerate((stage.commune.member, stage.commune.colleague, stage.commune.probationer)):
        stage.sit(one, {0}, minute=number)
    monkeypatch.setattr(correcting, "BATCH", 1)
    correction_id = stage.propose(stage.of_item(Remedy.AWARD))
    key = stage.decide(correction_id)
    batch, calls = correcting.apply_batch, [0]

    def failing(db: Database, number: int, among: Sequence[int] | None = None) -> int:
        calls[0] += 1
        if calls[0] == 3:
            raise RuntimeError("the machine stopped")
        return batch(db, number, among)

    monkeypatch.setattr(correcting, "apply_batch", failing)
    assert perform(stage.db, correcting.JOBS, key) is JobState.FAILED
    with stage.work() as w:
        assert len(w.session.scalars(select(CorrectionChange)).all()) == 2
        assert w.session.get_one(Correction, correction_id).state == CorrectionState.APPLYING.value
    with stage.work(actor=stage.commune.organiser) as w:
        assert corrections.resume(w, correction_id)
        assert not corrections.resume(w, correction_id)
    stage.run(key)
    with stage.work() as w:
        assert [one.score for one in w.session.scalars(select(Attempt))] == [18, 18, 18]
        assert w.session.get_one(Correction, correction_id).state == CorrectionState.APPLIED.value
    assert stage.is_sound()
