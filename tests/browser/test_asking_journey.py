"""A question from a lesson to its answer, and on to the public list of questions and answers."""

from __future__ import annotations

from quiz_app.kernel.access import Role
from tests.browser.conftest import MakeDevice
from tests.browser.device import COMPUTER, Device
from tests.browser.site import Site
from tests.browser.village import Village
from tests.support import build, sitting


def test_asked_from_a_lesson_answered_read_and_published(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        build.grant(w, village.stranger, Role.REVIEWER, village.root)
    module = next(one for one in sitting.shipped_bank().modules if one.position == 1)
    lesson = f"/hoc/{module.slug}/{module.lessons[0].slug}"
    phone = device(village.member, has_scripts=False)
    phone.open(lesson)
    phone.follow("Hỏi về câu này")
    assert "Về: Câu 1, bài" in phone.text()
    phone.open(lesson)
    phone.follow("Hỏi về bài này")
    assert module.lessons[0].title in phone.text()
    phone.page.get_by_text("Hỏi một điều", exact=True).click()
    phone.page.get_by_label("Nội dung").fill("Chỉ tiêu này tính đến năm nào?\nTôi chưa thấy trong bài.")
    phone.press("Gửi")
    assert "Mới" in phone.text()

    desk = device(village.organiser, size=COMPUTER)
    desk.open("/")
    desk.follow("Xem các câu")
    desk.follow("Hỏi số")
    assert "Chỉ tiêu này tính đến năm nào?" in desk.text()
    desk.page.get_by_label("Câu trả lời").fill("Đến năm **2030**.\n\n- Xem phần mục tiêu của bài.")
    desk.press("Gửi trả lời")

    phone.open("/")
    phone.follow("1 câu trả lời mới")
    phone.follow("Hỏi: Chỉ tiêu này")
    assert "Đến năm 2030." in phone.text()
    phone.open("/")
    assert "câu trả lời mới" not in phone.text()

    desk.follow("Đề nghị công bố")
    desk.page.get_by_label("Câu hỏi, viết lại cho mọi người").fill("Chỉ tiêu trong bài tính đến năm nào?")
    desk.page.get_by_label("Câu trả lời").fill("Đến năm **2030**.")
    desk.press("Gửi duyệt")

    second = device(village.stranger, size=COMPUTER)
    second.open("/to-chuc/hoi-dap/cong-bo")
    second.follow("Chỉ tiêu trong bài tính đến năm nào?")
    second.page.get_by_text("Công bố đúng như trên", exact=True).click()
    second.press("Ghi kết luận")
    assert "Đang công bố" in second.text()

    _is_found_by_anybody(device(), module.title)
    _takes_back(phone, desk)


def _is_found_by_anybody(visitor: Device, module_title: str) -> None:
    visitor.open("/hoi-dap")
    visitor.page.get_by_label("Tìm trong Hỏi – đáp").fill("chi tieu trong bai")
    visitor.press("Tìm")
    assert "Chỉ tiêu trong bài tính đến năm nào?" in visitor.text()
    assert "Đến năm 2030." in visitor.text()
    assert module_title in visitor.text()


def _takes_back(phone: Device, desk: Device) -> None:
    phone.open("/hoi/cua-toi")
    phone.follow("Hỏi: Chỉ tiêu này")
    phone.follow("Rút câu này")
    phone.press("Rút và xóa nội dung")
    assert "Chỉ tiêu này tính" not in phone.text()
    desk.open("/to-chuc/hoi-dap/?trang-thai=da-rut")
    desk.follow("Hỏi số")
    assert "Người gửi đã rút câu này" in desk.text()
    desk.open("/to-chuc/hoi-dap/so-lieu")
    assert "Đảng bộ xã Bát Tràng" in desk.text()
