"""A recount of the published tables: hashes from their rows, and the versions in force against today's results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from quiz_app.attempts.models import Attempt
from quiz_app.contests.models import Contest, Round
from quiz_app.members.models import Member
from quiz_app.results import subjects, tables
from quiz_app.results.models import FinalRow, FinalTable
from quiz_app.results.tables import Person, Table
from quiz_app.results.unit_tables import UnitRow


def differences(session: Session, now: datetime) -> Iterator[str]:
    """Every published table whose rows do not give its hash, and every difference between the versions in force and
    what would be computed now. Nothing when all is right.
    """
    query = select(FinalTable).where(FinalTable.published_at.is_not(None))
    published = session.scalars(query.order_by(FinalTable.scope, FinalTable.version)).all()
    in_force = {table.scope: table for table in published}
    for table in published:
        name = f"{table.scope} version {table.version}"
        kept = tables.stored(session, table)
        if kept.sha256 != table.sha256:
            yield f"{name}: the rows do not give the published hash"
        yield from _strange_rows(session, table, name)
        if in_force[table.scope] is table:
            subject = subjects.of_key(session, table.scope)
            kept = replace(kept, people=_as_today(session, kept.people))
            yield from _between(name, kept, tables.computed(session, subject, now))
    yield from _without_table(session, set(in_force))


def _strange_rows(session: Session, table: FinalTable, name: str) -> Iterator[str]:
    """Rows whose attempt or code is another's."""
    rows = session.execute(
        select(_person(), FinalRow.code, Attempt.id, Attempt.receipt_code, Attempt.member_id)
        .join(Member, Member.id == FinalRow.member_id)
        .join(Attempt, Attempt.id == FinalRow.attempt_id)
        .where(FinalRow.table_id == table.id)
        .order_by(FinalRow.member_id)
    )
    for member_id, code, attempt_id, receipt_code, owner_id in rows:
        if member_id != owner_id or code != tables.public_code(attempt_id, receipt_code):
            yield f"{name}: the row of member {member_id} stands on another's attempt"


def _person() -> ColumnElement[int]:
    """Whose a row is: of a member who was merged into another, the one that is kept."""
    return func.coalesce(Member.merged_into_id, Member.id)


def _as_today(session: Session, people: Sequence[Person]) -> list[Person]:
    """The rows of a table under the members that their people are today."""
    query = select(Member.id, Member.merged_into_id).where(Member.merged_into_id.is_not(None))
    merged = {row.id: row.merged_into_id for row in session.execute(query)}
    return [replace(one, member_id=merged.get(one.member_id) or one.member_id) for one in people]


def _between(name: str, kept: Table, now: Table) -> Iterator[str]:
    for key in sorted(now.rule.keys() | kept.rule.keys()):
        if kept.rule.get(key) != now.rule.get(key):
            yield f"{name}: published {key} {kept.rule.get(key)}, now {now.rule.get(key)}"
    people = {one.member_id: one for one in now.people}
    yield from _rows(f"{name}: member", {one.member_id: one for one in kept.people}, people)
    units = {one.unit_id: one for one in now.units}
    yield from _rows(f"{name}: unit", {one.unit_id: one for one in kept.units}, units)


def _rows(
    name: str, kept: dict[int, Person] | dict[int, UnitRow], now: dict[int, Person] | dict[int, UnitRow]
) -> Iterator[str]:
    for number in sorted(kept.keys() | now.keys()):
        before, after = kept.get(number), now.get(number)
        if before is None or after is None:
            yield f"{name} {number} is {'published and stands there no more' if after is None else 'not published'}"
            continue
        fields_after = asdict(after)
        for field, value in asdict(before).items():
            if value != fields_after[field]:
                yield f"{name} {number}: published {field} {value}, now {fields_after[field]}"


def _without_table(session: Session, known: set[str]) -> Iterator[str]:
    query = select(Round.id).join(Contest).where(Round.finalised_at.is_not(None), Contest.is_rehearsal.is_(False))
    for round_id in session.scalars(query.order_by(Round.id)):
        if f"round:{round_id}" not in known:
            yield f"round {round_id} is final without a published table"
