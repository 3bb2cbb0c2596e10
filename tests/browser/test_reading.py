"""A lesson read on one device and gone on with on another, and read aloud where a Vietnamese voice exists.

No headless browser has a voice, so a stand-in speaks for it: it keeps what it was asked to say, and a sentence ends
when the test says so. The browser itself is asked whether the controls stay hidden without one.
"""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import MakeDevice
from tests.browser.device import COMPUTER
from tests.browser.site import Site
from tests.browser.village import Village
from tests.support import sitting

MODULE = sitting.shipped_bank().modules[0]
LESSON = MODULE.lessons[0]
URL = f"/hoc/{MODULE.slug}/{LESSON.slug}"
VOICE = """
window.said = [];
class Utterance { constructor(text) { this.text = text; } }
const speech = {
  getVoices: () => [{lang: "en-US"}, {lang: "LANGUAGE", localService: true}],
  speak: (utterance) => { window.said.push(utterance); },
  cancel: () => {},
};
Object.defineProperty(window, "SpeechSynthesisUtterance", {value: Utterance});
Object.defineProperty(window, "speechSynthesis", {value: speech});
window.ended = () => window.said[window.said.length - 1].onend();
"""


def test_reading_goes_on_on_another_device(site: Site, village: Village, device: MakeDevice) -> None:
    phone = device()
    phone.carry(village.member)
    phone.open(URL)
    with phone.page.expect_response(lambda reply: reply.url.endswith("/doc-den")):
        phone.page.get_by_role("navigation", name="Trong bài này").get_by_role("link").nth(1).click()
    computer = device(size=COMPUTER)
    computer.carry(village.member)
    computer.page.clock.install()
    sent: list[str] = []
    computer.page.on("request", lambda request: sent.append(request.url))
    computer.open(URL)
    computer.page.clock.fast_forward(10_000)  # whoever stays at the top does not lose the place of the last time
    assert [url for url in sent if url.endswith("/doc-den")] == []
    computer.open("/hoc/")
    assert LESSON.title in computer.text()
    computer.follow("Đọc tiếp")
    assert computer.page.url.endswith(f"{URL}#muc-2")
    expect(computer.page.locator("#muc-2")).to_be_in_viewport()
    assert "Đọc tiếp từ mục đó" in computer.text()


def test_a_lesson_is_read_aloud_sentence_by_sentence(site: Site, village: Village, device: MakeDevice) -> None:
    phone = device()
    phone.context.add_init_script(VOICE.replace("LANGUAGE", "vi_VN"))
    phone.open(URL)
    page = phone.page
    marked = page.locator(".is-read")
    before = page.locator("#bai-doc").inner_text()
    page.get_by_role("button", name="Nghe bài").press("Enter")
    first = page.evaluate("said[0].text")
    assert first.strip() == " ".join(marked.all_inner_texts()).strip()
    assert page.evaluate("[said[0].lang, said[0].rate, said[0].voice.lang]") == ["vi-VN", 1, "vi_VN"]
    page.evaluate("ended()")
    second = page.evaluate("said[1].text")
    assert second != first
    page.get_by_role("button", name="Tốc độ: vừa").click()
    assert page.evaluate("[said[2].text, said[2].rate]") == [second, 1.25]
    page.get_by_role("button", name="Tạm dừng").click()
    page.evaluate("said[2].onend()")  # what a browser says of a sentence that was cut off
    assert page.evaluate("said.length") == 3
    page.get_by_role("button", name="Câu trước").click()
    page.get_by_role("button", name="Nghe bài").click()  # back at the beginning
    assert page.evaluate("said[3].text") == first
    phone.judge()
    for _ in range(400):
        if page.get_by_role("button", name="Nghe bài").count():
            break
        page.evaluate("ended()")
    expect(marked).to_have_count(0)
    assert page.locator("#bai-doc").inner_text() == before  # the marks changed no word
    said = page.evaluate("said.slice(3).map((one) => one.text).join(' ')")
    assert " ".join(said.split()) == " ".join(before.split())


def test_no_vietnamese_voice_no_controls(site: Site, village: Village, device: MakeDevice) -> None:
    bare = device()
    bare.open(URL)
    expect(bare.page.get_by_role("group", name="Nghe bài đọc")).to_have_count(0)
    foreign = device()
    foreign.context.add_init_script(VOICE.replace("LANGUAGE", "vin-XX"))
    foreign.open(URL)
    expect(foreign.page.get_by_role("group", name="Nghe bài đọc")).to_have_count(0)
