"""Every roster of the corpus says exactly what it should, in one database of one commune."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import quiz_app.tables  # noqa: F401 - fills the metadata
from quiz_app.kernel.db import Base, Database
from quiz_app.kernel.work import viewing, working
from quiz_app.members import roster_child, roster_file, rosters
from quiz_app.members.errors import RosterUnreadable
from quiz_app.members.roster_plan import Kind, PlanFolder
from quiz_app.members.rosters import Order
from quiz_app.units import services as units_services
from quiz_app.units.models import UnitKind
from tests.features.members.roster_corpus import BELOW, CASES, UNITS, Case


@pytest.fixture(scope="module")
def commune(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, dict[str, int]]]:
    """One database for all: nothing of the corpus is written to it."""
    db = Database(f"sqlite:///{tmp_path_factory.mktemp('corpus')}/commune.sqlite3")
    Base.metadata.create_all(db.engine)
    ids: dict[str, int] = {}
    with working(db) as w:
        for code, name in UNITS.items():
            parent = ids[BELOW.get(code, "XA")] if ids else None
            kind = UnitKind.CELL if name.startswith("Chi bộ") else UnitKind.COMMUNE
            ids[code] = units_services.create_unit(w, code=code, name=name, kind=kind, parent_id=parent).id
    yield db, ids
    db.dispose()


def test_the_corpus_is_large_enough_and_names_every_case_once() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 60


def unpack(content: bytes, target: Path) -> None:
    """As the product does it, but without a process of its own for each workbook: that takes most of the time."""
    if content.startswith(b"PK"):
        target.write_text("".join(json.dumps(line) + "\n" for line in roster_child.lines(content)), encoding="ascii")
    else:
        roster_file.unpack(content, target)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_sent_and_what_is_told(commune: tuple[Database, dict[str, int]], case: Case, tmp_path: Path) -> None:
    db, ids = commune
    if case.refused:
        with pytest.raises(RosterUnreadable) as refused:
            roster_file.unpack(case.content, tmp_path / "rows")
        assert refused.value.facts["reason"] == case.refused
        return
    unpack(case.content, tmp_path / "rows")
    kept = PlanFolder(tmp_path / "plan")
    with viewing(db) as r:
        order = Order(ids["XA"], "hash", case.name)
        rosters.plan(r, order, roster_file.sheets_in(tmp_path / "rows"), kept)
    codes = {unit_id: code for code, unit_id in ids.items()}
    people = tuple(
        f"{one.full_name} | {one.born} | {codes[one.unit_id or 0]} | {one.values['card_number'] or ''}"
        for one in kept.records(Kind.NEW)
    )
    told = [
        f"{problem.sheet}!{problem.column}{problem.row} “{problem.value}”: {problem.advice}"
        for record in kept.records(Kind.ERROR)
        for problem in record.problems
    ]
    told += [
        f"{asked.question.text} [{'; '.join(words for _, words in asked.question.options)}]"
        for asked in kept.questions()
    ]
    assert (people, tuple(told)) == (case.people, case.told)
