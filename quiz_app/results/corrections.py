"""Corrections with what they would make of ranks and prizes: asked for, looked at, let happen, sat again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from itertools import islice
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from quiz_app.attempts import correcting, granting, receipts
from quiz_app.attempts.correcting import Marks
from quiz_app.attempts.errors import CorrectionSettled
from quiz_app.attempts.models import Attempt, Correction, CorrectionChange, CorrectionKind, CorrectionState
from quiz_app.attempts.policy import Action
from quiz_app.contests import copying, services
from quiz_app.contests.models import PrizeScope, Round
from quiz_app.contests.terms import terms_of
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.jobs import Job, JobState, ask_again, enqueue
from quiz_app.kernel.text import search_key
from quiz_app.kernel.work import Reading, Work
from quiz_app.members.models import Member
from quiz_app.results import correction_forecast
from quiz_app.units.models import Unit

QUICK_RESULTS = 1500
"""Rounds of up to so many results are forecast while the organiser waits; larger ones by the worker."""

CLOSES_BEFORE_IT_OPENS = "Giờ đóng phải sau giờ mở."


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody has in the order before and after; None where he has no place or no prize."""

    place_before: int | None
    place_after: int | None


@dataclass(frozen=True, slots=True)
class Line:
    """An attempt that a correction is about, with its member and unit."""

    attempt: Attempt
    member: Member
    unit: Unit
    before: Marks
    after: Marks
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class Moved:
    member: Member
    unit: Unit
    standing: Standing


@dataclass(frozen=True, slots=True)
class PrizeMove:
    """Somebody who gains, loses or changes a prize."""

    member: Member
    unit: Unit
    before: str | None
    after: str | None
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class UnitMove:
    """A unit whose mean of counted scores moves; None where nobody of it is ranked."""

    unit: Unit
    mean_before: Fraction | None
    mean_after: Fraction | None
    people_before: int
    people_after: int


@dataclass(frozen=True, slots=True)
class UnitPlace:
    """A unit whose place or prize by the contest's own weights moves; None for no place or no prize."""

    unit: Unit
    class_name: str
    standing: Standing
    prize_before: str | None
    prize_after: str | None

    @property
    def changes_prize(self) -> bool:
        return self.prize_before != self.prize_after


@dataclass(frozen=True, slots=True)
class Wider:
    """What becomes of a table that the round stands in; of the round's own, `is_round`, only the units are here."""

    title: str
    is_round: bool
    moved: int
    prizes: list[PrizeMove]
    units: list[UnitPlace]


def ask_forecast(w: Work, correction_id: int) -> Job:
    """Ask for a forecast as things stand now. Raises Missing."""
    correction, _ = correcting.managed(w, correction_id)
    key = f"{_prefix(correction_id)}{w.now.isoformat()}"
    return enqueue(w, correction_forecast.KIND, key, {"correction_id": correction.id})


def forecast_job(session: Session, correction_id: int) -> Job | None:
    """The latest forecast of a correction, done or under way."""
    query = select(Job).where(Job.key.startswith(_prefix(correction_id), autoescape=True))
    return session.scalars(query.order_by(Job.id.desc()).limit(1)).one_or_none()


def is_done(job: Job | None) -> bool:
    """Whether a forecast is there to be read."""
    return job is not None and job.state == JobState.DONE.value


def apply_job(session: Session, correction_id: int) -> Job | None:
    """The job that applies a correction, once it is decided."""
    return session.scalars(select(Job).where(Job.key == f"{correcting.KIND}:{correction_id}")).one_or_none()


def is_quick(session: Session, round_id: int) -> bool:
    """Whether a forecast of the round takes no longer than a person waits."""
    count = select(func.count()).where(Attempt.round_id == round_id)
    return (session.scalar(count) or 0) <= QUICK_RESULTS


def is_outdated(session: Session, round_: Round, found: dict[str, Any]) -> bool:
    """Whether attempts, corrections or prizes have changed since a forecast was made."""
    return bool(correction_forecast.stamp(session, round_) != found["stamp"])


