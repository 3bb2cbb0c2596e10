from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import func, select, update

from quiz_app.kernel.access import SYSTEM, Actor
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.work import viewing, working
from quiz_app.members import roster_file, rosters
from quiz_app.members.errors import RosterFaulty
from quiz_app.members.models import Category, Member, RosterImport, Standing
from quiz_app.members.roster_entry import Problem
from quiz_app.members.roster_plan import Asked, Kind, PlanFolder, Record, Summary
from quiz_app.members.rosters import Done, Order
from quiz_app.units import services as units_services
from quiz_app.units.models import UnitKind
from tests.features.members.conftest import People
from tests.features.members.roster_files import HEADINGS, workbook
from tests.support.works import View, Work, actor_of


@dataclass(frozen=True)
class Planned:
    summary: Summary
    records: list[Record]
    questions: list[Asked]

    def of(self, *kinds: Kind) -> list[Record]:
        return [record for record in self.records if record.kind in kinds]

    @property
    def problems(self) -> list[Problem]:
        return [problem for record in self.records for problem in record.problems]

    @property
    def is_empty(self) -> bool:
        return not self.summary.writes and not self.problems


AN = ["1", "Nguyễn Văn An", date(1961, 5, 2), "Chi bộ thôn Giang Cao", "01234567", "Chính thức", "0912 345 678"]
NEW = ["2", "Phạm Văn Ẩn", "1970", "KL", "", "Dự bị", ""]


def planned(db: Database, unit_id: int, content: bytes, actor: Actor = SYSTEM, **more: Any) -> Planned:
    with TemporaryDirectory() as folder, viewing(db, actor=actor) as r:
        kept = PlanFolder(Path(folder))
        order = Order(unit_id, rosters.file_hash(content), "danh sách.xlsx", **more)
        summary = rosters.plan(r, order, roster_file.read_sheets(content), kept)
        return Planned(summary, list(kept.records()), kept.questions())


def applied(db: Database, unit_id: int, content: bytes, actor: Actor = SYSTEM, **more: Any) -> Done:
    """Planned and written in one go, as the command line does it; `agreed` goes to the writing."""
    agreed = more.pop("agreed", {})
    with TemporaryDirectory() as folder:
        kept = PlanFolder(Path(folder))
        order = Order(unit_id, rosters.file_hash(content), "danh sách.xlsx", **more)
        with viewing(db, actor=actor) as r:
            rosters.plan(r, order, roster_file.read_sheets(content), kept)
        with working(db, actor=actor) as w:
            return rosters.apply(w, order, kept, since=w.now, **agreed)


def changed(row: Sequence[Any], **by: Any) -> list[Any]:
    names = ["stt", "name", "born", "unit", "card", "category", "phone"]
    return [by.get(name, value) for name, value in zip(names, row, strict=True)]


def test_new_changed_and_unchanged_are_told_apart(db: Database, people: People) -> None:
    plan = planned(db, people.commune, workbook([changed(AN, phone="0987654321"), NEW]))
    assert plan.problems == []
    assert [(one.unit_id, one.full_name) for one in plan.of(Kind.NEW)] == [(people.other_cell, "Phạm Văn Ẩn")]
    assert [(one.full_name, one.before, one.values) for one in plan.of(Kind.CHANGED)] == [
        ("Nguyễn Văn An", {"phone": "0912 345 678"}, {"phone": "0987654321"})
    ]
    assert plan.summary.not_in_file == 3


def test_applying_writes_all_of_it(db: Database, people: People, view: View) -> None:
    applied(db, people.commune, workbook([changed(AN, phone="0987654321"), NEW]))
    with view() as r:
        new = r.session.scalars(select(Member).where(Member.full_name == "Phạm Văn Ẩn")).one()
        assert (new.unit_id, new.category, new.born_on, new.born_year_only, new.card_number) == (
            people.other_cell,
            Category.PROBATIONARY.value,
            date(1970, 1, 1),
            True,
            None,
        )
        assert r.session.get_one(Member, people.an.id).phone == "0987654321"
        kept = r.session.scalars(select(RosterImport)).one()
        assert (kept.added, kept.changed, kept.unchanged) == (1, 1, 0)


@pytest.mark.parametrize("is_demo", [True, False])
def test_whoever_comes_into_a_demo_belongs_to_it(
    db: Database, people: People, work: Work, view: View, is_demo: bool
) -> None:
    """A demo is started again only while nobody real is in it."""
    with work() as w:
        w.session.execute(update(Member).values(is_demo=is_demo))
    applied(db, people.commune, workbook([AN, NEW]))
    with view() as r:
        assert set(r.session.scalars(select(Member.is_demo))) == {is_demo}


def test_the_same_file_twice_changes_nothing_and_says_so(db: Database, people: People, view: View) -> None:
    content = workbook([AN, NEW])
    applied(db, people.commune, content)
    again = planned(db, people.commune, content)
    assert again.summary.is_repeat
    assert again.is_empty
    with view() as r:
        assert r.session.scalar(select(func.count()).select_from(RosterImport)) == 1
        assert r.session.scalar(select(func.count()).select_from(Member)) == 5


def test_another_file_with_the_same_people_changes_nothing(db: Database, people: People) -> None:
    applied(db, people.commune, workbook([AN, NEW]))
    plan = planned(db, people.commune, workbook([NEW, AN]))
    assert plan.is_empty
    assert not plan.summary.is_repeat
    assert len(plan.of(Kind.UNCHANGED)) == 2


