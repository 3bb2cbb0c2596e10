"""What a member takes with him after submitting, and a device that a secretary lends him for one sitting."""

from __future__ import annotations

import base64
from datetime import timedelta

from playwright.sync_api import expect
from sqlalchemy import select

from quiz_app.attempts.models import Attempt, LateArrival
from tests.browser.conftest import MakeDevice
from tests.browser.paper import attempt_of, begin, form_of
from tests.browser.site import Site
from tests.browser.village import Village, open_round


def test_a_receipt_is_kept_as_a_picture_and_checked_by_anybody(
    site: Site, village: Village, device: MakeDevice
) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    phone = device(village.member)
    begin(phone, round_.id)
    phone.follow("Nộp bài", within=phone.page.locator("body"))
    phone.press("Nộp bài")
    phone.follow("Biên nhận để lưu, gửi Zalo")
    picture = phone.page.get_by_role("img", name="Ảnh biên nhận")
    expect(picture).to_be_visible()
    width, height = picture.evaluate("image => [image.naturalWidth, image.naturalHeight]")
    assert width == 1080
    assert height > 600
    address = picture.get_attribute("src") or ""
    assert base64.b64decode(address.removeprefix("data:image/png;base64,")).startswith(b"\x89PNG")
    with phone.page.expect_download() as downloading:
        phone.page.get_by_role("link", name="Tải ảnh về máy").click()
    with site.db.reading() as session:
        code = session.scalars(select(Attempt.receipt_code).where(Attempt.member_id == village.member.id)).one()
    assert code is not None
    assert downloading.value.suggested_filename == f"bien-nhan-{code[:4]}-{code[4:8]}-{code[8:]}.png"
    stranger = device()
    stranger.open("/bien-nhan")
    stranger.page.get_by_label("Mã biên nhận").fill(f" {code.lower()[:6]} {code.lower()[6:]} ")
    stranger.press("Kiểm tra")
    assert "Đúng, hệ thống đã nhận bài này" in stranger.text()
    assert village.member.full_name not in stranger.text()
    stranger.open("/bien-nhan?ma=OIUL-0123-4567")
    assert "Không có biên nhận nào mang mã này" in stranger.text()


def test_a_secretary_lends_a_device_which_signs_out_by_itself(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    lent = device(village.secretary)
    lent.open(f"/tham-gia/{round_.id}/don-vi/{village.first.id}")
    lent.follow(f"Hỗ trợ thi trên máy này cho đồng chí {village.member.full_name}")
    lent.page.get_by_label("Khó đọc chữ trên màn hình nhỏ").check()
    lent.press("Đã đọc thể lệ, bắt đầu và trao máy")
    assert village.member.full_name in lent.text()
    form_of(lent.page, 1).locator("label.choice").first.click()
    expect(form_of(lent.page, 1).locator(".save-state")).to_contain_text("Đã lưu")
    lent.follow("Nộp bài", within=lent.page.locator("body"))
    lent.press("Nộp bài")
    assert lent.path == f"/luot-thi/{attempt_of(site, village.member).id}/bien-nhan"
    assert "Máy này đã đăng xuất" in lent.text()
    expect(lent.page.get_by_role("img", name="Ảnh biên nhận")).to_be_visible()
    lent.page.reload()
    assert lent.path == "/dang-nhap"
    own = device(village.member)
    own.open(f"/luot-thi/{attempt_of(site, village.member).id}/ket-qua")
    assert f"do đồng chí {village.secretary.full_name} hỗ trợ" in own.text()


def test_organisers_look_through_what_came_too_late(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    phone = device(village.member)
    begin(phone, round_.id)
    with site.work() as w:
        attempt = w.session.scalars(select(Attempt).where(Attempt.member_id == village.member.id)).one()
        for place, letter in ((2, "B"), (3, "")):
            late_by = timedelta(seconds=6 + place, milliseconds=250)
            w.session.add(
                LateArrival(
                    attempt_id=attempt.id,
                    what="save",
                    position=place,
                    sent=letter,
                    epoch=1,
                    arrived_at=attempt.deadline_at + late_by,
                )
            )
    desk = device(village.organiser)
    desk.open(f"/to-chuc/dot/{round_.id}/gui-muon")
    assert "Câu trả lời câu 2: B" in desk.text()
    assert "muộn 9,250 giây" in desk.text()