def decide(w: Work, correction_id: int) -> Job:
    """Let a correction happen, and tell its notice to everybody who sits the round where it has one.

    Raises Missing, SamePerson, CorrectionSettled.
    """
    job = correcting.decide(w, correction_id)
    correction = w.session.get_one(Correction, correction_id)
    if correction.notice:
        granting.post_notice(w, correction.round_id, None, correction.notice)
    return job


def resume(w: Work, correction_id: int) -> bool:
    """Take a failed job up again; it goes on behind what it has changed. False where there is none. Raises Missing."""
    correction = correcting.held(w, correction_id)
    job = apply_job(w.session, correction_id)
    if job is None or correction.state != CorrectionState.APPLYING.value:
        return False
    return ask_again(w, job.id)


def rerun(w: Work, correction_id: int, *, title: str, opens_at: datetime, closes_at: datetime, notice: str) -> Round:
    """A draft in which a void window may be sat again: the round's copy with a window of its own.

    The notice tells it to those who sat the round. Raises Missing, BadInput, CorrectionSettled where there is one.
    """
    correction = correcting.held(w, correction_id)
    decided = {CorrectionState.APPLYING.value, CorrectionState.APPLIED.value}
    if correction.kind != CorrectionKind.WINDOW.value or correction.state not in decided:
        raise Missing
    if correction.rerun_round_id is not None:
        raise CorrectionSettled
    if closes_at <= opens_at:
        raise BadInput({"closes_at": [CLOSES_BEFORE_IT_OPENS]})
    copy = copying.copy_round(w, correction.round_id, title=title, opens_at=opens_at)
    copy = services.change_round(w, copy.id, replace(terms_of(w.session, copy), closes_at=closes_at))
    correction.rerun_round_id = copy.id
    granting.post_notice(w, correction.round_id, None, notice)
    w.record(
        Action.CORRECTION_RERUN, f"correction:{correction.id}", round_id=correction.round_id, rerun_round_id=copy.id
    )
    return copy


def concerned(r: Reading, correction: Correction, search: str = "") -> Select[Attempt]:
    """The attempts a correction is or was about, in the order of a list of names; by receipt code or parts of names."""
    ids: Select[int] = (
        correcting.affected(correction).order_by(None)
        if correction.state in {CorrectionState.PROPOSED.value, CorrectionState.CANCELLED.value}
        else select(CorrectionChange.attempt_id).where(CorrectionChange.correction_id == correction.id)
    )
    query = (
        select(Attempt)
        .join(Member, Member.id == Attempt.member_id)
        .where(Attempt.id.in_(ids))
        .order_by(Member.sort_key, Member.id, Attempt.number)
    )
    asked = receipts.read(search)
    if asked.signs and asked.misread is None:
        code = next(receipts.candidates(asked))
        if r.session.scalar(select(Attempt.id).where(Attempt.receipt_code == code)) is not None:
            return query.where(Attempt.receipt_code == code)
    for word in search_key(search).split():
        query = query.where(Member.search_key.contains(word, autoescape=True))
    return query


def lines(
    session: Session, correction: Correction, attempt_ids: Sequence[int], found: dict[str, Any] | None
) -> list[Line]:
    """These attempts with what becomes or became of them, in the order given."""
    rows = session.execute(
        select(Attempt, Member, Unit)
        .join(Member, Member.id == Attempt.member_id)
        .join(Unit, Unit.id == Attempt.unit_id)
        .where(Attempt.id.in_(attempt_ids))
    ).all()
    by_id = {attempt.id: (attempt, member, unit) for attempt, member, unit in rows}
    marks = _marks(session, correction, attempt_ids)
    standings = _standings(found, {member.id for _, member, _ in by_id.values()})
    return [
        Line(*by_id[one], *marks[one], standings.get(by_id[one][1].id))
        for one in attempt_ids
        if one in by_id and one in marks
    ]