def test_one_error_and_nothing_is_applied(db: Database, people: People, view: View) -> None:
    content = workbook([NEW, changed(AN, card="123"), changed(NEW, name="Trần Văn Hoa", unit="Chi bộ lạ")])
    plan = planned(db, people.commune, content)
    assert [(problem.row, problem.column, problem.value) for problem in plan.problems] == [
        (5, "E", "123"),
        (6, "D", "Chi bộ lạ"),
    ]
    with pytest.raises(RosterFaulty):
        applied(db, people.commune, content)
    with view() as r:
        assert r.session.scalar(select(func.count()).select_from(Member)) == 4


def test_a_card_follows_its_owner_to_another_unit_and_name(db: Database, people: People, view: View) -> None:
    applied(db, people.commune, workbook([changed(AN, name="Nguyễn Văn Ân", unit="KL")]))
    with view() as r:
        an = r.session.get_one(Member, people.an.id)
        assert (an.full_name, an.unit_id) == ("Nguyễn Văn Ân", people.other_cell)
        assert an.search_key == "nguyen van an"


def test_who_has_no_card_is_known_by_unit_name_and_birth(db: Database, people: People, view: View) -> None:
    applied(db, people.commune, workbook([changed(NEW, name="Nguyễn Thị Hòa")]))
    plan = planned(
        db, people.commune, workbook([changed(NEW, name="NGUYỄN THỊ HOÀ", category="Chính thức", card="09.000001")])
    )
    assert plan.of(Kind.NEW) == []
    [change] = plan.of(Kind.CHANGED)
    assert change.before == {"category": Category.PROBATIONARY.value, "card_number": None}
    assert change.values == {"category": Category.FULL.value, "card_number": "09.000001"}
    other = planned(db, people.commune, workbook([changed(NEW, name="Nguyễn Thị Hòa", born="1971")]))
    assert len(other.of(Kind.NEW)) == 1


def test_empty_cells_and_bare_years_erase_nothing(db: Database, people: People) -> None:
    plan = planned(db, people.commune, workbook([changed(AN, born="1961", category="", phone="")]))
    assert plan.is_empty
    assert len(plan.of(Kind.UNCHANGED)) == 1
    without_card = planned(db, people.commune, workbook([changed(AN, card="", phone="")]))
    assert without_card.is_empty


def test_standing_is_said_in_the_file(db: Database, people: People, view: View) -> None:
    headings = [*HEADINGS, "Tình trạng sinh hoạt"]
    applied(db, people.commune, workbook([[*AN, "Đã chuyển đi"]], headings=headings))
    with view() as r:
        assert r.session.get_one(Member, people.an.id).standing == Standing.MOVED.value


def test_the_same_person_twice_in_a_file_is_told_with_both_places(db: Database, people: People) -> None:
    plan = planned(db, people.commune, workbook([AN, changed(AN, name="Lê Văn An"), NEW, changed(NEW, stt="9")]))
    assert [(problem.row, problem.column) for problem in plan.problems] == [(5, "E"), (7, "B")]
    assert "dòng 4" in plan.problems[0].advice
    assert "dòng 6" in plan.problems[1].advice


def test_namesakes_without_birth_or_card_are_asked_about(db: Database, people: People) -> None:
    applied(db, people.commune, workbook([NEW, changed(NEW, born="1980")]))
    plan = planned(db, people.commune, workbook([changed(NEW, born="")]))
    [asked] = plan.questions
    assert [words for _, words in asked.question.options] == [
        "Là Phạm Văn Ẩn, sinh 1970, Chi bộ thôn Kim Lan",
        "Là Phạm Văn Ẩn, sinh 1980, Chi bộ thôn Kim Lan",
        "Là người mới, chưa có trong hệ thống",
        "Bỏ qua dòng này",
    ]


def test_a_card_of_somebody_outside_is_refused(db: Database, people: People, work: Work) -> None:
    with work() as w:
        other = units_services.create_unit(
            w, code="XB", name="Đảng bộ xã khác", kind=UnitKind.COMMUNE, parent_id=None
        ).id
    plan = planned(db, other, workbook([changed(AN, unit="XB")]))
    assert [(problem.row, problem.column) for problem in plan.problems] == [(4, "E")]


def test_a_sheet_named_as_a_unit_needs_no_column(db: Database, people: People) -> None:
    content = workbook([["1", "Lý Thị Ơn", "1980"]], headings=HEADINGS[:3], sheet="Thôn Kim Lan")
    assert [one.unit_id for one in planned(db, people.commune, content).of(Kind.NEW)] == [people.other_cell]
    nameless = workbook([["1", "Lý Thị Ơn", "1980"]], headings=HEADINGS[:3])
    assert planned(db, people.commune, nameless).problems
    assert [one.unit_id for one in planned(db, people.cell, nameless).of(Kind.NEW)] == [people.cell]


def test_only_the_organiser_of_the_unit_imports(db: Database, people: People, view: View) -> None:
    with view() as r:
        organiser = actor_of(r.session, people.organiser)
        secretary = actor_of(r.session, people.secretary)
    assert len(planned(db, people.cell, workbook([AN]), organiser).of(Kind.CHANGED)) == 1
    with pytest.raises(Missing):
        planned(db, people.cell, workbook([AN]), secretary)


def test_a_file_without_people_is_told(db: Database, people: People) -> None:
    assert planned(db, people.commune, workbook([])).problems
    assert planned(db, people.commune, workbook([AN], headings=["A", "B", "C", "D", "E", "F", "G"])).problems
