"""What was sat elsewhere stands beside the figures of a desk, and in none of them."""

from __future__ import annotations

import io

from openpyxl import load_workbook

from quiz_app.participation import queries, tree
from quiz_app.participation.queries import Filter
from quiz_app.participation.tree import Rule
from tests.features.elsewhere.build import city_contest, confirmed, declared
from tests.features.leaderboard.build import attempt, open_round, roster
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.works import View, Work


def test_people_who_sat_elsewhere_are_counted_apart(browse: Browse, work: Work, view: View, commune: Commune) -> None:
    city = city_contest(work, commune.organiser, commune.root)
    with work() as w:
        round_ = open_round(w, commune.root)
        roster(w, round_, [*commune.voters, commune.stranger], [commune.exempt])
        attempt(w, round_, commune.colleague, 15)
    with view(actor=commune.overseer) as r:
        before, _ = queries.unit_lines(r, queries.desk(r, round_.id, commune.root.id))
    confirmed(work, city, commune.member, commune.secretary)
    confirmed(work, city, commune.sympathiser, commune.secretary)  # on no roster, and one of the people all the same
    declared(work, city, commune.probationer)
    confirmed(work, city, commune.stranger, commune.secretary_elsewhere)
    with view(actor=commune.overseer) as r:
        desk = queries.desk(r, round_.id, commune.root.id)
        total, lines = queries.unit_lines(r, desk)
        assert total.elsewhere == 3
        assert {line.unit_id: line.sums.elsewhere for line in lines if line.sums.elsewhere} == {
            commune.first.id: 2,
            commune.second.id: 1,
        }
        assert (total.figures, total.done, total.missing, total.turnout) == (
            before.figures,
            before.done,
            before.missing,
            before.turnout,
        )
        rows = queries.member_rows(r.session, desk, Filter(), limit=50)
        assert {row.member_id for row in rows if row.sat_elsewhere} == {commune.member.id, commune.stranger.id}

    address = f"/tham-gia/{round_.id}/don-vi/{commune.root.id}"
    browse.as_(commune.overseer)
    assert "3 thi nơi khác" in browse.page(address).text
    book = load_workbook(io.BytesIO(browse.post(f"{address}/xuat", status=200).response.data))
    people = list(book["Danh sách"].iter_rows(values_only=True))
    at = next(row for row in people if row[0] == "STT").index("Thi nơi khác")
    assert sum(row[at] == "Có" for row in people) == 2
    units = list(book["Đơn vị"].iter_rows(values_only=True))
    at = next(row for row in units if row[0] == "STT").index("Thi nơi khác")
    assert next(row for row in units if row[1] == "Cộng")[at] == 3
    assert "Cuộc thi của thành phố" in browse.page(f"/tham-gia/don-vi/{commune.root.id}/qua-cac-dot").text
    assert "3 người" in browse.page(f"/tham-gia/don-vi/{commune.root.id}/qua-cac-dot").text
    browse.as_(commune.secretary)
    assert "2 người" in browse.page(f"/tham-gia/don-vi/{commune.first.id}/qua-cac-dot").text
    assert "1 khai báo chờ đồng chí xác nhận" in browse.page("/").text
    browse.as_(commune.probationer)
    assert "Chờ xác nhận" in browse.page("/").text


def test_a_unit_whose_people_only_sat_elsewhere_is_in_the_flat_list(work: Work, view: View, commune: Commune) -> None:
    city = city_contest(work, commune.organiser, commune.root)
    with work() as w:
        round_ = open_round(w, commune.root)
        roster(w, round_, commune.voters)
    confirmed(work, city, commune.stranger, commune.secretary_elsewhere)
    with view(actor=commune.overseer) as r:
        desk = queries.desk(r, round_.id, commune.root.id)
        flat = tree.flat_list(r, desk, Rule())
        whole = tree.whole_tree(r, desk, Rule())
    assert [(line.name, line.sums.elsewhere) for line in flat] == [
        ("Chi bộ thôn Giang Cao", 0),
        ("Chi bộ thôn Kim Lan", 1),
    ]
    assert whole[0].sums.elsewhere == 1
