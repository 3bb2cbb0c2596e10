"""What a roster cannot say for sure, and what would take many people off it: asked about, never done silently."""

from __future__ import annotations

import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select

from quiz_app.kernel.access import SYSTEM, Role
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Overloaded
from quiz_app.kernel.work import Reading, working
from quiz_app.members import roster_file, rosters, services
from quiz_app.members.errors import LastOperator, RemovalUnconfirmed, RosterFaulty, RosterOutdated
from quiz_app.members.models import Member, RosterImport, Standing
from quiz_app.members.roster_matching import is_one_slip
from quiz_app.members.roster_plan import Kind, PlanFolder, Summary
from quiz_app.members.rosters import Order
from tests.features.members.conftest import People, add_member
from tests.features.members.roster_files import HEADINGS, workbook
from tests.features.members.test_rosters import AN, applied, changed, planned
from tests.support.nursery import born
from tests.support.works import View, Work

BINH = ["1", "Trần Thị Bình", "02/05/1961", "KL", "", "", ""]


def options(db: Database, people: People, row: list[Any]) -> list[str]:
    [asked] = planned(db, people.commune, workbook([row])).questions
    return [words for _, words in asked.question.options]


@pytest.mark.parametrize("name", ["Trần Thi Bình", "Trần Thị Bìng", "Trần Thị Bnìh", "Tràn Thị Bình"])
def test_a_name_one_slip_away_with_the_same_birth_is_asked_about(db: Database, people: People, name: str) -> None:
    assert options(db, people, changed(BINH, name=name)) == [
        "Là Trần Thị Bình, sinh 02/05/1961, Chi bộ thôn Kim Lan",
        "Là người mới, chưa có trong hệ thống",
        "Bỏ qua dòng này",
    ]


def test_somebody_without_a_card_in_another_unit_is_asked_about_and_moved(
    db: Database, people: People, view: View
) -> None:
    row = changed(BINH, unit="GC")
    [asked] = planned(db, people.commune, workbook([row])).questions
    answers = {asked.question.key: f"member:{people.binh.id}"}
    plan = planned(db, people.commune, workbook([row]), answers=answers)
    [moved] = plan.of(Kind.MOVED)
    assert (moved.before, moved.values) == ({"unit_id": people.other_cell}, {"unit_id": people.cell})
    applied(db, people.commune, workbook([row]), answers=answers)
    with view() as r:
        assert r.session.get_one(Member, people.binh.id).unit_id == people.cell
        assert r.session.scalar(select(func.count()).select_from(Member)) == 4


def test_an_answer_makes_a_new_person_or_skips_the_row(db: Database, people: People) -> None:
    content = workbook([changed(BINH, name="Trần Thi Bình")])
    [asked] = planned(db, people.commune, content).questions
    new = planned(db, people.commune, content, answers={asked.question.key: "new"})
    assert [one.full_name for one in new.of(Kind.NEW)] == ["Trần Thi Bình"]
    skipped = planned(db, people.commune, content, answers={asked.question.key: "skip"}, is_complete=True)
    assert len(skipped.of(Kind.SKIPPED)) == 1
    assert people.binh.id not in {one.member_id for one in skipped.of(Kind.LEFT)}, "he may be the one who was skipped"
    unknown = planned(db, people.commune, content, answers={asked.question.key: f"member:{people.an.id}"})
    assert len(unknown.questions) == 1, "an answer that was not offered is none"


def test_a_card_of_quite_another_person_is_asked_about(db: Database, people: People) -> None:
    row = changed(AN, name="Vũ Văn Dũng", born="1985")
    assert options(db, people, row) == ["Là Nguyễn Văn An, sinh 02/05/1961, Chi bộ thôn Giang Cao", "Bỏ qua dòng này"]


def test_nothing_doubtful_is_written(db: Database, people: People) -> None:
    with pytest.raises(RosterFaulty):
        applied(db, people.commune, workbook([changed(BINH, name="Trần Thi Bình")]))


