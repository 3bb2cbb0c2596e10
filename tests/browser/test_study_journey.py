"""A member signs in, sees what is open, reads a lesson and answers its questions, with and without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy import select

from question_bank.model import Kind
from quiz_app.catalogue.models import Lesson
from quiz_app.study.models import LessonProgress
from tests.browser.conftest import MakeDevice
from tests.browser.device import Device
from tests.browser.site import Site
from tests.browser.village import CONTEST_TITLE, Village, open_round
from tests.support import sitting


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "plain"])
def test_a_member_studies(site: Site, village: Village, device: MakeDevice, has_scripts: bool) -> None:
    with site.work() as w:
        open_round(w, village)
    phone = device(has_scripts=has_scripts)
    phone.sign_in(village.member)
    assert phone.path == "/"
    home = phone.text()
    assert "Chào đồng chí Nguyễn Văn An" in home
    assert CONTEST_TITLE in home
    assert "còn 1 ngày" in home
    assert "Đồng chí còn 3 lượt thi" in home
    assert re.search(r"Đã học\s+0/\d+ bài", home)

    module = next(one for one in sitting.shipped_bank().modules if one.position == 1)
    lesson = module.lessons[0]
    item = next(
        one
        for one_set in sitting.shipped_bank().sets
        for one in one_set.items
        if one.lesson == f"{module.slug}/{lesson.slug}"
    )
    phone.turn_to("Học tập")
    phone.follow(module.title)
    phone.follow(lesson.title)
    check = phone.page.locator("form.check").filter(has_text=item.stem)
    verdict = check.locator("[data-check-result]")
    wrong = next(option for option in item.options if not option.is_key)
    check.locator("label.choice").filter(has_text=wrong.text).click()
    _answer(phone, check)
    expect(verdict).to_contain_text("Chưa đúng.")
    expect(verdict).to_contain_text(item.rationale[:40])
    for option in item.options:
        box = check.locator("label.choice").filter(has_text=option.text).locator("input")
        if (item.kind is Kind.MULTIPLE and box.is_checked()) or option.is_key:
            check.locator("label.choice").filter(has_text=option.text).click()
    _answer(phone, check)
    expect(verdict).to_contain_text("Đúng rồi.")
    phone.judge()

    source = verdict.get_by_role("link")
    target = source.get_attribute("href") or ""
    source.click()
    phone.page.wait_for_load_state("load")
    phone.judge()
    section = phone.page.locator(f"[id='{item.source.section}']")
    assert target.endswith(f"#{item.source.section}")
    expect(section).to_be_in_viewport()
    phone.page.go_back()

    phone.press("Đã đọc xong")
    assert "Đã đọc xong" in phone.text()
    expect(verdict).to_contain_text("Đúng rồi.")
    phone.open("/")
    assert re.search(r"Đã học\s+1/\d+ bài", phone.text())
    with site.db.reading() as session:
        lesson_id = session.scalars(select(Lesson.id).where(Lesson.slug == lesson.slug)).one()
        kept = session.get_one(LessonProgress, (village.member.id, lesson_id))
        assert kept.finished_at is not None


def _answer(phone: Device, check: Locator) -> None:
    button = check.get_by_role("button")
    if phone.has_scripts:
        with phone.page.expect_response(lambda reply: reply.request.method == "POST"):
            button.click()
        return
    with phone.page.expect_event("domcontentloaded"):
        button.click()
    phone.page.wait_for_load_state("load")
