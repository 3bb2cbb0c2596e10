"""Lists of awards as they are read: by organisers with every name, by everybody with those who agreed to be named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quiz_app.awards import labels, proposals
from quiz_app.awards.models import Award, AwardList
from quiz_app.awards.proposals import Won
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.text import abbreviated
from quiz_app.kernel.work import Reading
from quiz_app.leaderboard.labels import UNNAMED
from quiz_app.members.consents import has_consented
from quiz_app.members.models import Member, Purpose
from quiz_app.results import subjects
from quiz_app.results.models import FinalRow, FinalTable, FinalUnitRow
from quiz_app.results.policy import is_hinted
from quiz_app.results.subjects import Subject
from quiz_app.units.models import Unit

MOST_FOUND = 30


@dataclass(frozen=True, slots=True)
class Line:
    """A prize with the names that its reader may read; the unit's alone where it won the prize itself, and among which
    units it did where they are ranked in groups.
    """

    award: Award
    name: str
    unit_name: str
    group: str = ""


def lines(session: Session, list_id: int) -> list[Line]:
    """A list with every name, for those who run its contest."""
    return [
        Line(award, full_name or unit_name, unit_name if full_name else "", group)
        for award, full_name, unit_name, _, group in _rows(session, list_id)
    ]


def public_lines(session: Session, found: AwardList, subject: Subject) -> list[Line]:
    """A list for everybody: a person is named who agreed to it, else told by initials and unit as the rounds allow."""
    hints = is_hinted(subject.names_shown)
    shown: list[Line] = []
    for award, full_name, unit_name, agrees, group in _rows(session, found.id):
        if full_name is None:
            shown.append(Line(award, unit_name, "", group))
        elif agrees:
            shown.append(Line(award, full_name, unit_name))
        elif hints:
            shown.append(Line(award, f"Đ/c {abbreviated(full_name)}", unit_name))
        else:
            shown.append(Line(award, UNNAMED, ""))
    return shown


def in_force(session: Session) -> list[tuple[AwardList, Subject]]:
    """The published lists that no later one has replaced, the newest first."""
    newest = (
        select(AwardList.scope, func.max(AwardList.version).label("version"))
        .where(AwardList.published_at.is_not(None))
        .group_by(AwardList.scope)
        .subquery()
    )
    found = session.scalars(
        select(AwardList)
        .join(newest, (newest.c.scope == AwardList.scope) & (newest.c.version == AwardList.version))
        .order_by(AwardList.published_at.desc(), AwardList.id.desc())
    )
    return [(one, subjects.of_key(session, one.scope)) for one in found]


def published(session: Session, list_id: int) -> tuple[AwardList, Subject]:
    """A published list that no later one has replaced. Raises Missing."""
    found = next(((one, subject) for one, subject in in_force(session) if one.id == list_id), None)
    if found is None:
        raise Missing
    return found


def of_contest(session: Session, contest_id: int) -> list[tuple[FinalTable, Subject, AwardList | None]]:
    """The tables in force of a contest, each with its last list."""
    query = select(FinalTable).where(FinalTable.contest_id == contest_id, FinalTable.published_at.is_not(None))
    newest = {table.scope: table for table in session.scalars(query.order_by(FinalTable.version))}
    return [
        (table, subjects.of_key(session, scope), proposals.newest(session, scope))
        for scope, table in sorted(newest.items(), key=lambda item: item[1].id)
    ]


def told(session: Session, prizes: Sequence[Won]) -> list[str]:
    """Prizes in words, with every name."""
    people = {one[0] for one in prizes if one[0] is not None}
    names = {
        row[0]: row[1] for row in session.execute(select(Member.id, Member.full_name).where(Member.id.in_(people)))
    }
    where = select(Unit.id, Unit.name).where(Unit.id.in_([one[1] for one in prizes]))
    units = {row[0]: row[1] for row in session.execute(where)}
    return [
        f"{title}: {units[unit_id] if member_id is None else f'{names[member_id]}, {units[unit_id]}'}"
        for member_id, unit_id, title in prizes
    ]


def holders(r: Reading, found: AwardList, search: str) -> list[tuple[str, str]]:
    """Who of the list's table may be given a special prize and fits a search: `member:5` or `unit:7`, with words."""
    people = (
        select(Member.id, Member.full_name, Unit.name)
        .join(FinalRow, FinalRow.member_id == Member.id)
        .join(Unit, Unit.id == FinalRow.unit_id)
        .where(FinalRow.table_id == found.table_id, Member.search_key.contains(search, autoescape=True))
        .order_by(Member.sort_key, Member.id)
        .limit(MOST_FOUND)
    )
    units = (
        select(Unit.id, Unit.name)
        .where(
            Unit.id.in_(select(FinalRow.unit_id).where(FinalRow.table_id == found.table_id)),
            Unit.search_key.contains(search, autoescape=True),
        )
        .order_by(Unit.sort_key, Unit.id)
        .limit(MOST_FOUND)
    )
    return [
        *((f"member:{row[0]}", f"{row[1]}, {row[2]}") for row in r.session.execute(people)),
        *((f"unit:{row[0]}", f"Tập thể {row[1]}") for row in r.session.execute(units)),
    ]


def names(session: Session, ids: Sequence[int | None]) -> dict[int | None, str]:
    """The names of those who decided."""
    query = select(Member.id, Member.full_name).where(Member.id.in_([one for one in ids if one is not None]))
    return {row[0]: row[1] for row in session.execute(query)}


def table_version(session: Session, table_id: int) -> int:
    """Which version of its table a list rests on."""
    return session.get_one(FinalTable, table_id).version


def _rows(session: Session, list_id: int) -> list[tuple[Award, str | None, str, bool, str]]:
    consent = has_consented(Award.member_id, Purpose.PUBLISH_NAME)
    by_table = (
        (FinalUnitRow.table_id == AwardList.table_id)
        & (FinalUnitRow.unit_id == Award.unit_id)
        & Award.member_id.is_(None)
        & Award.added_by.is_(None)
    )
    rows = session.execute(
        select(Award, Member.full_name, Unit.name, consent, FinalUnitRow.class_name)
        .join(AwardList, AwardList.id == Award.list_id)
        .outerjoin(Member, Member.id == Award.member_id)
        .join(Unit, Unit.id == Award.unit_id)
        .outerjoin(FinalUnitRow, by_table)
        .where(Award.list_id == list_id)
        .order_by(Award.position)
    )
    return [(row[0], row[1], row[2], bool(row[3]), labels.group(row[4])) for row in rows]