def test_two_rows_that_mean_one_member_are_told(db: Database, people: People) -> None:
    content = workbook([BINH, changed(BINH, stt="2", born="")])
    assert [problem.row for problem in planned(db, people.commune, content).problems] == [5]


def test_who_is_in_no_row_of_a_complete_roster_is_listed_and_leaves_when_it_is_said(
    db: Database, people: People, view: View
) -> None:
    content = workbook([AN])
    assert planned(db, people.commune, content).of(Kind.LEFT) == []
    plan = planned(db, people.commune, content, is_complete=True)
    assert {one.member_id for one in plan.of(Kind.LEFT)} == {people.binh.id, people.secretary.id, people.organiser.id}
    assert applied(db, people.commune, content, is_complete=True).left == 0
    assert applied(db, people.commune, content, is_complete=True, agreed={"with_left": True}).left == 3
    with view() as r:
        assert r.session.get_one(Member, people.binh.id).standing == Standing.LEFT.value
    back = planned(db, people.commune, workbook([BINH])).of(Kind.CHANGED)
    assert [one.values for one in back] == [{"standing": Standing.ACTIVE.value}]


def test_no_roster_shuts_the_operator_out(db: Database, people: People, work: Work) -> None:
    with work() as w:
        services.grant_role(w, people.organiser.id, Role.OPERATOR, people.commune)
    plan = planned(db, people.commune, workbook([AN]), is_complete=True)
    assert {one.member_id for one in plan.of(Kind.LEFT)} == {people.binh.id, people.secretary.id}
    headings = [*HEADINGS, "Tình trạng sinh hoạt"]
    operator = ["1", people.organiser.full_name, "02/05/1961", "Đảng bộ xã", "", "", "", "Từ trần"]
    [row] = planned(db, people.commune, workbook([operator], headings=headings)).of(Kind.CHANGED)
    assert row.values["standing"] == Standing.LEFT.value
    with pytest.raises(LastOperator):
        applied(db, people.commune, workbook([operator], headings=headings))


@pytest.mark.parametrize("is_said_in_the_file", [True, False])
def test_many_off_the_roster_must_be_confirmed_by_their_number(
    db: Database, people: People, work: Work, view: View, is_said_in_the_file: bool
) -> None:
    names = ["Lê Văn Một", "Lê Văn Hai", "Lê Văn Ba", "Lê Văn Bốn", "Lê Văn Năm", "Lê Văn Sáu"]
    with work() as w:
        for name in names:
            add_member(w, people.cell, name)
    rows = [[*changed(BINH, name=name, unit="GC"), "Đã chuyển đi"] for name in names] if is_said_in_the_file else []
    content = workbook([[*AN, ""], *rows], headings=[*HEADINGS, "Tình trạng sinh hoạt"])
    agreed = {"with_left": not is_said_in_the_file}
    number = 6 if is_said_in_the_file else 9
    for wrong in (None, number - 1):
        with pytest.raises(RemovalUnconfirmed) as refused:
            applied(db, people.commune, content, is_complete=True, agreed={**agreed, "removed": wrong})
        assert refused.value.facts == {"count": number, "size": 10}
    applied(db, people.commune, content, is_complete=True, agreed={**agreed, "removed": number})
    with view() as r:
        gone = select(func.count()).where(Member.standing.in_([Standing.MOVED.value, Standing.LEFT.value]))
        assert r.session.scalar(gone) == number


def test_five_may_leave_without_a_number_and_so_may_one_in_ten() -> None:
    assert is_large(5, 6) is False
    assert is_large(6, 60) is False
    assert is_large(6, 59) is True


def is_large(left: int, size: int) -> bool:
    summary = Summary(counts={"left": left}, roster_size=size)
    return summary.is_large_removal(with_left=True)


def kept_plan(db: Database, people: People, content: bytes, folder: Path) -> tuple[Order, PlanFolder]:
    order, kept = Order(people.commune, rosters.file_hash(content), "ds.xlsx"), PlanFolder(folder)
    with db.reading() as session:
        reading = Reading(session, SYSTEM, datetime.now(UTC))
        rosters.plan(reading, order, roster_file.read_sheets(content), kept)
    return order, kept


