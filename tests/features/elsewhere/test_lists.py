"""Lists of results from elsewhere: what is certain, what is asked, what is left out, and what is wrong in them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from quiz_app.elsewhere import importing
from quiz_app.elsewhere.errors import ListUndecided, ListUnreadable
from quiz_app.elsewhere.models import OutsideContest, OutsideImport, OutsideRecord, Source, State
from quiz_app.elsewhere.sheet import parse, points
from quiz_app.kernel.errors import Missing
from quiz_app.members.models import Category, Member
from quiz_app.members.roster_file import Cell, Sheet
from tests.features.elsewhere.build import TERMS, TODAY, city_contest, declared, results, sent
from tests.support.build import Commune, member
from tests.support.works import View, Work

BORN = date(1980, 5, 17)


@pytest.fixture
def city(work: Work, commune: Commune) -> OutsideContest:
    with work() as w:
        w.session.get_one(Member, commune.member.id).card_number = "01.234567"
        member(
            w, commune.first, "Trần Thị Hoà", category=Category.FULL, with_account=False
        )  # namesake of a sympathiser
    return city_contest(work, commune.organiser, commune.root)


def row(name: str, born: Any = "", unit: str = "", card: Any = "", score: Any = "", attempts: Any = "") -> list[Any]:
    return ["1", name, born, unit, card, score, attempts, "001080012345"]


def kept(view: View, contest: OutsideContest) -> dict[str, tuple[Any, ...]]:
    with view() as r:
        rows = r.session.execute(
            select(Member.full_name, OutsideRecord)
            .join(Member, Member.id == OutsideRecord.member_id)
            .where(OutsideRecord.contest_id == contest.id)
        )
        return {name: (one.score_hundredths, one.attempts, one.state, one.source) for name, one in rows}


CERTAIN = (State.CONFIRMED.value, Source.LIST.value)


def test_people_are_known_by_card_else_by_name_birth_and_unit(
    work: Work, view: View, commune: Commune, city: OutsideContest
) -> None:
    content = results([
        row("NGUYỄN VĂN AN", "", "", 1234567, 18.5, 3),
        row("Đỗ Thị Bình", BORN, "thon giang cao", "", "20/20", ""),
        row("Phạm Quốc Đạt", "1980", "CB2", "", 15, 1),
        row("Người Lạ Mặt", "1990", "Chi bộ thôn Kim Lan", "", 10, 1),
        ["", "Tổng cộng: 4", "", "", "", "", "", ""],
    ])  # fmt: skip
    upload = sent(work, city, commune.organiser, content)
    with view(actor=commune.organiser) as r:
        plan = importing.plan(r, importing.sent_list(r, upload.id))
    assert [change.person.full_name for change in plan.new] == ["Nguyễn Văn An", "Đỗ Thị Bình", "Phạm Quốc Đạt"]
    assert [line.full_name for line in plan.unknown] == ["Người Lạ Mặt"]
    assert (plan.questions, plan.unchanged) == ([], 0)
    with work(actor=commune.organiser) as w:
        importing.apply(w, upload.id, {})
    assert kept(view, city) == {
        "Nguyễn Văn An": (1850, 3, *CERTAIN),
        "Đỗ Thị Bình": (2000, None, *CERTAIN),
        "Phạm Quốc Đạt": (1500, 1, *CERTAIN),
    }
    with view() as r:
        assert r.session.get_one(OutsideImport, upload.id).rows == []


@pytest.mark.parametrize(
    ("line", "candidates"),
    [
        (row("Đỗ Thị Bình", BORN), ["Đỗ Thị Bình"]),  # no unit
        (row("Đỗ Thị Bình", "", "CB1"), ["Đỗ Thị Bình"]),  # no birth
        (row("Đỗ Thị Bình", "1981", "CB1"), ["Đỗ Thị Bình"]),  # another birth
        (row("Đỗ Thị Bình", "1980", "CB2"), ["Đỗ Thị Bình"]),  # another unit
        (row("Trần Thị Hòa", "1980", "CB1"), ["Trần Thị Hòa", "Trần Thị Hoà"]),  # two of them
        (row("Trần Văn Khác", "", "", "01.234567"), ["Nguyễn Văn An"]),  # the card is another's
    ],
)
def test_whoever_does_not_quite_fit_is_a_question(
    work: Work, view: View, commune: Commune, city: OutsideContest, line: list[Any], candidates: list[str]
) -> None:
    upload = sent(work, city, commune.organiser, results([line]))
    with view(actor=commune.organiser) as r:
        plan = importing.plan(r, importing.sent_list(r, upload.id))
    (question,) = plan.questions
    assert [person.full_name for person in question.people] == candidates
    with pytest.raises(ListUndecided), work(actor=commune.organiser) as w:
        importing.apply(w, upload.id, {question.line.key: commune.operator.id})  # nobody who was offered
    with work(actor=commune.organiser) as w:
        importing.apply(w, upload.id, {question.line.key: question.people[-1].member_id})
    assert list(kept(view, city)) == [candidates[-1]]


def test_an_answer_may_be_nobody(work: Work, view: View, commune: Commune, city: OutsideContest) -> None:
    upload = sent(work, city, commune.organiser, results([row("Đỗ Thị Bình", BORN)]))
    with view(actor=commune.organiser) as r:
        (question,) = importing.plan(r, importing.sent_list(r, upload.id)).questions
    with work(actor=commune.organiser) as w:
        importing.apply(w, upload.id, {question.line.key: importing.NOBODY})
    assert kept(view, city) == {}


def test_the_same_file_twice_changes_nothing_and_a_newer_one_only_what_it_says(
    work: Work, view: View, commune: Commune, city: OutsideContest
) -> None:
    first = results([row("Nguyễn Văn An", "", "", "01 234567", 12, 1)])
    for _ in range(2):
        upload = sent(work, city, commune.organiser, first)
        with work(actor=commune.organiser) as w:
            done = importing.apply(w, upload.id, {})
    assert done.is_repeat
    better = results([
        row("Nguyễn Văn An", "", "", "01.234567", 17, ""),
        row("Nguyễn Văn An", "", "", "01.234567", "19,25", ""),
        row("Nguyễn Văn An", "", "", "01.234567", 14, ""),
    ])  # fmt: skip
    upload = sent(work, city, commune.organiser, better)
    with work(actor=commune.organiser) as w:
        done = importing.apply(w, upload.id, {})
    assert (len(done.changed), len(done.doubled)) == (1, 2)
    assert kept(view, city) == {"Nguyễn Văn An": (1925, 1, *CERTAIN)}  # the best line; no attempts said, none erased
    with view() as r:
        assert r.session.scalar(select(func.count()).select_from(OutsideImport)) == 2  # the repeated one is gone


def test_a_list_settles_what_was_declared_or_refused(
    work: Work, view: View, commune: Commune, city: OutsideContest
) -> None:
    declared(work, city, commune.member)
    upload = sent(work, city, commune.secretary, results([row("Nguyễn Văn An", "", "", "01.234567", 20)]))
    with work(actor=commune.secretary) as w:
        importing.apply(w, upload.id, {})
    assert kept(view, city) == {"Nguyễn Văn An": (2000, 2, *CERTAIN)}


def test_a_secretary_records_his_own_unit_alone_and_nobody_another_s_list(
    work: Work, view: View, commune: Commune, city: OutsideContest
) -> None:
    content = results([row("Nguyễn Văn An", "", "", "01.234567"), row("Phạm Quốc Đạt", BORN, "CB2")])
    upload = sent(work, city, commune.secretary, content)
    with view(actor=commune.secretary) as r:
        plan = importing.plan(r, importing.sent_list(r, upload.id))
        assert [change.person.full_name for change in plan.new] == ["Nguyễn Văn An"]
        assert [line.full_name for line in plan.unknown] == ["Phạm Quốc Đạt"]
    for other in (commune.organiser, commune.secretary_elsewhere):
        with pytest.raises(Missing), view(actor=other) as r:
            importing.sent_list(r, upload.id)
    for stranger in (commune.overseer, commune.member):
        with pytest.raises(Missing):
            sent(work, city, stranger, content)


FAULTS = {
    "score": (row("Nguyễn Văn An", "", "", "", "giỏi"), "F"),
    "attempts": (row("Nguyễn Văn An", "", "", "", "", "nhiều"), "G"),
    "no attempts at all": (row("Nguyễn Văn An", "", "", "", "", 0), "G"),
    "card": (row("Nguyễn Văn An", "", "", "123"), "E"),
    "card cut": (row("Nguyễn Văn An", "", "", 1.234567), "E"),
    "birth": (row("Nguyễn Văn An", "31/02/1980"), "C"),
    "name": (row("Nguyễn Văn An 2", BORN), "B"),
    "no name": (row("", BORN, "CB1"), "B"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_every_fault_has_its_place(city: OutsideContest, fault: tuple[list[Any], str]) -> None:
    line, column = fault
    parsed = importing.read(results([line]), city)
    assert [(one.sheet, one.row, one.column) for one in parsed.problems] == [("Kết quả", 4, column)]
    assert parsed.lines == []


def cells(*texts: str) -> tuple[Cell, ...]:
    return tuple(Cell(text) for text in texts)


def test_a_day_of_taking_part_lies_within_the_contest() -> None:
    rows = (
        (1, cells("Họ tên", "Ngày thi")),
        (2, cells("Nguyễn Văn An", f"{TODAY:%d/%m/%Y} 08:15:00")),
        (3, cells("Đỗ Thị Bình", f"{TERMS.ends_on + timedelta(days=1):%d/%m/%Y}")),
    )
    parsed = parse([Sheet("A", rows)], TERMS.starts_on, TERMS.ends_on)
    assert [line.took_part_on for line in parsed.lines] == [TODAY.isoformat()]
    assert [(one.row, one.column) for one in parsed.problems] == [(3, "B")]


@pytest.mark.parametrize(
    ("text", "hundredths"),
    [("18", 1800), ("18,5", 1850), ("18.25", 1825), ("18.500", 1850), ("18/20", 1800), ("9,75 điểm", 975),
     ("18,125", None), ("-3", None), ("", None), ("mười", None), ("1e3", None)],
)  # fmt: skip
def test_scores(text: str, hundredths: int | None) -> None:
    assert points(text) == hundredths


@pytest.mark.parametrize("content", [b"", b"Ho ten;Diem\nAn;18", b"PK\x03\x04 no archive"])
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_what_is_no_workbook_is_refused_in_words(city: OutsideContest, content: bytes) -> None:
    try:
        parsed = importing.read(content, city)
    except ListUnreadable as refused:
        assert refused.facts["reason"]
    else:  # text with separators may be read, and says what is missing
        assert parsed.problems or parsed.lines
