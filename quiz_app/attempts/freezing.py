"""Boards that stand still: what results were when the boards of their round froze is kept when they are written anew.

Copy on write: nothing happens at the instant of the freeze, and a round whose results nobody touches after it has no
frozen rows at all. What the public sees of a frozen round is the results written before the freeze, and of those
written anew since, or taken away, the rows kept here. Who has his first result after the freeze is not among them.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Select, Subquery, delete, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from quiz_app.attempts.models import FrozenResult, Result
from quiz_app.contests.models import Round
from quiz_app.contests.policy import frozen_since
from quiz_app.kernel.db import insert_into, table_of

_COLUMNS = tuple(column.name for column in table_of(FrozenResult).columns)


def keep_shown(session: Session, round_: Round, member_ids: Collection[int], now: datetime) -> None:
    """Before these members' results are written anew: keep what the frozen boards show of them, where they are frozen.

    A result that was written after the freeze already is not shown, so it is not kept.
    """
    frozen_at = frozen_since(round_, now)
    if frozen_at is None:
        return
    shown = select(*(getattr(Result, name) for name in _COLUMNS)).where(
        Result.round_id == round_.id, Result.member_id.in_(member_ids), _is_older(Result, frozen_at)
    )
    statement = insert_into(session, FrozenResult).from_select(_COLUMNS, shown)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["round_id", "member_id"], set_={name: statement.excluded[name] for name in _COLUMNS}
        )
    )


def forget_if_thawed(session: Session, round_: Round, now: datetime) -> None:
    """After the close has moved: where the boards move again, what was kept for the freeze before is of no use."""
    if frozen_since(round_, now) is None:
        session.execute(delete(FrozenResult).where(FrozenResult.round_id == round_.id))


def shown_at(round_id: int, frozen_at: datetime) -> Select[tuple[object, ...]]:
    """The results of a round as its frozen boards show them."""
    older = aliased(Result)
    stands = select(older.member_id).where(
        older.round_id == FrozenResult.round_id,
        older.member_id == FrozenResult.member_id,
        _is_older(older, frozen_at),
    )
    untouched = select(*(getattr(Result, name) for name in _COLUMNS)).where(
        Result.round_id == round_id, _is_older(Result, frozen_at)
    )
    kept = select(*(getattr(FrozenResult, name) for name in _COLUMNS)).where(
        FrozenResult.round_id == round_id, ~stands.exists()
    )
    both = union_all(untouched, kept).subquery()
    return select(*both.c)


def shown(live_ids: Collection[int], frozen: Collection[tuple[int, datetime]], name: str) -> Subquery:
    """The results of some rounds in one table with the columns of Result: as they stand, or as at the freeze."""
    parts = [shown_at(round_id, frozen_at) for round_id, frozen_at in frozen]
    live = select(*(getattr(Result, name) for name in _COLUMNS)).where(Result.round_id.in_(live_ids))
    return union_all(live, *parts).subquery(name) if parts else live.subquery(name)


def _is_older(result: type[Result], frozen_at: datetime) -> ColumnElement[bool]:
    return or_(result.written_at.is_(None), result.written_at < frozen_at)
