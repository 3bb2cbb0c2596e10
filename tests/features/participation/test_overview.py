"""All units at once, the unit beside others and over rounds, sorting, files, and the wall of a meeting hall."""

from __future__ import annotations

import csv
import io
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from quiz_app.catalogue.models import Lesson
from quiz_app.contests.models import Round
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput
from quiz_app.leaderboard.tallies import take_tallies
from quiz_app.members.models import Member
from quiz_app.participation import beside, queries, tree
from quiz_app.participation.labels import ListColumn, Order
from quiz_app.participation.models import LagRule
from quiz_app.participation.queries import Filter
from quiz_app.participation.tree import Rule
from quiz_app.study.models import LessonProgress
from quiz_app.units.models import UnitKind
from tests.features.leaderboard.build import attempt, open_round, roster
from tests.support.browse import Browse
from tests.support.build import Commune, member, unit
from tests.support.works import View, Work, actor_of


@pytest.fixture
def sat(work: Work, db: Database, commune: Commune) -> Round:
    """first 1 of 4 and an exempt who sat, second 0 of 1, committee none of its own, inner 1 of 1."""
    with work() as w:
        round_ = open_round(w, commune.root)
        roster(w, round_, [*commune.voters, commune.stranger, commune.inner_member], [commune.exempt])
        attempt(w, round_, commune.member, 18)
        attempt(w, round_, commune.exempt, 15)
        attempt(w, round_, commune.inner_member, 7)
    take_tallies(db, round_.id)
    return round_


def url(round_: Round, unit_id: int, tail: str = "") -> str:
    return f"/tham-gia/{round_.id}/don-vi/{unit_id}{tail}"


def test_the_tree_rolls_up_and_the_flat_list_counts_everybody_once(view: View, commune: Commune, sat: Round) -> None:
    with view(actor=commune.overseer) as r:
        desk = queries.desk(r, sat.id, commune.root.id)
        whole = tree.whole_tree(r, desk, Rule())
        flat = tree.flat_list(r, desk, Rule())
    assert [(line.name, line.depth, line.sums.figures.members, str(line.sums.turnout)) for line in whole] == [
        ("Đảng bộ xã Bát Tràng", 0, 7, "1/3"),
        ("Chi bộ thôn Giang Cao", 1, 5, "1/4"),
        ("Chi bộ thôn Kim Lan", 1, 1, "0"),
        ("Đảng bộ Công an xã", 1, 1, "1"),
        ("Chi bộ Công an 1", 2, 1, "1"),
    ]
    assert [line.name for line in flat] == ["Chi bộ thôn Giang Cao", "Chi bộ thôn Kim Lan", "Chi bộ Công an 1"]
    assert sum(line.sums.figures.members for line in flat) == whole[0].sums.figures.members
    assert sum(line.sums.missing for line in flat) == whole[0].sums.missing == 4


@pytest.mark.parametrize(
    ("column", "is_backwards", "expected"),
    [
        (ListColumn.TREE, False, ["Giang Cao", "Kim Lan", "Công an 1", "Trống"]),
        (ListColumn.NAME, False, ["Công an 1", "Giang Cao", "Kim Lan", "Trống"]),
        (ListColumn.TURNOUT, False, ["Kim Lan", "Giang Cao", "Công an 1", "Trống"]),
        (ListColumn.TURNOUT, True, ["Công an 1", "Giang Cao", "Kim Lan", "Trống"]),
        (ListColumn.MISSING, True, ["Giang Cao", "Kim Lan", "Trống", "Công an 1"]),
        (ListColumn.ATTEMPTS, True, ["Giang Cao", "Công an 1", "Trống", "Kim Lan"]),
    ],
)
def test_the_flat_list_sorts(
    work: Work, view: View, commune: Commune, sat: Round, column: ListColumn, is_backwards: bool, expected: list[str]
) -> None:
    """A unit whose whole roster is exempt has no turnout, and stands last either way."""
    with work() as w:
        w.session.get_one(type(commune.committee), commune.committee.id).name = "Trống"
        roster(w, sat, [], [member(w, commune.committee, "Tô Miễn", with_account=False)])
    with view(actor=commune.overseer) as r:
        desk = queries.desk(r, sat.id, commune.root.id)
        found = tree.flat_list(r, desk, Rule(), column, is_backwards=is_backwards)
    names = [line.name.removeprefix("Chi bộ ").removeprefix("thôn ") for line in found]
    if column is ListColumn.TREE:
        assert sorted(names) == sorted(expected)
    else:
        assert names == expected


