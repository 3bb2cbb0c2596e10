"""The draws by lot of a final table, as anybody can repeat them from the seed and the codes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from quiz_app.results.models import FinalRow, FinalTable
from quiz_app.results.subjects import Subject
from quiz_app.results.unit_tables import UnitRow
from quiz_app.rules import lots


@dataclass(frozen=True, slots=True)
class Lot:
    """Somebody of those tied for a prize: his number, and what it brought. `is_out`: he had as many as anybody may.

    Of units `unit_id` says which; of people nothing but the code is told.
    """

    code: str
    number: str
    prize: str | None
    is_out: bool = False
    unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class Draw:
    """Those who share a place where a kind of prize ran out, by their numbers; units within their class."""

    place: int
    lots: Sequence[Lot]
    class_name: str = ""


def of_people(session: Session, table: FinalTable, subject: Subject) -> list[Draw]:
    """The draws among people, by place."""
    places = session.scalars(
        select(FinalRow.place)
        .where(FinalRow.table_id == table.id, FinalRow.is_by_lot.is_(True))
        .distinct()
        .order_by(FinalRow.place)
    ).all()
    found: list[Draw] = []
    for place in places:
        rows = session.scalars(select(FinalRow).where(FinalRow.table_id == table.id, FinalRow.place == place)).all()
        by_code = {row.code: row for row in rows}
        ordered = [by_code[code] for code in lots.drawn(subject.last.lot_seed, by_code)]
        last = max(number for number, row in enumerate(ordered) if row.prize is not None)
        drawn = [
            Lot(row.code, lots.number(subject.last.lot_seed, row.code), row.prize, row.prize is None and number < last)
            for number, row in enumerate(ordered)
        ]
        found.append(Draw(place or 0, drawn))
    return found


def of_units(rows: Sequence[UnitRow], seed: str) -> list[Draw]:
    """The draws among the units of a table, class by class: those of one place that did not all get the same."""
    tied: dict[tuple[str, int], dict[str, UnitRow]] = defaultdict(dict)
    for row in rows:
        if row.place is not None:
            tied[row.class_name, row.place][row.code] = row
    return [
        Draw(
            place,
            [
                Lot(code, lots.number(seed, code), own[code].prize, unit_id=own[code].unit_id)
                for code in lots.drawn(seed, own)
            ],
            class_name,
        )
        for (class_name, place), own in tied.items()
        if len({row.prize for row in own.values()}) > 1
    ]
