"""A member practises with the keyboard alone, goes on with another device, and sits a mock round."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from sqlalchemy import select

from quiz_app.practice.models import PracticeAnswer
from tests.browser.conftest import MakeDevice
from tests.browser.device import COMPUTER
from tests.browser.site import Site
from tests.browser.village import Village


def test_a_session_by_keyboard_goes_on_without_scripts_elsewhere(
    site: Site, village: Village, device: MakeDevice
) -> None:
    desk = device(village.member, size=COMPUTER)
    desk.open("/luyen-tap/")
    keyboard, page = desk.page.keyboard, desk.page
    page.get_by_role("button", name="Ôn tổng hợp").focus()
    keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/cau/1$"))
    desk.judge()
    keyboard.press("2")
    expect(page.locator("input[name=choice]").nth(1)).to_be_checked()
    keyboard.press("ArrowDown")  # an arrow moves on from there, as in any group of choices
    chosen = page.locator("input[name=choice]").nth(2)
    if chosen.get_attribute("type") == "radio":
        expect(chosen).to_be_checked()
    keyboard.press("Enter")
    verdict = page.locator("[data-verdict]")
    expect(verdict).to_be_focused()
    desk.judge()
    keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/cau/2$"))

    phone = device(village.member, has_scripts=False)
    phone.open("/luyen-tap/")
    assert "đã trả lời 1/10 câu" in phone.text()
    phone.follow("Làm tiếp")
    assert phone.path.endswith("/cau/2")
    phone.page.locator("label.choice").first.click()
    phone.press("Trả lời")
    phone.press("Kết thúc lượt ôn")
    assert "Trả lời đúng" in phone.text()
    phone.follow("Việc học của tôi")
    assert "Đã ôn 2 câu khác nhau" in phone.text()
    phone.open("/luyen-tap/on-hang-ngay")
    phone.open("/luyen-tap/thi-thu/")
    with site.db.reading() as session:
        kept = select(PracticeAnswer).where(PracticeAnswer.member_id == village.member.id)
        assert len(session.scalars(kept).all()) == 2


def test_a_mock_round_is_sat_on_the_page_of_a_real_one(site: Site, village: Village, device: MakeDevice) -> None:
    phone = device(village.member)
    phone.open("/luyen-tap/thi-thu/")
    phone.press(
        "Bắt đầu thi thử", within=phone.page.locator("section, article, div.card").filter(has_text="Hà Nội").last
    )
    expect(phone.page.locator(".question__number:visible")).to_have_text("Câu 1/20")
    phone.page.locator("label.choice:visible").first.click()
    expect(phone.page.locator(".save-state:visible")).to_contain_text("Đã lưu")
    phone.judge()
    phone.page.reload()
    expect(phone.page.locator("[data-role=answered]")).to_have_text("1")
    phone.follow("Nộp bài", within=phone.page.locator(".sitting__foot"))
    assert "Còn 19 câu chưa trả lời" in phone.text()
    with phone.page.expect_navigation(url=re.compile("tong-ket")):
        phone.page.get_by_role("main").get_by_role("button", name="Nộp bài").click()
    phone.judge()
    assert "Kết quả thi thử không tính vào đâu" in phone.text()