def test_who_lags_is_said_by_the_readers_own_rule(view: View, work: Work, commune: Commune, sat: Round) -> None:
    def lagging(percent: int, days: int) -> list[str]:
        with view(actor=commune.overseer) as r:
            desk = queries.desk(r, sat.id, commune.root.id)
            return [line.name for line in tree.flat_list(r, desk, Rule(percent, days)) if line.is_lagging]

    assert lagging(25, 3) == ["Chi bộ thôn Kim Lan"]  # a quarter is not below a quarter
    assert lagging(26, 3) == ["Chi bộ thôn Giang Cao", "Chi bộ thôn Kim Lan"]
    with view(actor=commune.overseer) as r:
        desk = queries.desk(r, sat.id, commune.first.id)
        sums = queries.own_figures(r.session, desk)[commune.first.id]
    closes_at = sat.closes_at
    assert not tree.lags(sums, Rule(26, 3), closes_at, closes_at - timedelta(days=3))  # not less than three days
    assert tree.lags(sums, Rule(26, 3), closes_at, closes_at - timedelta(days=3) + timedelta(seconds=1))
    assert tree.lags(sums, Rule(26, 3), closes_at, closes_at + timedelta(days=9))
    assert lagging(100, 60) == ["Chi bộ thôn Giang Cao", "Chi bộ thôn Kim Lan"]
    with view(actor=commune.overseer) as r:
        assert tree.rule_of(r) == Rule()
    for rule in (Rule(40, 5), Rule(60, 7)):
        with work(actor=commune.overseer) as w:
            tree.set_rule(w, rule)
    with view(actor=commune.overseer) as r:
        assert tree.rule_of(r) == Rule(60, 7)
    with view(actor=commune.organiser) as r:
        assert tree.rule_of(r) == Rule()
    for wrong in (Rule(0, 3), Rule(101, 3), Rule(50, 0), Rule(50, 61)):
        with pytest.raises(BadInput), work(actor=commune.overseer) as w:
            tree.set_rule(w, wrong)


def test_a_rule_saved_twice_at_once_is_one_rule(work: Work, db: Database, commune: Commune) -> None:
    with db.reading() as session:
        actor = actor_of(session, commune.overseer)
    start = threading.Barrier(2)
    failed: list[BaseException] = []

    def save(percent: int) -> None:
        try:
            start.wait()
            with work(actor=actor) as w:
                tree.set_rule(w, Rule(percent, 3))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=save, args=(percent,)) for percent in (30, 70)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with db.reading() as session:
        assert session.scalars(select(LagRule.percent)).one() in (30, 70)


def test_the_page_of_units_filters_marks_and_keeps_the_rule(browse: Browse, commune: Commune, sat: Round) -> None:
    browse.as_(commune.overseer)
    at = url(sat, commune.root.id, "/cac-don-vi")
    assert len(browse.page(at).texts(".//tbody/tr")) == 5
    assert len(browse.page(f"{at}?kieu=phang&cham=1").texts(".//tbody/tr")) == 2
    assert browse.page(f"{at}?kieu=phang&tim=kim+lan&xep=ty-le&chieu=giam").texts(".//tbody/tr/th/a") == [
        "Chi bộ thôn Kim Lan"
    ]
    assert "Không có đơn vị nào như vậy" in browse.page(f"{at}?tim=zzz").text
    browse.submit(at, {"percent": "10", "days": "3"}, action="/cham")
    assert "dưới 10%" in browse.page(at).text
    browse.post(url(sat, commune.root.id, "/cham"), {"percent": "x", "days": "3"}, status=422)
    browse.as_(commune.secretary).page(url(sat, commune.first.id, "/cac-don-vi"), status=404)
    browse.post(url(sat, commune.first.id, "/cham"), {"percent": "10", "days": "3"}, status=404)


