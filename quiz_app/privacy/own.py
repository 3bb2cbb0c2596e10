"""What is kept about the actor: told in numbers on his page, and given to him as a copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, func, literal, select, union_all

from quiz_app.attempts.models import Attempt
from quiz_app.awards.models import AwardList
from quiz_app.contests.models import Round
from quiz_app.kernel.db import Base
from quiz_app.kernel.work import Reading, Work
from quiz_app.members.models import Account
from quiz_app.privacy.erasing import rows_of
from quiz_app.privacy.policy import Action
from quiz_app.privacy.schema import PERSONAL, Kept
from quiz_app.results.models import FinalTable

OWNED = {name: kept for name, kept in PERSONAL.items() if kept.owner and kept.given}


@dataclass(frozen=True, slots=True)
class Held:
    """How many rows of one table are about the actor, and why they are kept."""

    kept: Kept
    rows: int


def summary(r: Reading) -> list[Held]:
    """The tables that hold something about the actor, those of which he gets a copy."""
    ids = rows_of(r.session, r.actor.member)
    counts = [
        select(literal(name), func.count()).select_from(_table(name)).where(_whose(name, kept, ids))
        for name, kept in OWNED.items()
    ]
    found = {row[0]: row[1] for row in r.session.execute(union_all(*counts))}
    return [Held(kept, found[name]) for name, kept in OWNED.items() if found[name]]


def copy(w: Work) -> dict[str, Any]:
    """All that is given to the actor of his data, readable by people and programs; that he took it is on record.

    Answers and marks of a round are in it once its result is final: before that they would tell its keys.
    """
    ids = rows_of(w.session, w.actor.member)
    parts = [
        {"noi_dung": kept.title, "muc_dich": kept.purpose, "thoi_han": kept.retention, "dong": rows}
        for name, kept in OWNED.items()
        if (rows := _rows(w, name, kept, ids))
    ]
    w.record(Action.COPIED, f"member:{w.actor.member}", rows=sum(len(part["dong"]) for part in parts))
    return {"nguoi": w.actor.name, "lap_luc": w.now.isoformat(), "du_lieu": parts}


def _rows(r: Reading, name: str, kept: Kept, ids: Sequence[int]) -> list[dict[str, Any]]:
    table = _table(name)
    which = _whose(name, kept, ids)
    if kept.when_final:
        which &= _is_final(table)
    query = select(*(table.c[column] for column in kept.given)).where(which).order_by(*table.primary_key.columns)
    return [{column: _plain(value) for column, value in row.items()} for row in r.session.execute(query).mappings()]


def _table(name: str) -> Table:
    return Base.metadata.tables[name]


def _whose(name: str, kept: Kept, ids: Sequence[int]) -> ColumnElement[bool]:
    of_him = _of_him(_table(name).c[kept.owner], kept, ids)
    return of_him & _is_published(_table(name)) if kept.when_published else of_him


def _of_him(column: Column[Any], kept: Kept, ids: Sequence[int]) -> ColumnElement[bool]:
    if kept.owner == "account_id":
        return column.in_(select(Account.id).where(Account.member_id.in_(ids)))
    if kept.owner == "attempt_id":
        return column.in_(select(Attempt.id).where(Attempt.member_id.in_(ids)))
    return column.in_(ids)


def _is_published(table: Table) -> ColumnElement[bool]:
    if "table_id" in table.c:
        return table.c.table_id.in_(select(FinalTable.id).where(FinalTable.published_at.is_not(None)))
    return table.c.list_id.in_(select(AwardList.id).where(AwardList.published_at.is_not(None)))


def _is_final(table: Table) -> ColumnElement[bool]:
    final = select(Round.id).where(Round.finalised_at.is_not(None))
    if "round_id" in table.c:
        return table.c.round_id.in_(final)
    return table.c.attempt_id.in_(select(Attempt.id).where(Attempt.round_id.in_(final)))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
