"""The whole way of a newcomer: from the organiser's roster over a slip to an attempt that the secretary sees."""

from __future__ import annotations

import io
import re

import zxingcpp
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy import select

from quiz_app.members.models import Member
from quiz_app.members.roster_jobs import APPLY, PLAN
from quiz_app.units.models import Unit
from tests.browser.conftest import MakeDevice
from tests.browser.device import COMPUTER
from tests.browser.paper import EVERY_PLACE, START, attempt_of, choose, right_answers, state_of
from tests.browser.site import Site
from tests.browser.test_roster_import import WORKED_WITHIN_MS, work_on
from tests.browser.village import Village, open_round
from tests.features.members.roster_files import workbook

NAME = "Tống Thị Mười"


def test_from_a_roster_over_a_slip_to_the_desk(site: Site, village: Village, device: MakeDevice) -> None:
    with site.db.reading() as session:
        unit = session.get_one(Unit, village.first.id)
    office = device(village.organiser, size=COMPUTER)
    office.open("/danh-sach/nhap")
    roster = workbook([["1", NAME, "17/05/1980", unit.code, "", "", ""]])
    office.page.get_by_label(re.compile("Tệp danh sách")).set_input_files(
        {"name": "ds.xlsx", "mimeType": "application/octet-stream", "buffer": roster}
    )
    office.press("Xem trước")
    work_on(site, PLAN)
    expect(office.page.locator("main")).to_contain_text("Ghi danh sách", timeout=WORKED_WITHIN_MS)
    office.press("Ghi danh sách")
    work_on(site, APPLY)
    expect(office.page.locator("main")).to_contain_text("thêm 1, sửa 0 người", timeout=WORKED_WITHIN_MS)
    with site.work() as w:
        round_ = open_round(w, village)
        newcomer = w.session.scalars(select(Member).where(Member.full_name == NAME)).one()

    desk = device(village.secretary, size=COMPUTER)
    desk.open(f"/phieu/{unit.id}")
    desk.press("Mở trang để in")
    slip = desk.page.locator(".slip", has_text=NAME)
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(slip.locator(".slip__qr").screenshot())))

    phone = device()
    phone.open(found.text)
    phone.page.get_by_label("Ngày và tháng sinh của đồng chí").fill("1705")
    phone.press("Tiếp tục")
    phone.page.locator("input[name=new]").fill("582931")
    phone.page.locator("input[name=again]").fill("582931")
    phone.press("Đặt và vào hệ thống")
    phone.page.locator("input[name=take_part]").check()
    phone.press("Lưu và tiếp tục")
    assert phone.path == f"/dot-thi/{round_.id}"
    phone.press(START)
    right = right_answers(site, attempt_of(site, newcomer).id)
    for place in EVERY_PLACE:
        choose(phone, place, right[place])
        expect(state_of(phone, place)).to_contain_text("Đã lưu")
        if place != EVERY_PLACE[-1]:
            phone.page.get_by_role("button", name="Câu sau").click()
    phone.follow("Nộp bài", within=phone.page.locator("footer"))
    phone.press("Nộp bài")
    assert phone.path.endswith("/ket-qua")

    desk.open("/")
    desk.follow("Xem danh sách")
    assert desk.path == f"/tham-gia/{round_.id}/don-vi/{unit.id}"
    expect(desk.page.get_by_role("row", name=NAME)).to_contain_text("Đã thi")
    assert "1/5" in desk.text()
