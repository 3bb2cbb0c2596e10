"""The boards as their readers get them."""

from __future__ import annotations

import io
from datetime import timedelta
from xml.etree.ElementTree import Element

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from quiz_app.contests.models import Contest, NamesShown, Round, Shown
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from quiz_app.leaderboard import exports, policy, queries, scope, unit_boards
from quiz_app.leaderboard.tallies import refresh_tallies
from quiz_app.rules.standing import Criterion
from quiz_app.rules.unit_standing import SizeClass, UnitMeasure
from tests.features.leaderboard.build import Statements, attempt, consent, open_round, roster
from tests.support.browse import Browse
from tests.support.build import Commune, member
from tests.support.clock import Clock
from tests.support.page import Page
from tests.support.works import View, Work


def cells(row: Element) -> list[str]:
    return [" ".join("".join(cell.itertext()).split()) for cell in row]


def board(page: Page) -> list[list[str]]:
    """The rows of a board; of a unit its name alone, without what a phone shows below it."""
    rows = [cells(row) for row in page.all(".//tbody/tr")]
    names = [row.find("th") for row in page.all(".//tbody/tr")]
    for row, heading in zip(rows, names, strict=True):
        if heading is not None and "board__unit" in (heading.get("class") or ""):
            own = " (của đồng chí)" if "(của đồng chí)" in row[1] else ""
            row[1] = "".join((heading[0].text or "").split("\n")) + own
    return rows


def listed(page: Page) -> list[str]:
    """The names on a board, without what stands under them."""
    found = []
    for heading in page.all(".//tbody/tr/th"):
        note = heading.find("span")
        is_own = note is not None and "đồng chí" in "".join(note.itertext())
        found.append((heading.text or "").strip() + (" (đồng chí)" if is_own else ""))
    return found


def own_rows(page: Page) -> list[str]:
    marked = [row.get("class") == "is-own" for row in page.all(".//tbody/tr")]
    return [name for name, is_own in zip(listed(page), marked, strict=True) if is_own]


def sat(work: Work, commune: Commune, **settings: object) -> Round:
    """first: 20 in 30 s, twice 18 in 40 s, 18 in 41.5 s; second: 19 in 50 s."""
    with work() as w:
        round_ = open_round(w, commune.root, **settings)  # type: ignore[arg-type]  # a test's own choices
        first = [commune.member, commune.colleague, commune.probationer, commune.secretary]
        roster(w, round_, [*first, commune.stranger, commune.inner_member], [commune.exempt])
        attempt(w, round_, commune.colleague, 20, 30)
        attempt(w, round_, commune.member, 18, 40)
        attempt(w, round_, commune.probationer, 18, 40)
        attempt(w, round_, commune.secretary, 18, 41.5)
        attempt(w, round_, commune.stranger, 19, 50)
    return round_


def test_equal_merit_shares_a_place(work: Work, commune: Commune, browse: Browse) -> None:
    round_ = sat(work, commune)
    with work() as w:
        consent(w, commune.colleague)
    page = browse.as_(commune.member).page(f"/bang-xep-hang/{round_.id}/chi-bo")
    rows = board(page)
    assert [row[0] for row in rows] == ["1", "2", "2", "4"]
    assert listed(page) == ["Đỗ Thị Bình", "Nguyễn Văn An (đồng chí)", "L.H.Á", "B.T.L"]
    assert rows[0][2] == "20/20"
    assert "30,000 giây" in rows[0][1]
    assert "nộp lúc" not in page.text
    assert own_rows(page) == ["Nguyễn Văn An (đồng chí)"]
    assert "Đồng chí xếp hạng 2 trên 4 người" in page.text
    assert "Người xếp ngay trên hơn 2 điểm" in page.text
    assert "điểm cao hơn" in page.text
    assert "làm bài nhanh hơn" in page.text
    assert "Tạm tính" in page.text


