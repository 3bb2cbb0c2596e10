"""The statements that end an attempt: every member's submission in the closing hour, and the closing job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Text, bindparam, case, cast, exists, false, func, null, or_, select, true, update
from sqlalchemy.dialects import postgresql, sqlite

from quiz_app.attempts.models import (
    Attempt,
    AttemptState,
    Correction,
    CorrectionKind,
    CorrectionState,
    Response,
    Result,
)
from quiz_app.contests.models import Exclusion, Round
from quiz_app.kernel.db import table_of
from quiz_app.kernel.prepared import Prepared
from quiz_app.members.models import RoleGrant

_attempt, _response, _result, _round = (table_of(model) for model in (Attempt, Response, Result, Round))
_exclusion, _grant, _correction = (table_of(model) for model in (Exclusion, RoleGrant, Correction))
_other = _attempt.alias("other")
_is_this = _attempt.c.id == bindparam("attempt")
_entrant = bindparam("entrant", type_=_attempt.c.member_id.type)

OWN = Prepared(select(*_attempt.c).where(_is_this, _attempt.c.member_id == bindparam("member")))

# The round before its attempts, as whoever grants time or strikes from the ranking holds them: the result's foreign
# key would otherwise ask for the round last, and two who wait for each other both fail.
ROUND_HELD = Prepared(
    select(*_round.c)
    .join_from(_round, _attempt, _attempt.c.round_id == _round.c.id)
    .where(_is_this)
    .with_for_update(read=True, key_share=True, of=_round)
)

_is_excluded = exists().where(
    _exclusion.c.contest_id == _round.c.contest_id,
    _exclusion.c.member_id == _attempt.c.member_id,
    _round.c.id == _attempt.c.round_id,
)
_has_office = exists().where(_grant.c.member_id == _attempt.c.member_id, _grant.c.revoked_at.is_(None))
_is_corrected = exists().where(
    _correction.c.round_id == _attempt.c.round_id,
    _correction.c.kind == CorrectionKind.ITEM.value,
    or_(
        _correction.c.state == CorrectionState.APPLYING.value,
        _correction.c.state == CorrectionState.APPLIED.value,
    ),
)
_has_others = exists().where(
    _other.c.member_id == _attempt.c.member_id,
    _other.c.round_id == _attempt.c.round_id,
    _other.c.state == AttemptState.SUBMITTED.value,
)

# `is_plain`: nobody excludes the member, he holds no office, nothing is put right in the round, and he has finished no
# other attempt in it. It is asked once the round is held, so nobody can change it in the meantime but by an office.
# Where an `entrant` is told, only his is there, and a stranger's is not held either.
ATTEMPT_HELD = Prepared(
    select(
        *_attempt.c,
        (~or_(_is_excluded, _has_office, _is_corrected, _has_others)).label("is_plain"),
    )
    .where(_is_this, or_(_entrant.is_(None), _attempt.c.member_id == _entrant))
    .with_for_update()
)

PAPER = Prepared(select(*_response.c).where(_response.c.attempt_id == bindparam("attempt")).order_by("position"))

_place = func.concat(",", cast(_response.c.position, Text), ",")
MARK = Prepared(
    update(_response)
    .where(_response.c.attempt_id == bindparam("attempt"))
    .values(
        is_right=case(
            (bindparam("right", type_=Text).contains(_place), true()),
            (bindparam("struck", type_=Text).contains(_place), null()),
            else_=false(),
        )
    )
)

_ENDING = (
    "state",
    "ended_at",
    "ended_by",
    "score",
    "max_score",
    "right_count",
    "answered_count",
    "receipt_code",
    "duration_ms",
)
END = Prepared(update(_attempt).where(_is_this).values({name: bindparam(f"new_{name}") for name in _ENDING}))


def listed(positions: Sequence[int]) -> str:
    """Places of a paper as MARK is told them."""
    return f",{','.join(map(str, positions))},"


def _storing(dialect: Any) -> Prepared:
    statement = dialect.insert(_result).values({column.name: bindparam(f"new_{column.name}") for column in _result.c})
    fresh = statement.excluded
    # Never back in time: a write that began before the freeze may come after one that began later.
    latest = case((_result.c.written_at > fresh.written_at, _result.c.written_at), else_=fresh.written_at)
    changed = {column.name: fresh[column.name] for column in _result.c if not column.primary_key}
    return Prepared(
        statement.on_conflict_do_update(
            index_elements=["round_id", "member_id"], set_={**changed, "written_at": latest}
        )
    )


# A member's counted result, by the engine.
STORE_RESULT = {"sqlite": _storing(sqlite), "postgresql": _storing(postgresql)}
