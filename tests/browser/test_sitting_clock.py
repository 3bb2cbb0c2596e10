"""The clock of a sitting: what it says aloud, what it says when time is added, and its last second."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.sync_api import expect
from sqlalchemy import select

from quiz_app.attempts.models import Attempt, AttemptState, LateArrival
from tests.browser.conftest import MakeDevice
from tests.browser.device import Device
from tests.browser.paper import (
    EVERY_PLACE,
    OFFLINE,
    attempt_of,
    begin,
    choose,
    eventually,
    kept_answers,
    right_answers,
    state_of,
    wake,
)
from tests.browser.site import Site
from tests.browser.village import Village, open_round
from tests.support.sitting import PAPER_LENGTH

SOON_S, GRACE_S = 4, 3
NOTE_WHAT_IS_SAID = """selector => {
  window.said = [];
  const region = document.querySelector(selector);
  new MutationObserver(() => window.said.push(region.textContent)).observe(region, {childList: true});
}"""


def _leave(site: Site, attempt: Attempt, seconds: int) -> None:
    """Let the attempt end so many seconds from now, with a short grace."""
    with site.work() as w:
        ours = w.session.get_one(Attempt, attempt.id)
        ours.deadline_at = w.now + timedelta(seconds=seconds)
        ours.accepts_until_at = ours.deadline_at + timedelta(seconds=GRACE_S)


def _begin_with(phone: Device, site: Site, village: Village, *, seconds: int) -> Attempt:
    """Begin a sitting that soon has only so many seconds left, as its clock knows."""
    phone.page.add_init_script("Math.random = () => 0.1")  # a part of the spread at the end
    with site.work() as w:
        round_ = open_round(w, village)
    begin(phone, round_.id)
    wake(phone.page)
    attempt = attempt_of(site, village.member)
    _leave(site, attempt, seconds)
    phone.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(phone.page.get_by_role("timer")).to_contain_text("00:0")
    return attempt


def _end_up_submitted(phone: Device) -> None:
    expect(phone.page.locator("h1")).to_contain_text("Kết quả lượt thi", timeout=40_000)


def test_time_is_told_aloud_at_ten_five_and_one_minute_and_no_more(
    site: Site, village: Village, device: MakeDevice
) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    phone = device(village.member)
    phone.page.clock.install()
    begin(phone, round_.id)
    phone.expect("ERR_FAILED")
    phone.page.route("**/con-lai", lambda route: route.abort())  # the server's clock runs on at its own pace
    phone.page.evaluate(NOTE_WHAT_IS_SAID, "[data-clock-says]")
    clock = phone.page.get_by_role("timer")
    assert clock.get_attribute("aria-live") == "off"
    assert clock.locator("[role=status], [aria-live=polite]").count() == 0
    region = phone.page.locator("[data-clock-says]")
    assert region.get_attribute("role") == "status"
    phone.page.clock.run_for("14:30")
    expect(clock).to_contain_text(re.compile(r"00:[23]\d"))
    assert phone.page.evaluate("said") == ["Còn 10 phút", "Còn 5 phút", "Còn 1 phút"]


def test_a_short_time_is_told_as_it_begins(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        round_ = open_round(w, village, time_limit_s=241)
    phone = device(village.member)
    begin(phone, round_.id)
    expect(phone.page.locator("[data-clock-says]")).to_have_text(re.compile(r"^Còn (4 phút|3 phút 5\d giây)$"))


def test_time_that_is_added_or_taken_is_told(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    phone = device(village.member)
    begin(phone, round_.id)
    attempt = attempt_of(site, village.member)
    choose(phone, 1, "A")
    expect(state_of(phone, 1)).to_contain_text("Đã lưu")
    told = phone.page.get_by_role("alert")
    expect(told).to_be_hidden()
    _leave(site, attempt, 20 * 60 + 1)
    choose(phone, 1, "B")
    expect(told).to_have_text(re.compile(r"Đồng chí được cộng thêm thời gian: còn (20 phút|19 phút 5\d giây)\."))
    expect(phone.page.get_by_role("timer")).to_contain_text(re.compile(r"20:00|19:5\d"))
    phone.judge()
    _leave(site, attempt, 12 * 60 + 1)
    phone.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(told).to_have_text(re.compile(r"Đồng hồ đã chỉnh theo máy chủ: còn (12 phút|11 phút 5\d giây)\."))


def test_time_added_in_the_last_moment_is_not_cut_off(site: Site, village: Village, device: MakeDevice) -> None:
    phone = device(village.member)
    attempt = _begin_with(phone, site, village, seconds=SOON_S)
    _leave(site, attempt, 600)
    phone.page.evaluate(NOTE_WHAT_IS_SAID, "[data-role=notice-text]")
    told = phone.page.get_by_role("alert")
    expect(told).to_contain_text("Đồng chí được cộng thêm thời gian: còn 9 phút 5", timeout=15_000)
    assert "Đã hết giờ" in phone.page.evaluate("said")[0]
    choose(phone, 1, "A")
    expect(state_of(phone, 1)).to_contain_text("Đã lưu")
    assert attempt_of(site, village.member).state == AttemptState.OPEN.value


def test_what_is_chosen_in_the_last_second_counts(site: Site, village: Village, device: MakeDevice) -> None:
    phone = device(village.member)
    attempt = _begin_with(phone, site, village, seconds=SOON_S)
    right = right_answers(site, attempt.id)
    place = next(place for place, letters in right.items() if len(letters) == 1)
    choice = phone.page.locator(f"#cau-{place} input[value={right[place]}]")
    phone.page.evaluate(f"document.querySelector('#bai-thi').sitting.steps.show({place - 1})")
    left = phone.page.evaluate("""() => new Promise(resolve => {
      const clock = document.querySelector('[data-module=countdown]').countdown;
      const look = () => clock.remainingMs() < 400 ? resolve(clock.remainingMs()) : setTimeout(look, 10);
      look(); })""")
    choice.dispatch_event("click")
    assert 0 < left < 400
    _end_up_submitted(phone)
    ended = attempt_of(site, village.member)
    assert (ended.state, ended.right_count) == (AttemptState.SUBMITTED.value, 1)
    assert kept_answers(site, attempt.id)[place] == right[place]


def test_all_that_came_too_late_is_kept_as_evidence(site: Site, village: Village, device: MakeDevice) -> None:
    phone = device(village.member)
    with site.work() as w:
        round_ = open_round(w, village)
    begin(phone, round_.id)
    wake(phone.page)
    attempt = attempt_of(site, village.member)
    for words in (OFFLINE, "409"):
        phone.expect(words)
    phone.context.set_offline(True)
    for place in EVERY_PLACE:
        phone.page.evaluate(f"document.querySelector('#bai-thi').sitting.steps.show({place - 1})")
        choose(phone, place, "A")
    _leave(site, attempt, -GRACE_S - 3)
    phone.context.set_offline(False)
    eventually(phone.page, lambda: _late_places(site, attempt) == set(EVERY_PLACE))
    told = phone.page.get_by_role("alert")
    expect(told).to_contain_text("đã muộn: hệ thống giữ lại làm bằng chứng")
    told.get_by_role("link", name="Xem kết quả").click()
    _end_up_submitted(phone)
    expect(phone.page.locator("main")).to_contain_text(f"Máy chủ còn nhận {PAPER_LENGTH} lần gửi sau khi hết giờ")


def test_what_a_reloaded_page_finds_too_late_is_sent_as_evidence(
    site: Site, village: Village, device: MakeDevice
) -> None:
    phone = device(village.member)
    with site.work() as w:
        round_ = open_round(w, village)
    begin(phone, round_.id)
    wake(phone.page)
    attempt = attempt_of(site, village.member)
    for words in (OFFLINE, "409"):
        phone.expect(words)
    phone.context.set_offline(True)
    for place in (1, 2, 3):
        phone.page.evaluate(f"document.querySelector('#bai-thi').sitting.steps.show({place - 1})")
        choose(phone, place, "B")
        expect(state_of(phone, place)).to_contain_text("vẫn giữ trong máy")
    path = phone.path
    _leave(site, attempt, -GRACE_S - 3)  # first: Chromium puts a page online while it is left, and the page sends
    phone.page.goto("about:blank")
    phone.context.set_offline(False)
    phone.page.goto(f"{site.url}{path}")
    _end_up_submitted(phone)
    expect(phone.page.get_by_text("Máy này còn giữ 3 câu")).to_contain_text("hệ thống giữ lại làm bằng chứng")
    phone.judge()
    assert _late_places(site, attempt) == {1, 2, 3}
    eventually(phone.page, lambda: phone.stored(f"bai-thi-{attempt.id}") is None)


def test_who_is_signed_out_in_the_middle_goes_on_after_signing_in(
    site: Site, village: Village, device: MakeDevice
) -> None:
    phone = device(village.member)
    with site.work() as w:
        round_ = open_round(w, village)
    begin(phone, round_.id)
    wake(phone.page)
    attempt = attempt_of(site, village.member)
    for status in ("400", "401", "409"):
        phone.expect(status)
    phone.context.clear_cookies()
    choose(phone, 1, "A")
    expect(state_of(phone, 1)).to_contain_text("vẫn giữ trong máy")
    phone.page.get_by_role("alert").get_by_role("link", name="Mở lại bài").click()
    phone.page.locator("input[name=username]").wait_for()
    phone.carry(village.member)
    phone.open(f"/dot-thi/{round_.id}")
    phone.press("Làm tiếp bài đang dở")
    expect(state_of(phone, 1)).to_have_text(re.compile(r"^Đã lưu \d\d:\d\d:\d\d$"))
    assert kept_answers(site, attempt.id)[1] == "A"


def _late_places(site: Site, attempt: Attempt) -> set[int | None]:
    with site.db.reading() as session:
        return set(session.scalars(select(LateArrival.position).where(LateArrival.attempt_id == attempt.id)))


def test_the_page_hands_in_as_soon_as_there_is_a_server_again(site: Site, village: Village, device: MakeDevice) -> None:
    phone = device(village.member)
    _begin_with(phone, site, village, seconds=SOON_S)
    phone.expect("ERR_INTERNET_DISCONNECTED")
    phone.context.set_offline(True)
    told = phone.page.get_by_role("alert")
    expect(told).to_contain_text("Chưa có mạng, trang tự nộp lại sau", timeout=25_000)
    phone.context.set_offline(False)
    _end_up_submitted(phone)
    assert attempt_of(site, village.member).state == AttemptState.SUBMITTED.value
