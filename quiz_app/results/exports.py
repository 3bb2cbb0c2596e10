"""A table as a file for those who run the contest: a workbook, or its people as comma-separated lines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from quiz_app.elsewhere import queries as elsewhere
from quiz_app.kernel import audit
from quiz_app.kernel.audit import Head
from quiz_app.kernel.work import Reading, Work
from quiz_app.members.consents import consenting_members
from quiz_app.members.models import Purpose
from quiz_app.results import labels, queries
from quiz_app.results.errors import TooManyRows
from quiz_app.results.models import FinalRow, FinalTable
from quiz_app.results.policy import Action
from quiz_app.results.queries import IN_ORDER, Line, Sight
from quiz_app.results.tables import stored_units
from quiz_app.rules.unit_mix import MixMeasure
from quiz_app.units.models import Unit
from quiz_app.web.filters import format_datetime_seconds
from quiz_app.web.spreadsheet import Column, Sheet, Value, comma_separated, workbook

LARGEST_EXPORT = 50_000
PEOPLE_COLUMNS = (
    Column("Hạng", 7, "whole"),
    Column("Họ và tên", 28),
    Column("Đơn vị", 32),
    Column("Giải", 22),
    Column("Bốc thăm", 10),
    Column("Điểm", 9, "whole"),
    Column("Điểm tối đa", 9, "whole"),
    Column("Thời gian làm bài (mili giây)", 16, "whole"),
    Column("Nộp lúc", 18, "instant"),
    Column("Số lượt thi", 9, "whole"),
    Column("Hơn hạng sau vì", 40),
    Column("Mã biên nhận", 16),
    Column("Thi nơi khác (tính riêng)", 14),
    Column("Đồng ý nêu tên", 10),
)


@dataclass(frozen=True, slots=True)
class Export:
    """A file with what is to be written down about handing it out."""

    content: bytes
    table_id: int
    facts: dict[str, str | int]


def export(r: Reading, table: FinalTable, sight: Sight, *, as_csv: bool) -> Export:
    """All rows of a table with full names, to be recorded before it is handed out. Raises TooManyRows.

    Each row says whether its member agreed to be named: who runs the contest may post what he takes from the file.
    """
    count = r.session.scalar(select(func.count()).where(FinalRow.table_id == table.id)) or 0
    if count > LARGEST_EXPORT:
        raise TooManyRows(limit=LARGEST_EXPORT)
    everybody = select(FinalRow.member_id).where(FinalRow.table_id == table.id).order_by(*IN_ORDER)
    top = sight.subject.contest.unit_id
    sat = elsewhere.people_below(r.session, [top]).get(top, 0)
    also = everybody.where(elsewhere.has_taken_part(FinalRow.member_id))
    agreed = everybody.where(FinalRow.member_id.in_(consenting_members(Purpose.PUBLISH_NAME)))
    marks = [set(r.session.scalars(which)) for which in (also, agreed)]
    notes = _notes(table, sight, audit.head(r.session))
    people = _people(notes, queries.people(r, sight, everybody), sat, marks)
    kind = "csv" if as_csv else "xlsx"
    facts: dict[str, str | int] = {"scope": table.scope, "version": table.version, "rows": count, "file": kind}
    if as_csv:
        return Export(comma_separated(people), table.id, facts)
    sheets = [people]
    units = _units(r, table, notes)
    if units.rows:
        sheets.append(units)
    return Export(workbook(sheets, author=r.actor.name), table.id, facts)


def record_export(w: Work, made: Export) -> None:
    """Put on record that names were handed out."""
    w.record(Action.TABLE_EXPORTED, f"final:{made.table_id}", **made.facts)


def _notes(table: FinalTable, sight: Sight, head: Head | None) -> list[str]:
    when = f"Công bố lúc {format_datetime_seconds(table.published_at)}" if table.published_at else "Chưa công bố"
    return [
        f"{sight.subject.contest.title} – {sight.subject.title}",
        f"Phiên bản {table.version}. {when}",
        f"Mã kiểm tra SHA-256: {table.sha256}",
        *([] if head is None else [labels.sealed(head)]),
    ]


def _people(about: list[str], lines: list[Line], sat_elsewhere: int, marks: Sequence[Collection[int]]) -> Sheet:
    notes = [*about, f"Thi nơi khác: {sat_elsewhere} người, tính riêng, không nằm trong bảng này"]
    return Sheet("Cá nhân", "KẾT QUẢ CÁ NHÂN", notes, PEOPLE_COLUMNS, [_person(one, marks) for one in lines])


def _person(line: Line, marks: Sequence[Collection[int]]) -> list[Value]:
    row = line.row
    return [
        row.place,
        line.name,
        line.unit_name,
        row.prize,
        "Có" if row.is_by_lot else "",
        row.score,
        row.max_score,
        row.duration_ms,
        row.submitted_at,
        row.attempts,
        " ".join(line.why),
        row.code,
        *("Có" if row.member_id in marked else "" for marked in marks),
    ]


def _units(r: Reading, table: FinalTable, notes: list[str]) -> Sheet:
    rows = stored_units(r.session, table.id)
    names = {
        unit.id: unit.name for unit in r.session.scalars(select(Unit).where(Unit.id.in_([one.unit_id for one in rows])))
    }
    weighed = [MixMeasure(name) for name in (table.rule["units"] or {"weights": {}})["weights"]]
    columns = [
        Column("Nhóm", 22),
        Column("Hạng", 7, "whole"),
        Column("Đơn vị", 40),
        *(Column(labels.MEASURES[one], 12, "whole") for one in weighed),
        Column("Tổng", 12, "whole"),
        Column("Giải", 22),
        Column("Thi nơi khác (tính riêng)", 14, "whole"),
    ]
    sat = elsewhere.people_below(r.session, names)
    lines: list[list[Value]] = [
        [
            labels.class_words(one.class_name),
            one.place,
            names[one.unit_id],
            *(one.parts.get(measure.value, 0) for measure in weighed),
            one.total,
            one.prize,
            sat.get(one.unit_id, 0),
        ]
        for one in rows
    ]
    return Sheet("Đơn vị", "KẾT QUẢ ĐƠN VỊ", notes, columns, lines)
