"""After the sitting: the member's result and the boards, the secretary's desk, the overseer's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from quiz_app.attempts import services as attempts
from quiz_app.contests.models import Round, Shown
from quiz_app.leaderboard.tallies import refresh_tallies, take_tallies
from quiz_app.members.models import Member
from quiz_app.units.models import UnitKind
from tests.browser.conftest import MakeDevice
from tests.browser.device import COMPUTER, Device
from tests.browser.site import Site
from tests.browser.village import Village, open_round
from tests.support import build, sitting

IN_ORDER = ["Nguyễn Văn An", "Lê Hồng Ánh", "Đỗ Thị Bình", "Bùi Thị Lan"]


def _sits(site: Site, round_: Round, member: Member, right: int, *, is_submitted: bool = True) -> int:
    """Let a member answer so many places rightly, through the services."""
    with site.work(actor=member) as w:
        attempt_id = sitting.start(w, round_)
    for place in range(1, right + 1):
        with site.work(actor=member) as w:
            sitting.answer(w, attempt_id, place, sitting.right_letters(w, attempt_id, place))
    if is_submitted:
        with site.work(actor=member) as w:
            attempts.submit(w, attempt_id, epoch=1)
    return attempt_id


@pytest.fixture
def round_(site: Site, village: Village) -> Round:
    """In `first` two have taken part and one is sitting, in `second` one; the tallies are taken."""
    with site.work() as w:
        found = open_round(w, village)
    _sits(site, found, village.member, 6)
    _sits(site, found, village.colleague, 4)
    _sits(site, found, village.probationer, 1, is_submitted=False)
    _sits(site, found, village.stranger, 8)
    refresh_tallies(site.db)
    return found


def _column(device: Device, selector: str) -> list[str]:
    texts = device.page.locator(selector).all_inner_texts()
    return [re.sub(r"\s+", " ", text).strip() for text in texts]


def _names(device: Device) -> list[str]:
    """Names of the last table's rows, without what stands beneath them."""
    rows = device.page.locator("table").last.locator("tbody th").all_inner_texts()
    return [text.split("\n")[0].split(" (")[0].strip() for text in rows]


def test_a_member_sees_his_place(site: Site, village: Village, round_: Round, device: MakeDevice) -> None:
    phone = device(village.member)
    phone.open("/")
    assert "Kết quả của đồng chí: 6/8 điểm, hạng 1/2 trong chi bộ (tạm tính)" in phone.text()
    phone.turn_to("Dự thi")
    phone.follow("Xem kết quả")
    result = phone.text()
    assert re.search(r"6\s*/8\s*điểm", result)
    assert "Từng câu" not in result
    assert "Đáp án" not in result

    phone.turn_to("Xếp hạng")
    assert phone.path == f"/bang-xep-hang/{round_.id}/chi-bo"
    assert "Đồng chí xếp hạng 1 trên 2 người đã dự thi trong chi bộ" in phone.text()
    assert _names(phone) == ["Nguyễn Văn An", "Đ.T.B"]

    phone.follow("Các chi bộ")
    for measure, value in (("Tỉ lệ tham gia", "50%"), ("Số người dự thi", "2"), ("Điểm trung bình", "")):
        phone.follow(measure)
        first = phone.page.locator("tr", has_text="Chi bộ thôn Giang Cao")
        expect(first.locator(".board__value")).to_contain_text(value)
        assert "2/4 đã thi" in first.inner_text()

    phone.follow("Toàn bộ")
    assert "Đồng chí xếp hạng 2 trên 3 người" in phone.text()
    names = _names(phone)
    assert names[1] == "Nguyễn Văn An"
    assert "Phạm Quốc Đạt" not in phone.text(), "a stranger's full name is not for everybody under this round's rules"
    assert len(names) == 3


