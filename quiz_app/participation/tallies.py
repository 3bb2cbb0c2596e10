"""The figures of large desks, summed up by a job: a reader of a city's desk waits for no sum over its whole roster.

Only rounds of contests with more than `LIVE_UP_TO` units have them, and only desks of more units read them: smaller
ones are summed up as they are asked for. By the tree of today, unlike those of the boards.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, tuple_, update
from sqlalchemy.orm import Session, joinedload

from quiz_app.contests.models import Contest, Round
from quiz_app.contests.timing import longest_timing
from quiz_app.kernel.db import Database, table_of
from quiz_app.kernel.switches import Switch, is_on
from quiz_app.participation import over_time, queries
from quiz_app.participation.figures import Figures, nothing, rolled_up
from quiz_app.participation.models import DeskSnapshot, DeskTally
from quiz_app.participation.queries import Desk
from quiz_app.participation.stored import FIGURES
from quiz_app.rules.timing import closes_finally_at
from quiz_app.rules.unit_standing import UnitFigures
from quiz_app.units import queries as units
from quiz_app.units.models import Unit, UnitAncestor

LIVE_UP_TO = 300
_OF_RULES = frozenset(field.name for field in fields(UnitFigures))
OPEN_EVERY = timedelta(seconds=5)
RESTS_FOR = 10  # times as long as it took: never more than a tenth of a processor
SETTLES_AFTER = timedelta(minutes=10)
CHECKED_AGAIN_AFTER = timedelta(minutes=10)
FINAL_CHECKED_AGAIN_AFTER = timedelta(days=1)  # units are moved and people merged even then

Key = tuple[bool, int]


def refresh(db: Database) -> int:
    """Take the figures of every round that needs it anew; how many that were: none while the house is read-only."""
    with db.reading() as session:
        now = db.now(session)
        due = [] if is_on(session, Switch.READ_ONLY, now) else due_rounds(session, now)
    for round_id in due:
        take(db, round_id)
    return len(due)


def due_rounds(session: Session, now: datetime) -> list[int]:
    """The published rounds of large contests whose figures have grown old; rehearsals have no desk."""
    below = select(UnitAncestor.ancestor_id).group_by(UnitAncestor.ancestor_id).having(func.count() > LIVE_UP_TO)
    rows = session.execute(
        select(Round, DeskSnapshot)
        .join(Contest, Contest.id == Round.contest_id)
        .outerjoin(DeskSnapshot, DeskSnapshot.round_id == Round.id)
        .where(Round.published_at.is_not(None), Contest.is_rehearsal.is_(False), Contest.unit_id.in_(below))
        .order_by(Round.id)
    )
    return [round_.id for round_, taken in rows if _is_due(round_, taken, now)]


def take(db: Database, round_id: int) -> None:
    """Take one round's figures anew, read at one instant, whether due or not."""
    began = time.monotonic()
    with db.reading() as session:
        now = db.now(session)
        round_ = session.scalars(select(Round).options(joinedload(Round.contest)).where(Round.id == round_id)).one()
        found = _figures(session, round_, now)
        before = session.scalar(select(DeskSnapshot.taken_at).where(DeskSnapshot.round_id == round_id))
        columns = [getattr(DeskTally, name) for name in (*FIGURES, "newcomers")]
        kept = {
            (row.is_whole, row.unit_id): tuple(row[2:])
            for row in session.execute(
                select(DeskTally.is_whole, DeskTally.unit_id, *columns).where(DeskTally.round_id == round_id)
            )
        }
    values = {"taken_at": now, "took_ms": round((time.monotonic() - began) * 1000)}
    with db.writing() as session:
        if before is None:
            if session.get(DeskSnapshot, round_id) is not None:
                return  # another worker was faster
            session.execute(insert(DeskSnapshot).values(round_id=round_id, **values))
        else:
            is_same = (DeskSnapshot.round_id == round_id) & (DeskSnapshot.taken_at == before)
            if session.execute(update(DeskSnapshot).where(is_same).values(values).returning(1)).one_or_none() is None:
                return
        _write(session, round_id, kept, found)


