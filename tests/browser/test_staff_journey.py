"""The first operator comes in by his link, puts a second factor on his role, and gives somebody else one."""

from __future__ import annotations

import time

from playwright.sync_api import expect
from pyotp import TOTP

from quiz_app.members import first_operator
from quiz_app.members.second_factor import STEP_S
from tests.browser.conftest import MakeDevice
from tests.browser.device import COMPUTER
from tests.browser.site import Site
from tests.browser.village import Village

PASSWORD = "sen-hồng-nở-giữa-hồ"
ENOUGH_S = 8


def _code(site: Site, secret: str) -> str:
    """A code that still lasts long enough to be typed."""
    with site.db.reading() as session:
        now = site.db.now(session).timestamp()
    left = STEP_S - now % STEP_S
    if left < ENOUGH_S:
        time.sleep(left)
        now += left
    return TOTP(secret).at(int(now))


def test_from_the_link_to_a_role_given(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        token = first_operator.issue_link(w, username="quantri", full_name="Dương Văn Quý", unit_id=village.root.id)
    mine = device(size=COMPUTER)
    mine.open(f"/quan-tri-dau-tien#{token}")
    expect(mine.page.get_by_label("Mã trong đường dẫn")).to_be_hidden()
    assert token not in mine.page.url
    mine.page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    mine.page.get_by_label("Nhập lại mật khẩu").fill(PASSWORD)
    mine.press("Đặt mật khẩu và vào")
    mine.press("Lưu và tiếp tục")  # the notices of a first sign-in
    assert mine.path == "/vai-tro"
    assert "Dương Văn Quý" in mine.text()
    mine.follow("Giao vai trò cho một người")
    mine.page.get_by_label("Họ tên, số thẻ hoặc tên đăng nhập").fill(village.member.full_name)
    mine.press("Tìm")
    mine.follow(village.member.full_name)
    mine.page.get_by_label("Vai trò", exact=True).select_option(label="Biên soạn")
    mine.page.get_by_label("Ở đơn vị").select_option(label=village.root.name)
    mine.press("Xem trước khi giao")
    assert "Soạn và sửa câu hỏi" in mine.text()
    mine.press("Giao vai trò")
    assert f"Đã giao vai trò Biên soạn cho đồng chí {village.member.full_name}" in mine.text()

    mine.open("/tai-khoan/hai-lop")
    mine.press("Bắt đầu")
    secret = mine.page.locator("code").inner_text().replace(" ", "")
    mine.page.get_by_label("Mã").fill(_code(site, secret))
    mine.press("Bật xác thực hai lớp")
    recovery = mine.page.locator("code").first.inner_text()
    mine.follow("Tôi đã cất mã, tiếp tục")

    other = device()
    other.open("/dang-nhap")
    other.page.locator("input[name=username]").fill("quantri")
    other.page.locator("input[name=password]").fill(PASSWORD)
    other.press("Đăng nhập")
    assert other.path == "/tai-khoan/hai-lop"
    other.page.get_by_label("Mã").fill(recovery)
    other.press("Tiếp tục")
    other.open("/vai-tro")
    assert village.member.full_name in other.text()
