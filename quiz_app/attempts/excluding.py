"""Leaving somebody out of a contest's ranking, or taking him in again: his results follow at once."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from quiz_app.attempts import closing
from quiz_app.attempts.models import Result
from quiz_app.contests import exclusions
from quiz_app.contests.models import Round
from quiz_app.kernel.work import Work


def exclude(w: Work, contest_id: int, member_id: int, reason: str) -> int:
    """Never rank a member in a contest; in how many rounds his result was re-keyed.

    Final rounds keep their results. Raises Missing, ChangeLocked, BadInput.
    """
    return _rekey(w, exclusions.exclude(w, contest_id, member_id, reason), member_id)


def readmit(w: Work, contest_id: int, member_id: int) -> int:
    """Rank a member again; in how many rounds his result was re-keyed. Raises Missing, ChangeLocked."""
    return _rekey(w, exclusions.readmit(w, contest_id, member_id), member_id)


def _rekey(w: Work, rounds: Iterable[Round], member_id: int) -> int:
    by_id = {round_.id: round_ for round_ in rounds}
    found = w.session.scalars(
        select(Result.round_id)
        .where(Result.member_id == member_id, Result.round_id.in_(by_id))
        .order_by(Result.round_id)
    ).all()
    for round_id in found:
        closing.write_result(w.session, by_id[round_id], member_id, w.now)
    return len(found)
