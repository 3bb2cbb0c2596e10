"""A secretary copies a reminder with one press, which is written down; the desk renews itself while a round is open."""

from __future__ import annotations

from playwright.sync_api import expect
from sqlalchemy import select

from quiz_app.reminders.models import Reminder
from tests.browser.conftest import MakeDevice
from tests.browser.site import Site
from tests.browser.village import Village, open_round
from tests.features.leaderboard.build import attempt


def test_one_press_copies_and_writes_down(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    phone = device(village.secretary)
    phone.context.grant_permissions(["clipboard-read", "clipboard-write"])
    phone.open(f"/nhac-thi/{round_.id}/don-vi/{village.first.id}")
    text = phone.page.locator("#noi-dung-nhac").inner_text()
    phone.page.get_by_role("button", name="Sao chép và ghi là đã nhắc").click()  # it stays on the page
    expect(phone.page.get_by_role("button", name="Đã sao chép, đã ghi là vừa nhắc")).to_be_visible()
    assert phone.page.evaluate("navigator.clipboard.readText()").splitlines() == text.splitlines()
    with site.work() as w:
        kept = w.session.execute(
            select(Reminder.member_id, Reminder.by_member_id).where(Reminder.round_id == round_.id)
        )
        assert [tuple(row) for row in kept] == [(None, village.secretary.id)]


def test_the_desk_renews_itself_and_keeps_what_is_being_typed(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    desk = device(village.secretary)
    desk.page.clock.install()
    desk.open(f"/tham-gia/{round_.id}/don-vi/{village.first.id}")
    done = desk.page.get_by_role("navigation", name="Lọc danh sách theo trạng thái").get_by_role("link").first
    expect(done).to_contain_text("0")
    desk.page.get_by_label("Tìm theo tên").fill("nguyen")
    with site.work() as w:
        attempt(w, round_, village.member, 7)
    desk.page.clock.fast_forward(11_000)
    expect(done).to_contain_text("1")
    expect(desk.page.get_by_label("Tìm theo tên")).to_have_value("nguyen")
    expect(desk.page.get_by_role("row", name="Nguyễn Văn An")).to_contain_text("Đã thi")
