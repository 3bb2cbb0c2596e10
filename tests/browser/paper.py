"""What a person's hands do at a paper, and what the database then keeps."""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import Locator, Page
from sqlalchemy import select

from quiz_app.attempts import marking
from quiz_app.attempts.models import Attempt
from quiz_app.members.models import Member
from tests.browser.device import Device
from tests.browser.site import Site
from tests.support.sitting import PAPER_LENGTH, right_letters

OFFLINE = "ERR_INTERNET_DISCONNECTED"
START = "Đồng ý thể lệ và bắt đầu"
EVERY_PLACE = range(1, PAPER_LENGTH + 1)


def begin(phone: Device, round_id: int) -> None:
    phone.open(f"/dot-thi/{round_id}")
    phone.press(START)


def attempt_of(site: Site, member: Member) -> Attempt:
    with site.db.reading() as session:
        return session.scalars(select(Attempt).where(Attempt.member_id == member.id)).one()


def kept_answers(site: Site, attempt_id: int) -> dict[int, str]:
    """What the database keeps, by place."""
    with site.db.reading() as session:
        return {row.position: row.chosen or "" for row in marking.paper(session, attempt_id)}


def right_answers(site: Site, attempt_id: int) -> dict[int, str]:
    with site.work() as w:
        return {place: right_letters(w, attempt_id, place) for place in EVERY_PLACE}


def form_of(page: Page, place: int) -> Locator:
    return page.locator(f"#cau-{place}")


def choose(phone: Device, place: int, letters: str) -> None:
    """Choose in the question shown; without scripts also send it."""
    form = form_of(phone.page, place)
    for letter in letters:
        form.locator("label.choice").filter(has=phone.page.locator(f"input[value={letter}]")).click()
    if not phone.has_scripts:
        with phone.page.expect_event("domcontentloaded"):
            form.get_by_role("button", name="Lưu câu trả lời").click()
        phone.page.wait_for_load_state("load")


def state_of(phone: Device, place: int) -> Locator:
    return form_of(phone.page, place).locator(".save-state")


def eventually(page: Page, holds: Callable[[], bool], within_s: float = 10) -> None:
    """Wait until `holds`, while what the page asks for is served."""
    ends = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < ends, "it never came"
        page.wait_for_timeout(20)


def wake(page: Page) -> None:
    """Wait until the page's own script has taken over."""
    eventually(page, lambda: bool(page.evaluate("Boolean(document.querySelector('#bai-thi').sitting)")))