def test_the_distance_is_told_by_the_deciding_criterion(work: Work, commune: Commune, browse: Browse) -> None:
    round_ = sat(work, commune)
    page = browse.as_(commune.secretary).page(f"/bang-xep-hang/{round_.id}/chi-bo")
    assert "làm bài nhanh hơn 1,500 giây" in page.text


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (NamesShown.NOBODY, ["Đồng chí", "Nguyễn Văn An (đồng chí)", "Đồng chí", "Đồng chí"]),
        (NamesShown.CONSENTED, ["Đỗ Thị Bình", "Nguyễn Văn An (đồng chí)", "L.H.Á", "B.T.L"]),
        (NamesShown.OWN_UNIT, ["Đỗ Thị Bình", "Nguyễn Văn An (đồng chí)", "L.H.Á", "B.T.L"]),
    ],
)
def test_names_within_the_own_unit(
    work: Work, commune: Commune, browse: Browse, names: NamesShown, expected: list[str]
) -> None:
    round_ = sat(work, commune, names=names)
    with work() as w:
        consent(w, commune.colleague)
        consent(w, commune.probationer, is_revoked=True)
    page = browse.as_(commune.member).page(f"/bang-xep-hang/{round_.id}/chi-bo")
    assert listed(page) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (NamesShown.NOBODY, ["Đồng chí", "Đồng chí"]),
        (NamesShown.CONSENTED, ["Đ.T.B", "Phạm Quốc Đạt"]),
        (NamesShown.OWN_UNIT, ["Đ.T.B", "P.Q.Đ"]),
    ],
)
def test_names_on_the_whole_board(
    work: Work, commune: Commune, browse: Browse, names: NamesShown, expected: list[str]
) -> None:
    round_ = sat(work, commune, names=names)
    with work() as w:
        consent(w, commune.stranger)
    page = browse.as_(commune.member).page(f"/bang-xep-hang/{round_.id}/toan-xa")
    assert listed(page)[:2] == expected
    assert "Đồng chí xếp hạng 3 trên 5 người" in page.text


@pytest.mark.parametrize("shown", [Shown.NEVER, Shown.AFTER_CLOSING, Shown.AFTER_FINAL])
def test_no_score_leaks_before_its_time(
    work: Work, commune: Commune, browse: Browse, db: Database, shown: Shown
) -> None:
    round_ = sat(work, commune, shown=shown)
    refresh_tallies(db)
    for name in ("chi-bo", "toan-xa", "cac-chi-bo", "cac-chi-bo?theo=diem"):
        page = browse.as_(commune.member).page(f"/bang-xep-hang/{round_.id}/{name}")
        assert "20/20" not in page.html
        assert "18/20" not in page.html
        assert "xếp hạng 2" not in page.text
        assert "Điểm trung bình" not in page.text
    assert [row[1] for row in board(page)][:2] == ["Chi bộ thôn Giang Cao (của đồng chí)", "Chi bộ thôn Kim Lan"]


def test_scores_show_once_the_round_has_closed(work: Work, commune: Commune, browse: Browse, clock: Clock) -> None:
    round_ = sat(work, commune, shown=Shown.AFTER_CLOSING)
    clock.move(days=1, seconds=10)  # after the last answer that may still come
    page = browse.as_(commune.member).page(f"/bang-xep-hang/{round_.id}/chi-bo")
    assert len(board(page)) == 4


def test_a_final_round_is_no_longer_provisional(work: Work, commune: Commune, browse: Browse, clock: Clock) -> None:
    round_ = sat(work, commune)
    with work() as w:
        w.session.get_one(Round, round_.id).finalised_at = clock.now()
    page = browse.as_(commune.member).page(f"/bang-xep-hang/{round_.id}/chi-bo")
    assert "Kết quả chính thức" in page.text
    assert "ạm tính" not in page.text


def test_organisers_are_told_that_they_are_not_ranked(work: Work, commune: Commune, browse: Browse) -> None:
    round_ = sat(work, commune)
    with work() as w:
        attempt(w, round_, commune.organiser, 20, 10)
    page = browse.as_(commune.organiser).page(f"/bang-xep-hang/{round_.id}/toan-xa")
    assert "không xếp hạng" in page.text
    assert [row[0] for row in board(page)] == ["1", "2", "3", "3", "5"]


