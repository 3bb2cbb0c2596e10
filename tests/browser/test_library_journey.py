"""Searching with the keyboard, with marks and without, up to the very section; each page looked at by axe."""

from __future__ import annotations

from quiz_app.authoring import document_work
from quiz_app.catalogue import documents
from tests.browser.conftest import MakeDevice
from tests.browser.site import Site
from tests.browser.village import Village
from tests.support import contest


def test_somebody_finds_a_section_with_the_keyboard(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        documents.publish_documents(w, contest.sample_bank().documents)
    with site.work(actor=village.organiser) as w:
        draft_id = document_work.change_document(w, contest.DOCUMENT_SLUG).id
    reader = device(village.member)
    reader.open("/van-ban/")
    page = reader.page
    page.get_by_role("searchbox").focus()
    page.keyboard.type("giai phap cua ke hoach")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tim-kiem?q=*")
    assert "giải" in [word.lower() for word in page.locator("mark").all_inner_texts()]
    link = page.get_by_role("link", name="II. Giải pháp")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/van-ban/*#phan-2")
    assert page.locator(":target h2").inner_text() == "II. Giải pháp"
    reader.open("/tim-kiem?q=Gi%E1%BA%A3i&loai=van-ban")
    author = device(village.organiser)
    for path in ("/bien-soan/van-ban", f"/bien-soan/van-ban/nhap/{draft_id}", "/bien-soan/van-ban/can-xem-lai"):
        author.open(path)
