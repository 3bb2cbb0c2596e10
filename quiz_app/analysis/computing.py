"""The figures of a round, worked out by a job once nobody sits any more, and again when somebody asks.

Attempts are read some at a time, each batch in a transaction of its own, and only counted; computing twice comes to
the same. Times: an answer is stamped when it was last kept. In the order of these stamps each answer took from the one
before it, the first from the start.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from quiz_app.analysis.models import RoundAnalysis
from quiz_app.analysis.policy import Action
from quiz_app.analysis.stored import Figures, Left, to_json
from quiz_app.attempts.models import Attempt, AttemptState, Response, Result
from quiz_app.catalogue import queries as catalogue
from quiz_app.contests.models import PoolItem, Round
from quiz_app.contests.timing import longest_timing
from quiz_app.kernel.db import Database, insert_into
from quiz_app.kernel.jobs import Handler, Job, JobFailed, JobState, Progress, ask_again, enqueue
from quiz_app.kernel.switches import Switch, is_on
from quiz_app.kernel.work import Work, working
from quiz_app.results.flagging import is_over
from quiz_app.rules.statistics import Answer, Tally
from quiz_app.rules.timing import closes_finally_at

KIND = "analysis"
BATCH = 500
MILLISECOND = timedelta(milliseconds=1)
UNDER_WAY = {JobState.QUEUED.value, JobState.RUNNING.value}


class Sample(StrEnum):
    """Which attempts of a ranked member are looked at: the one that counts, his first, or all."""

    COUNTED = "counted"
    FIRST = "first"
    ALL = "all"


def latest_job(session: Session, round_id: int, sample: Sample) -> Job | None:
    """The job that was asked for last, done or under way."""
    query = select(Job).where(Job.key.startswith(_prefix(round_id, sample), autoescape=True))
    return session.scalars(query.order_by(Job.id.desc()).limit(1)).one_or_none()


def ask(w: Work, round_: Round, sample: Sample) -> Job | None:
    """Ask for the figures as things stand now; None while somebody may still sit. One that is under way is enough."""
    if not is_over(w.session, round_, w.now):
        return None
    latest = latest_job(w.session, round_.id, sample)
    if latest is not None and latest.state in UNDER_WAY:
        return latest
    if latest is not None and latest.state == JobState.FAILED.value:
        ask_again(w, latest.id)
        return latest
    kept = w.session.get(RoundAnalysis, (round_.id, sample.value))
    # Who asks at the same instant asks for the same job: what is kept now is what both want renewed.
    after = "" if kept is None else kept.computed_at.astimezone(UTC).isoformat()
    return _enqueue(w, round_.id, sample, f"{_prefix(round_.id, sample)}after:{after}")


def compute_after_closing(db: Database) -> int:
    """Ask for the usual figures of every round that has closed since; for how many. None while read-only."""
    with db.reading() as session:
        now = db.now(session)
        due = [] if is_on(session, Switch.READ_ONLY, now) else _due(session, now)
    for round_id in due:
        with working(db) as w:
            _enqueue(w, round_id, Sample.COUNTED, _key_of_close(w.session.get_one(Round, round_id)))
    return len(due)


def compute(db: Database, payload: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """The job: count every attempt of the sample, and keep the figures in the place of earlier ones."""
    round_id, sample = int(payload["round_id"]), Sample(payload["sample"])
    with db.reading() as session:
        round_ = session.get(Round, round_id)
        now = db.now(session)
        if round_ is None or not is_over(session, round_, now):
            raise JobFailed("Đợt thi chưa đóng hoặc còn lượt đang làm nên chưa thống kê được.")
        left = _left(session, round_id, sample)
    tally, done = Tally(), 0
    progress.report(0, max(left.taken, 1))
    for papers in _batches(db, round_id, sample):
        for paper in papers:
            tally.add(paper)
        done += len(papers)
        progress.report(done)
    with db.reading() as session:
        options = {one.item_version_id: one.option_ids for one in catalogue.candidates(session, list(tally.items))}
    items = tuple(tally.item(item, options[item]) for item in tally.items)
    with working(db) as w:
        _keep(w, round_id, sample, now, to_json(Figures(tally.paper(), items, left)))
        w.record(Action.ANALYSIS_COMPUTED, f"round:{round_id}", sample=sample.value, papers=done)
    return {"papers": done, "items": len(items)}


JOBS: dict[str, Handler] = {KIND: compute}


def answers(started_at: datetime, places: Sequence[Any]) -> list[Answer]:
    """The places of one paper as statistics take them; a place that nobody touched took no time that is known."""
    took: dict[int, int] = {}
    before = started_at
    for place in sorted((one for one in places if one.saved_at is not None), key=lambda one: one.saved_at):
        took[place.item_version_id] = max(0, (place.saved_at - before) // MILLISECOND)
        before = place.saved_at
    return [
        Answer(
            item=place.item_version_id,
            chosen=tuple(place.option_order[place.letters.index(letter)] for letter in place.chosen or ""),
            is_right=place.is_right,
            points=place.points,
            time_ms=took.get(place.item_version_id),
        )
        for place in places
    ]


def _batches(db: Database, round_id: int, sample: Sample) -> Iterator[list[list[Answer]]]:
    """The papers of the sample as they ended."""
    last = None
    while True:
        query = _sampled(round_id, sample).order_by(Attempt.ended_at, Attempt.id).limit(BATCH)
        if last is not None:
            is_beside = and_(Attempt.ended_at == last.ended_at, Attempt.id > last.id)
            query = query.where(Attempt.ended_at >= last.ended_at, or_(Attempt.ended_at > last.ended_at, is_beside))
        with db.reading() as session:
            attempts = session.execute(query).all()
            if not attempts:
                return
            places: dict[int, list[Any]] = defaultdict(list)
            for row in session.execute(select(*_PLACE).where(Response.attempt_id.in_([one.id for one in attempts]))):
                places[row.attempt_id].append(row)
        yield [answers(one.started_at, places[one.id]) for one in attempts]
        last = attempts[-1]


_PLACE = (
    Response.attempt_id,
    Response.item_version_id,
    Response.option_order,
    Response.letters,
    Response.points,
    Response.chosen,
    Response.saved_at,
    Response.is_right,
)


def _sampled(round_id: int, sample: Sample) -> Select[Any]:
    """Submitted attempts of members whose result is ranked: no staff, nobody struck from the ranking."""
    ranked = and_(Result.round_id == Attempt.round_id, Result.member_id == Attempt.member_id, Result.is_ranked)
    columns: list[Any] = [Attempt.id, Attempt.started_at, Attempt.ended_at]
    query = (
        select(*columns)
        .join(Result, ranked)
        .where(Attempt.round_id == round_id, Attempt.state == AttemptState.SUBMITTED.value)
    )
    if sample is Sample.COUNTED:
        return query.where(Result.attempt_id == Attempt.id)
    if sample is Sample.FIRST:
        earlier = aliased(Attempt)
        is_later = exists().where(
            earlier.round_id == Attempt.round_id,
            earlier.member_id == Attempt.member_id,
            earlier.state == AttemptState.SUBMITTED.value,
            earlier.number < Attempt.number,
        )
        return query.where(~is_later)
    return query


def _left(session: Session, round_id: int, sample: Sample) -> Left:
    """How many attempts the sample takes, and how many are left out for which reason."""
    states = dict(
        session.execute(
            select(Attempt.state, func.count()).where(Attempt.round_id == round_id).group_by(Attempt.state)
        ).all()
    )
    ranked, taken = (
        session.scalar(select(func.count()).select_from(_sampled(round_id, one).subquery())) or 0
        for one in (Sample.ALL, sample)
    )
    submitted = states.get(AttemptState.SUBMITTED.value, 0)
    pool = session.scalar(select(func.count()).where(PoolItem.round_id == round_id)) or 0
    return Left(
        taken=taken,
        annulled=states.get(AttemptState.ANNULLED.value, 0),
        unranked=submitted - ranked,
        other_attempts=ranked - taken,
        pool=pool,
    )


def _keep(w: Work, round_id: int, sample: Sample, now: datetime, figures: dict[str, Any]) -> None:
    values = {"computed_at": now, "figures": figures}
    statement = insert_into(w.session, RoundAnalysis).values(round_id=round_id, sample=sample.value, **values)
    w.session.execute(statement.on_conflict_do_update(index_elements=["round_id", "sample"], set_=values))


def _enqueue(w: Work, round_id: int, sample: Sample, key: str) -> Job:
    return enqueue(w, KIND, key, {"round_id": round_id, "sample": sample.value})


def _prefix(round_id: int, sample: Sample) -> str:
    return f"{KIND}:{round_id}:{sample.value}:"


def _key_of_close(round_: Round) -> str:
    """One for each close: a round that was opened again is computed anew."""
    closed_at = closes_finally_at(longest_timing(round_)).astimezone(UTC)
    return f"{_prefix(round_.id, Sample.COUNTED)}closed:{closed_at.isoformat()}"


def _due(session: Session, now: datetime) -> list[int]:
    """The rounds that are over and have not been asked about since they closed; rehearsals teach nothing."""
    closed = select(Round).where(Round.published_at.is_not(None), Round.rehearses_id.is_(None), Round.closes_at < now)
    rounds = session.scalars(closed).all()
    asked = set(session.scalars(select(Job.key).where(Job.key.in_([_key_of_close(round_) for round_ in rounds]))))
    return [one.id for one in rounds if _key_of_close(one) not in asked and is_over(session, one, now)]