def moved(session: Session, found: dict[str, Any], first: int, count: int) -> list[Moved]:
    """Some of those whose place changes, by the place after; those without one at the end."""
    differing = (row for row in correction_forecast.places_kept(found["places"]) if row[1] != row[2])
    rows = list(islice(differing, first, first + count))
    people = _people(session, [row[0] for row in rows])
    return [Moved(*people[member_id], Standing(before, after)) for member_id, before, after in rows]


def prize_moves(session: Session, found: dict[str, Any]) -> list[PrizeMove]:
    """Those who gain, lose or change a prize, the best prizes first."""
    ids = [row[0] for row in found["prizes"]]
    people, standings = _people(session, ids), _standings(found, ids)
    return [
        PrizeMove(*people[member_id], before, after, standings.get(member_id))
        for member_id, before, after in found["prizes"]
    ]


def wider(session: Session, found: dict[str, Any]) -> list[Wider]:
    """The round's units, its stage and its contest, as far as they were forecast."""
    kept = found.get("wider", [])  # forecasts from before these were made have none
    people = _people(session, [row[0] for one in kept for row in one["prizes"]])
    ids = [row[0] for one in kept for row in one["units"]]
    units = {one.id: one for one in session.scalars(select(Unit).where(Unit.id.in_(ids)))}
    return [
        Wider(
            one["title"],
            one["scope"] == PrizeScope.ROUND.value,
            one["moved"],
            [PrizeMove(*people[row[0]], row[1], row[2], Standing(row[3], row[4])) for row in one["prizes"]],
            [UnitPlace(units[row[0]], row[1], Standing(row[2], row[3]), row[4], row[5]) for row in one["units"]],
        )
        for one in kept
    ]


def unit_moves(session: Session, rows: Sequence[Sequence[int]]) -> list[UnitMove]:
    """Units whose mean moves, from the rows of a forecast."""
    units = {one.id: one for one in session.scalars(select(Unit).where(Unit.id.in_([row[0] for row in rows])))}
    return [
        UnitMove(units[unit_id], _mean(sum_before, before), _mean(sum_after, after), before, after)
        for unit_id, sum_before, before, sum_after, after in rows
    ]


def people_changed(session: Session, correction_id: int) -> tuple[int, int]:
    """How many people and attempts a correction has been applied to."""
    query = (
        select(func.count(Attempt.member_id.distinct()), func.count())
        .select_from(CorrectionChange)
        .join(Attempt, Attempt.id == CorrectionChange.attempt_id)
        .where(CorrectionChange.correction_id == correction_id)
    )
    people, attempts = session.execute(query).one()
    return people, attempts


def _marks(session: Session, correction: Correction, attempt_ids: Collection[int]) -> dict[int, tuple[Marks, Marks]]:
    if correction.state in {CorrectionState.PROPOSED.value, CorrectionState.CANCELLED.value}:
        effects = correcting.effects_on(session, correction, list(attempt_ids))
        return {one.attempt_id: (one.before, one.after) for one in effects}
    changes = session.scalars(
        select(CorrectionChange).where(
            CorrectionChange.correction_id == correction.id, CorrectionChange.attempt_id.in_(attempt_ids)
        )
    )
    return {
        one.attempt_id: (
            Marks(one.state_before, one.score_before, one.max_before, one.right_before),
            Marks(one.state_after, one.score_after, one.max_after, one.right_after),
        )
        for one in changes
    }


def _standings(found: dict[str, Any] | None, member_ids: Collection[int]) -> dict[int, Standing]:
    if found is None:
        return {}
    wanted = set(member_ids)
    kept = correction_forecast.places_kept(found["places"])
    return {member_id: Standing(before, after) for member_id, before, after in kept if member_id in wanted}


def _people(session: Session, member_ids: Sequence[int]) -> dict[int, tuple[Member, Unit]]:
    query = select(Member, Unit).join(Unit, Unit.id == Member.unit_id).where(Member.id.in_(member_ids))
    return {member.id: (member, unit) for member, unit in session.execute(query)}


def _mean(total: int, count: int) -> Fraction | None:
    return Fraction(total, count) if count else None


def _prefix(correction_id: int) -> str:
    return f"{correction_forecast.KIND}:{correction_id}:"
