"""Acts of this feature: handing out a list of people, which is written down."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from quiz_app.kernel.work import Reading, Work
from quiz_app.participation import labels, queries, tree
from quiz_app.participation.errors import TooManyRows
from quiz_app.participation.figures import Figures
from quiz_app.participation.labels import State
from quiz_app.participation.policy import Action
from quiz_app.participation.queries import Desk, Filter, MemberRow
from quiz_app.study import progress
from quiz_app.web.filters import format_datetime_seconds
from quiz_app.web.spreadsheet import Column, Sheet, Value, comma_separated, workbook

LARGEST_EXPORT = 20_000


@dataclass(frozen=True, slots=True)
class Export:
    """A list made for handing out, with what is to be written down about that."""

    content: bytes
    unit_id: int
    facts: dict[str, Any]


def export(r: Reading, round_id: int, unit_id: int, asked: Filter, *, as_csv: bool = False) -> Export:
    """The desk's members, and its units where it has any, as an .xlsx file, to be recorded before it is handed out.

    The members alone as comma-separated lines.

    Made while only reading: a large list takes seconds, in which whoever sits must be able to save. Raises Missing for
    a desk that is not the actor's, TooManyRows.
    """
    desk = queries.desk(r, round_id, unit_id)
    rows = queries.member_rows(r.session, desk, asked, limit=LARGEST_EXPORT + 1)
    if len(rows) > LARGEST_EXPORT:
        raise TooManyRows(limit=LARGEST_EXPORT)
    total, lines = queries.unit_lines(r, desk)
    notes = [
        f"{desk.unit.name} – {desk.round.contest.title} – {desk.round.title}",
        f"Số liệu lúc {format_datetime_seconds(desk.figures_at)}",
    ]
    sheets = [_people(desk, rows, notes, asked, len(progress.lesson_counts(r.session)))]
    if lines:
        sheets.append(_units([*((line.name, line.sums) for line in lines), ("Cộng", total)], notes))
    facts = {
        "round_id": round_id,
        "state": asked.state.value if asked.state is not None else "",
        "has_search": bool(asked.search),
        "rows": len(rows),
        "has_phones": desk.with_phones,
    }
    if as_csv:
        return Export(comma_separated(sheets[0]), unit_id, facts)
    return Export(workbook(sheets, author=r.actor.name), unit_id, facts)


def record_export(w: Work, made: Export) -> None:
    """Put on record that personal data was handed out."""
    w.record(Action.LIST_EXPORTED, f"unit:{made.unit_id}", **made.facts)


def export_units(r: Reading, round_id: int, unit_id: int, *, is_flat: bool, as_csv: bool) -> Export:
    """Every unit of a desk, with the actor's own mark of those that lag. Raises Missing."""
    desk = queries.desk(r, round_id, unit_id)
    rule = tree.rule_of(r)
    lines = tree.flat_list(r, desk, rule) if is_flat else tree.whole_tree(r, desk, rule)
    notes = [
        f"{desk.unit.name} – {desk.round.contest.title} – {desk.round.title}",
        f"Số liệu lúc {format_datetime_seconds(desk.figures_at)}. "
        f"Chậm: tỉ lệ dưới {rule.percent}%, còn dưới {rule.days} ngày",
        "Mỗi dòng là số liệu riêng của đơn vị" if is_flat else "Mỗi dòng gồm cả các đơn vị bên dưới",
    ]
    sheet = _units([(line.name, line.sums) for line in lines], notes, has_total=False)
    columns = [*sheet.columns, Column("Bậc", 6, "whole"), Column("Chậm", 8)]
    rows = [[*row, line.depth, "Chậm" if line.is_lagging else ""] for row, line in zip(sheet.rows, lines, strict=True)]
    sheet = replace(sheet, columns=columns, rows=rows)
    facts = {"round_id": round_id, "state": "", "has_search": False, "rows": 0, "has_phones": False}
    content = comma_separated(sheet) if as_csv else workbook([sheet], author=r.actor.name)
    return Export(content, unit_id, facts)


def _people(desk: Desk, rows: list[MemberRow], notes: list[str], asked: Filter, modules: int) -> Sheet:
    state = labels.EVERYBODY if asked.state is None else labels.STATES[asked.state]
    if asked.needs_help:
        state = labels.NEEDS_HELP
    chosen = f"Lọc: {state}" + (f", tìm “{asked.search}”" if asked.search else "") + f"; {len(rows)} người"
    columns = [
        Column("STT", 6, "whole"),
        Column("Họ và tên", 28),
        Column("Đơn vị", 32),
        Column("Loại", 14),
        Column("Trạng thái", 16),
        Column("Được miễn", 11),
        Column("Thi nơi khác", 11),
        Column("Số lượt thi", 10, "whole"),
        Column("Lượt thi gần nhất", 18, "instant"),
        Column("Lượt có hỗ trợ", 10, "whole"),
        Column(f"Chuyên đề đã học (trên {modules})", 12, "whole"),
        Column(labels.NEEDS_HELP, 30),
    ]
    if desk.with_phones:
        columns.append(Column("Số điện thoại", 16))
    return Sheet("Danh sách", "TÌNH HÌNH THAM GIA CỦA ĐẢNG VIÊN", [*notes, chosen], columns, [
        _person(number, row, with_phone=desk.with_phones) for number, row in enumerate(rows, start=1)
    ])  # fmt: skip


def _person(number: int, row: MemberRow, *, with_phone: bool) -> list[Value]:
    values: list[Value] = [
        number,
        row.full_name,
        row.unit_name,
        labels.CATEGORIES[row.category],
        labels.STATES[State(row.state)],
        "Có" if row.is_exempt else "",
        "Có" if row.sat_elsewhere else "",
        row.attempts,
        row.last_attempt_at,
        row.assisted,
        row.studied,
        "; ".join(labels.NEEDS[need] for need in row.needs),
    ]
    return [*values, row.phone] if with_phone else values


def _units(lines: list[tuple[str, Figures]], notes: list[str], *, has_total: bool = True) -> Sheet:
    columns = [
        Column("STT", 6, "whole"),
        Column("Đơn vị", 40),
        Column("Đảng viên", 11, "whole"),
        Column("Được miễn", 11, "whole"),
        Column("Phải thi", 11, "whole"),
        Column("Đã thi (phải thi)", 11, "whole"),
        Column("Đang làm bài", 11, "whole"),
        Column("Chưa thi", 11, "whole"),
        Column("Tỉ lệ tham gia", 11, "share"),
        Column("Người dự thi", 11, "whole"),
        Column("Lượt thi", 11, "whole"),
        Column("Ngoài danh sách", 11, "whole"),
        Column("Thi nơi khác", 11, "whole"),
    ]
    rows: list[list[Value]] = []
    for number, (name, sums) in enumerate(lines, start=1):
        share = sums.turnout
        rows.append([
            number if number < len(lines) or not has_total else None,
            name,
            sums.figures.members,
            sums.figures.exempt,
            sums.able,
            sums.figures.rostered_participants,
            sums.sitting,
            sums.missing,
            None if share is None else float(share),
            sums.figures.participants,
            sums.figures.attempts,
            sums.outside,
            sums.elsewhere,
        ])  # fmt: skip
    return Sheet("Đơn vị", "TÌNH HÌNH THAM GIA CỦA CÁC ĐƠN VỊ", notes, columns, rows)