def test_files_of_units_and_of_people(browse: Browse, work: Work, commune: Commune, sat: Round) -> None:
    with work() as w:
        w.session.get_one(type(commune.first), commune.first.id).name = "=1+1"
        w.session.get_one(Member, commune.member.id).full_name = "+Nguyễn Văn An"
    browse.as_(commune.overseer)
    at = url(sat, commune.root.id)
    plain = browse.post(f"{at}/cac-don-vi/xuat", {"kieu": "phang", "dang": "csv"}, status=200).response
    assert plain.mimetype == "text/csv"
    assert plain.get_data().startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(plain.get_data().decode("utf-8-sig"))))
    assert [row[1] for row in rows] == ["Đơn vị", "'=1+1", "Chi bộ thôn Kim Lan", "Chi bộ Công an 1"]
    book = load_workbook(io.BytesIO(browse.post(f"{at}/cac-don-vi/xuat", {"kieu": "cay"}, status=200).response.data))
    cells = [cell for row in book["Đơn vị"].iter_rows() for cell in row]
    assert "=1+1" in [cell.value for cell in cells]
    assert all(cell.data_type != "f" for cell in cells)
    people = browse.post(f"{at}/xuat", {"dang": "csv", "trang-thai": "da-thi"}, status=200).response
    assert people.get_data().startswith(b"\xef\xbb\xbf")
    names = [row[1] for row in csv.reader(io.StringIO(people.get_data().decode("utf-8-sig")))]
    assert names == ["Họ và tên", "'+Nguyễn Văn An", "Vũ Đình Ất", "Hoàng Minh Châu"]
    browse.as_(commune.secretary).post(url(sat, commune.first.id, "/cac-don-vi/xuat"), {}, status=404)


@pytest.mark.parametrize(
    ("order", "is_backwards", "expected"),
    [
        (Order.NAME, True, ["Lan", "Bình", "Ất", "Ánh", "An"]),
        (Order.STATE, False, ["Ánh", "Bình", "Lan", "An", "Ất"]),
        (Order.ATTEMPTS, True, ["An", "Ất", "Ánh", "Bình", "Lan"]),
        (Order.LATEST, True, ["An", "Ất", "Ánh", "Bình", "Lan"]),
        (Order.LATEST, False, ["An", "Ất", "Ánh", "Bình", "Lan"]),
    ],
)
def test_the_list_of_people_sorts(
    view: View, commune: Commune, sat: Round, order: Order, is_backwards: bool, expected: list[str]
) -> None:
    with view(actor=commune.secretary) as r:
        asked = replace(Filter(), order=order, is_backwards=is_backwards)
        rows = queries.member_rows(r.session, queries.desk(r, sat.id, commune.first.id), asked, limit=50)
    assert [row.full_name.split()[-1] for row in rows] == expected


def test_beside_others_and_over_rounds(work: Work, view: View, db: Database, commune: Commune, sat: Round) -> None:
    with work() as w:
        contest = w.session.get_one(Round, sat.id).contest
        later = open_round(w, commune.root, title="Tuần 2", opened=timedelta(hours=-5), contest=contest)
        roster(w, later, [*commune.voters, commune.stranger])
        attempt(w, later, commune.stranger, 20)
    take_tallies(db, later.id)
    with view(actor=commune.secretary) as r:
        unit = queries.desk(r, sat.id, commune.first.id).unit
        told = beside.beside(r, r.session.get_one(Round, sat.id), unit)
        steps = beside.over_rounds(r, unit, queries.rounds(r, unit.id))
    assert told.step is not None
    assert (told.step.place, told.step.of, str(told.step.turnout)) == (2, 3, "1/4")
    assert told.around is not None
    assert (told.around.name, str(told.around_turnout)) == ("Đảng bộ xã Bát Tràng", "1/3")
    assert [(one.title, str(each.step and each.step.turnout), str(each.around_turnout)) for one, each in steps] == [
        ("Tuần 1", "1/4", "1/3"),
        ("Tuần 2", "0", "1/5"),
    ]


