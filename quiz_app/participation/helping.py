"""Who of a round's roster is stuck: he cannot sign in, nothing of his is saved any more, or his time ran out.

Each need is an invitation to call somebody, so it holds only while the round can still be sat.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, false, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from quiz_app.attempts.models import Attempt, AttemptState, EndedBy, Response, Result
from quiz_app.contests.models import Round
from quiz_app.contests.policy import answers_end_at
from quiz_app.members import throttling

SILENT_AFTER = timedelta(minutes=3)
FAILED_SIGN_INS = 2
SIGN_INS_OF = timedelta(days=1)


class Need(StrEnum):
    SIGN_IN = "sign_in"
    SILENT = "silent"
    UNFINISHED = "unfinished"


def is_time_for_help(round_: Round, now: datetime) -> bool:
    return round_.opens_at <= now < answers_end_at(round_)


def needs_any(member_id: Any, round_: Round, now: datetime) -> ColumnElement[bool]:
    """Whether the member of a column needs help with the round."""
    if not is_time_for_help(round_, now):
        return false()
    return or_(*(member_id.in_(_needing(need, round_.id, now)) for need in Need))


def needs_of(
    session: Session, round_: Round, now: datetime, member_ids: Collection[int]
) -> dict[int, tuple[Need, ...]]:
    """What each of the members needs help with; who needs none is left out."""
    if not member_ids or not is_time_for_help(round_, now):
        return {}
    asked = [
        found.with_only_columns(found.selected_columns[0].label("member_id"), literal(need.value).label("need"))
        for need in Need
        for found in [_needing(need, round_.id, now)]
    ]
    every = union_all(*asked).subquery()
    rows = session.execute(select(every.c.member_id, every.c.need).where(every.c.member_id.in_(member_ids)).distinct())
    found_needs: dict[int, set[str]] = {}
    for member_id, need in rows:
        found_needs.setdefault(member_id, set()).add(need)
    return {member_id: tuple(need for need in Need if need in needs) for member_id, needs in found_needs.items()}


def _needing(need: Need, round_id: int, now: datetime) -> Select[Any]:
    match need:
        case Need.SIGN_IN:
            return _failing_to_sign_in(round_id, now)
        case Need.SILENT:
            return _silent(round_id, now)
        case Need.UNFINISHED:
            return _unfinished(round_id)


def _failing_to_sign_in(round_id: int, now: datetime) -> Select[Any]:
    """Who has not taken part, and under whose name, card, telephone number, address or slip wrong tries came lately."""
    failing = throttling.failing_members(FAILED_SIGN_INS, now - SIGN_INS_OF).subquery()
    has_result = exists().where(Result.round_id == round_id, Result.member_id == failing.c.member_id)
    return select(failing.c.member_id).where(~has_result)


def _silent(round_id: int, now: datetime) -> Select[Any]:
    """Who sits, and of whom nothing has arrived for minutes."""
    since = now - SILENT_AFTER
    was_saved = exists().where(Response.attempt_id == Attempt.id, Response.saved_at >= since)
    return select(Attempt.member_id).where(
        Attempt.round_id == round_id,
        Attempt.state == AttemptState.OPEN.value,
        Attempt.started_at < since,
        Attempt.accepts_until_at > now,
        or_(Attempt.prediction_saved_at.is_(None), Attempt.prediction_saved_at < since),
        ~was_saved,
    )


def _unfinished(round_id: int) -> Select[Any]:
    """Whose time ran out, and who has neither submitted himself nor begun again."""
    other = aliased(Attempt)
    went_on = exists().where(
        other.round_id == round_id,
        other.member_id == Attempt.member_id,
        (other.state == AttemptState.OPEN.value) | (other.ended_by == EndedBy.MEMBER.value),
    )
    return select(Attempt.member_id).where(
        Attempt.round_id == round_id,
        Attempt.state == AttemptState.SUBMITTED.value,
        Attempt.ended_by == EndedBy.DEADLINE.value,
        ~went_on,
    )
