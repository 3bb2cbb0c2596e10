"""The figures of a round: from which attempts, when, and that they are what the answers say."""

from __future__ import annotations

import statistics as reference
from datetime import timedelta

import pytest
from sqlalchemy import select

from quiz_app.analysis import computing, policy, queries
from quiz_app.analysis.computing import Sample
from quiz_app.analysis.models import RoundAnalysis
from quiz_app.analysis.stored import Figures, from_json, to_json
from quiz_app.attempts import correcting, excluding
from quiz_app.attempts.correcting import Proposal
from quiz_app.attempts.models import CorrectionKind, Response
from quiz_app.contests import rehearsing
from quiz_app.contests.models import Round
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.jobs import Job, JobState, Progress, perform
from quiz_app.rules.rescoring import Remedy
from quiz_app.rules.visibility import Audience
from tests.features.analysis.build import marks_by_item, sit
from tests.features.results.build import second_organiser
from tests.support import sitting
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.sitting import PAPER_LENGTH, at
from tests.support.works import View, Work

CLOSES = 120.0
EXACT = 1e-6


@pytest.fixture
def round_(work: Work, commune: Commune, banks: None) -> Round:
    """Closes two hours after NOW."""
    with work(now=at(-90)) as w:
        return sitting.open_round(w, commune.root, sitting.publish_shipped(w), closes_at=at(CLOSES))


def _sat(work: Work, round_: Round, commune: Commune) -> list[int]:
    """The counted attempts of four ranked people; beside them a weaker one, and one of somebody who is not ranked."""
    counted = [
        sit(work, round_, commune.member, "11111100"),
        sit(work, round_, commune.colleague, "11110000"),
        sit(work, round_, commune.stranger, "11000--1", every_s=10),
        sit(work, round_, commune.inner_member, "00000000"),
    ]
    sit(work, round_, commune.member, "10000000", begins=30)
    sit(work, round_, commune.author, "11111111")
    return counted


def _compute(db: Database, work: Work, round_: Round, sample: Sample = Sample.COUNTED) -> Figures:
    with work() as w:
        job = computing.ask(w, w.session.get_one(Round, round_.id), sample)
    assert job is not None
    assert perform(db, computing.JOBS, job.key) is JobState.DONE
    with db.reading() as session:
        return from_json(session.get_one(RoundAnalysis, (round_.id, sample.value)).figures)


def test_the_figures_are_those_of_the_counted_attempts(
    db: Database, work: Work, clock: Clock, commune: Commune, round_: Round
) -> None:
    papers = marks_by_item(work, _sat(work, round_, commune))
    clock.set(at(CLOSES + 10))
    figures = _compute(db, work, round_)
    totals = [sum(one.values()) for one in papers]
    assert totals == [6, 4, 3, 0]
    assert figures.papers.scores == ((0, 1), (3, 1), (4, 1), (6, 1))
    assert figures.papers.mean == pytest.approx(13 / 4, abs=EXACT)
    assert figures.papers.deviation == pytest.approx(2.5, abs=EXACT)  # squares 121, 9, 1, 169 of 16, over 3: 6.25
    assert (figures.left.taken, figures.left.unranked, figures.left.other_attempts, figures.left.annulled) == (
        4,
        1,
        1,
        0,
    )
    assert {one.item for one in figures.items} == {item for paper in papers for item in paper}
    for one in figures.items:
        holders = [paper for paper in papers if one.item in paper]
        own = [paper[one.item] for paper in holders]
        rest = [sum(paper.values()) - paper[one.item] for paper in holders]
        assert (one.papers, one.right, one.facility) == (len(own), sum(own), sum(own) / len(own))
        if len(set(own)) > 1 and len(set(rest)) > 1:
            assert one.discrimination == pytest.approx(reference.correlation(own, rest), abs=EXACT)
        assert sum(option.chosen for option in one.options) >= one.answered
    assert sum(one.papers for one in figures.items) == 4 * PAPER_LENGTH
    assert sum(one.papers - one.answered for one in figures.items) == 2


@pytest.mark.parametrize(
    ("sample", "scores", "left_out"),
    [(Sample.FIRST, [0, 3, 4, 6], 1), (Sample.ALL, [0, 1, 3, 4, 6], 0)],
)
def test_other_samples(
    db: Database, work: Work, clock: Clock, commune: Commune, round_: Round, sample: Sample, scores: list[int],
    left_out: int,
) -> None:  # fmt: skip
    _sat(work, round_, commune)
    clock.set(at(CLOSES + 10))
    figures = _compute(db, work, round_, sample)
    assert [score for score, _ in figures.papers.scores] == scores
    assert figures.left.other_attempts == left_out


def test_who_is_struck_and_what_is_annulled_is_left_out(
    db: Database, work: Work, clock: Clock, commune: Commune, round_: Round
) -> None:
    ids = _sat(work, round_, commune)
    second = second_organiser(work, commune)
    clock.set(at(CLOSES + 10))
    with work(actor=commune.organiser) as w:
        excluding.exclude(w, round_.contest_id, commune.colleague.id, "Người nhà")
        wanted = Proposal(CorrectionKind.ATTEMPT, "Thi hộ", attempt_id=ids[0])
        correction_id = correcting.propose(w, round_.id, wanted).id
    with work(actor=second) as w:
        job = correcting.decide(w, correction_id)
    correcting.apply(db, job.payload, Progress(db, job.id))
    figures = _compute(db, work, round_)
    # The member's other attempt, of one point, counts now.
    assert figures.papers.scores == ((0, 1), (1, 1), (3, 1))
    assert (figures.left.annulled, figures.left.unranked) == (1, 2)


