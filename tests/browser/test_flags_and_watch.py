"""An organiser watches a round as it runs, and looks at what was found when it has closed."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.sync_api import expect
from sqlalchemy import select

from quiz_app.attempts import services as attempts
from quiz_app.contests.models import Round
from quiz_app.kernel.jobs import Job, perform
from quiz_app.kernel.work import Work
from quiz_app.leaderboard.tallies import take_tallies
from quiz_app.members.models import Member
from quiz_app.results import flagging
from tests.browser.conftest import MakeDevice
from tests.browser.device import COMPUTER
from tests.browser.site import Site
from tests.browser.village import Village, open_round
from tests.support import sitting

RENEWED_WITHIN_MS = 30_000


def test_the_figures_of_a_running_round_renew_themselves_until_they_are_paused(
    site: Site, village: Village, device: MakeDevice
) -> None:
    with site.work() as w:
        round_ = _long_open(w, village)
        now = w.now
    for place, member in enumerate((village.colleague, village.probationer, village.colleague)):
        _sit(site, round_, member, minutes=-50 + 10 * place, gap=20)
    take_tallies(site.db, round_.id)
    desk = device(village.organiser, size=COMPUTER)
    desk.open(f"/to-chuc/dot/{round_.id}")
    desk.follow("Theo dõi trực tiếp")
    assert "0 lượt đang làm" in desk.text()
    assert "3 lượt kết thúc trong 60 phút" in desk.text()
    table = desk.page.locator("figure details").first
    table.locator("summary").click()
    with site.work(actor=village.member, now=now) as w:
        sitting.start(w, round_)
    expect(desk.page.locator("main")).to_contain_text(re.compile(r"1\s*lượt đang làm"), timeout=RENEWED_WITHIN_MS)
    expect(table).to_have_attribute("open", "")
    desk.page.get_by_role("button", name="Tạm dừng cập nhật").click()
    with site.work(actor=village.secretary, now=now) as w:
        sitting.start(w, round_)
    desk.page.wait_for_timeout(7_000)
    expect(desk.page.locator("main")).to_contain_text(re.compile(r"1\s*lượt đang làm"))
    desk.page.get_by_role("button", name="Tạm dừng cập nhật").click()
    expect(desk.page.locator("main")).to_contain_text(re.compile(r"2\s*lượt đang làm"), timeout=RENEWED_WITHIN_MS)
    desk.judge()

    plain = device(village.organiser, has_scripts=False)
    plain.open(f"/to-chuc/dot/{round_.id}/truc-tiep")
    assert "Trang tự tải lại sau mỗi" in plain.text()


def test_flags_are_found_after_the_close_and_decided_by_their_evidence(
    site: Site, village: Village, device: MakeDevice
) -> None:
    with site.work() as w:
        round_ = _long_open(w, village)
    together = (village.member, village.colleague, village.probationer, village.stranger)
    for place, member in enumerate(together):
        _sit(site, round_, member, minutes=-90 + 5 * place, gap=20 + 3 * place, device="f" * 64)
    _sit(site, round_, village.secretary, minutes=-60, gap=1)
    with site.work() as w:
        w.session.get_one(Round, round_.id).closes_at = w.now - timedelta(minutes=2)
    desk = device(village.organiser, size=COMPUTER)
    desk.open(f"/to-chuc/dot/{round_.id}")
    desk.follow("Dấu hiệu cần kiểm tra")
    desk.press("Tìm ngay")
    assert "Đang tìm dấu hiệu" in desk.text()
    with site.db.reading() as session:
        key = session.scalars(select(Job.key).where(Job.kind == flagging.KIND, Job.state == "queued")).one()
    perform(site.db, flagging.JOBS, key)
    expect(desk.page.locator("main")).to_contain_text(
        re.compile(r"2\s*dấu hiệu chưa xem xét"), timeout=RENEWED_WITHIN_MS
    )
    desk.judge()
    desk.follow("Nhiều người trên một máy")
    assert "4 lượt của 4 người" in desk.text()
    desk.page.get_by_text("Không có vấn đề", exact=True).click()
    desk.page.get_by_label("Căn cứ").fill("Chi bộ dùng chung một máy, đã hỏi bí thư.")
    desk.press("Ghi kết luận")
    desk.follow("Làm nhanh bất thường")
    desk.page.locator("label", has_text="Có vấn đề").last.click()
    desk.page.get_by_label("Căn cứ").fill("Làm 8 câu trong 9 giây, không giải thích được.")
    desk.press("Ghi kết luận")
    assert f"Đề nghị hủy lượt 1 của {village.secretary.full_name}" in desk.text()


def _long_open(w: Work, village: Village) -> Round:
    """Published before it opened five hours ago."""
    round_ = open_round(w, village, opens_at=w.now - timedelta(hours=5))
    round_.published_at = w.now - timedelta(hours=6)
    return round_


def _sit(site: Site, round_: Round, member: Member, *, minutes: float, gap: float, device: str | None = None) -> None:
    """A whole attempt that began so many minutes from now."""
    with site.work() as w:
        now = w.now + timedelta(minutes=minutes)
    with site.work(actor=member, now=now) as w:
        attempt_id = attempts.start(w, round_.id, is_demonstration_site=True, device_sha256=device)
    for place in range(1, sitting.PAPER_LENGTH + 1):
        now += timedelta(seconds=gap)
        with site.work(actor=member, now=now) as w:
            sitting.answer(w, attempt_id, place, "A")
    with site.work(actor=member, now=now + timedelta(seconds=1)) as w:
        attempts.submit(w, attempt_id, 1)
