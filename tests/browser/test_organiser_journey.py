"""An organiser publishes a set, makes a contest with a round, tries a paper and opens it; a member sees it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue import services as publishing
from tests.browser import village as villages
from tests.browser.device import Device
from tests.browser.site import Site
from tests.support import run, sitting


@pytest.fixture
def fresh_site(tmp_path: Path) -> Iterator[Site]:
    """A site where everything shipped is published but the contest set."""
    database = tmp_path / "app.sqlite3"
    shutil.copyfile(run.sqlite_template(), database)
    site = Site(f"sqlite:///{database}", tmp_path / "site")
    bank = sitting.shipped_bank()
    others = tuple(one for one in bank.sets if one.slug != sitting.CONTEST_SET)
    with site.work() as w:
        publishing.publish_bank(w, replace(bank, sets=others))
    with site.served():
        yield site


def test_from_the_bank_to_an_open_round(fresh_site: Site, chromium: Browser) -> None:
    site = fresh_site
    title = next(one.title for one in sitting.shipped_bank().sets if one.slug == sitting.CONTEST_SET)
    with site.work() as w:
        village = villages.found(w)
    desk, member = Device(chromium, site), Device(chromium, site)
    desk.sign_in(village.organiser)
    member.carry(village.member)
    _create_contest(desk)
    _publish_set(desk, title)
    with site.db.reading() as session:
        assert catalogue.published_set(session, sitting.CONTEST_SET) is not None
    _plan_round(desk, title)
    length = _try_papers(desk)

    member.open("/dot-thi/")
    assert "Chưa có đợt thi nào" in member.text()
    desk.follow("Mở đợt thi")
    desk.press("Mở đợt thi")
    assert "Đã mở đợt thi cho người dự thi." in desk.text()
    member.open("/")
    assert "Tuần 1" in member.text()
    member.follow("Vào thi")
    assert f"{length} câu" in member.text()
    member.press("Bắt đầu làm bài")
    assert member.page.locator("[data-question]").count() == length
    assert desk.problems + member.problems == []
    desk.close()
    member.close()


def _create_contest(desk: Device) -> None:
    desk.follow("Cuộc thi và đợt thi")
    desk.follow("Tạo cuộc thi")
    desk.page.get_by_label("Tên cuộc thi").fill("Tìm hiểu Nghị quyết của xã")
    desk.press("Tạo cuộc thi")
    assert "Chưa có bộ câu hỏi nào dành cho cuộc thi" in desk.text()


def _publish_set(desk: Device, title: str) -> None:
    desk.open("/bien-soan/bo-cau-hoi")
    expect(desk.page.locator("tr", has_text=title)).to_contain_text("Chưa công bố")
    desk.follow(title)
    assert "Đáp án đang được ẩn" in desk.text()
    desk.follow("Công bố bộ này")
    desk.press("Công bố")
    expect(desk.page.locator("tr", has_text=title)).not_to_contain_text("Chưa công bố")


def _plan_round(desk: Device, title: str) -> None:
    """A round open since five minutes for a week, with one item of the first two levels of every topic."""
    desk.open("/to-chuc/")
    desk.follow("Thêm đợt thi")
    here = datetime.now(UTC) + timedelta(hours=7)
    desk.page.get_by_label("Tên đợt thi").fill("Tuần 1")
    desk.page.get_by_label("Mở lúc").fill(f"{here - timedelta(minutes=5):%Y-%m-%dT%H:%M}")
    desk.page.get_by_label("Đóng lúc").fill(f"{here + timedelta(days=7):%Y-%m-%dT%H:%M}")
    desk.page.locator("label", has_text=title).click()
    desk.press("Lưu đợt thi")
    assert "Ma trận đề" in desk.page.locator("h1").inner_text()
    topics = desk.page.locator("fieldset")
    for place in range(topics.count()):
        numbers = topics.nth(place).locator("input")
        for level in range(2):
            numbers.nth(level).fill("1")
    desk.press("Lưu ma trận")
    assert "đủ điều kiện mở" in desk.text()


def _try_papers(desk: Device) -> int:
    """Look at two sample papers; how many items each has."""
    desk.follow("Xem thử đề")
    stems = desk.page.locator("h2.question__stem")
    first, length = stems.all_inner_texts(), stems.count()
    assert length >= 2
    assert desk.page.get_by_text("Đáp án", exact=True).count() == 0
    desk.follow("Đề khác")
    assert stems.count() == length
    assert stems.all_inner_texts() != first
    desk.follow("Quay lại đợt thi")
    return length
