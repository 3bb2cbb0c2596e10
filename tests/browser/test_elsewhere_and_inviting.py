"""What a member sat elsewhere reaches his secretary's desk; and what a secretary invites his unit with."""

from __future__ import annotations

import json
from datetime import timedelta

from playwright.sync_api import expect

from quiz_app.kernel.clock import VIETNAM
from quiz_app.web import pdf
from tests.browser.conftest import MakeDevice
from tests.browser.device import COMPUTER
from tests.browser.site import Site
from tests.browser.village import Village, open_round
from tests.features.elsewhere.build import TERMS, picture


def test_declared_with_a_picture_confirmed_and_counted_apart(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
        today = w.now.astimezone(VIETNAM).date()
    office = device(village.organiser, size=COMPUTER)
    office.open("/thi-noi-khac/them")
    for label, value in (
        ("Tên cuộc thi", TERMS.title),
        ("Nơi tổ chức", TERMS.organiser),
        ("Từ ngày", (today - timedelta(days=9)).isoformat()),
        ("Đến ngày", (today + timedelta(days=9)).isoformat()),
    ):
        office.page.get_by_label(label, exact=True).fill(value)
    office.press("Lưu")

    phone = device(village.member)
    phone.open("/thi-noi-khac/")
    phone.follow("Tôi đã dự thi")
    phone.page.get_by_label("Ngày dự thi").fill(today.isoformat())
    phone.page.get_by_label("Điểm", exact=False).fill("18,5")
    phone.page.get_by_label("Ảnh minh chứng").set_input_files(
        {"name": "anh.png", "mimeType": "image/png", "buffer": picture()}
    )
    phone.press("Gửi khai báo")
    assert "Chờ xác nhận" in phone.text()

    desk = device(village.secretary)
    desk.open("/")
    assert "1 khai báo chờ đồng chí xác nhận" in desk.text()
    desk.follow("Xem các khai báo")
    desk.follow("Chi bộ thôn Giang Cao")
    desk.follow("Nguyễn Văn An")
    expect(desk.page.locator("main img")).to_be_visible()
    desk.press("Xác nhận đã dự thi")
    assert "Đã xác nhận" in desk.text()
    desk.open(f"/tham-gia/{round_.id}/don-vi/{village.first.id}")
    assert "1 thi nơi khác" in desk.text()
    expect(desk.page.get_by_role("row", name="Nguyễn Văn An")).to_contain_text("Chưa thi")
    expect(desk.page.get_by_role("row", name="Nguyễn Văn An")).to_contain_text("Thi nơi khác")


def test_a_secretary_invites_his_unit(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    desk = device(village.secretary)
    desk.context.grant_permissions(["clipboard-read", "clipboard-write"])
    desk.open(f"/tham-gia/{round_.id}/don-vi/{village.first.id}")
    desk.follow("Áp phích, trang chiếu, lời mời dự thi")
    kit = desk.path
    text = desk.page.locator("#zalo-chu").inner_text()
    assert f"{site.url}/dot-thi/{round_.id}" in text
    desk.page.locator("section", has=desk.page.locator("#zalo-chu")).get_by_role("button", name="Sao chép").click()
    expect(desk.page.get_by_role("button", name="Đã sao chép")).to_be_visible()
    assert desk.page.evaluate("navigator.clipboard.readText()").splitlines() == text.splitlines()
    for sheet in ("a4", "a3", "man-hinh"):
        desk.open(f"{kit}/{sheet}")
        expect(desk.page.locator("main")).to_contain_text("Chi bộ thôn Giang Cao")
    if pdf.why_not() is None:
        answer = desk.context.request.get(f"{kit}/a3.pdf")
        assert answer.body().startswith(b"%PDF")
    nobody = device()
    lines = nobody.context.request.get("/lich-thi.ics").text().splitlines()
    assert lines[0] == "BEGIN:VCALENDAR"
    told = nobody.context.request.get("/lich-thi.json").text()
    assert round_.title in {each["title"] for each in json.loads(told)["rounds"]}
    assert "Nguyễn" not in told
