"""Results put right after they were sat: proposed with a reason, let happen by a second person, applied by a job.

An item is voided or its key corrected, an attempt is annulled, or every attempt begun within a window. What an attempt
had before is kept for ever. The job may be cut off and run again: what has been changed is not changed twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import Session

from quiz_app.attempts import closing, labels, marking, truth
from quiz_app.attempts.errors import CorrectionSettled, PeopleForgotten, SamePerson
from quiz_app.attempts.models import (
    Attempt,
    AttemptState,
    Correction,
    CorrectionChange,
    CorrectionKind,
    CorrectionState,
    EndedBy,
    Response,
)
from quiz_app.attempts.policy import Action
from quiz_app.catalogue import queries as catalogue
from quiz_app.contests import queries as contests
from quiz_app.contests.models import Contest, PoolItem, Round
from quiz_app.contests.services import held_round
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, Missing
from quiz_app.kernel.jobs import Handler, Job, Progress, enqueue
from quiz_app.kernel.work import Reading, Work, viewing, working
from quiz_app.rules.rescoring import Remedy

KIND = "correct-results"
BATCH = 40  # whoever ends an attempt waits for one batch: a second or less
LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody wants to be put right, and why. `notice` is told to those whose result changes."""

    kind: CorrectionKind
    reason: str
    notice: str = ""
    item_version_id: int | None = None
    remedy: Remedy | None = None
    key: frozenset[int] = frozenset()
    attempt_id: int | None = None
    window_from: datetime | None = None
    window_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Marks:
    """What stands of an attempt; the numbers are None of one that is still open."""

    state: str
    score: int | None
    max_score: int | None
    right_count: int | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a correction makes of one attempt."""

    attempt_id: int
    member_id: int
    before: Marks
    after: Marks

    @property
    def changes(self) -> bool:
        return self.before != self.after


def propose(w: Work, round_id: int, proposal: Proposal) -> Correction:
    """Write down what should be put right; nothing changes yet. Raises Missing, PeopleForgotten, BadInput."""
    round_ = held_round(w, round_id)
    if round_.published_at is None:
        raise Missing
    _require_people(w, round_)
    _require_sound(w, round_, proposal)
    correction = Correction(
        round_id=round_.id,
        kind=proposal.kind.value,
        state=CorrectionState.PROPOSED.value,
        reason=proposal.reason.strip(),
        notice=proposal.notice.strip(),
        item_version_id=proposal.item_version_id,
        remedy=None if proposal.remedy is None else proposal.remedy.value,
        key=sorted(proposal.key),
        attempt_id=proposal.attempt_id,
        window_from=proposal.window_from,
        window_until=proposal.window_until,
        created_at=w.now,
        created_by=w.actor.member_id,
    )
    w.session.add(correction)
    w.session.flush()
    w.record(
        Action.CORRECTION_PROPOSED,
        f"correction:{correction.id}",
        round_id=round_.id,
        kind=correction.kind,
        reason=correction.reason,
    )
    return correction


def cancel(w: Work, correction_id: int) -> None:
    """Let a proposal go. Raises Missing, CorrectionSettled where it has been decided already."""
    correction = held(w, correction_id)
    if correction.state != CorrectionState.PROPOSED.value:
        raise CorrectionSettled
    correction.state = CorrectionState.CANCELLED.value
    w.record(Action.CORRECTION_CANCELLED, f"correction:{correction.id}", round_id=correction.round_id)


def decide(w: Work, correction_id: int) -> Job:
    """Let a proposal happen: from now on it holds for whatever is scored, and a job applies it to what was.

    The round is held: who ends an attempt at this moment is either seen by the job or scores by the correction himself.
    Raises Missing, SamePerson, CorrectionSettled, PeopleForgotten.
    """
    correction = held(w, correction_id)
    if correction.state != CorrectionState.PROPOSED.value:
        raise CorrectionSettled
    if correction.created_by is not None and correction.created_by == w.actor.member_id:
        raise SamePerson
    _require_people(w, w.session.get_one(Round, correction.round_id))
    correction.state = CorrectionState.APPLYING.value
    correction.decided_at = w.now
    correction.decided_by = w.actor.member_id
    w.record(Action.CORRECTION_DECIDED, f"correction:{correction.id}", round_id=correction.round_id)
    return enqueue(w, KIND, f"{KIND}:{correction.id}", {"correction_id": correction.id})


def _require_people(w: Work, round_: Round) -> None:
    """Raises PeopleForgotten. What is proposed in time keeps the contest from being anonymised."""
    contest = w.session.get_one(Contest, round_.contest_id, populate_existing=True)
    if contest.anonymised_at is not None:
        raise PeopleForgotten


def held(w: Work, correction_id: int) -> Correction:
    """A correction of a round that the actor runs, with the round held. Raises Missing."""
    round_id = w.session.scalar(select(Correction.round_id).where(Correction.id == correction_id))
    if round_id is None:
        raise Missing
    held_round(w, round_id)
    return w.session.get_one(Correction, correction_id, populate_existing=True)


def managed(r: Reading, correction_id: int) -> tuple[Correction, Round]:
    """A correction with its round, for those who run it. Raises Missing."""
    correction = r.session.get(Correction, correction_id)
    if correction is None:
        raise Missing
    return correction, contests.managed_round(r, correction.round_id)


def corrections(session: Session, round_id: int) -> list[Correction]:
    """All corrections of a round, the latest first."""
    query = select(Correction).where(Correction.round_id == round_id)
    return list(session.scalars(query.order_by(Correction.created_at.desc(), Correction.id.desc())))


def open_count(session: Session, round_id: int) -> int:
    """How many corrections of a round are proposed or under way."""
    unsettled = [CorrectionState.PROPOSED.value, CorrectionState.APPLYING.value]
    query = select(func.count()).where(Correction.round_id == round_id, Correction.state.in_(unsettled))
    return session.scalar(query) or 0


def affected(correction: Correction) -> Select[int]:
    """The ids of the attempts that a correction is about and has not yet changed, in order."""
    done = exists().where(CorrectionChange.correction_id == correction.id, CorrectionChange.attempt_id == Attempt.id)
    query = select(Attempt.id).where(Attempt.round_id == correction.round_id, ~done, _concerns(correction))
    return query.order_by(Attempt.id)


def effects(session: Session, correction: Correction) -> Iterator[Effect]:
    """What a correction would make of every attempt that it is about; nothing is changed."""
    ids = session.scalars(affected(correction)).all()
    for start in range(0, len(ids), BATCH):
        yield from effects_on(session, correction, ids[start : start + BATCH])


def effects_on(session: Session, correction: Correction, attempt_ids: Sequence[int]) -> Iterator[Effect]:
    """The same for these attempts alone, as many as fit into memory; the correction must be about them."""
    known = marking.in_force(session, correction.round_id, also=correction)
    attempts = session.scalars(select(Attempt).where(Attempt.id.in_(attempt_ids))).all()
    papers = _papers(session, [attempt.id for attempt in attempts])
    for attempt in sorted(attempts, key=lambda one: one.id):
        after = _after(session, correction, attempt, papers[attempt.id], known)
        yield Effect(attempt.id, attempt.member_id, marks(attempt), after)


def apply(db: Database, payload: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Change every attempt that a decided correction is about, some at a time, each batch in its own transaction."""
    correction_id = int(payload["correction_id"])
    done = total = 0
    while ids := _left(db, correction_id):  # looked for once more at the end: somebody may have begun meanwhile
        total += len(ids)
        progress.report(done, max(total, done + 1))
        for start in range(0, len(ids), BATCH):
            done += apply_batch(db, correction_id, ids[start : start + BATCH])
            progress.report(done)
    with working(db) as w:
        correction = held(w, correction_id)
        if correction.state == CorrectionState.APPLYING.value:
            correction.state = CorrectionState.APPLIED.value
            correction.applied_at = w.now
            truth.count_again(w, contests.managed_round(w, correction.round_id))
            changed = select(func.count()).where(CorrectionChange.correction_id == correction_id)
            w.record(
                Action.CORRECTION_APPLIED,
                f"correction:{correction_id}",
                round_id=correction.round_id,
                attempts=w.session.scalar(changed) or 0,
            )
    return {"attempts": done}


