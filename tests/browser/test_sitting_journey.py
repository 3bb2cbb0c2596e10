"""A member sits a round: on a phone without network, on another device, against a wrong clock, to the last second."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Route, expect
from sqlalchemy import select

from quiz_app.attempts.models import Attempt, AttemptState, EndedBy
from quiz_app.contests.models import ItemKinds
from tests.browser.conftest import MakeDevice
from tests.browser.device import Device
from tests.browser.paper import (
    EVERY_PLACE,
    OFFLINE,
    START,
    attempt_of,
    begin,
    choose,
    eventually,
    form_of,
    kept_answers,
    right_answers,
    state_of,
)
from tests.browser.site import Site, until
from tests.browser.village import Village, open_round
from tests.support.sitting import PAPER_LENGTH

both_ways = pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "plain"])
both_engines = pytest.mark.parametrize("site", ["sqlite", "postgresql"], indirect=True)


@both_engines
@both_ways
def test_a_whole_sitting(site: Site, village: Village, device: MakeDevice, has_scripts: bool) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    phone = device(village.member, has_scripts=has_scripts)
    phone.open("/")
    phone.follow("Vào thi")
    rules = phone.text()
    for words in ("8 câu", "15 phút", "3 trong đợt", START, "Hết giờ mà chưa nộp thì hệ thống nộp bài"):
        assert words in rules
    assert phone.path == f"/dot-thi/{round_.id}"
    with site.db.reading() as session:
        assert session.scalars(select(Attempt).where(Attempt.member_id == village.member.id)).all() == []
    phone.press(START)
    attempt = attempt_of(site, village.member)
    right = right_answers(site, attempt.id)

    last = PAPER_LENGTH
    for place in range(1, last):
        choose(phone, place, right[place])
        expect(state_of(phone, place)).to_contain_text("Đã lưu")
        assert kept_answers(site, attempt.id)[place] == right[place]
        if has_scripts:
            assert phone.page.locator("[data-question]:visible").count() == 1
            phone.page.get_by_role("button", name="Câu sau").click()
    phone.judge()

    phone.follow("Nộp bài", within=phone.page.locator("footer"))
    assert "Còn 1 câu chưa trả lời" in phone.text()
    assert phone.page.get_by_role("link", name=f"Câu {last}, chưa trả lời").is_visible()
    phone.press("Nộp bài")
    assert phone.path.endswith("/ket-qua")
    result = phone.text()
    assert "Đã nộp bài" in result
    assert re.search(rf"{last - 1}\s*/{last}", result)
    ended = attempt_of(site, village.member)
    assert (ended.state, ended.ended_by, ended.right_count) == (
        AttemptState.SUBMITTED.value,
        EndedBy.MEMBER.value,
        last - 1,
    )
    assert kept_answers(site, attempt.id) == {**right, last: ""}


@both_engines
def test_the_network_is_cut_before_the_second_question(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    phone = device(village.member)
    begin(phone, round_.id)
    attempt = attempt_of(site, village.member)
    right = right_answers(site, attempt.id)
    choose(phone, 1, right[1])
    expect(state_of(phone, 1)).to_contain_text("Đã lưu")

    phone.expect(OFFLINE)
    phone.context.set_offline(True)
    for place in range(2, PAPER_LENGTH + 1):
        phone.page.get_by_role("button", name="Câu sau").click()
        assert form_of(phone.page, place).locator(".choice__text").first.is_visible()
        choose(phone, place, right[place])
    expect(state_of(phone, PAPER_LENGTH)).to_contain_text("vẫn giữ trong máy")
    phone.page.locator("summary", has_text="Các câu:").click()
    for place in (3, 1, 5):
        phone.page.locator(f"[data-place='{place}']").click()
        assert form_of(phone.page, place).is_visible()
    phone.judge()
    assert kept_answers(site, attempt.id) == {place: right[1] if place == 1 else "" for place in EVERY_PLACE}
    unsent = phone.stored(f"bai-thi-{attempt.id}")
    values = {int(place): value for place, (value, *_) in unsent["answers"].items()}
    assert values == {place: right[place] for place in range(2, PAPER_LENGTH + 1)}

    phone.context.set_offline(False)
    until(lambda: kept_answers(site, attempt.id) == right, 20, lambda: str(kept_answers(site, attempt.id)))
    expect(phone.page.locator("[data-place][data-state=saved]")).to_have_count(PAPER_LENGTH)
    assert phone.stored(f"bai-thi-{attempt.id}") is None


def test_answers_not_sent_survive_a_reload(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    phone = device(village.member)
    begin(phone, round_.id)
    attempt = attempt_of(site, village.member)
    right = right_answers(site, attempt.id)
    phone.expect("ERR_FAILED")
    phone.context.route("**/cau/*", lambda route: route.abort())
    choose(phone, 1, right[1])
    expect(state_of(phone, 1)).to_contain_text("Chưa lưu được")
    phone.context.unroute_all()
    phone.page.reload()
    expect(state_of(phone, 1)).to_contain_text("Đã lưu")
    assert kept_answers(site, attempt.id)[1] == right[1]


def test_answers_not_sent_survive_a_killed_page_and_going_on_by_the_button(
    site: Site, village: Village, device: MakeDevice
) -> None:
    with site.work() as w:
        round_ = open_round(w, village, item_kinds=ItemKinds.SINGLE)
    phone, tablet = device(village.member), device(village.member)
    begin(phone, round_.id)
    attempt = attempt_of(site, village.member)
    right = right_answers(site, attempt.id)
    phone.expect("ERR_FAILED")
    phone.context.route("**/cau/*", lambda route: route.abort())
    for place in (1, 2):
        choose(phone, place, right[place])
        expect(state_of(phone, place)).to_have_text("Chưa lưu được – vẫn giữ trong máy")
        phone.page.get_by_role("button", name="Câu sau").click()
    phone.page.close()
    phone.context.unroute_all()
    tablet.open("/dot-thi/")
    tablet.press("Làm tiếp bài đang dở")
    elsewhere = next(letter for letter in "ABC" if letter not in right[1])
    choose(tablet, 1, elsewhere)
    expect(state_of(tablet, 1)).to_contain_text("Đã lưu")

    phone.page = phone.context.new_page()
    phone.open("/dot-thi/")
    phone.press("Làm tiếp bài đang dở")
    expect(phone.page.locator("[data-place='2']")).to_have_attribute("data-state", "saved")
    expect(phone.page.locator("[data-role=notice-text]")).to_contain_text("Câu 1 đã được trả lời ở một cửa sổ khác")
    kept = kept_answers(site, attempt.id)
    assert (kept[1], kept[2]) == (elsewhere, right[2])
    assert phone.stored(f"bai-thi-{attempt.id}") is None


@pytest.mark.parametrize("hours", [-30, 30])
def test_a_wrong_clock_changes_nothing(site: Site, village: Village, device: MakeDevice, hours: int) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    phone = device(village.member)
    phone.page.clock.install(time=datetime.now(UTC) + timedelta(hours=hours))
    begin(phone, round_.id)
    clock = phone.page.locator("[data-module=countdown]")
    expect(clock).to_contain_text(re.compile(r"1[45]:[0-5]\d"))
    choose(phone, 1, "A")
    expect(state_of(phone, 1)).to_contain_text("Đã lưu")
    kept = phone.page.locator("#cau-1 .save-state").inner_text()
    said = re.search(r"(\d\d):(\d\d):(\d\d)", kept)
    assert said is not None
    in_vietnam = datetime.now(UTC) + timedelta(hours=7)
    seconds = (int(said[1]) * 60 + int(said[2])) * 60 + int(said[3])
    apart = abs(seconds - ((in_vietnam.hour * 60 + in_vietnam.minute) * 60 + in_vietnam.second))
    assert min(apart, 86_400 - apart) < 60
    with phone.page.expect_response(lambda answer: answer.url.endswith("/con-lai")):
        phone.page.clock.fast_forward("05:00")  # a machine whose clock runs ahead: the page asks the server by itself
    phone.page.wait_for_timeout(1500)
    expect(clock).to_contain_text(re.compile(r"1[45]:[0-5]\d"))


@both_ways
def test_another_device_goes_on_with_every_answer(
    site: Site, village: Village, device: MakeDevice, has_scripts: bool
) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    phone = device(village.member, has_scripts=has_scripts)
    begin(phone, round_.id)
    attempt = attempt_of(site, village.member)
    right = right_answers(site, attempt.id)
    for place in (1, 2):
        choose(phone, place, right[place])
        expect(state_of(phone, place)).to_contain_text("Đã lưu")
        if has_scripts:
            phone.page.get_by_role("button", name="Câu sau").click()

    tablet = device(village.member, has_scripts=has_scripts)
    tablet.open("/")
    tablet.press("Làm tiếp")
    assert tablet.path == f"/luot-thi/{attempt.id}"
    for place in (1, 2):
        chosen = form_of(tablet.page, place).locator("input:checked")
        assert "".join(chosen.evaluate_all("boxes => boxes.map(one => one.value)")) == right[place]
    if has_scripts:
        assert form_of(tablet.page, 3).is_visible()
    choose(tablet, 3, right[3])
    expect(state_of(tablet, 3)).to_contain_text("Đã lưu")

    phone.expect("409")
    told = phone.page.get_by_role("alert") if has_scripts else phone.page.locator("main")
    if not (has_scripts and told.is_visible()):  # on a slow machine its own question after the clock tells it first
        choose(phone, 3, right[3][0])  # one alone: its refusal may come before a second one is pressed
    expect(told).to_contain_text("đang được làm tiếp")
    phone.judge()
    if has_scripts:
        phone.press("Làm tiếp ở máy này")
        choose(phone, 4, right[4])
        expect(state_of(phone, 4)).to_contain_text("Đã lưu")
        tablet.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(tablet.page.get_by_role("alert")).to_contain_text("đang được làm tiếp")
    kept = kept_answers(site, attempt.id)
    assert [kept[place] for place in (1, 2, 3)] == [right[place] for place in (1, 2, 3)]


def test_a_closed_browser_comes_back(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    phone = device(village.member)
    begin(phone, round_.id)
    right = right_answers(site, attempt_of(site, village.member).id)
    choose(phone, 1, right[1])
    expect(state_of(phone, 1)).to_contain_text("Đã lưu")
    phone.page.close()
    phone.page = phone.context.new_page()
    phone.open("/dot-thi/")
    phone.press("Làm tiếp bài đang dở")
    assert phone.page.locator("#cau-1 input:checked").count() == len(right[1])
    assert form_of(phone.page, 2).is_visible()


def test_time_runs_out_before_the_members_eyes(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        round_ = open_round(w, village, time_limit_s=6)
    phone = device(village.member)
    phone.open(f"/dot-thi/{round_.id}")
    phone.page.get_by_role("button", name=START).click()
    phone.page.wait_for_url("**/luot-thi/*")
    attempt = attempt_of(site, village.member)
    right = right_answers(site, attempt.id)
    choose(phone, 1, right[1])
    expect(state_of(phone, 1)).to_contain_text("Đã lưu")
    expect(phone.page.locator("h1")).to_contain_text("Kết quả lượt thi", timeout=40_000)
    phone.judge()
    ended = attempt_of(site, village.member)
    assert (ended.state, ended.right_count, ended.duration_ms) == (AttemptState.SUBMITTED.value, 1, 6000)
    assert kept_answers(site, attempt.id) == {place: right[1] if place == 1 else "" for place in EVERY_PLACE}


@both_engines
def test_time_runs_out_with_nobody_there(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        round_ = open_round(w, village, time_limit_s=6)
    phone = device(village.member)
    phone.open(f"/dot-thi/{round_.id}")
    phone.page.get_by_role("button", name=START).click()
    phone.page.wait_for_url("**/luot-thi/*")
    attempt = attempt_of(site, village.member)
    right = right_answers(site, attempt.id)
    choose(phone, 1, right[1])
    expect(state_of(phone, 1)).to_contain_text("Đã lưu")
    phone.page.close()
    with site.worker():
        until(lambda: attempt_of(site, village.member).state == AttemptState.SUBMITTED.value, 60)
    phone.page = phone.context.new_page()
    phone.open(f"/luot-thi/{attempt.id}/ket-qua")
    assert "Hết giờ, hệ thống đã tự nộp bài" in phone.text()
    ended = attempt_of(site, village.member)
    assert (ended.ended_by, ended.right_count) == (EndedBy.DEADLINE.value, 1)


def test_the_keyboard_alone_is_enough(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    phone = device(village.member)
    begin(phone, round_.id)
    attempt = attempt_of(site, village.member)
    keys = phone.page.keyboard
    for place in EVERY_PLACE:
        _tab_to(phone, f"#cau-{place} input[name=phuong_an]")
        keys.press("Space")
        if form_of(phone.page, place).locator("input[type=radio]").count():
            keys.press("ArrowDown")
            keys.press("ArrowDown")
            keys.press("ArrowUp")
            expect(form_of(phone.page, place).locator("input[value=B]")).to_be_checked()
        expect(state_of(phone, place)).to_contain_text("Đã lưu")
        if place < PAPER_LENGTH:
            _tab_to(phone, "[data-go='1']")
            keys.press("Enter")
    _tab_to(phone, "[data-role=finish]")
    with phone.page.expect_navigation():
        keys.press("Enter")
    _tab_to(phone, "main form button[type=submit]")
    with phone.page.expect_navigation():
        keys.press("Enter")
    phone.page.wait_for_url("**/ket-qua")
    assert set(kept_answers(site, attempt.id).values()) <= {"A", "B"}
    assert "B" in kept_answers(site, attempt.id).values()


def _tab_to(phone: Device, selector: str) -> None:
    """Press Tab until the focus stands there, and see that it shows."""
    for _ in range(60):
        if phone.page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            break
        phone.page.keyboard.press("Tab")
    else:
        raise AssertionError(f"the focus never came to {selector}")
    shown = """() => { const own = document.activeElement; const places = [own, own.closest('label')].filter(Boolean);
      return places.some(one => { const look = getComputedStyle(one);
        return look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) > 0 || look.boxShadow !== 'none'; })
        || [...(own.parentElement || own).children].some(one => getComputedStyle(one).outlineStyle !== 'none'); }"""
    assert phone.page.evaluate(shown), f"nothing shows the focus at {selector}"


def test_an_answer_chosen_before_the_scripts_have_come_is_saved(
    site: Site, village: Village, device: MakeDevice
) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    phone = device(village.member)
    begin(phone, round_.id)
    attempt = attempt_of(site, village.member)
    held: list[Route] = []
    phone.page.route("**/js/sitting.js", lambda route: held.append(route))  # noqa: PLW0108 - it takes no built-in
    phone.page.reload(wait_until="commit")
    phone.page.locator("#cau-1 .choice").first.click()
    eventually(phone.page, lambda: bool(held))
    held[0].continue_()
    expect(state_of(phone, 1)).to_contain_text("Đã lưu")
    assert kept_answers(site, attempt.id)[1] == "A"