def test_scores_and_places_wait_where_the_round_says_so(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        round_ = open_round(w, village, show_score=Shown.AFTER_CLOSING.value)
    attempt_id = _sits(site, round_, village.member, 6)
    phone = device(village.member)
    phone.open(f"/luot-thi/{attempt_id}/ket-qua")
    assert "điểm được công bố" in phone.text()
    assert not re.search(r"\d\s*/8\s*điểm", phone.text())
    phone.open(f"/bang-xep-hang/{round_.id}/chi-bo")
    assert "Chưa công bố thứ hạng" in phone.text()


def test_a_secretary_follows_the_chi_bo(
    site: Site, village: Village, round_: Round, device: MakeDevice, tmp_path: Path
) -> None:
    phone = device(village.secretary)
    phone.open("/")
    phone.follow("Xem danh sách")
    assert phone.path == f"/tham-gia/{round_.id}/don-vi/{village.first.id}"
    assert _names(phone) == IN_ORDER
    states = dict(zip(IN_ORDER, _column(phone, "td[data-label='Trạng thái']"), strict=True))
    assert [states[name] for name in IN_ORDER] == ["Đã thi", "Đang làm bài", "Đã thi", "Chưa thi"]
    assert "50%" in phone.text()
    assert "Phạm Quốc Đạt" not in phone.text()

    phone.page.get_by_label("Tìm theo tên").fill("do thi binh")
    phone.press("Lọc")
    assert _names(phone) == ["Đỗ Thị Bình"]
    phone.page.get_by_label("Tìm theo tên").fill("")
    phone.page.get_by_label("Trạng thái", exact=True).select_option(label="Chưa thi")
    phone.press("Lọc")
    assert _names(phone) == ["Bùi Thị Lan"]

    phone.open(f"/tham-gia/{round_.id}/don-vi/{village.first.id}")
    with phone.page.expect_download() as coming:
        phone.page.get_by_role("button", name="Xuất tệp Excel").click()
    target = tmp_path / coming.value.suggested_filename
    coming.value.save_as(target)
    assert target.suffix == ".xlsx"
    cells = [[str(cell) for cell in row if cell is not None] for row in load_workbook(target).worksheets[0].values]
    listed = [name for row in cells for name in IN_ORDER if name in row]
    assert listed == IN_ORDER
    assert any("Đỗ Thị Bình" in row and "Đã thi" in row for row in cells)
    phone.expect("404")
    phone.open(f"/tham-gia/{round_.id}/don-vi/{village.second.id}", status=404)


@pytest.mark.parametrize("size", [None, COMPUTER], ids=["phone", "computer"])
def test_an_overseer_sees_every_unit(
    site: Site, village: Village, round_: Round, device: MakeDevice, size: dict[str, int] | None
) -> None:
    desk = device(village.overseer, **({"size": size} if size else {}))
    desk.open("/")
    desk.follow("Xem danh sách")
    assert desk.path == f"/tham-gia/{round_.id}/don-vi/{village.root.id}"
    units = desk.page.get_by_role("table", name="Các đơn vị trực thuộc")
    assert units.locator("tbody th a").all_inner_texts() == ["Chi bộ thôn Giang Cao", "Chi bộ thôn Kim Lan"]
    rows = units.locator("tbody tr").all_inner_texts()
    assert [figures for text in rows for figures in re.findall(r"\d+/\d+|[\d,]+%", text)[:2]] in (
        ["2/4", "50%", "1/3", "33,3%"],  # as it stands on a phone, beneath the name
        ["50%", "2/4", "33,3%", "1/3"],
    )
    expect(units.locator("tfoot")).to_contain_text("42,9%")
    desk.follow("Chi bộ thôn Kim Lan")
    assert "Phạm Quốc Đạt" in desk.text()


def test_the_wall_of_a_hall_needs_no_scrolling(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        for number in range(12):  # beside the two that are there
            build.unit(
                w, f"{village.root.code}T{number}", f"Chi bộ tổ dân phố số {number}", UnitKind.CELL, village.root
            )
        round_ = open_round(w, village)
    take_tallies(site.db, round_.id)
    wall = device(village.overseer, size={"width": 1920, "height": 1080})
    wall.open(f"/tham-gia/{round_.id}/don-vi/{village.root.id}/trinh-chieu?tu-dong=khong")
    assert "trên 14" in wall.text()
    assert int(wall.page.evaluate("document.documentElement.scrollHeight")) <= 1080