def test_an_open_prediction_keeps_others_figures_from_those_asked(
    browse: Browse, work: Work, commune: Commune, sat: Round
) -> None:
    with work() as w:
        w.session.get_one(Round, sat.id).prediction_kind = "participants"
    browse.as_(commune.secretary)
    page = browse.page(url(sat, commune.first.id))
    assert "1/4" in page.text  # his own unit is his to look after
    assert "33,3%" not in page.text
    assert "Hạng theo tỉ lệ" not in page.text
    assert "Hiện khi đợt thi đóng" in browse.page(f"/tham-gia/don-vi/{commune.first.id}/qua-cac-dot").text
    for reader, unit_id in ((commune.secretary, commune.first.id), (commune.organiser, commune.root.id)):
        wall = browse.as_(reader).page(url(sat, unit_id, "/trinh-chieu"))  # whoever opens it, members stand before it
        assert "Số liệu tham gia hiện khi đợt thi đóng" in wall.text
        assert "%" not in wall.text.split("Số liệu tham gia")[1].split("Tỉ lệ tham gia =")[0]


def test_the_wall_names_nobody_and_shows_the_way_in(browse: Browse, commune: Commune, sat: Round) -> None:
    browse.as_(commune.secretary)
    answer = browse.get(url(sat, commune.first.id, "/trinh-chieu"))
    assert answer.response.headers["Refresh"].startswith("12; url=/tham-gia/")
    assert "25%" in answer.text
    assert "1/4 đồng chí đã thi" in answer.text
    assert f"/dot-thi/{sat.id}" in answer.text or f"/{sat.id}" in answer.text
    for person in commune.voters:
        assert person.full_name not in answer.text
    assert "Refresh" not in browse.get(url(sat, commune.first.id, "/trinh-chieu?tu-dong=khong")).response.headers
    below = browse.as_(commune.overseer).page(url(sat, commune.root.id, "/trinh-chieu"))
    assert "Chi bộ thôn Kim Lan" in below.text


def test_the_desk_tells_how_many_modules_and_never_answers(
    banks: None, browse: Browse, work: Work, commune: Commune, sat: Round
) -> None:
    with work() as w:
        lessons = w.session.scalars(select(Lesson).where(Lesson.retired_at.is_(None))).all()
        first = [one for one in lessons if one.module_id == lessons[0].module_id]
        for lesson in lessons[: len(first)]:
            w.session.add(
                LessonProgress(member_id=commune.member.id, lesson_id=lesson.id, opened_at=w.now, finished_at=w.now)
            )
        w.session.add(LessonProgress(member_id=commune.colleague.id, lesson_id=lessons[0].id, opened_at=w.now))
        modules = len({one.module_id for one in lessons})
    page = browse.as_(commune.secretary).page(url(sat, commune.first.id, "?tat-ca=1"))
    counts = page.texts(".//td[@data-label='Chuyên đề đã học']")
    assert sorted(counts) == [*[f"0/{modules}"] * 4, f"1/{modules}"]


def test_a_large_tree_opens_level_by_level(browse: Browse, work: Work, commune: Commune, sat: Round) -> None:
    with work() as w:
        for number in range(tree.OPEN_UP_TO):
            unit(w, f"CA{number}", f"Tổ {number:03}", UnitKind.CELL, commune.inner)
    browse.as_(commune.overseer)
    at = url(sat, commune.root.id, "/cac-don-vi")

    top = ["Đảng bộ xã Bát Tràng", "Chi bộ thôn Giang Cao", "Chi bộ thôn Kim Lan", "Đảng bộ Công an xã"]
    page = browse.page(at)
    assert page.texts(".//tbody/tr/th/a[1]") == top
    opens = [link.get("href") or "" for link in page.all(".//tbody//a[@aria-expanded='false']")]
    assert len(opens) == 1
    page = browse.page(opens[0].partition("#")[0])
    assert page.texts(".//tbody/tr/th/a[1]") == [*top, "Chi bộ Công an 1"]
    page = browse.page(f"{at}?mo={commune.inner.id}")
    assert len(page.texts(".//tbody/tr")) == len(top) + 1 + tree.OPEN_UP_TO
    closes = [link.get("href") or "" for link in page.all(".//tbody//a[@aria-expanded='true']")]
    assert browse.page(closes[0].partition("#")[0]).texts(".//tbody/tr/th/a[1]") == top
    assert browse.page(f"{at}?mo=999999").texts(".//tbody/tr/th/a[1]") == top
    assert browse.page(f"{at}?tim=to+042").texts(".//tbody/tr/th/a[1]") == ["Tổ 042"]
