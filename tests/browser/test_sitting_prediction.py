"""The browser's side of a prediction: a place of the queue whose value may be unreadable.

The page's form and the server's answers are the test's own, as the sitting page and its view give them.
"""

from __future__ import annotations

from urllib.parse import parse_qs

from playwright.sync_api import Route, expect

from tests.browser.conftest import MakeDevice
from tests.browser.device import Device
from tests.browser.paper import attempt_of, begin, choose, state_of, wake
from tests.browser.site import Site
from tests.browser.village import Village, open_round

FORM = """<form id="du-doan" class="stack" data-prediction data-revision="4" method="post" action="{url}">
<input type="hidden" name="csrf_token" value="x"><label for="doan">Dự đoán</label>
<input class="input" id="doan" name="du_doan" inputmode="decimal" value="">
<p class="save-state" data-state="empty" role="status">Chưa trả lời</p></form><form id="het-gio\""""
UNREADABLE = {"error": "BadInput", "message": "Thông tin chưa đúng.", "fields": {"du_doan": ["Mời ghi một số."]}}


class Predicting:
    """A phone at a paper with a prediction, and a server that notes what was `sent` with which revision."""

    def __init__(self, site: Site, village: Village, phone: Device) -> None:
        self.page = phone.page
        with site.work() as w:
            round_ = open_round(w, village)
        begin(phone, round_.id)
        paper = f"/luot-thi/{attempt_of(site, village.member).id}"
        self.url = f"{paper}/du-doan"
        self.sent: list[tuple[str, str]] = []
        self.page.route(f"**{paper}", self._add_form)
        self.page.route(f"**{self.url}", self.keep)
        self.page.goto(f"{paper}#du-doan")
        self.page.reload()  # only the place within the page had changed
        wake(self.page)
        self.field = self.page.locator("#doan")
        self.state = self.page.locator("#du-doan .save-state")
        self.wrong = self.page.locator("#du-doan .field__error")

    def _add_form(self, route: Route) -> None:
        answer = route.fetch()
        form = FORM.format(url=self.url)
        route.fulfill(response=answer, body=answer.text().replace('<form id="het-gio"', form))

    def keep(self, route: Route) -> None:
        fields = parse_qs(route.request.post_data or "", keep_blank_values=True)
        assert fields["epoch"] == ["1"]
        text, revision = fields["du_doan"][0], fields["revision"][0]
        self.sent.append((text, revision))
        if text == "nhiều":
            route.fulfill(status=422, json=UNREADABLE)
            return
        kept = text.replace(".", ",")
        told = {"revision": int(revision), "text": kept, "saved_at": "10:41:05", "remaining_ms": 890_000}
        route.fulfill(json=told)


def test_an_unreadable_prediction_is_told_and_stops_nothing_else(
    site: Site, village: Village, device: MakeDevice
) -> None:
    phone = device(village.member)
    one = Predicting(site, village, phone)
    expect(one.field).to_be_visible()
    expect(phone.page.get_by_role("button", name="Câu sau")).to_be_disabled()
    phone.expect("422")
    one.field.press_sequentially("nhiều")
    expect(one.wrong).to_have_text("Mời ghi một số.")
    expect(one.state).to_have_text("Chưa lưu được – vẫn giữ trong máy")
    expect(one.field).to_have_attribute("aria-invalid", "true")
    phone.judge()
    phone.page.locator("summary", has_text="Các câu:").click()
    phone.page.locator("[data-place='1']").click()
    choose(phone, 1, "A")
    expect(state_of(phone, 1)).to_contain_text("Đã lưu")
    phone.page.locator("footer").get_by_role("link", name="Nộp bài").click()
    expect(one.field).to_be_visible()  # it leads back to what is wrong
    assert one.sent == [("nhiều", "5")]
    one.field.fill("")
    one.field.press_sequentially("125.5", delay=50)
    expect(one.state).to_have_text("Đã lưu 10:41:05")
    expect(one.field).to_have_value("125,5")
    expect(one.wrong).to_be_hidden()
    assert one.sent[1:] == [("125.5", "6")]


def test_a_prediction_not_sent_survives_a_reload(site: Site, village: Village, device: MakeDevice) -> None:
    phone = device(village.member)
    one = Predicting(site, village, phone)
    phone.expect("ERR_FAILED")
    phone.page.unroute(f"**{one.url}")
    phone.page.route(f"**{one.url}", lambda route: route.abort())
    one.field.fill("130")
    one.field.press("Enter")
    expect(one.state).to_have_text("Chưa lưu được – vẫn giữ trong máy")
    phone.page.unroute(f"**{one.url}")
    phone.page.route(f"**{one.url}", one.keep)
    phone.page.reload()
    expect(one.field).to_have_value("130")
    expect(one.state).to_have_text("Đã lưu 10:41:05")
    assert one.sent == [("130", "6")]
    assert phone.stored(f"bai-thi-{attempt_of(site, village.member).id}") is None
