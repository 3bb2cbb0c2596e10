"""Somebody on no roster: the poster's address on a phone, the secretary's answer, the first sign-in, the open round."""

from __future__ import annotations

from datetime import timedelta

from quiz_app.announcements import services as announcements
from quiz_app.announcements.services import Words
from quiz_app.kernel.clock import VIETNAM
from quiz_app.registering import desks
from quiz_app.registering.models import Way
from tests.browser.conftest import MakeDevice
from tests.browser.device import Device
from tests.browser.site import Site
from tests.browser.village import Village, open_round

SMALL = {"width": 390, "height": 780}
SAID = {
    "Họ và tên": "Nguyễn Thị Sen",
    "Ngày sinh": "1962",
    "Số điện thoại": "0973 118 246",
    "Mã số bí mật": "704826",
    "Gõ lại một lần nữa": "704826",
}


def test_somebody_on_no_roster_registers_is_admitted_and_enters(
    site: Site, village: Village, device: MakeDevice
) -> None:
    with site.work() as w:
        open_round(w, village)
        today = w.now.astimezone(VIETNAM).date()
    with site.work(actor=village.organiser) as w:
        terms = desks.Terms(Way.APPROVAL, None, None, village.root.id, is_on_posters=False)
        desks.save(w, village.root.id, terms, seen=0)
        said = Words(village.root.id, "Thi vòng xã", "Mời **đồng chí** dự thi.", today, today + timedelta(days=5))
        announcements.publish(w, said)
    phone = device(size=SMALL)
    phone.open("/dang-ky")
    phone.page.get_by_label("Thôn, tổ dân phố hoặc chi bộ").fill("giang cao")
    phone.press("Tìm")
    phone.open(f"/dang-ky/don-vi/{village.first.id}")
    for label, words in SAID.items():
        phone.page.get_by_label(label, exact=True).fill(words)
    assert "Độ khó đoán: được." in phone.text()
    phone.page.get_by_label("Tôi đồng ý tham gia thi").check()
    phone.press("Gửi đăng ký")
    assert "Đã nhận đăng ký" in phone.text()
    phone.expect("403")  # what the sign-in answers meanwhile
    _sign_in(phone)
    assert "đang chờ duyệt" in phone.text()
    secretary = device(village.secretary, size=SMALL)
    secretary.open("/duyet-dang-ky")
    secretary.follow("Nguyễn Thị Sen")
    secretary.page.get_by_label("Nhận", exact=True).check()
    secretary.press("Trả lời")
    _sign_in(phone)
    assert "Chào đồng chí Nguyễn Thị Sen" in phone.text()
    assert "Thi vòng xã" in phone.text()
    phone.follow("Vào thi")
    assert "Đồng ý thể lệ và bắt đầu" in phone.text()


def test_the_desks_can_be_used_on_a_phone(site: Site, village: Village, device: MakeDevice) -> None:
    organiser = device(village.organiser, size=SMALL)
    desk = f"/duyet-dang-ky/cach/{village.root.id}"
    for path in ("/duyet-dang-ky", desk, "/thong-bao", "/thong-bao/moi"):
        organiser.open(path)
    organiser.page.get_by_label("Tiêu đề").fill("Họp chi bộ")
    organiser.page.get_by_label("Nội dung").fill("- Mang theo phiếu")
    organiser.page.get_by_label("Đến hết ngày").fill("2099-12-31")
    organiser.press("Xem trước")
    organiser.press("Đăng thông báo")
    assert "Đang đăng" in organiser.text()
    organiser.open(desk)
    organiser.page.get_by_label("Có mã đăng ký là vào được ngay").check()
    organiser.press("Lưu")
    assert "Mã đăng ký:" in organiser.text()


def _sign_in(phone: Device) -> None:
    phone.open("/dang-nhap")
    phone.page.locator("input[name=username]").fill("0973118246")
    phone.page.locator("input[name=password]").fill("704826")
    phone.press("Đăng nhập")
