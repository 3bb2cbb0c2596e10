"""A prize from the final table to the paper in the winner's hand, and from its code to the page that verifies it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import zxingcpp

from quiz_app.contests.models import PrizeScope, Round
from quiz_app.kernel.access import Role
from quiz_app.members.models import Member
from tests.browser.conftest import MakeDevice
from tests.browser.device import COMPUTER, Device
from tests.browser.site import Site
from tests.browser.village import Village
from tests.features.leaderboard.build import attempt, consent, roster
from tests.features.results.build import SAT, closed_round, finalise, give
from tests.support import build, printed


def _final_round(site: Site, village: Village) -> tuple[Round, Member]:
    """The member wins, named; the colleague comes second and has not agreed to be named. And a second organiser."""
    with site.work() as w:
        second = build.member(w, village.root, "Vũ Thị Hai", roles=[(Role.ORGANISER, village.root)])
    round_ = closed_round(site.work, village.root)
    give(site.work, round_, PrizeScope.ROUND, ("Giải Nhất", 1), ("Giải Nhì", 1))
    with site.work() as w:
        roster(w, round_, [village.member, village.colleague])
        attempt(w, round_, village.member, 20, 30, started=SAT)
        attempt(w, round_, village.colleague, 18, 40, started=SAT)
        consent(w, village.member)
    finalise(site.work, PrizeScope.ROUND, round_.id, village.organiser, second)
    return round_, second


def _code_on(paper: Path) -> str:
    (page,) = printed.pages(paper, dots_per_inch=110)
    (found,) = zxingcpp.read_barcodes(page.picture)
    address: str = found.text
    return address


def _publish_awards(desk: Device, other: Device, round_: Round) -> None:
    desk.open(f"/to-chuc/khen-thuong/cuoc-thi/{round_.contest_id}")
    desk.press("Lập đề xuất")
    assert "không tự duyệt" in desk.text()
    other.open(desk.path)
    other.press("Duyệt danh sách")
    desk.open(desk.path)
    desk.press("Công bố")


def test_from_the_final_table_to_the_verified_paper(
    site: Site, village: Village, device: MakeDevice, tmp_path: Path
) -> None:
    round_, second = _final_round(site, village)
    desk = device(village.organiser, size=COMPUTER)
    _publish_awards(desk, device(second, size=COMPUTER), round_)

    passer_by = device()
    passer_by.open("/khen-thuong/")
    passer_by.follow(round_.title)
    assert "Nguyễn Văn An" in passer_by.text()
    assert "Đ/c Đ.T.B" in passer_by.text()
    assert "Đỗ Thị Bình" not in passer_by.text()

    desk.open(f"/to-chuc/giay-chung-nhan/moi?cho=prize:round:{round_.id}@{village.root.id}")
    words = {"superior": "Đảng bộ xã", "place": "Bát Tràng", "office": "Trưởng ban", "signer": "Nguyễn Thị Thu Hương"}
    for name, said in words.items():
        desk.page.locator(f"[name={name}]").fill(said)
    desk.press("Mở cấp giấy")
    assert "đủ điều kiện" in desk.text()

    phone = device(village.member)
    phone.open("/giay-chung-nhan/")
    phone.press("Nhận giấy")
    with phone.page.expect_download() as coming:
        phone.page.get_by_role("link", name="Tải tệp PDF").click()
    file = tmp_path / "giay.pdf"
    coming.value.save_as(file)
    address = _code_on(file)
    assert address.startswith(f"{site.url}/xac-minh/")
    passer_by.open(urlsplit(address).path)
    assert all(words in passer_by.text() for words in ("Giấy có hiệu lực", "Nguyễn Văn An", "Giải Nhất"))
