"""A member with the same sitting in two windows, neither of which has taken it over from the other."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from sqlalchemy import select

from quiz_app.attempts import queries
from quiz_app.attempts.models import Attempt
from tests.browser.conftest import MakeDevice
from tests.browser.site import Site
from tests.browser.village import Village, open_round


def _choose(page: Page, letter: str) -> None:
    page.locator("#cau-1 label.choice").filter(has=page.locator(f"input[value={letter}]")).click()


def test_an_answer_that_another_window_overtook_is_told_and_can_be_given_again(
    site: Site, village: Village, device: MakeDevice
) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    phone = device(village.member)
    phone.open(f"/dot-thi/{round_.id}")
    phone.press("Bắt đầu làm bài")
    first = phone.page
    second = phone.context.new_page()
    second.goto(f"{first.url.partition('#')[0]}#cau-1")
    first.bring_to_front()
    for letter in "AB":
        _choose(first, letter)
        expect(first.locator("#cau-1 .save-state")).to_contain_text("Đã lưu")
    second.bring_to_front()
    _choose(second, "C")
    expect(second.locator("[data-role=notice-text]")).to_contain_text("Câu 1 đã được trả lời ở một cửa sổ khác")
    expect(second.locator("#cau-1 input[value=B]")).to_be_checked()
    _choose(second, "C")
    expect(second.locator("#cau-1 .save-state")).to_contain_text("Đã lưu")
    with site.db.reading() as session:
        attempt = session.scalars(select(Attempt).where(Attempt.member_id == village.member.id)).one()
        kept = queries.responses(session, attempt.id)[0]
    assert kept.chosen == "C"
