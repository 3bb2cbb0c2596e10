"""A complaint from the result page to its answer, and a member who stands in the wrong unit."""

from __future__ import annotations

from playwright.sync_api import expect
from sqlalchemy import select

from quiz_app.attempts.models import Attempt
from tests.browser.conftest import MakeDevice
from tests.browser.device import COMPUTER
from tests.browser.paper import attempt_of, begin, form_of
from tests.browser.site import Site
from tests.browser.village import Village, open_round


def test_a_complaint_is_sent_seen_with_its_evidence_and_answered(
    site: Site, village: Village, device: MakeDevice
) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    phone = device(village.member)
    begin(phone, round_.id)
    form_of(phone.page, 1).locator("label.choice").first.click()
    expect(form_of(phone.page, 1).locator(".save-state")).to_contain_text("Đã lưu")
    phone.follow("Nộp bài", within=phone.page.locator("body"))
    phone.press("Nộp bài")
    phone.follow("Khiếu nại kết quả")
    phone.page.get_by_label("Câu số").fill("1")
    phone.page.get_by_label("Nội dung khiếu nại").fill("Câu này có hai phương án đúng.\nMời Ban tổ chức xem lại.")
    phone.press("Gửi khiếu nại")
    assert "Chờ trả lời" in phone.text()

    desk = device(village.organiser, size=COMPUTER)
    desk.open(f"/to-chuc/dot/{round_.id}")
    desk.follow("Khiếu nại")
    desk.follow(village.member.full_name)
    assert "Câu bị khiếu nại" in desk.text()
    desk.follow("Hồ sơ để in")
    assert desk.page.get_by_role("button", name="In hồ sơ").is_visible()
    desk.page.emulate_media(media="print")
    assert not desk.page.get_by_role("button", name="In hồ sơ").is_visible()
    pages = desk.page.pdf(prefer_css_page_size=True)
    assert pages.startswith(b"%PDF")
    desk.page.emulate_media(media="screen")
    desk.follow("Về khiếu nại")
    desk.page.get_by_text("Chấp nhận khiếu nại", exact=True).click()
    desk.page.get_by_label("Trả lời người gửi").fill("Đúng, câu 1 sẽ được chấm lại cho mọi người.")
    desk.press("Gửi trả lời")
    assert "chưa làm đổi điểm" in desk.text()

    phone.open("/khieu-nai/")
    assert "Đúng, câu 1 sẽ được chấm lại cho mọi người." in phone.text()


def test_who_stands_in_the_wrong_unit_is_let_into_his_own(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    phone = device(village.stranger)
    begin(phone, round_.id)
    phone.follow("Nộp bài", within=phone.page.locator("body"))
    phone.press("Nộp bài")
    phone.open("/tai-khoan")
    phone.follow("Tôi không thuộc chi bộ này")
    phone.page.get_by_label("Tên chi bộ của đồng chí").fill("giang cao")
    phone.press("Tìm")
    phone.follow(f"mã {village.first.code}")
    phone.page.get_by_label("Lý do").fill("Tôi sinh hoạt ở Giang Cao từ tháng 3.")
    phone.press("Gửi đề nghị")
    assert "Chờ trả lời" in phone.text()

    lent = device(village.secretary)
    lent.open("/tham-gia/")
    lent.follow("Đề nghị sửa đơn vị")
    lent.follow(village.stranger.full_name)
    assert "Chuyển theo" in lent.text()
    lent.page.get_by_text("Tiếp nhận đồng chí này", exact=True).click()
    lent.press("Gửi trả lời")
    assert "1 lượt thi chuyển theo" in lent.text()
    phone.open("/doi-don-vi/")
    assert village.first.name in phone.text()
    with site.db.reading() as session:
        attempt_id = attempt_of(site, village.stranger).id
        assert session.scalars(select(Attempt.unit_id).where(Attempt.id == attempt_id)).one() == village.first.id
