"""From an empty set to a published one by two people and an organiser, each at his own screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy import select

from quiz_app.catalogue.models import Item, ItemSet, ItemVersion
from quiz_app.kernel.access import Role
from tests.browser.conftest import MakeDevice
from tests.browser.device import COMPUTER, PHONE, Device
from tests.browser.site import Site
from tests.browser.village import Village
from tests.support import build

pytestmark = pytest.mark.browser
SLUG = "tu-trang-giay-trang"
STEM = "Người biên soạn viết câu đầu tiên này vào buổi tối nào?"
OPTIONS = ("Buổi tối trước ngày mở", "Buổi tối sau ngày đóng", "Buổi tối ngày rằm", "Buổi tối cuối năm")


def test_two_people_bring_a_set_from_nothing_to_publication(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        build.grant(w, village.secretary, Role.AUTHOR, village.root)
        build.grant(w, village.overseer, Role.REVIEWER, village.root)
    author = device(village.secretary, size=COMPUTER)
    reviewer = device(village.overseer, size=PHONE)
    organiser = device(village.organiser, size=COMPUTER)

    author.open("/bien-soan/bo-cau-hoi")
    author.follow("Lập bộ mới")
    _field(author, "Tên bộ câu hỏi").fill("Bộ viết từ trang giấy trắng")
    _field(author, "Tên ngắn").fill(SLUG)
    author.page.get_by_label("Cuộc thi").check(force=True)
    author.press("Lập bộ")
    author.press("Viết câu mới")
    _write(author)
    author.press("Lưu và xem lại")
    author.press("Gửi thẩm định")
    assert "không tự thẩm định" in author.text()

    reviewer.open("/bien-soan/tham-dinh")
    reviewer.follow(STEM)
    assert OPTIONS[0] in reviewer.text()
    reviewer.page.get_by_label("Đồng ý").check(force=True)
    reviewer.press("Kết luận")
    assert "Đã duyệt" in reviewer.text()

    organiser.open(f"/bien-soan/soan/{SLUG}")
    organiser.follow("Công bố")
    assert "trong đó 1 câu vừa được duyệt" in organiser.text()
    organiser.press("Công bố")
    assert "1 mới" in organiser.text()
    with site.db.reading() as session:
        version = session.scalars(
            select(ItemVersion)
            .join(Item, Item.current_version_id == ItemVersion.id)
            .join(ItemSet, ItemSet.id == Item.set_id)
            .where(ItemSet.slug == SLUG)
        ).one()
        assert [option.text for option in version.options if option.is_key] == [OPTIONS[0]]

    organiser.follow("Niêm phong")
    organiser.press("Niêm phong")
    assert "Bộ này đang niêm phong" in organiser.text()
    author.open(f"/bien-soan/soan/{SLUG}")
    assert OPTIONS[0] not in author.text()
    author.expect("409")
    author.open(f"/bien-soan/soan/{SLUG}/cau/{SLUG}-001", status=409)


def _write(author: Device) -> None:
    _field(author, "Câu dẫn").fill(STEM)
    for letter, text in zip("ABCD", OPTIONS, strict=True):
        _field(author, f"Phương án {letter}").fill(text)
    author.page.get_by_role("radio", name="Đáp án là phương án A").check(force=True)
    _field(author, "Giải thích").fill("Kế hoạch giao việc biên soạn tài liệu ngắn gọn, dễ hiểu.")
    author.page.get_by_role("combobox", name="Văn bản và mục").select_option(index=3)
    author.page.get_by_role("combobox", name="Chuyên đề").select_option(index=1)
    expect(author.page.locator("[data-role=state]")).to_contain_text("Đã lưu")


def _field(one: Device, label: str) -> Locator:
    return one.page.get_by_role("textbox", name=label)