def _is_due(round_: Round, taken: DeskSnapshot | None, now: datetime) -> bool:
    return taken is None or now - taken.taken_at >= _lasts(round_, taken, now)


def _lasts(round_: Round, taken: DeskSnapshot, now: datetime) -> timedelta:
    if round_.opens_at <= now < closes_finally_at(longest_timing(round_)) + SETTLES_AFTER:
        return max(OPEN_EVERY, timedelta(milliseconds=taken.took_ms) * RESTS_FOR)
    if round_.finalised_at is not None and taken.taken_at > round_.finalised_at:
        return FINAL_CHECKED_AGAIN_AFTER
    return CHECKED_AGAIN_AFTER


def _figures(session: Session, round_: Round, now: datetime) -> dict[Key, tuple[Any, ...]]:
    """The values of each unit alone and with everything below it; of the large ones their newcomers too."""
    top = session.get_one(Unit, round_.contest.unit_id)
    desk = Desk(round=round_, unit=top, at=now, with_subtree=True, with_phones=False)
    tree = session.execute(select(Unit.id, Unit.parent_id).where(Unit.id.in_(desk.scope))).all()
    own = queries.own_figures(session, desk)
    alone = {row.id: own.get(row.id, nothing(row.id)) for row in tree}
    whole = rolled_up(alone, {row.id: row.parent_id if row.id != top.id else None for row in tree})
    newcomers = {
        unit.id: over_time.newcomers(session, Desk(round_, unit, now, with_subtree=True, with_phones=False), now)
        for unit in session.scalars(select(Unit).where(Unit.id.in_(_large(desk))))
    }
    found: dict[Key, tuple[Any, ...]] = {}
    for unit_id, sums in alone.items():
        found[False, unit_id] = (*_values(sums), None)
        found[True, unit_id] = (*_values(whole[unit_id]), newcomers.get(unit_id))
    return found


def _large(desk: Desk) -> Any:
    """The ids of the desk's units with many below."""
    return (
        select(UnitAncestor.ancestor_id)
        .where(UnitAncestor.ancestor_id.in_(units.subtree_ids(desk.unit.id)))
        .group_by(UnitAncestor.ancestor_id)
        .having(func.count() > LIVE_UP_TO)
    )


def _values(sums: Figures) -> tuple[int, ...]:
    return tuple([getattr(sums.figures if name in _OF_RULES else sums, name) for name in FIGURES])


def _write(
    session: Session, round_id: int, kept: Mapping[Key, tuple[Any, ...]], found: Mapping[Key, tuple[Any, ...]]
) -> None:
    """Bring what is stored into line; rows without a change are left alone."""
    table, names = table_of(DeskTally), (*FIGURES, "newcomers")
    gone = [key for key in kept if key not in found]
    if gone:
        key = tuple_(table.c.is_whole, table.c.unit_id)
        session.execute(delete(table).where(table.c.round_id == round_id, key.in_(gone)))
    new = [
        {"round_id": round_id, "is_whole": is_whole, "unit_id": unit_id, **dict(zip(names, values, strict=True))}
        for (is_whole, unit_id), values in found.items()
        if (is_whole, unit_id) not in kept
    ]
    if new:
        session.execute(insert(table), new)
    changed = [
        {"b_whole": is_whole, "b_unit": unit_id, **dict(zip(names, values, strict=True))}
        for (is_whole, unit_id), values in found.items()
        if kept.get((is_whole, unit_id), values) != values
    ]
    if changed:
        is_row = (table.c.is_whole == bindparam("b_whole")) & (table.c.unit_id == bindparam("b_unit"))
        asked = update(table).where(table.c.round_id == round_id, is_row)
        session.connection().execute(asked.values({name: bindparam(name) for name in names}), changed)
