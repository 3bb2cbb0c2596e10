"""A full recount: everything stored about scores and results, computed again from the responses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from quiz_app.attempts import draw_proof, marking, truth
from quiz_app.attempts.closing import result_values
from quiz_app.attempts.models import Attempt, AttemptState, Response, Result
from quiz_app.contests.models import BlueprintCell, PoolItem, Round
from quiz_app.contests.timing import timing_of
from quiz_app.rules.timing import deadline, duration_ms

BATCH = 500


def differences(session: Session, *, with_draws: bool = False) -> Iterator[str]:
    """Every difference between what is stored and what the responses say, naming the row. Nothing when all is right.

    `with_draws` also draws every paper again, which takes a draw for each attempt.
    """
    for round_ in session.scalars(select(Round).where(Round.published_at.is_not(None)).order_by(Round.id)):
        yield from _differences_of_papers(session, round_)
        yield from _differences_of_results(session, round_)
        yield from truth.differences(session, round_)
    if with_draws:
        yield from draw_proof.differences(session)


def _differences_of_papers(session: Session, round_: Round) -> Iterator[str]:
    length = sum(session.scalars(select(BlueprintCell.count).where(BlueprintCell.round_id == round_.id)))
    pool = frozenset(session.scalars(select(PoolItem.item_version_id).where(PoolItem.round_id == round_.id)))
    query = select(Attempt).where(Attempt.round_id == round_.id).order_by(Attempt.id)
    for attempts in session.scalars(query.execution_options(yield_per=BATCH)).partitions():
        by_attempt: dict[int, list[Response]] = {attempt.id: [] for attempt in attempts}
        rows = session.scalars(select(Response).where(Response.attempt_id.in_(by_attempt)))
        for row in rows:
            by_attempt[row.attempt_id].append(row)
        for attempt in attempts:
            yield from _differences_of_times(round_, attempt)
            yield from _differences_of_attempt(session, attempt, by_attempt[attempt.id], length, pool)


def _differences_of_attempt(
    session: Session, attempt: Attempt, rows: list[Response], length: int, pool: frozenset[int]
) -> Iterator[str]:
    name = f"attempt {attempt.id}"
    drawn = {row.item_version_id for row in rows}
    if len(rows) != length or len(drawn) != length or not drawn <= pool:
        yield f"{name}: the paper is not one of the round's blueprint and pool"
        return
    for row in rows:
        if row.saved_at is not None and not attempt.started_at <= row.saved_at < attempt.accepts_until_at:
            yield f"response {attempt.id}/{row.position}: saved outside the attempt's time"
    if attempt.state != AttemptState.SUBMITTED.value:
        return
    for row in rows:
        if not set(row.chosen or "") <= set(row.letters):
            yield f"response {attempt.id}/{row.position}: an answer is stored that the question does not offer"
            return
    corrections = marking.in_force(session, attempt.round_id)
    for row, verdict in zip(rows, marking.verdicts(session, rows, corrections), strict=True):
        if row.is_right is not verdict:
            yield f"response {attempt.id}/{row.position}: right or wrong is stored otherwise"
    score = marking.score(session, rows, corrections)
    stored = (attempt.score, attempt.max_score, attempt.right_count, attempt.answered_count)
    counted = (score.points, score.max_points, score.right, marking.answered_count(rows))
    if stored != counted:
        yield f"{name}: stored score {stored}, recounted {counted}"
    if attempt.ended_at is None:
        yield f"{name}: submitted without an end"
        return
    duration = duration_ms(attempt.started_at, attempt.ended_at, attempt.deadline_at)
    if attempt.duration_ms != duration:
        yield f"{name}: stored duration {attempt.duration_ms}, recounted {duration}"


def _differences_of_times(round_: Round, attempt: Attempt) -> Iterator[str]:
    """The deadline must follow from the round as it is and what the attempt was granted."""
    name = f"attempt {attempt.id}"
    times = replace(
        timing_of(round_, extra_time_s=attempt.extra_time_s), extension=timedelta(seconds=attempt.extension_s)
    )
    if attempt.deadline_at != deadline(times, attempt.started_at):
        yield f"{name}: the deadline does not follow from the round and the extra time"
    if attempt.accepts_until_at != attempt.deadline_at + times.grace:
        yield f"{name}: accepts longer or shorter than its deadline and the grace"


def _differences_of_results(session: Session, round_: Round) -> Iterator[str]:
    attempts = session.scalars(
        select(Attempt).where(Attempt.round_id == round_.id).order_by(Attempt.member_id, Attempt.number)
    ).all()
    results = {row.member_id: row for row in session.scalars(select(Result).where(Result.round_id == round_.id))}
    for member_id, group in groupby(attempts, key=lambda attempt: attempt.member_id):
        own = list(group)
        result = results.pop(member_id, None)
        yield from _differences_of_member(round_, member_id, own, result)
    for member_id in results:
        yield f"result {round_.id}/{member_id}: no attempt stands behind it"


def _differences_of_member(
    round_: Round, member_id: int, attempts: list[Attempt], result: Result | None
) -> Iterator[str]:
    name = f"result {round_.id}/{member_id}"
    taken = [attempt for attempt in attempts if attempt.state != AttemptState.ANNULLED.value]
    finished = [attempt for attempt in attempts if attempt.state == AttemptState.SUBMITTED.value]
    if round_.attempts_allowed is not None and len(taken) > round_.attempts_allowed:
        yield f"{name}: {len(taken)} attempts, {round_.attempts_allowed} allowed"
    if not finished:
        if result is not None:
            yield f"{name}: no finished attempt stands behind it"
        return
    if result is None:
        yield f"{name}: missing"
        return
    expected = result_values(round_, finished, [])
    for column, value in expected.items():
        # Whether somebody is ranked follows from the roles at the time, which may have changed since.
        if column != "is_ranked" and getattr(result, column) != value:
            yield f"{name}: stored {column} {getattr(result, column)}, recounted {value}"
