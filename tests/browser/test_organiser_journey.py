"""An organiser publishes a set, makes a contest with a round, tries a paper and opens it; a member sees it."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from quiz_app.catalogue import queries as catalogue
from quiz_app.catalogue import services as publishing
from quiz_app.contests import services as contests
from quiz_app.contests.models import RoundUnit
from tests.browser import village as villages
from tests.browser.device import COMPUTER, Device
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
    assert _rows_of_navigation(desk) == 1
    member.carry(village.member)
    _create_contest(desk)
    _publish_set(desk, title)
    with site.db.reading() as session:
        assert catalogue.published_set(session, sitting.CONTEST_SET) is not None
    pinned = _plan_round(desk, title)
    length = _try_papers(desk, pinned)

    member.open("/dot-thi/")
    assert "Chưa có đợt thi nào" in member.text()
    desk.follow("Mở đợt thi")
    assert "những điều sau được chốt" in desk.text()
    desk.press("Mở đợt thi")
    assert "Đã mở đợt thi cho người dự thi." in desk.text()
    member.open("/")
    assert "Tuần 1" in member.text()
    member.follow("Vào thi")
    assert f"{length} câu" in member.text()
    member.press("Đồng ý thể lệ và bắt đầu")
    assert member.page.locator("[data-question]").count() == length
    _change_what_is_free(desk)
    assert desk.problems + member.problems == []
    desk.close()
    member.close()


def _rows_of_navigation(desk: Device) -> int:
    """In how many rows an organiser's entries stand on a computer."""
    was = desk.page.viewport_size
    desk.page.set_viewport_size({"width": COMPUTER["width"], "height": COMPUTER["height"]})
    links = desk.page.get_by_role("navigation", name="Các mục chính").get_by_role("link")
    tops = links.evaluate_all("links => links.map(link => Math.round(link.getBoundingClientRect().top))")
    assert len(tops) > 9
    if was is not None:
        desk.page.set_viewport_size(was)
    return len(set(tops))


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


def _plan_round(desk: Device, title: str) -> str:
    """A round open since five minutes for a week, with one item of the first two levels of every topic.

    The stem of the item that is in every paper.
    """
    desk.open("/to-chuc/")
    desk.follow("Thêm đợt thi")
    here = datetime.now(UTC) + timedelta(hours=7)
    desk.page.get_by_label("Tên đợt thi").fill("Tuần 1")
    desk.page.get_by_label("Mở lúc").fill(f"{here - timedelta(minutes=5):%Y-%m-%dT%H:%M}")
    desk.page.get_by_label("Đóng lúc").fill(f"{here + timedelta(days=7):%Y-%m-%dT%H:%M}")
    desk.page.locator("label", has_text=title).click()
    desk.press("Lưu đợt thi")
    assert "Ma trận đề" in desk.page.locator("h1").inner_text()
    cells = desk.page.locator("input[name^=o_]:not([name^=o__])")  # those of a topic
    wanted = 0
    for place in range(cells.count()):
        if (cells.nth(place).get_attribute("name") or "").endswith(("_1", "_2")):
            cells.nth(place).fill("1")
            wanted += 1
    desk.page.get_by_role("group", name="Điểm mỗi câu").get_by_label("Thông hiểu").fill("3")
    assert f"Mỗi đề có {wanted} câu, tối đa {wanted * 2} điểm." in desk.text(), "added up while it is typed"
    pinned = _pin_an_item(desk)
    desk.press("Lưu ma trận")
    assert "đủ điều kiện mở" in desk.text()
    assert f"Mỗi đề có {wanted} câu, tối đa {wanted * 2} điểm." in desk.text()
    assert "gồm 1 câu bắt buộc" in desk.text()
    return pinned


def _pin_an_item(desk: Device) -> str:
    """Look for an item by some of its words without marks, and have it in every paper; its stem."""
    desk.page.locator("summary", has_text="Câu bắt buộc").click()
    group = desk.page.get_by_role("group", name="Câu bắt buộc có trong mọi đề")
    rows = group.locator("[data-pick]")
    row = rows.filter(has_text="(thông hiểu)").first
    stem = (row.locator(".choice__text").text_content() or "").replace("(thông hiểu)", "").strip()
    group.get_by_label("Tìm câu hỏi").fill(_bare(" ".join(reversed(stem.split()[:8]))))
    found = rows.locator("visible=true").filter(has_text=stem)
    expect(found).to_have_count(1)
    assert rows.locator("visible=true").count() < rows.count()
    found.locator("label").click()
    expect(group.get_by_role("status")).to_contain_text("Đã chọn 1.")
    return stem


def _bare(text: str) -> str:
    letters = unicodedata.normalize("NFD", text)
    return "".join(one for one in letters if not unicodedata.combining(one)).replace("đ", "d").replace("Đ", "D")


def _change_what_is_free(desk: Device) -> None:
    """Somebody has begun: the note may still be changed, and says what that does."""
    desk.follow("Sửa đợt thi")
    assert "Không đổi được nữa: đã có người vào thi theo quy định này." in desk.text()
    assert desk.page.get_by_label("Mở lúc").count() == 0
    desk.page.get_by_label("Ghi chú thêm vào thể lệ").fill("Liên hệ Văn phòng Đảng ủy.")
    desk.press("Lưu đợt thi")
    assert "Thể lệ có phiên bản mới (bản số 2)" in desk.text()


def _try_papers(desk: Device, pinned: str) -> int:
    """Look at two sample papers, both with the pinned item; how many items each has."""
    desk.follow("Xem thử đề")
    stems = desk.page.locator("h2.question__stem")
    first, length = stems.all_inner_texts(), stems.count()
    assert length >= 2
    assert any(pinned in stem for stem in first)
    assert desk.page.get_by_text("Đáp án", exact=True).count() == 0
    desk.follow("Đề khác")
    assert stems.count() == length
    assert stems.all_inner_texts() != first
    assert any(pinned in stem for stem in stems.all_inner_texts())
    desk.follow("Quay lại đợt thi")
    return length


def test_units_are_found_and_chosen(fresh_site: Site, chromium: Browser) -> None:
    """A long list of units is searched without marks; what is chosen is kept, hidden rows included."""
    with fresh_site.work() as w:
        village = villages.found(w)
        contest = contests.create_contest(w, title="Hội thi", unit_id=village.root.id, is_demonstration=True)
    desk = Device(chromium, fresh_site)
    desk.carry(village.organiser)
    desk.open(f"/to-chuc/cuoc-thi/{contest.id}/dot-moi")
    desk.page.get_by_label("Tên đợt thi").fill("Tuần 1")
    desk.page.get_by_label("Mở lúc").fill("2027-01-04T08:00")
    desk.page.get_by_label("Đóng lúc").fill("2027-01-10T17:00")
    desk.page.locator("summary", has_text="Giới hạn đơn vị").click()
    group = desk.page.get_by_role("group", name="Đơn vị được dự thi")
    rows = group.locator("[data-pick]")
    group.locator("label", has_text=village.second.name).click()
    search = group.get_by_label("Tìm đơn vị")
    search.fill("cao giang")
    expect(rows.locator("visible=true")).to_have_count(1)
    search.press("Enter")
    assert desk.path.endswith("/dot-moi"), "looking for a unit saves nothing"
    rows.locator("visible=true").locator("label").click()
    expect(group.get_by_role("status")).to_contain_text("Đã chọn 2.")
    desk.press("Lưu đợt thi")
    with fresh_site.db.reading() as session:
        units = set(session.scalars(select(RoundUnit.unit_id)))
    assert units == {village.first.id, village.second.id}
    assert desk.problems == []
    desk.close()