def test_organisers_take_a_board_along_that_says_where_it_ends(
    work: Work, commune: Commune, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_ = sat(work, commune)
    url, file = f"/bang-xep-hang/{round_.id}/toan-xa", f"/to-chuc/dot/{round_.id}/bang-xep-hang.xlsx"
    assert file not in browse.as_(commune.member).page(url).hrefs()
    assert file in browse.as_(commune.organiser).page(url).hrefs()
    monkeypatch.setattr(exports, "LARGEST_EXPORT", 2)
    people = load_workbook(io.BytesIO(browse.get(file).response.get_data()))["Cá nhân"]
    notes = [cell.value for cell in people["A"]]
    assert "Tệp chỉ có 2 người đầu trong 5 người" in notes
    with work() as w:
        entry = w.session.scalars(
            select(AuditEntry).where(AuditEntry.action == policy.Action.BOARD_EXPORTED.code)
        ).one()
    assert (entry.actor_member_id, entry.facts["people"]) == (commune.organiser.id, 2)


def test_units_by_turnout_participants_and_mean(work: Work, commune: Commune, browse: Browse, db: Database) -> None:
    round_ = sat(work, commune)
    with work() as w:
        attempt(w, round_, commune.exempt, 2)
    refresh_tallies(db)
    browse.as_(commune.member)
    page = browse.page(f"/bang-xep-hang/{round_.id}/cac-chi-bo")
    assert board(page) == [
        ["1", "Chi bộ thôn Giang Cao (của đồng chí)", "100%", "4/4", "5", "5", "15,20"],
        ["1", "Chi bộ thôn Kim Lan", "100%", "1/1", "1", "1", "–"],
        ["3", "Đảng bộ Công an xã", "0%", "0/1", "0", "0", "–"],
    ]
    assert "6 người dự thi" in page.text
    by_mean = browse.page(f"/bang-xep-hang/{round_.id}/cac-chi-bo?theo=diem")
    assert [row[:2] for row in board(by_mean)] == [
        ["1", "Chi bộ thôn Giang Cao (của đồng chí)"],
        ["–", "Chi bộ thôn Kim Lan"],
        ["–", "Đảng bộ Công an xã"],
    ]
    by_people = browse.page(f"/bang-xep-hang/{round_.id}/cac-chi-bo?theo=so-nguoi&quy-mo=nho")
    assert [row[0] for row in board(by_people)] == ["1", "2", "3"]
    none = browse.page(f"/bang-xep-hang/{round_.id}/cac-chi-bo?quy-mo=lon")
    assert "Không có đơn vị nào ở quy mô này" in none.text


def test_a_unit_below_the_minimum_size_has_figures_and_no_place(
    work: Work, commune: Commune, browse: Browse, db: Database
) -> None:
    """As in the final tables: second and the committee have one member each, first has five."""
    round_ = sat(work, commune)
    with work() as w:
        w.session.get_one(Contest, round_.contest_id).unit_minimum = 2
    refresh_tallies(db)
    page = browse.as_(commune.stranger).page(f"/bang-xep-hang/{round_.id}/cac-chi-bo")
    assert [row[:3] for row in board(page)] == [
        ["1", "Chi bộ thôn Giang Cao", "100%"],
        ["–", "Chi bộ thôn Kim Lan (của đồng chí)", "100%"],
        ["–", "Đảng bộ Công an xã", "0%"],
    ]
    assert "Đơn vị dưới 2 đảng viên có số liệu nhưng không xếp hạng" in page.text
    wall = browse.page(f"/bang-xep-hang/{round_.id}/trinh-chieu")
    assert wall.texts(".//ol/li/span") == ["1", "–", "–"]
    history = f"/bang-xep-hang/cuoc-thi/{round_.contest_id}/don-vi"
    assert browse.page(f"{history}/{commune.second.id}").texts(".//tbody/tr/td")[:2] == ["100%", "–"]
    assert browse.page(f"{history}/{commune.first.id}").texts(".//tbody/tr/td")[:2] == ["100%", "1/1"]


def test_units_drill_down_and_stay_within_the_contest(
    work: Work, commune: Commune, browse: Browse, db: Database
) -> None:
    round_ = sat(work, commune)
    with work() as w:
        narrow = open_round(w, commune.committee, title="Đợt của Công an")
    refresh_tallies(db)
    browse.as_(commune.inner_member)
    page = browse.page(f"/bang-xep-hang/{round_.id}/cac-chi-bo?don-vi={commune.committee.id}")
    assert [row[1] for row in board(page)] == ["Chi bộ Công an 1 (của đồng chí)"]
    browse.page(f"/bang-xep-hang/{narrow.id}/cac-chi-bo?don-vi={commune.first.id}", status=404)
    browse.page(f"/bang-xep-hang/{narrow.id}/cac-chi-bo?don-vi=999999", status=404)


def test_before_the_first_tally_the_board_says_so(work: Work, commune: Commune, browse: Browse) -> None:
    round_ = sat(work, commune)
    page = browse.as_(commune.member).page(f"/bang-xep-hang/{round_.id}/cac-chi-bo")
    assert "Số liệu đang được tổng hợp" in page.text


def test_who_sees_a_board(work: Work, commune: Commune, browse: Browse) -> None:
    everybody = sat(work, commune)
    with work() as w:
        narrow = open_round(w, commune.committee)
        draft = open_round(w, commune.root, is_published=False)
    for reader in (commune.member, commune.secretary, commune.secretary_elsewhere, commune.operator):
        browse.as_(reader)
        for name in ("chi-bo", "cac-chi-bo", "toan-xa"):
            browse.page(f"/bang-xep-hang/{everybody.id}/{name}")
            browse.page(f"/bang-xep-hang/{narrow.id}/{name}", status=404)
            browse.page(f"/bang-xep-hang/{draft.id}/{name}", status=404)
    browse.as_(commune.inner_member).page(f"/bang-xep-hang/{narrow.id}/chi-bo")
    browse.as_nobody()
    for url in ("", f"{everybody.id}/chi-bo", f"{everybody.id}/cac-chi-bo", f"{everybody.id}/toan-xa"):
        assert browse.get(f"/bang-xep-hang/{url}", status=302).location.startswith("/dang-nhap")


def test_the_index_leads_to_the_current_round(work: Work, commune: Commune, browse: Browse) -> None:
    browse.as_(commune.member)
    assert "Chưa có đợt thi nào" in browse.page("/bang-xep-hang/").text
    with work() as w:
        upcoming = open_round(w, commune.root, title="Tuần 3", opened=timedelta(days=2), closes=timedelta(days=9))
    assert browse.get("/bang-xep-hang/", status=302).location == f"/bang-xep-hang/{upcoming.id}/chi-bo"
    with work() as w:
        past = open_round(w, commune.root, title="Tuần 1", opened=timedelta(days=-9), closes=timedelta(days=-2))
    assert browse.get("/bang-xep-hang/", status=302).location == f"/bang-xep-hang/{past.id}/chi-bo"
    with work() as w:
        current = open_round(w, commune.root, title="Tuần 2")
    assert browse.get("/bang-xep-hang/", status=302).location == f"/bang-xep-hang/{current.id}/chi-bo"
    asked = browse.get(f"/bang-xep-hang/?dot={past.id}&bang=toan-xa", status=302)
    assert asked.location == f"/bang-xep-hang/{past.id}/toan-xa"


def test_place_and_gap_agree_with_the_board(work: Work, view: View, commune: Commune) -> None:
    round_ = sat(work, commune, tie_breaks=(Criterion.DURATION, Criterion.SCORE))
    with view(actor=commune.stranger) as r:
        kept = r.session.get_one(Round, round_.id)
        what = scope.of_round(kept, r.now)
        own = queries.own_standing(r, what)
        assert own is not None
        place = queries.own_place(r, what, own)
        rows = queries.top_people(r, what)
    assert place is not None
    assert [row.place for row in rows if row.is_own] == [place.place] == [5]
    assert place.gap == queries.Gap(Criterion.DURATION, 8500)


@pytest.mark.parametrize("is_own", [True, False])
@pytest.mark.parametrize("is_own_unit", [True, False])
@pytest.mark.parametrize("has_consented", [True, False])
def test_the_policy_of_names(is_own: bool, is_own_unit: bool, has_consented: bool) -> None:
    def shown(names: NamesShown) -> bool:
        return policy.name_is_shown(names.value, is_own=is_own, is_own_unit=is_own_unit, has_consented=has_consented)

    assert shown(NamesShown.NOBODY) is is_own
    assert shown(NamesShown.CONSENTED) is (is_own or has_consented)
    assert shown(NamesShown.OWN_UNIT) is (is_own or (is_own_unit and has_consented))


def test_the_number_of_queries_does_not_grow(
    work: Work, view: View, commune: Commune, browse: Browse, db: Database
) -> None:
    round_ = sat(work, commune)
    refresh_tallies(db)
    browse.as_(commune.member)
    urls = [f"/bang-xep-hang/{round_.id}/{name}" for name in ("chi-bo", "toan-xa", "cac-chi-bo")]

    def counted() -> list[int]:
        counts = []
        for url in urls:
            with Statements(db.engine) as statements:
                browse.page(url)
            counts.append(statements.count)
        return counts

    few = counted()
    with work() as w:
        for number in range(30):
            attempt(w, round_, member(w, commune.first, f"Nguyễn Văn Số {number}", with_account=False), 10 + number % 9)
    refresh_tallies(db)
    assert counted() == few
    assert max(few) <= 13, few
    with view(actor=commune.member) as r:
        what = scope.of_round(r.session.get_one(Round, round_.id), r.now)
        top = unit_boards.unit_board(r.session, what, commune.root.id, UnitMeasure.TURNOUT, SizeClass.SMALL)
    assert top.total is not None
    assert top.total.participants == 35
