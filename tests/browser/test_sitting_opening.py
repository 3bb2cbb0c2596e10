"""The page before a round opens: it counts down by the server's clock and opens by itself."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from playwright.sync_api import Request, expect

from tests.browser.conftest import MakeDevice
from tests.browser.paper import START, eventually
from tests.browser.site import Site
from tests.browser.village import Village, open_round

HOUR_MS = 3_600_000


def test_a_round_opens_before_the_eyes_of_a_member_whose_clock_is_wrong(
    site: Site, village: Village, device: MakeDevice
) -> None:
    with site.work() as w:
        round_ = open_round(w, village, opens_at=w.now + timedelta(seconds=4))
    phone = device(village.member)
    wrong = (datetime.now(UTC) + timedelta(hours=30)).timestamp() * 1000
    phone.page.add_init_script(f"const began = {wrong}; Date.now = () => began + performance.now()")
    phone.page.add_init_script("Math.random = () => 0.1")  # half a second of the spread
    phone.page.goto(f"/dot-thi/{round_.id}")
    expect(phone.page.locator("[data-opens-in]")).to_have_text(re.compile(r"^00:0[0-4]$"))
    assert phone.page.get_by_role("button", name=START).count() == 0
    phone.judge()
    asked: list[str] = []
    phone.page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    expect(phone.page.get_by_role("button", name=START)).to_be_visible(timeout=15_000)
    assert asked == [f"/dot-thi/{round_.id}"]  # neither early nor twice
    assert phone.page.locator("[data-opens-in]").count() == 0
    phone.page.get_by_role("button", name=START).click()
    expect(phone.page.locator("#bai-thi")).to_be_visible()


def test_those_who_wait_do_not_come_together(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        round_ = open_round(w, village, opens_at=w.now + timedelta(seconds=3))
    phone = device(village.member)
    phone.page.add_init_script("Math.random = () => 0.6")
    phone.page.goto(f"/dot-thi/{round_.id}")
    expect(phone.page.locator("main [role=status]")).to_contain_text("Đã đến giờ")
    asked: list[str] = []
    phone.page.on("request", lambda request: asked.append(request.url))
    phone.page.wait_for_timeout(2000)
    assert asked == []
    expect(phone.page.get_by_role("button", name=START)).to_be_visible()


def test_a_page_that_slept_asks_again(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        later = w.now + timedelta(days=2, hours=3)
        round_ = open_round(w, village, opens_at=later, closes_at=later + timedelta(days=1))
    phone = device(village.member)
    phone.page.goto(f"/dot-thi/{round_.id}")
    shown = phone.page.locator("[data-opens-in]")
    expect(shown).to_have_text(re.compile(r"^2 ngày 2:59:\d\d$"))
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    phone.page.on("request", note)
    phone.page.wait_for_timeout(1200)
    assert asked == []
    with site.work() as w:
        w.session.merge(round_).opens_at = w.now - timedelta(minutes=1)
    # The wall went on for an hour while the page's own clock rested.
    phone.page.evaluate(f"() => {{ const now = Date.now; Date.now = () => now() + {HOUR_MS}; }}")
    eventually(phone.page, lambda: any(url.endswith(f"/dot-thi/{round_.id}") for url in asked))
    expect(phone.page.get_by_role("button", name=START)).to_be_visible()
