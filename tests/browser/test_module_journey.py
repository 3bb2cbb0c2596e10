"""An author changes a lesson: kept and shown as it is typed, never over another text, whatever the line does."""

from __future__ import annotations

from dataclasses import replace

from playwright.sync_api import expect

from quiz_app.authoring import content, module_edits, module_writing, reviewing, writing
from quiz_app.authoring.models import Draft, Verdict
from quiz_app.catalogue import services as catalogue
from tests.browser.conftest import MakeDevice
from tests.browser.site import Site
from tests.browser.village import Village
from tests.support import sitting

MODULE = next(one for one in sitting.shipped_bank().modules if one.position == 1)
LESSON = MODULE.lessons[0]


def test_a_lesson_is_kept_as_it_is_typed(site: Site, village: Village, device: MakeDevice) -> None:
    phone = device(village.organiser)
    phone.open("/bien-soan/bo-cau-hoi")
    phone.follow("Chuyên đề học")
    phone.press("Sửa", within=phone.page.get_by_role("row").filter(has_text=MODULE.title))
    draft_id = int(phone.path.rpartition("/")[2])
    phone.follow("Bài 1.")

    body, told = phone.page.locator("#body"), phone.page.locator("[data-saved]")
    body.fill(f"{LESSON.body}\n\nMỗi thôn có **một tổ** cùng học.")
    expect(told).to_contain_text("Đã lưu lúc", timeout=10_000)
    preview = phone.page.locator("[data-region=preview]")
    expect(preview.locator("strong").last).to_have_text("một tổ")
    phone.judge()
    with site.work() as w:
        assert _lesson(w.session.get_one(Draft, draft_id)).endswith("**một tổ** cùng học.")

    phone.expect("ERR_INTERNET_DISCONNECTED")
    phone.context.set_offline(True)
    body.press("End")
    body.type(" Viết khi mất mạng.")
    expect(told).to_contain_text("sẽ tự lưu lại", timeout=10_000)
    phone.context.set_offline(False)
    expect(told).to_contain_text("Đã lưu lúc", timeout=15_000)

    with site.work(actor=village.overseer) as w:
        draft = w.session.get_one(Draft, draft_id)
        theirs = replace(module_edits.lesson_of(content.module_of(draft), LESSON.slug), body="Đồng chí khác viết.")
        writing.save(w, draft_id, draft.revision, module_edits.with_lesson(content.module_of(draft), theirs))
    phone.expect("409")
    body.type(" Của tôi.")
    expect(told).to_contain_text("đã lưu bản mới hơn", timeout=10_000)
    phone.press("Lưu")
    assert "Đồng chí khác viết." in phone.text()
    assert body.input_value().endswith("Của tôi.")
    phone.press("Lưu")
    with site.work() as w:
        assert _lesson(w.session.get_one(Draft, draft_id)).endswith("Của tôi.")
    with site.work(actor=village.organiser) as w:
        writing.discard(w, draft_id)


def test_a_module_is_published_and_its_editions_compared_without_scripts(
    site: Site, village: Village, device: MakeDevice
) -> None:
    with site.work(actor=village.secretary) as w:
        draft = module_writing.change_module(w, MODULE.slug)
        changed = replace(LESSON, body=LESSON.body.replace(" ", " cùng ", 1))
        lessons = [replace(LESSON, title="Bài đọc thêm", slug="doc-them"), changed, *MODULE.lessons[1:-1]]
        writing.save(w, draft.id, 1, replace(MODULE, lessons=tuple(lessons)))
        writing.hand_in(w, draft.id, 2)
    with site.work(actor=village.overseer) as w:
        reviewing.judge(w, draft.id, 2, Verdict.APPROVED)
    phone = device(village.organiser, has_scripts=False)
    phone.open(f"/bien-soan/ban-nhap/{draft.id}")
    phone.follow("Công bố chuyên đề")
    assert "1 bài mới" in phone.text()
    phone.press("Công bố")
    phone.follow("Bản 2")
    phone.follow("Khác bản 1 ở đâu")
    expect(phone.page.locator("ins").first).to_be_visible()
    with site.work() as w:  # the other journeys read what is shipped
        catalogue.publish_module(w, MODULE)


def _lesson(draft: Draft) -> str:
    return module_edits.lesson_of(content.module_of(draft), LESSON.slug).body
