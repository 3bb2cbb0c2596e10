"""From the desk of the secretary by a QR code on paper to the open round, on the phone of a newcomer."""

from __future__ import annotations

import io
from urllib.parse import urlsplit

import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import MakeDevice
from tests.browser.device import COMPUTER
from tests.browser.site import Site
from tests.browser.village import Village, open_round
from tests.support import build

NAME = "Trần Thị Bảy"


def _print(desk_of: MakeDevice, site: Site, village: Village) -> str:
    """What the QR code of the newcomer's slip says, read from the page as it is shown."""
    with site.work() as w:
        build.member(w, village.first, NAME, with_account=False)
    desk = desk_of(village.secretary, size=COMPUTER)
    desk.open(f"/phieu/{village.first.id}")
    desk.press("Mở trang để in")
    assert NAME in desk.text()
    drawn = desk.page.locator(".slip__qr").screenshot()
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(drawn)))
    address: str = found.text
    return address


def test_a_scanned_slip_leads_straight_to_the_open_round(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    address = _print(device, site, village)
    token = urlsplit(address).fragment
    assert address == f"{site.url}/kich-hoat#{token}"
    phone = device()
    asked: list[str] = []  # all that a server, or its access log, gets to see
    phone.context.on("request", lambda sent: asked.append(f"{sent.url.partition('#')[0]} {sent.headers}"))
    phone.open(address)
    expect(phone.page.get_by_text("Đã đọc được mã trên phiếu")).to_be_visible()
    expect(phone.page.get_by_label("Mã trên phiếu")).to_be_hidden()
    assert phone.page.url == f"{site.url}/kich-hoat"
    phone.page.get_by_label("Ngày và tháng sinh của đồng chí").fill("1705")
    phone.press("Tiếp tục")
    assert f"Chào đồng chí {NAME}" in phone.text()
    strength = phone.page.locator("[data-module=secret-strength]")
    secret = phone.page.locator("input[name=new]")
    for typed, told in (("5829", "Còn thiếu 2 chữ số"), ("123456", "Dễ đoán"), ("582931", "Độ khó đoán: được")):
        secret.fill(typed)
        expect(strength).to_contain_text(told)
    phone.page.locator("input[name=again]").fill("582931")
    phone.press("Đặt và vào hệ thống")
    assert phone.path == "/tai-khoan/thong-bao"
    assert phone.page.locator("input[type=checkbox]:checked").count() == 0
    phone.page.locator("input[name=take_part]").check()
    phone.press("Lưu và tiếp tục")
    assert phone.path == f"/dot-thi/{round_.id}"
    again = device()
    again.open(address)
    again.page.get_by_label("Ngày và tháng sinh của đồng chí").fill("1705")
    again.expect("422")
    again.press("Tiếp tục")
    assert "không còn dùng được" in again.text()
    assert len(asked) > 4
    assert token not in " ".join(asked)


def test_a_slip_is_typed_where_no_script_runs(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        build.member(w, village.second, NAME, with_account=False)
    desk = device(village.organiser, size=COMPUTER)
    desk.open(f"/phieu/{village.second.id}")
    desk.press("Mở trang để in")
    slip = desk.page.locator(".slip", has_text=NAME)
    code = slip.locator(".slip__code").inner_text()
    phone = device(has_scripts=False)
    phone.open("/dang-nhap")
    phone.follow("gõ mã trên phiếu")
    phone.page.get_by_label("Mã trên phiếu").fill(code.lower())
    phone.page.get_by_label("Ngày và tháng sinh của đồng chí").fill("17/5")
    phone.press("Tiếp tục")
    phone.page.locator("input[name=new]").fill("582931")
    phone.page.locator("input[name=again]").fill("582931")
    phone.press("Đặt và vào hệ thống")
    phone.press("Lưu và tiếp tục")
    assert phone.path == "/"
    phone.page.locator("summary", has_text="Tài khoản").click()
    phone.page.get_by_role("button", name="Đổi người dùng").click()
    expect(phone.page.get_by_role("heading", name="Đăng nhập", exact=True)).to_be_visible()
    assert NAME not in phone.text()
    phone.page.go_back()
    assert NAME not in phone.text()