def test_an_item_struck_from_scoring_is_told_as_such(
    db: Database, work: Work, view: View, clock: Clock, commune: Commune, round_: Round
) -> None:
    papers = marks_by_item(work, _sat(work, round_, commune))
    item = next(iter(papers[0]))
    clock.set(at(CLOSES + 10))
    _compute(db, work, round_)
    clock.move(seconds=60)
    second = second_organiser(work, commune)
    with work(actor=commune.organiser) as w:
        wanted = Proposal(CorrectionKind.ITEM, "Câu sai", item_version_id=item, remedy=Remedy.DROP)
        correction_id = correcting.propose(w, round_.id, wanted).id
    with work(actor=second) as w:
        job = correcting.decide(w, correction_id)
    assert perform(db, correcting.JOBS, job.key) is JobState.DONE
    with view(actor=commune.organiser) as r:
        kept = queries.kept(r, queries.sight(r, round_.id))
        assert kept is not None
        assert kept.is_outdated
    clock.move(seconds=60)
    figures = _compute(db, work, round_)
    struck = next(one for one in figures.items if one.item == item)
    assert (struck.is_struck, struck.facility) == (True, None)
    with view(actor=commune.organiser) as r:
        kept = queries.kept(r, queries.sight(r, round_.id))
        assert kept is not None
        assert not kept.is_outdated


def test_times_run_from_one_kept_answer_to_the_next(
    db: Database, work: Work, clock: Clock, commune: Commune, round_: Round
) -> None:
    attempt_id = sit(work, round_, commune.member, "1--1----", every_s=7)
    with work(actor=commune.member, now=at(30)) as w:
        second_id = sitting.start(w, round_)
        sitting.answer(w, second_id, 1, "A")
    with work(actor=commune.member, now=at(30, 9)) as w:
        sitting.answer(w, second_id, 2, "A")
    with work(actor=commune.member, now=at(30, 12)) as w:
        sitting.answer(w, second_id, 1, "B")  # changed his mind: the time is that of the last word
    clock.set(at(CLOSES + 10))
    from_first = {}
    with db.reading() as session:
        for number, started in ((attempt_id, at(0)), (second_id, at(30))):
            rows = session.scalars(select(Response).where(Response.attempt_id == number)).all()
            from_first[number] = sorted(
                one.time_ms for one in computing.answers(started, rows) if one.time_ms is not None
            )
    assert from_first == {attempt_id: [7_000, 21_000], second_id: [3_000, 9_000]}


def test_nothing_is_computed_while_somebody_may_sit(
    db: Database, work: Work, clock: Clock, commune: Commune, round_: Round
) -> None:
    sit(work, round_, commune.member, "11111111")
    clock.set(at(CLOSES - 1))
    with work() as w:
        assert computing.ask(w, round_, Sample.COUNTED) is None
    assert computing.compute_after_closing(db) == 0
    clock.set(at(CLOSES + 10))
    assert computing.compute_after_closing(db) == 1
    assert computing.compute_after_closing(db) == 0
    clock.set(at(CLOSES - 1))  # opened again before the worker came to it
    with db.reading() as session:
        key = session.scalars(select(Job.key).where(Job.kind == computing.KIND)).one()
    assert perform(db, computing.JOBS, key) is JobState.FAILED


def test_asking_twice_is_asking_once_and_later_it_is_computed_anew(
    db: Database, work: Work, clock: Clock, commune: Commune, round_: Round
) -> None:
    _sat(work, round_, commune)
    clock.set(at(CLOSES + 10))
    with work() as w:
        first, again = (computing.ask(w, round_, Sample.COUNTED) for _ in range(2))
        assert first is not None and again is not None
        assert first.id == again.id
    before = _compute(db, work, round_)
    clock.move(seconds=5)
    assert to_json(_compute(db, work, round_)) == to_json(before)
    with work() as w:
        done = w.session.scalars(select(AuditEntry.facts).where(AuditEntry.action == "analysis.computed")).all()
        assert done == [{"sample": "counted", "papers": 4}] * 2
        kept = w.session.get_one(RoundAnalysis, (round_.id, "counted"))
        assert kept.computed_at >= at(CLOSES + 10, 5)


def test_rehearsals_teach_nothing(db: Database, work: Work, clock: Clock, commune: Commune, round_: Round) -> None:
    with work(actor=commune.organiser) as w:
        rehearsal = rehearsing.rehearse(w, round_.id, 2)
    clock.set(at(60 * 24))
    assert computing.compute_after_closing(db) == 1
    with work(actor=commune.organiser) as r, pytest.raises(Missing):
        queries.sight(r, rehearsal.id)


def test_a_frozen_board_keeps_figures_from_all_but_its_organisers(
    db: Database, work: Work, clock: Clock, commune: Commune
) -> None:
    with work(now=at(-90)) as w:
        round_ = sitting.open_round(
            w, commune.root, sitting.publish_shipped(w), closes_at=at(CLOSES), freeze_minutes=30
        )
    over = at(CLOSES) + timedelta(minutes=1)
    assert not policy.shows_figures(round_, Audience.ORGANISER, at(CLOSES))
    assert policy.shows_figures(round_, Audience.ORGANISER, over)
    assert not policy.shows_figures(round_, Audience.MEMBER, over)
    clock.set(over)
    with work(actor=commune.author) as r:
        assert not queries.sight(r, round_.id).shows
    with work(actor=commune.organiser) as r:
        assert queries.sight(r, round_.id).shows
