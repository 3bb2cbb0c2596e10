"""What a member is told of corrections that changed one of his own attempts; of nobody else's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from quiz_app.attempts.models import (
    AttemptState,
    Correction,
    CorrectionChange,
    CorrectionKind,
    CorrectionState,
    Response,
)
from quiz_app.attempts.plain import AnyAttempt
from quiz_app.contests.models import Round
from quiz_app.rules.rescoring import Remedy


@dataclass(frozen=True, slots=True)
class Corrected:
    """One correction of an attempt: what was done and why, and the points around it.

    `position` is the place of the item in his paper. `rerun` is where a void window may be sat again, once published.
    """

    kind: CorrectionKind
    remedy: Remedy | None
    position: int | None
    words: str
    at: datetime
    is_annulled: bool
    score_before: int | None
    max_before: int | None
    score_after: int | None
    max_after: int | None
    rerun: Round | None

    @property
    def has_moved(self) -> bool:
        """Whether the points are others than before."""
        return (self.score_before, self.max_before) != (self.score_after, self.max_after)


_CHANGES = (
    select(CorrectionChange, Correction, Response.position)
    .join(Correction, Correction.id == CorrectionChange.correction_id)
    .outerjoin(
        Response,
        (Response.attempt_id == CorrectionChange.attempt_id) & (Response.item_version_id == Correction.item_version_id),
    )
    .where(CorrectionChange.attempt_id == bindparam("attempt"), Correction.state != CorrectionState.CANCELLED.value)
    .order_by(CorrectionChange.changed_at.desc(), Correction.id.desc())
)


def told(session: Session, attempt: AnyAttempt) -> list[Corrected]:
    """What changed this attempt, the latest first; corrections that left it as it was are not told.

    The organisers' notice is told where they wrote one, their reason otherwise.
    """
    rows = session.execute(_CHANGES, {"attempt": attempt.id})
    found = [_corrected(session, change, correction, position) for change, correction, position in rows]
    return [one for one in found if one.is_annulled or one.has_moved]


def _corrected(session: Session, change: CorrectionChange, correction: Correction, position: int | None) -> Corrected:
    rerun = None if correction.rerun_round_id is None else session.get_one(Round, correction.rerun_round_id)
    return Corrected(
        kind=CorrectionKind(correction.kind),
        remedy=None if correction.remedy is None else Remedy(correction.remedy),
        position=position,
        words=correction.notice or correction.reason,
        at=change.changed_at,
        is_annulled=change.state_after == AttemptState.ANNULLED.value,
        score_before=change.score_before,
        max_before=change.max_before,
        score_after=change.score_after,
        max_after=change.max_after,
        rerun=rerun if rerun is not None and rerun.published_at is not None else None,
    )