def apply_batch(db: Database, correction_id: int, among: Sequence[int] | None = None) -> int:
    """Change the next attempts of a correction, or those of these; how many. The round is held, then the attempts.

    Who starts or ends an attempt waits for the batch: of two attempts of a member, one ending and one being changed,
    each would otherwise be counted without the other.
    """
    with working(db) as w:
        correction = w.session.get_one(Correction, correction_id)
        round_ = w.session.scalars(
            select(Round)
            .where(Round.id == correction.round_id)
            .with_for_update(of=Round)
            .execution_options(populate_existing=True)
        ).one()
        wanted = affected(correction) if among is None else affected(correction).where(Attempt.id.in_(among))
        attempts = w.session.scalars(
            select(Attempt)
            .where(Attempt.id.in_(w.session.scalars(wanted.limit(BATCH)).all()))
            .order_by(Attempt.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).all()
        known = marking.in_force(w.session, round_.id)
        for attempt in attempts:
            _change(w, correction, attempt, known)
        w.session.flush()
        for member_id in sorted({attempt.member_id for attempt in attempts}):
            closing.write_result(w.session, round_, member_id, w.now)
        return len(attempts)


def marks(attempt: Attempt) -> Marks:
    return Marks(attempt.state, attempt.score, attempt.max_score, attempt.right_count)


JOBS: dict[str, Handler] = {KIND: apply}


def _left(db: Database, correction_id: int) -> Sequence[int]:
    with viewing(db) as r:
        return r.session.scalars(affected(r.session.get_one(Correction, correction_id))).all()


def _change(w: Work, correction: Correction, attempt: Attempt, known: marking.Corrections) -> None:
    before = marks(attempt)
    if attempt.state == AttemptState.OPEN.value:  # of a window that is void: it ends here, with what was saved
        marked = marking.marked(w.session, marking.paper(w.session, attempt.id), known)
        closing.end(w, attempt, marked, ended_by=EndedBy.ORGANISER, ended_at=min(w.now, attempt.deadline_at))
        w.session.refresh(attempt)
    if correction.kind == CorrectionKind.ITEM.value:
        marked = marking.marked(w.session, marking.paper(w.session, attempt.id), known)
        marking.store(w.session, attempt.id, marked)
        score = marked.score
        attempt.score, attempt.max_score, attempt.right_count = score.points, score.max_points, score.right
    else:
        attempt.state = AttemptState.ANNULLED.value
        attempt.annulled_at = w.now
        attempt.annulled_by = correction.created_by
        attempt.annul_reason = correction.reason
        w.record(Action.ATTEMPT_ANNULLED, f"attempt:{attempt.id}", correction_id=correction.id)
    after = marks(attempt)
    w.session.add(
        CorrectionChange(
            correction_id=correction.id,
            attempt_id=attempt.id,
            state_before=before.state,
            state_after=after.state,
            score_before=before.score,
            score_after=after.score,
            max_before=before.max_score,
            max_after=after.max_score,
            right_before=before.right_count,
            right_after=after.right_count,
            changed_at=w.now,
        )
    )


def _after(
    session: Session,
    correction: Correction,
    attempt: Attempt,
    paper: list[marking.Place],
    known: marking.Corrections,
) -> Marks:
    score = marking.score(session, paper, known)
    if correction.kind == CorrectionKind.ITEM.value:
        return Marks(attempt.state, score.points, score.max_points, score.right)
    return Marks(AttemptState.ANNULLED.value, score.points, score.max_points, score.right)


def _papers(session: Session, attempt_ids: list[int]) -> dict[int, list[marking.Place]]:
    papers: dict[int, list[marking.Place]] = {attempt_id: [] for attempt_id in attempt_ids}
    for row in session.execute(select(*marking.PLACE).where(Response.attempt_id.in_(attempt_ids))):
        place = marking.Place(*row)
        papers[place.attempt_id].append(place)
    return papers


def _concerns(correction: Correction) -> ColumnElement[bool]:
    submitted = Attempt.state == AttemptState.SUBMITTED.value
    match CorrectionKind(correction.kind):
        case CorrectionKind.ITEM:
            holds_item = exists().where(
                Response.attempt_id == Attempt.id, Response.item_version_id == correction.item_version_id
            )
            return and_(submitted, holds_item)
        case CorrectionKind.ATTEMPT:
            return and_(submitted, Attempt.id == correction.attempt_id)
        case CorrectionKind.WINDOW:
            return and_(
                Attempt.state != AttemptState.ANNULLED.value,
                Attempt.started_at >= correction.window_from,
                Attempt.started_at < correction.window_until,
            )


def _require_sound(w: Work, round_: Round, proposal: Proposal) -> None:
    errors: dict[str, list[str]] = {}
    if not proposal.reason.strip():
        errors["reason"] = [labels.NO_REASON]
    elif len(proposal.reason) > LONGEST_REASON:
        errors["reason"] = [labels.LONG_REASON.format(most=LONGEST_REASON)]
    match proposal.kind:
        case CorrectionKind.ITEM:
            errors |= _errors_of_item(w.session, round_, proposal)
        case CorrectionKind.ATTEMPT:
            attempt = w.session.get(Attempt, proposal.attempt_id) if proposal.attempt_id is not None else None
            if attempt is None or attempt.round_id != round_.id:
                raise Missing
            if attempt.state != AttemptState.SUBMITTED.value:
                errors["attempt_id"] = [labels.NOT_SUBMITTED]
        case CorrectionKind.WINDOW:
            begins, ends = proposal.window_from, proposal.window_until
            if begins is None or ends is None or begins >= ends:
                errors["window_until"] = [labels.NO_WINDOW]
            elif ends > w.now:  # nobody may begin in it any more, once it is decided
                errors["window_until"] = [labels.WINDOW_NOT_OVER]
    if errors:
        raise BadInput(errors)


def _errors_of_item(session: Session, round_: Round, proposal: Proposal) -> dict[str, list[str]]:
    version_id = proposal.item_version_id
    if version_id is None or session.get(PoolItem, (round_.id, version_id)) is None:
        return {"item_version_id": [labels.NOT_IN_POOL]}
    if proposal.remedy is None:
        return {"remedy": [labels.NO_REMEDY]}
    if proposal.remedy not in (Remedy.REPLACE_KEY, Remedy.ACCEPT_BOTH):
        return {"key": [labels.KEY_NOT_ASKED]} if proposal.key else {}
    item = catalogue.paper_items(session, [version_id])[version_id]
    if not proposal.key or not proposal.key <= item.options.keys():
        return {"key": [labels.NO_KEY]}
    if not item.is_multiple and len(proposal.key) > 1:
        return {"key": [labels.ONE_KEY]}
    return {}