def test_a_plan_holds_only_for_the_roster_it_was_made_against(
    db: Database, people: People, work: Work, view: View, tmp_path: Path
) -> None:
    order, kept = kept_plan(db, people, workbook([changed(AN, phone="0987654321")]), tmp_path)
    with work() as w:
        w.session.get_one(Member, people.binh.id).phone = "0900000000"
    with pytest.raises(RosterOutdated), working(db) as w:
        rosters.apply(w, order, kept, since=w.now)
    with view() as r:
        assert r.session.get_one(Member, people.an.id).phone == "0912 345 678"


def test_a_plan_written_twice_is_written_once(db: Database, people: People, view: View, tmp_path: Path) -> None:
    order, kept = kept_plan(db, people, workbook([changed(AN, phone="0987654321")]), tmp_path)
    since = datetime.now(UTC)
    with working(db) as w:
        assert not rosters.apply(w, order, kept, since=since).is_repeat
    with working(db) as w:
        again = rosters.apply(w, order, kept, since=since)
    assert (again.is_repeat, again.changed) == (True, 1)
    with view() as r:
        assert r.session.scalar(select(func.count()).select_from(RosterImport)) == 1


def test_whatever_breaks_on_the_way_nothing_is_half_written(
    db: Database, people: People, view: View, tmp_path: Path
) -> None:
    names = [f"Lê Văn {one}" for one in ("Một", "Hai", "Ba")]
    content = workbook([changed(AN, phone="0987654321"), *(changed(BINH, name=name, born="1970") for name in names)])
    order, kept = kept_plan(db, people, content, tmp_path)

    def break_down(*_: object) -> None:
        raise KeyboardInterrupt

    with working(db) as w:
        since = w.now
    with pytest.raises(KeyboardInterrupt), working(db) as w:
        event.listen(w.session, "before_flush", break_down)
        rosters.apply(w, order, kept, since=since)
        w.session.flush()
    with view() as r:
        assert r.session.scalar(select(func.count()).select_from(Member)) == 4
        assert r.session.get_one(Member, people.an.id).phone == "0912 345 678"
    with working(db) as w:
        assert rosters.apply(w, order, kept, since=since).added == 3


def test_a_worker_killed_before_the_last_moment_leaves_nothing_half_done(
    db: Database, people: People, view: View, tmp_path: Path
) -> None:
    order, kept = kept_plan(db, people, workbook([changed(AN, phone="0987654321")]), tmp_path)
    address = db.engine.url.render_as_string(hide_password=False)
    program = [sys.executable, "-m", "tests.features.members.dying", address]
    words = [*program, str(order.unit_id), order.file_sha256, str(tmp_path)]
    assert born(words, os.environ, tmp_path / "log").wait(60) == -signal.SIGKILL
    with view() as r:
        assert r.session.get_one(Member, people.an.id).phone == "0912 345 678"
        assert r.session.scalar(select(func.count()).select_from(RosterImport)) == 0
    ends = time.monotonic() + 10
    while True:  # the server notices the death of its client within moments
        try:
            with working(db) as w:
                assert rosters.apply(w, order, kept, since=w.now).changed == 1
            return
        except Overloaded:
            assert time.monotonic() < ends


@pytest.mark.parametrize(
    ("one", "other", "is_near"),
    [
        ("tran thi binh", "tran thi binh", True),
        ("tran thi binh", "tran thi bing", True),
        ("tran thi binh", "tran thi bin", True),
        ("tran thi binh", "tran thi ibnh", True),
        ("tran thi binh", "tran thi bang", False),
        ("tran thi binh", "tran thi", False),
        ("", "a", True),
    ],
)
def test_one_slip(one: str, other: str, is_near: bool) -> None:
    assert is_one_slip(one, other) is is_near
    assert is_one_slip(other, one) is is_near
