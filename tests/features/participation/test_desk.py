"""The desk against sums made by hand, and who may sit at it."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from itertools import product
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from quiz_app.contests.models import RosterEntry, Round
from quiz_app.kernel.access import Actor
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing
from quiz_app.members.models import Member
from quiz_app.participation import policy, queries, services
from quiz_app.participation.errors import TooManyRows
from quiz_app.participation.labels import State
from quiz_app.participation.queries import Filter
from quiz_app.units import queries as units
from tests.features.leaderboard.build import Statements, attempt, open_round, roster
from tests.support.browse import Browse
from tests.support.build import Commune, member
from tests.support.page import Page
from tests.support.works import View, Work, actor_of


def cells(row: Element) -> list[str]:
    return [" ".join("".join(cell.itertext()).split()) for cell in row]


def table(page: Page, caption: str) -> list[list[str]]:
    """The body rows of the table whose caption begins so."""
    for found in page.all(".//table"):
        heading = found.find("caption")
        if heading is not None and "".join(heading.itertext()).startswith(caption):
            return [cells(row) for row in found.findall("./tbody/tr")]
    return []


def names(page: Page) -> list[str]:
    return [row[1].removesuffix(" (dự bị)") for row in table(page, "Đảng viên của")]


@pytest.fixture
def sat(work: Work, commune: Commune) -> Round:
    """first: An done twice, Bình sitting, Ánh missing, Lan missing, Ất exempt but done, Hòa from outside done."""
    with work() as w:
        round_ = open_round(w, commune.root)
        w.session.get_one(Member, commune.member.id).phone = "0912 345 678"
        roster(
            w,
            round_,
            [*commune.voters, commune.stranger, commune.inner_member],
            [commune.exempt],
        )
        attempt(w, round_, commune.member, 18, started=timedelta(hours=-3))
        attempt(w, round_, commune.member, 16, started=timedelta(hours=-1))
        attempt(w, round_, commune.colleague, None)
        attempt(w, round_, commune.exempt, 15)
        attempt(w, round_, commune.sympathiser, 10)
        attempt(w, round_, commune.inner_member, 7)
    return round_


def url(round_: Round, unit_id: int, tail: str = "") -> str:
    return f"/tham-gia/{round_.id}/don-vi/{unit_id}{tail}"


def test_figures_worked_out_by_hand(view: View, commune: Commune, sat: Round) -> None:
    with view(actor=commune.overseer) as r:
        first, none = queries.unit_lines(r, queries.desk(r, sat.id, commune.first.id))
        root, lines = queries.unit_lines(r, queries.desk(r, sat.id, commune.root.id))
    assert none == []
    assert (first.figures.members, first.figures.exempt, first.able) == (5, 1, 4)
    assert (first.done, first.sitting, first.missing, first.exempt) == (2, 1, 2, 0)
    assert (first.figures.rostered_participants, first.figures.participants, first.figures.attempts) == (1, 3, 4)
    assert (first.outside, str(first.turnout)) == (1, "1/4")
    assert (root.figures.members, root.done, root.sitting, root.missing, root.exempt) == (7, 3, 1, 3, 0)
    assert (root.figures.participants, root.figures.attempts, root.outside) == (4, 5, 1)
    assert str(root.turnout) == "1/3"
    assert {line.name: (line.sums.figures.members, line.sums.figures.attempts) for line in lines} == {
        "Chi bộ thôn Giang Cao": (5, 4),
        "Chi bộ thôn Kim Lan": (1, 0),
        "Đảng bộ Công an xã": (1, 1),
    }
    assert [line.name for line in lines if line.has_children] == ["Đảng bộ Công an xã"]


def test_the_secretary_reads_his_list_in_vietnamese_order(browse: Browse, commune: Commune, sat: Round) -> None:
    page = browse.as_(commune.secretary).page(url(sat, commune.first.id))
    assert [row[1:4] for row in table(page, "Đảng viên của")] == [
        ["Nguyễn Văn An", "Đã thi", "2 lượt đã nộp, gần nhất 08:00 ngày 01/12/2026"],
        ["Lê Hồng Ánh (dự bị)", "Chưa thi", "– Hỗ trợ thi trên máy này cho đồng chí Lê Hồng Ánh"],
        ["Vũ Đình Ất", "Đã thi (được miễn)", "1 lượt đã nộp, gần nhất 07:00 ngày 01/12/2026"],
        ["Đỗ Thị Bình", "Đang làm bài Đang làm, 3 phút chưa lưu câu nào", "bắt đầu 07:00 ngày 01/12/2026"],
        ["Bùi Thị Lan", "Chưa thi", "–"],
    ]
    assert "1/4 · 25%" in page.text
    assert "1 người ngoài danh sách" in page.text
    assert "1 người được miễn vẫn dự thi" in page.text
    assert table(page, "Các đơn vị trực thuộc") == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("trang-thai=da-thi", ["Nguyễn Văn An", "Vũ Đình Ất"]),
        ("trang-thai=dang-lam", ["Đỗ Thị Bình"]),
        ("trang-thai=chua-thi", ["Lê Hồng Ánh", "Bùi Thị Lan"]),
        ("trang-thai=mien", []),
        ("trang-thai=la", ["Nguyễn Văn An", "Lê Hồng Ánh", "Vũ Đình Ất", "Đỗ Thị Bình", "Bùi Thị Lan"]),
        ("tim=do+binh", ["Đỗ Thị Bình"]),
        ("tim=ĐỖ", ["Đỗ Thị Bình"]),
        ("tim=hong&trang-thai=chua-thi", ["Lê Hồng Ánh"]),
        ("tim=%25", []),
    ],
)
def test_filter_and_search(browse: Browse, commune: Commune, sat: Round, query: str, expected: list[str]) -> None:
    page = browse.as_(commune.secretary).page(url(sat, commune.first.id, f"?{query}"))
    assert names(page) == expected


def test_long_lists_come_in_pages_and_keep_their_filter(
    browse: Browse, work: Work, commune: Commune, sat: Round
) -> None:
    with work() as w:
        people = [member(w, commune.first, f"Trần Văn Tý {number}", with_account=False) for number in range(60)]
        roster(w, sat, people)
    browse.as_(commune.secretary)
    first = browse.page(url(sat, commune.first.id, "?tim=ty"))
    second = browse.page(url(sat, commune.first.id, "?tim=ty&trang=2"))
    assert (len(names(first)), len(names(second))) == (50, 10)
    assert not set(names(first)) & set(names(second))
    assert any("tim=ty" in link and "trang=2" in link for link in first.hrefs())


def test_the_overseer_sees_totals_and_drills_down(browse: Browse, commune: Commune, sat: Round) -> None:
    browse.as_(commune.overseer)
    page = browse.page(url(sat, commune.root.id))
    assert [row[:3] for row in table(page, "Các đơn vị trực thuộc")] == [
        ["Chi bộ thôn Giang Cao 1/4 đã thi, 1 đang làm", "25%", "1/4"],
        ["Chi bộ thôn Kim Lan 0/1 đã thi", "0%", "0/1"],
        ["Đảng bộ Công an xã 1/1 đã thi", "100%", "1/1"],
    ]
    assert [cells(row)[:3] for row in page.all(".//tfoot/tr")] == [["Cộng", "33,3%", "2/6"]]
    assert len(names(page)) == 7
    assert url(sat, commune.committee.id) in page.hrefs()
    below = browse.page(url(sat, commune.committee.id))
    assert [row[0] for row in table(below, "Các đơn vị trực thuộc")] == ["Chi bộ Công an 1 1/1 đã thi"]


def test_telephone_numbers_are_for_the_own_secretary(browse: Browse, commune: Commune, sat: Round) -> None:
    assert "0912 345 678" in browse.as_(commune.secretary).page(url(sat, commune.first.id)).text
    for reader in (commune.overseer, commune.organiser):
        for unit_id in (commune.first.id, commune.root.id):
            assert "0912" not in browse.as_(reader).page(url(sat, unit_id)).html


def test_who_sits_at_which_desk(browse: Browse, commune: Commune, sat: Round) -> None:
    own, root, inner = commune.first.id, commune.root.id, commune.inner.id
    allowed = {
        commune.secretary: {own: 200, root: 404, inner: 404},
        commune.secretary_elsewhere: {own: 404, root: 404, inner: 404},
        commune.overseer: {own: 200, root: 200, inner: 200},
        commune.overseer_elsewhere: {own: 404, root: 404, inner: 200},
        commune.organiser: {own: 200, root: 200, inner: 200},
        commune.organiser_elsewhere: {own: 404, root: 404, inner: 200},
        commune.member: {own: 403, root: 403, inner: 403},
        commune.stranger: {own: 403, root: 403, inner: 403},
        commune.author: {own: 403, root: 403, inner: 403},
        commune.operator: {own: 403, root: 403, inner: 403},
    }
    for reader, expected in allowed.items():
        browse.as_(reader)
        for unit_id, status in expected.items():
            browse.page(url(sat, unit_id), status=status)
            browse.post(url(sat, unit_id, "/xuat"), {"trang-thai": "", "tim": ""}, status=status)
    browse.as_nobody()
    assert browse.get("/tham-gia/", status=302).location.startswith("/dang-nhap")
    assert browse.get(url(sat, own), status=302).location.startswith("/dang-nhap")


def test_the_first_page_leads_to_the_own_desk(work: Work, browse: Browse, commune: Commune) -> None:
    browse.as_(commune.secretary)
    assert "Chưa có đợt thi nào" in browse.page("/tham-gia/").text
    with work() as w:
        past = open_round(w, commune.root, title="Tuần 1", opened=timedelta(days=-9), closes=timedelta(days=-2))
        current = open_round(w, commune.root, title="Tuần 2")
        draft = open_round(w, commune.root, is_published=False)
        elsewhere = open_round(w, commune.committee)
    assert browse.get("/tham-gia/", status=302).location == url(current, commune.first.id)
    rounds = browse.page(url(current, commune.first.id)).texts(".//select[@name='dot']/option")
    assert [words.split(" – ")[0] for words in rounds] == ["Tuần 2", "Tuần 1"]  # narrow screens cut off the end
    assert browse.get(f"/tham-gia/?dot={past.id}", status=302).location == url(past, commune.first.id)
    for hidden in (draft, elsewhere):
        browse.page(url(hidden, commune.first.id), status=404)
    assert browse.get(f"/tham-gia/?don-vi={commune.second.id}", status=302).location == url(current, commune.first.id)
    browse.as_(commune.overseer)
    assert browse.get("/tham-gia/", status=302).location == url(current, commune.root.id)
    below = browse.get(f"/tham-gia/?dot={past.id}&don-vi={commune.second.id}", status=302)
    assert below.location == url(past, commune.second.id)


def test_both_twins_of_each_rule_agree(db: Database, commune: Commune) -> None:
    people: list[Member] = [value for value in vars(commune).values() if isinstance(value, Member)]
    tree = [commune.root, commune.first, commune.second, commune.committee, commune.inner]
    seen = 0
    with db.reading() as session:
        for person, unit in product(people, tree):
            actor = actor_of(session, person)
            path = units.path_ids(session, unit.id)
            by_sql = unit.id in set(session.scalars(policy.followed(actor)))
            below_by_sql = unit.id in set(session.scalars(policy.seen_subtrees(actor)))
            assert policy.follows(actor, path, unit.id) is by_sql, (person.full_name, unit.name)
            assert policy.sees_subtree(actor, path, unit.id) is below_by_sql, (person.full_name, unit.name)
            seen += by_sql
    assert seen == 2 + 5 + 2 + 5 + 2


def exported(content: bytes) -> Any:
    return load_workbook(io.BytesIO(content))


def test_the_export_has_typed_cells_and_no_formula(browse: Browse, work: Work, commune: Commune, sat: Round) -> None:
    hostile = ["=1+1", "@SUM(A1)", "+84", "-2+3", '=HYPERLINK("http://a")', "http://example.com", "0012"]
    with work() as w:
        people = [member(w, commune.first, name, with_account=False) for name in hostile]
        roster(w, sat, people)
    browse.as_(commune.secretary)
    answer = browse.submit(url(sat, commune.first.id), {}, action="/xuat", status=200)
    assert answer.response.headers["Content-Disposition"].startswith("attachment; filename=tham-gia-")
    sheet = exported(answer.response.get_data())["Danh sách"]
    rows = list(sheet.iter_rows())
    heading = next(place for place, row in enumerate(rows) if row[0].value == "STT")
    assert sheet.freeze_panes == f"A{heading + 2}"
    assert [cell.value for cell in rows[heading]][1:5] == ["Họ và tên", "Đơn vị", "Loại", "Trạng thái"]
    body = rows[heading + 1 :]
    assert len(body) == 12
    assert all(cell.data_type != "f" and cell.hyperlink is None for row in rows for cell in row)
    listed = {row[1].value: row for row in body}
    assert set(hostile) < set(listed)
    assert all(listed[name][1].data_type == "s" for name in hostile)
    own = listed["Nguyễn Văn An"]
    assert (own[0].data_type, own[7].value, own[7].data_type) == ("n", 2, "n")
    assert own[8].value == datetime(2026, 12, 1, 8, 0)  # noqa: DTZ001 - a spreadsheet keeps no time zone
    assert [cell.value for cell in own[9:]] == [0, 0, None, "0912 345 678"]
    notes = " ".join(str(row[0].value) for row in rows[:heading])
    assert "Chi bộ thôn Giang Cao" in notes
    assert "ngày 01/12/2026" in notes
    assert "Lọc: Tất cả; 12 người" in notes


def test_the_export_keeps_the_filter_and_is_written_down(
    browse: Browse, db: Database, commune: Commune, sat: Round
) -> None:
    browse.as_(commune.overseer)
    page = url(sat, commune.root.id, "?trang-thai=chua-thi&tim=a")
    content = browse.submit(page, {}, action="/xuat", status=200).response.get_data()
    book = exported(content)
    people = book["Danh sách"]
    listed = [row[1].value for row in people.iter_rows() if isinstance(row[0].value, int)]
    assert listed == ["Lê Hồng Ánh", "Phạm Quốc Đạt", "Bùi Thị Lan"]
    assert "0912" not in str([[cell.value for cell in row] for row in people.iter_rows()])
    lines = [[cell.value for cell in row] for row in book["Đơn vị"].iter_rows()]
    assert lines[-1][1:6] == ["Cộng", 7, 1, 6, 2]
    assert lines[-1][8] == pytest.approx(1 / 3)
    with db.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "participation.exported")).one()
    assert entry.actor_member_id == commune.overseer.id
    assert entry.subject == f"unit:{commune.root.id}"
    assert entry.facts == {
        "round_id": sat.id,
        "state": "missing",
        "has_search": True,
        "rows": 3,
        "has_phones": False,
    }


def test_too_long_a_list_is_refused_and_not_written_down(
    work: Work, view: View, db: Database, commune: Commune, sat: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "LARGEST_EXPORT", 6)
    with pytest.raises(TooManyRows), view(actor=commune.overseer) as r:
        services.export(r, sat.id, commune.root.id, Filter())
    with view(actor=commune.overseer) as r:
        made = services.export(r, sat.id, commune.root.id, Filter(State.DONE))
    assert made.content.startswith(b"PK")
    with work(actor=commune.overseer) as w:
        services.record_export(w, made)
    with db.reading() as session:
        assert len(session.scalars(select(AuditEntry).where(AuditEntry.action == "participation.exported")).all()) == 1


def test_the_unit_of_the_roster_counts_not_the_present_one(
    work: Work, view: View, commune: Commune, sat: Round
) -> None:
    with work() as w:
        w.session.get_one(Member, commune.probationer.id).unit_id = commune.second.id
    with view(actor=commune.secretary) as r:
        rows = queries.member_rows(r.session, queries.desk(r, sat.id, commune.first.id), Filter(), limit=50)
        kept = r.session.get_one(RosterEntry, (sat.id, commune.probationer.id))
    assert kept.unit_id == commune.first.id
    assert "Lê Hồng Ánh" in [row.full_name for row in rows]
    with pytest.raises(Missing), view(actor=Actor()) as r:
        queries.desk(r, sat.id, commune.first.id)


def test_a_list_of_few_does_not_walk_the_round_of_many(
    browse: Browse, commune: Commune, sat: Round, db: Database
) -> None:
    """For the last attempt of one member SQLite may choose to go through those of all, the youngest first."""
    if not db.is_sqlite:
        return  # its own planner knows the number of rows
    browse.as_(commune.secretary)
    with Statements(db.engine) as asked:
        browse.page(url(sat, commune.first.id))
    with db.reading() as session:
        plans = [
            row.detail
            for statement in asked.texts
            if statement.startswith("SELECT member.id, member.full_name")
            for row in session.connection().exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement}", (1,) * statement.count("?")
            )
        ]
    assert plans
    assert [detail for detail in plans if "ix_attempt_round_started" in detail] == []


def test_the_number_of_queries_does_not_grow(
    browse: Browse, work: Work, commune: Commune, sat: Round, db: Database
) -> None:
    browse.as_(commune.overseer)
    with Statements(db.engine) as before:
        browse.page(url(sat, commune.root.id))
    with work() as w:
        people = [member(w, commune.second, f"Trần Văn Tý {number}", with_account=False) for number in range(40)]
        roster(w, sat, people)
        for person in people[:20]:
            attempt(w, sat, person, 11)
    with Statements(db.engine) as after:
        page = browse.page(url(sat, commune.root.id))
    assert len(names(page)) == 47
    assert after.count == before.count <= 36
