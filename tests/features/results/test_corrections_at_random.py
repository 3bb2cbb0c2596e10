"""Corrections in every order: whatever is decided when, and applied in whatever pieces, a full recount agrees."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from quiz_app.attempts import closing, correcting, marking, services
from quiz_app.attempts.correcting import Proposal
from quiz_app.attempts.errors import AttemptClosed
from quiz_app.attempts.models import (
    Attempt,
    AttemptState,
    Correction,
    CorrectionKind,
    CorrectionState,
    Response,
    Result,
)
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Refused
from quiz_app.kernel.work import working
from quiz_app.members.models import Member
from quiz_app.results import corrections
from quiz_app.rules import rescoring, standing
from quiz_app.rules.rescoring import Remedy
from quiz_app.rules.standing import CountedAttempt, Criterion, Merit
from tests.features.attempts.test_races import together
from tests.features.results.corrected import LATER, Stage
from tests.support.build import Commune
from tests.support.clock import NOW
from tests.support.works import Work, actor_of

ORDER = (Criterion.SCORE, Criterion.DURATION, Criterion.SUBMITTED)


def random_proposal(stage: Stage, chance: random.Random, attempt_ids: list[int]) -> Proposal:
    kind = chance.choices(list(CorrectionKind), weights=[6, 1, 1])[0]
    if kind is CorrectionKind.ATTEMPT:
        return Proposal(kind, "Vi phạm", attempt_id=chance.choice(attempt_ids))
    if kind is CorrectionKind.WINDOW:
        begins = NOW + timedelta(minutes=chance.randrange(50))
        return Proposal(kind, "Sự cố", window_from=begins, window_until=begins + timedelta(minutes=7))
    return stage.of_item(chance.choice(list(Remedy)), chance.randrange(3))


def expected(stage: Stage) -> dict[int, tuple[int, int, tuple[int, ...]]]:
    """By member, points, number of attempts and rank key, from responses and decisions by the pure rules alone."""
    with stage.work() as w:
        decided = w.session.scalars(
            select(Correction).where(Correction.decided_at.is_not(None)).order_by(Correction.decided_at, Correction.id)
        ).all()
        items = {
            one.item_version_id: rescoring.Correction(Remedy(one.remedy), frozenset(one.key))
            for one in decided
            if one.remedy is not None and one.item_version_id is not None
        }
        windows = [(one.window_from, one.window_until) for one in decided if one.window_from and one.window_until]
        void = {one.attempt_id for one in decided if one.attempt_id is not None}
        merits: dict[int, list[Merit]] = {}
        for attempt in w.session.scalars(select(Attempt).order_by(Attempt.number)):
            is_void = any(begins <= attempt.started_at < ends for begins, ends in windows)
            if is_void or attempt.id in void:
                assert attempt.state == AttemptState.ANNULLED.value
                continue
            assert attempt.ended_at is not None
            assert attempt.duration_ms is not None
            paper = w.session.scalars(select(Response).where(Response.attempt_id == attempt.id)).all()
            points = marking.score(w.session, paper, items).points
            ended_ms = round(attempt.ended_at.timestamp() * 1000)
            merits.setdefault(attempt.member_id, []).append(Merit(points, attempt.duration_ms, ended_ms))
        found: dict[int, tuple[int, int, tuple[int, ...]]] = {}
        for member_id, own in merits.items():
            best = own[standing.counted(CountedAttempt.BEST_EARLIEST, own)]
            found[member_id] = (best.score, len(own), standing.rank_key(ORDER, best))
        return found


def stored(stage: Stage) -> dict[int, tuple[int, int, tuple[int, ...]]]:
    with stage.work() as w:
        rows = w.session.scalars(select(Result))
        return {row.member_id: (row.score, row.attempts, (row.k1, row.k2, row.k3, row.k4)) for row in rows}


@pytest.mark.parametrize("seed", range(8))
def test_any_order_and_any_pieces_equal_a_full_recount(
    db: Database, work: Work, commune: Commune, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test that can be repeated, no secret
    stage = Stage(db, work, commune)
    people = (commune.member, commune.colleague, commune.probationer, commune.stranger, commune.inner_member)
    attempt_ids = [
        stage.sit(one, chance.sample(range(6), chance.randrange(5)), minute=minute, takes=chance.randrange(1, 19))
        for one in people
        for minute in chance.sample([0, 20, 40], chance.choice([1, 2]))
    ]
    monkeypatch.setattr(correcting, "BATCH", 2)
    proposed = []
    for number in range(chance.randrange(2, 6)):
        try:
            proposed.append(stage.propose(random_proposal(stage, chance, attempt_ids), LATER))
        except Refused:
            pytest.fail(f"proposal {number} was refused")
    chance.shuffle(proposed)
    waiting: list[tuple[int, str]] = []
    for number, correction_id in enumerate(proposed):
        foreseen, before = stage.forecast(correction_id), stage.table()
        is_alone = not waiting
        waiting.append((correction_id, stage.decide(correction_id, LATER + timedelta(minutes=number))))
        for _ in range(chance.randrange(4)):
            correcting.apply_batch(db, chance.choice(waiting)[0])
        if is_alone and chance.random() < 0.5:
            stage.run(waiting.pop()[1])
            stage.assert_came_true(foreseen, before)
    chance.shuffle(waiting)
    keys = [key for _, key in waiting]
    for key in keys:
        stage.run(key)
    assert stored(stage) == expected(stage)
    assert stage.is_sound()
    for correction_id in proposed:
        assert correcting.apply_batch(db, correction_id) == 0
    assert stored(stage) == expected(stage)
    with work() as w:
        states = set(w.session.scalars(select(Correction.state)))
    assert states == {CorrectionState.APPLIED.value}


def test_deciding_submitting_and_closing_at_once(db: Database, work: Work, commune: Commune) -> None:
    """One attempt is submitted and being corrected while the same member's other one ends, by him or by the job.

    Each is counted with the other, by the correction that holds then, whichever comes first.
    """
    stage = Stage(db, work, commune, attempts_allowed=None)
    with work() as w:
        organiser, actor = actor_of(w.session, stage.second), actor_of(w.session, commune.member)
    member: Member = commune.member
    remedies = [Remedy.AWARD, Remedy.REPLACE_KEY, Remedy.DROP, Remedy.ACCEPT_BOTH]
    for number in range(20):
        minute = 50 * number
        stage.sit(member, {0}, minute=minute)
        attempt_id = stage.sit(member, {0, 1}, minute=minute + 10, submits=False)
        now = NOW + timedelta(minutes=minute + 30, seconds=2)
        over = NOW + timedelta(minutes=minute + 30, seconds=8)
        is_window = number % 4 == 3
        window = Proposal(
            CorrectionKind.WINDOW,
            "Sự cố",
            window_from=NOW + timedelta(minutes=minute + 10),
            window_until=NOW + timedelta(minutes=minute + 11),
        )
        correction_id = stage.propose(window if is_window else stage.of_item(remedies[number % 4]), now)

        def decide(correction_id: int = correction_id, now: object = now) -> None:
            with working(db, actor=organiser, now=now) as w:  # type: ignore[arg-type] # an instant, bound early
                key = corrections.decide(w, correction_id).key
            stage.run(key)

        def submit(attempt_id: int = attempt_id, now: object = now) -> None:
            with working(db, actor=actor, now=now) as w:  # type: ignore[arg-type] # an instant, bound early
                services.submit(w, attempt_id, 1)

        def close(attempt_id: int = attempt_id, over: object = over) -> bool:
            with working(db, now=over) as w:  # type: ignore[arg-type] # an instant, bound early
                return closing.close_if_due(w, attempt_id)

        acts: list[Callable[[], object]] = [partial(decide), partial(submit), partial(close)]
        answers = together(acts)
        assert {type(one) for one in answers if isinstance(one, Refused)} <= {AttemptClosed}
        close()
        assert stored(stage) == expected(stage)
        assert stage.is_sound()
    with work() as w:
        assert set(w.session.scalars(select(Correction.state))) == {CorrectionState.APPLIED.value}


def test_an_end_in_the_middle_of_a_batch_is_counted_with_it(
    db: Database, work: Work, commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batch has read what the member finished and not yet written it, when his other attempt ends."""
    stage = Stage(db, work, commune, attempts_allowed=None)
    void = stage.sit(commune.member, {0, 1})
    stage.sit(commune.member, {1}, minute=10)
    attempt_id = stage.sit(commune.member, {0}, minute=20, submits=False)
    key = stage.decide(stage.propose(Proposal(CorrectionKind.ATTEMPT, "Vi phạm", attempt_id=void)))
    values, has_read, has_ended = closing.result_values, threading.Event(), threading.Event()

    def slow_values(*args: Any, **named: Any) -> dict[str, object]:
        found = values(*args, **named)
        if threading.current_thread() is threading.main_thread():
            has_read.set()
            has_ended.wait(2)
        return found

    def submit() -> None:
        has_read.wait(10)
        stage.submit(commune.member, attempt_id, NOW + timedelta(minutes=30))
        has_ended.set()

    monkeypatch.setattr(closing, "result_values", slow_values)
    ending = threading.Thread(target=submit)
    ending.start()
    stage.run(key)
    ending.join(30)
    assert has_ended.is_set()
    assert stored(stage) == expected(stage)
    assert stored(stage)[commune.member.id][1] == 2
    assert stage.is_sound()
