"""How far a round, a stage or a contest is on the way to final results, and what is to be done next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quiz_app.attempts import correcting, truth
from quiz_app.attempts import queries as attempts
from quiz_app.contests.models import PrizeScope, Round
from quiz_app.contests.timing import longest_timing
from quiz_app.feedback.models import Complaint, ComplaintState
from quiz_app.kernel.work import Reading
from quiz_app.leaderboard import queries as boards
from quiz_app.results import flagging, labels, tables
from quiz_app.results.models import FinalTable, Flag, FlagState
from quiz_app.results.subjects import Subject
from quiz_app.rules.finalising import Readiness, Step, next_step
from quiz_app.rules.timing import closes_finally_at


@dataclass(frozen=True, slots=True)
class Standing:
    """What is stored of a subject, beside what would be computed now; while a step before is not done nothing is.

    `proposal` is a table that is not published yet. `has_moved`: the published table is no longer what would be
    computed; `is_proposal_current`: the proposal still is.
    """

    subject: Subject
    published: FinalTable | None
    proposal: FinalTable | None
    has_moved: bool
    is_proposal_current: bool

    @property
    def is_settled(self) -> bool:
        return self.published is not None and not self.has_moved

    @property
    def is_approved(self) -> bool:
        return self.is_proposal_current and self.proposal is not None and self.proposal.approved_by is not None


def standing(r: Reading, subject: Subject) -> Standing:
    """Where a subject stands."""
    published, waiting = latest(r.session, subject.key), proposal(r.session, subject.key)
    if blocking_step(r, subject) is not None:
        return Standing(subject, published, waiting, has_moved=False, is_proposal_current=False)
    same = _unchanged(r, subject, [one for one in (published, waiting) if one is not None])
    return Standing(
        subject,
        published,
        waiting,
        has_moved=published is not None and published.id not in same,
        is_proposal_current=waiting is not None and waiting.id in same,
    )


def _unchanged(r: Reading, subject: Subject, kept: Sequence[FinalTable]) -> set[int]:
    """Which of these tables are what would be computed now: worked out, or where that takes long, told by what has
    been written since. The latter is for pages: what is approved and published is compared row by row.
    """
    if not kept:
        return set()
    if tables.is_quick(r.session, subject):
        sha256 = tables.computed(r.session, subject, r.now).sha256
        return {one.id for one in kept if one.sha256 == sha256}
    terms = tables.terms(r.session, subject, r.now)
    return {
        one.id
        for one in kept
        if terms.items() <= one.rule.items() and not boards.has_moved(r.session, subject.rounds, one.proposed_at)
    }


def latest(session: Session, key: str) -> FinalTable | None:
    """The version in force."""
    query = select(FinalTable).where(FinalTable.scope == key, FinalTable.published_at.is_not(None))
    return session.scalars(query.order_by(FinalTable.version.desc()).limit(1)).one_or_none()


def proposal(session: Session, key: str) -> FinalTable | None:
    """The table that waits to be approved or published."""
    query = select(FinalTable).where(FinalTable.scope == key, FinalTable.published_at.is_(None))
    return session.scalars(query).one_or_none()


def readiness(r: Reading, round_: Round, known: Standing | None = None) -> Readiness:
    """What the checklist of a round is made from; without `known` nothing counts as approved or published."""
    is_settled = known is not None and known.is_settled
    return Readiness(
        is_closed=closes_finally_at(longest_timing(round_)) <= r.now,
        open_attempts=attempts.open_count(r.session, round_.id),
        has_prediction=round_.prediction_kind is not None,
        is_truth_fixed=round_.prediction_fixed_at is not None and truth.is_ranked_by_it(r, round_),
        is_searched=flagging.is_searched(r, round_),
        flags_open=flags_open(r.session, round_.id),
        complaints_open=complaints_open(r.session, round_.id),
        corrections_open=correcting.open_count(r.session, round_.id),
        is_approved=is_settled or (known is not None and known.is_approved),
        is_published=is_settled,
    )


def flags_open(session: Session, round_id: int) -> int:
    query = select(func.count()).where(Flag.round_id == round_id, Flag.state == FlagState.OPEN.value)
    return session.scalar(query) or 0


def complaints_open(session: Session, round_id: int) -> int:
    query = select(func.count()).where(Complaint.round_id == round_id, Complaint.state == ComplaintState.OPEN.value)
    return session.scalar(query) or 0


def blocking_step(r: Reading, subject: Subject) -> str | None:
    """What is to be done before a table may be proposed, in words; None where nothing is.

    Where rounds are added up each of them must be final, and where prizes are capped each round before.
    """
    if subject.kind is PrizeScope.ROUND:
        step = next_step(readiness(r, subject.last))
        if step is not None and step not in (Step.APPROVED, Step.PUBLISHED):
            return labels.STEPS[step]
        if subject.contest.most_prizes is None:
            return None
        before = [one for one in _rounds_before(r.session, subject.last) if one.finalised_at is None]
        return labels.ROUND_NOT_FINAL.format(title=before[0].title) if before else None
    for round_ in subject.rounds:
        if round_.finalised_at is None:
            return labels.ROUND_NOT_FINAL.format(title=round_.title)
        if correcting.open_count(r.session, round_.id):
            return labels.CORRECTIONS_IN_ROUND.format(title=round_.title)
    return None


def _rounds_before(session: Session, round_: Round) -> list[Round]:
    query = select(Round).where(
        Round.contest_id == round_.contest_id,
        Round.position < round_.position,
        Round.published_at.is_not(None),
    )
    return list(session.scalars(query.order_by(Round.position)))
