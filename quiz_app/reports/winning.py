"""What published tables tell of a unit: its place, and the prizes of itself, of units below and of its people."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from quiz_app.awards.models import Award, AwardList
from quiz_app.contests.models import PrizeScope, Round
from quiz_app.reports.figures import PrizeLine
from quiz_app.results import subjects
from quiz_app.results.models import FinalRow, FinalTable, FinalUnitRow
from quiz_app.units.models import Unit
from quiz_app.units.queries import subtree_ids


def place(session: Session, unit: Unit, round_: Round) -> tuple[int | None, int] | None:
    """The unit's place in the round's published table, of how many in its class; None where it is not there."""
    table = next(iter(_in_force(session, [f"round:{round_.id}"])), None)
    if table is None or round_.finalised_at is None:
        return None
    row = session.get(FinalUnitRow, (table.id, unit.id))
    if row is None:
        return None
    ranked = select(func.count()).where(
        FinalUnitRow.table_id == table.id,
        FinalUnitRow.class_name == row.class_name,
        FinalUnitRow.place.is_not(None),
    )
    return row.place, session.scalar(ranked) or 0


def prizes(session: Session, unit: Unit, rounds: Sequence[Round]) -> tuple[PrizeLine, ...]:
    """The prizes of tables that rest on these rounds alone, while they are final, and the special ones that were
    published with them. People are counted, never named.
    """
    final = {round_.id for round_ in rounds if round_.finalised_at is not None}
    keys = [f"round:{round_id}" for round_id in sorted(final)]
    keys += [f"stage:{number}" for number in sorted({one.stage_id for one in rounds if one.stage_id is not None})]
    keys += [f"contest:{number}" for number in sorted({one.contest_id for one in rounds})]
    found: list[PrizeLine] = []
    for table in _in_force(session, keys):
        subject = subjects.of_key(session, table.scope)
        added_up = {one.id for one in subject.rounds if one.position in table.rule["rounds"]}
        if added_up <= final:
            title = subject.title if subject.kind is PrizeScope.ROUND else f"{subject.title}, {subject.contest.title}"
            found += _of_table(session, table, title, unit)
    return tuple(found)


def _of_table(session: Session, table: FinalTable, title: str, unit: Unit) -> list[PrizeLine]:
    below = subtree_ids(unit.id)
    won = session.execute(
        select(FinalUnitRow.prize, Unit.name)
        .join(Unit, Unit.id == FinalUnitRow.unit_id)
        .where(FinalUnitRow.table_id == table.id, FinalUnitRow.prize.is_not(None), FinalUnitRow.unit_id.in_(below))
        .order_by(FinalUnitRow.place, Unit.sort_key, Unit.id)
    )
    lines = [PrizeLine(title, prize or "", is_for_unit=True, winner=name, count=1) for prize, name in won]
    people = session.execute(
        select(FinalRow.prize, func.count(), func.min(FinalRow.place))
        .where(FinalRow.table_id == table.id, FinalRow.prize.is_not(None), FinalRow.unit_id.in_(below))
        .group_by(FinalRow.prize)
        .order_by(func.min(FinalRow.place))
    )
    lines += [PrizeLine(title, prize or "", is_for_unit=False, winner="", count=count) for prize, count, _ in people]
    return lines + _special(session, table, title, below)


def _special(session: Session, table: FinalTable, title: str, below: Select[int]) -> list[PrizeLine]:
    """What was added by hand to the list of a table's winners, as it was published last."""
    newest = (
        select(AwardList.id)
        .where(AwardList.table_id == table.id, AwardList.published_at.is_not(None))
        .order_by(AwardList.version.desc())
        .limit(1)
        .scalar_subquery()
    )
    there = (Award.list_id == newest, Award.added_by.is_not(None), Award.unit_id.in_(below))
    won = session.execute(
        select(Award.title, Unit.name)
        .join(Unit, Unit.id == Award.unit_id)
        .where(*there, Award.member_id.is_(None))
        .order_by(Award.position, Award.id)
    )
    lines = [PrizeLine(title, prize, is_for_unit=True, winner=name, count=1) for prize, name in won]
    people = session.execute(
        select(Award.title, func.count())
        .where(*there, Award.member_id.is_not(None))
        .group_by(Award.title)
        .order_by(func.min(Award.position))
    )
    lines += [PrizeLine(title, prize, is_for_unit=False, winner="", count=count) for prize, count in people]
    return lines


def _in_force(session: Session, keys: Collection[str]) -> list[FinalTable]:
    newest = (
        select(FinalTable.scope, func.max(FinalTable.version).label("version"))
        .where(FinalTable.published_at.is_not(None), FinalTable.scope.in_(keys))
        .group_by(FinalTable.scope)
        .subquery()
    )
    query = select(FinalTable).join(
        newest, and_(newest.c.scope == FinalTable.scope, newest.c.version == FinalTable.version)
    )
    return list(session.scalars(query.order_by(FinalTable.id)))
