"""Unit figures where the public boards stand still: theirs rest, and those of organisers are summed up apart."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from quiz_app.leaderboard.models import UnitTally
from quiz_app.leaderboard.scope import Scope
from quiz_app.leaderboard.tallies import unit_figures


def stored_ids(scope: Scope) -> list[int]:
    """The rounds whose kept figures are what the scope's audience sees."""
    apart = {round_.id for round_ in scope.apart}
    return [round_.id for round_ in scope.rounds if round_.id not in apart]


def summed_apart(session: Session, scope: Scope, unit_ids: Collection[int] | None = None) -> list[UnitTally]:
    """The figures at this moment of the rounds that move for this audience alone; never stored."""
    return [
        UnitTally(round_id=round_.id, taken_at=scope.now, **asdict(figures))
        for round_ in scope.apart
        for unit_id, figures in unit_figures(session, round_.id).items()
        if unit_ids is None or unit_id in unit_ids
    ]


def taken_at(session: Session, scope: Scope) -> datetime | None:
    """Of when the youngest figures of a scope are; those that stand still are of the freeze."""
    if scope.apart:
        return scope.now
    frozen = dict(scope.frozen)
    rows = session.execute(
        select(UnitTally.round_id, UnitTally.taken_at).where(
            UnitTally.round_id.in_([round_.id for round_ in scope.rounds]), UnitTally.unit_id == scope.contest.unit_id
        )
    ).all()
    return max((min(at, frozen.get(round_id, at)) for round_id, at in rows), default=None)
