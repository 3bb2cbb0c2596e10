"""What today's page of a sitting sends is on record, so that tomorrow's server will be asked to answer it."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Request, expect

from tests.browser.conftest import MakeDevice
from tests.browser.paper import begin, choose, eventually, state_of, wake
from tests.browser.site import Site
from tests.browser.test_prediction_journey import predicted_round
from tests.browser.village import Village
from tests.support.wire import RELEASES

Shape = tuple[str, str, frozenset[str]]
OF_A_SITTING = re.compile(r"/bat-dau$|^/luot-thi/.*/(con-lai|nop|cau/.*|du-doan|lam-tiep)$")


def shape(method: str, path: str, body: str | None) -> Shape:
    """Which fields go where; which row is meant, and what is said about it, is left out."""
    places = re.sub(r"/(?:\d+|\{[a-z]+\})(?=/|$)", "/…", path)
    return method, places, frozenset(parse_qs(body or "", keep_blank_values=True))


def test_the_page_sends_what_is_on_record(site: Site, village: Village, device: MakeDevice) -> None:
    round_ = predicted_round(site, village)
    phone, sent = device(village.member), set[Shape]()

    def note(request: Request) -> None:
        path = urlsplit(request.url).path
        if OF_A_SITTING.search(path):
            sent.add(shape(request.method, path, request.post_data))

    phone.context.on("request", note)
    begin(phone, round_.id)
    wake(phone.page)
    choose(phone, 1, "A")
    expect(state_of(phone, 1)).to_contain_text("Đã lưu")
    phone.page.evaluate("document.querySelector('#bai-thi').sitting.askRemaining()")
    phone.page.goto(f"{phone.path}#du-doan")
    phone.page.reload()
    wake(phone.page)
    phone.page.locator("#du-doan input[name=du_doan]").fill("12,5")
    phone.page.keyboard.press("Enter")
    expect(phone.page.locator("#du-doan .save-state")).to_contain_text("Đã lưu")
    eventually(phone.page, lambda: any(path.endswith("/con-lai") for _, path, _ in sent))
    phone.follow("Nộp bài", within=phone.page.locator("footer"))
    phone.press("Nộp bài")
    *_, newest = RELEASES.values()
    assert sent <= {shape(one.method, one.path, one.body) for one in newest}
    assert {path.rpartition("/")[2] for _, path, _ in sent} == {"bat-dau", "…", "du-doan", "con-lai", "nop"}
