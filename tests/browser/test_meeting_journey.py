"""A thematic meeting from its plan to the confirmed list: planned, shown with the keys, scanned, confirmed."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

from playwright.sync_api import expect

from quiz_app.kernel.clock import VIETNAM
from quiz_app.meetings.models import Meeting
from tests.browser.conftest import MakeDevice
from tests.browser.device import COMPUTER, Device
from tests.browser.site import Site
from tests.browser.village import Village


def _planned(site: Site, desk: Device) -> int:
    """Planned on the pages, its two points put in the other order; the id of the meeting."""
    with site.db.reading() as session:
        starts_at = site.db.now(session).astimezone(VIETNAM) + timedelta(minutes=20)
    page = desk.page
    desk.open("/")
    desk.turn_to("Sinh hoạt")
    desk.follow("Lịch các đơn vị phụ trách")
    desk.follow("Lên lịch buổi sinh hoạt")
    page.get_by_label("Tên buổi sinh hoạt").fill("Sinh hoạt chuyên đề quý IV: học tập Nghị quyết")
    page.get_by_label("Bắt đầu lúc").fill(f"{starts_at:%Y-%m-%dT%H:%M}")
    page.get_by_label("Địa điểm").fill("Nhà văn hóa thôn Giang Cao")
    page.get_by_label("Chủ trì").fill("Bùi Thị Lan")
    page.get_by_label("Nội dung 1").fill("Thảo luận việc của chi bộ")
    page.get_by_label("Nội dung 2").fill("Học bài đầu của chuyên đề")
    lesson = page.get_by_label("Kèm chuyên đề").nth(1).locator("option[value^=bai]").first
    page.get_by_label("Kèm chuyên đề").nth(1).select_option(lesson.get_attribute("value"))
    desk.press("Xuống dưới nội dung 1")
    expect(page.get_by_label("Nội dung 1")).to_have_value("Học bài đầu của chuyên đề")
    desk.press("Lưu chương trình")
    return int(desk.path.rsplit("/", 1)[1])


def test_planned_presented_scanned_and_confirmed(site: Site, village: Village, device: MakeDevice) -> None:
    desk = device(village.secretary, size=COMPUTER)
    page = desk.page
    meeting_id = _planned(site, desk)
    desk.follow("Trình chiếu")
    address = urlsplit(page.locator(".hall__address").inner_text()).path
    page.keyboard.press("ArrowRight")
    expect(page.locator(".talk__foot")).to_contain_text("Mục 1/2")
    desk.judge()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("trang=3"))
    desk.judge()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile("trang=2"))
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.keyboard.press("Space")
    page.wait_for_url(re.compile("trang=3"))

    phone = device()
    phone.open(address)
    phone.page.locator("input[name=username]").fill(phone._username(village.member))
    phone.page.locator("input[name=password]").fill("hoa-sen-trang-2026")
    phone.press("Đăng nhập")
    phone.press("Tôi có mặt")
    assert "tự báo lúc" in phone.text()

    with site.work() as w:
        w.session.get_one(Meeting, meeting_id).starts_at = w.now - timedelta(minutes=1)
    desk.open(f"/sinh-hoat/{meeting_id}/diem-danh")
    expect(page.get_by_label("Nguyễn Văn An")).to_have_value("present")
    page.get_by_label("Đỗ Thị Bình").select_option("excused")
    page.get_by_label("Những người còn chưa rõ").select_option("present")
    desk.press("Lưu danh sách")
    desk.follow("Xác nhận danh sách")
    desk.press("Xác nhận")
    assert "3/4" in desk.text()
    desk.follow("In danh sách ký tên")
    desk.open(f"/sinh-hoat/{meeting_id}/in")
    plain = device(village.secretary, has_scripts=False, size=COMPUTER)
    plain.open(f"/sinh-hoat/{meeting_id}/trinh-chieu")
    plain.follow("Trang sau")
    assert "Mục 1/2" in plain.text()
