"""A sitting while the server dies, is busy, or is far away."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect
from sqlalchemy import text

from quiz_app.attempts.models import AttemptState
from tests.browser.conftest import MakeDevice
from tests.browser.paper import (
    START,
    attempt_of,
    begin,
    choose,
    eventually,
    form_of,
    kept_answers,
    right_answers,
    state_of,
    wake,
)
from tests.browser.site import Site
from tests.browser.village import Village, open_round
from tests.support import run, sitting

UNSAVED = "Chưa lưu được – vẫn giữ trong máy"
BUSY = {"error": "Overloaded", "message": "Máy chủ đang bận.", "fields": {}}
LATENCY_S = 3


@pytest.fixture(scope="module")
def serving() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, serving: ExitStack) -> Site:
    """A site of this module's own, which may be killed."""
    folder = tmp_path_factory.mktemp("site")
    path = folder / "app.sqlite3"
    shutil.copyfile(run.sqlite_template(), path)
    own = Site(f"sqlite:///{path}", Path(folder) / "served")
    with own.work() as w:
        sitting.publish_shipped(w)
    return serving.enter_context(own.served())


def test_the_server_dies_and_comes_back(site: Site, serving: ExitStack, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    phone = device(village.member)
    begin(phone, round_.id)
    attempt = attempt_of(site, village.member)
    right = right_answers(site, attempt.id)
    choose(phone, 1, right[1])
    expect(state_of(phone, 1)).to_contain_text("Đã lưu")

    phone.expect("ERR_CONNECTION_REFUSED")
    site.kill()
    for place in (2, 3):
        phone.page.get_by_role("button", name="Câu sau").click()
        choose(phone, place, right[place])
        expect(state_of(phone, place)).to_have_text(UNSAVED)
    serving.enter_context(site.served())
    phone.page.get_by_role("button", name="Câu sau").click()
    choose(phone, 4, right[4])
    for place in (2, 3, 4):
        expect(state_of(phone, place)).to_have_text(re.compile(r"^Đã lưu \d\d:\d\d:\d\d$"), timeout=40_000)
    kept = kept_answers(site, attempt.id)
    assert [kept[place] for place in (1, 2, 3, 4)] == [right[place] for place in (1, 2, 3, 4)]


def test_a_busy_server_is_left_alone_for_as_long_as_it_asks(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    phone = device(village.member)
    begin(phone, round_.id)
    attempt = attempt_of(site, village.member)
    phone.expect("429")
    asked: list[tuple[str, float]] = []

    def answer(route: Route) -> None:
        asked.append((route.request.url.rsplit("/", 1)[-1], time.monotonic()))
        if len(asked) == 1:
            route.fulfill(status=429, headers={"Retry-After": "2"}, json=BUSY)
        else:
            route.continue_()

    phone.page.route("**/cau/*", answer)
    choose(phone, 1, "A")
    expect(state_of(phone, 1)).to_have_text(UNSAVED)
    waiting = phone.page.locator("[data-role=waiting]")
    expect(waiting).to_have_text(re.compile(r"Máy chủ đang bận.* tự gửi lại sau [23] giây\."))
    phone.judge()
    phone.page.get_by_role("button", name="Câu sau").click()
    choose(phone, 2, "A")
    expect(state_of(phone, 2)).to_have_text(UNSAVED)
    phone.page.evaluate("window.dispatchEvent(new Event('online'))")  # a new line makes no server less busy
    for place in (1, 2):
        expect(state_of(phone, place)).to_contain_text("Đã lưu")
    expect(waiting).to_be_hidden()
    first, *later = [at for _, at in asked]
    assert len(later) == 2
    assert min(later) - first >= 2
    kept = kept_answers(site, attempt.id)
    assert (kept[1], kept[2]) == ("A", "A")


def test_a_slow_line_gives_and_takes_nothing(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    phone = device(village.member)
    begin(phone, round_.id)
    attempt = attempt_of(site, village.member)
    wake(phone.page)
    line = phone.context.new_cdp_session(phone.page)
    conditions = {"offline": False, "latency": LATENCY_S * 1000, "downloadThroughput": -1, "uploadThroughput": -1}
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", conditions)
    ends = phone.page.evaluate("document.querySelector('[data-module=countdown]').countdown.endsAt")
    began = time.monotonic()
    for place in (1, 2, 3):
        choose(phone, place, "A")
        expect(state_of(phone, place)).to_have_text("Đang lưu")
        phone.page.get_by_role("button", name="Câu sau").click()
        expect(form_of(phone.page, place + 1)).to_be_visible()
    assert time.monotonic() - began < LATENCY_S  # nobody waits for the line
    for place in (1, 2, 3):
        expect(state_of(phone, place)).to_contain_text("Đã lưu")
    expect(phone.page.locator("[data-role=notice]")).to_be_hidden()
    moved = phone.page.evaluate("document.querySelector('[data-module=countdown]').countdown.endsAt") - ends
    assert abs(moved) < 1000
    kept = kept_answers(site, attempt.id)
    assert [kept[place] for place in (1, 2, 3)] == ["A", "A", "A"]


def test_a_start_refused_for_load_is_sent_again_by_itself(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    phone = device(village.member)
    phone.open(f"/dot-thi/{round_.id}")
    phone.expect("503")
    with site.db.writing() as session:
        session.execute(text("SELECT 1"))  # nobody else writes from here on
        phone.page.get_by_role("button", name=START).click()
        expect(phone.page.locator("h1")).to_have_text("Máy chủ đang bận", timeout=20_000)
        expect(phone.page.locator("[data-wait-text]")).to_have_text(re.compile(r"^[1-6]$"))
        phone.judge()
    expect(phone.page.locator("#bai-thi")).to_be_visible(timeout=20_000)
    assert attempt_of(site, village.member).number == 1


def test_a_submission_refused_for_load_is_sent_again_by_itself(
    site: Site, village: Village, device: MakeDevice
) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    phone = device(village.member)
    begin(phone, round_.id)
    choose(phone, 1, "A")
    expect(state_of(phone, 1)).to_contain_text("Đã lưu")
    phone.follow("Nộp bài", within=phone.page.locator("footer"))
    phone.expect("503")
    phone.expect("ERR_FAILED")
    tries: list[str] = []

    def answer(route: Route) -> None:
        if route.request.method != "POST" or len(tries) == 2:
            route.continue_()
            return
        tries.append(route.request.method)
        if len(tries) == 1:
            route.abort()
        else:
            route.fulfill(status=503, headers={"Retry-After": "1"}, json=BUSY)

    phone.page.route("**/nop", answer)
    phone.page.get_by_role("button", name="Nộp bài").click()
    said = phone.page.locator("main [role=status]")
    expect(said).to_contain_text("Chưa có mạng, trang tự nộp lại sau 1 giây")
    expect(said).to_contain_text("Máy chủ đang bận, trang tự nộp lại sau 2 giây")
    phone.page.wait_for_url("**/ket-qua")
    eventually(phone.page, lambda: attempt_of(site, village.member).state == AttemptState.SUBMITTED.value)
    assert len(tries) == 2


def test_a_script_that_never_comes_leaves_the_plain_form(site: Site, village: Village, device: MakeDevice) -> None:
    with site.work() as w:
        round_ = open_round(w, village)
    phone = device(village.member)
    phone.expect("ERR_FAILED")
    phone.expect("Failed to fetch dynamically imported module")
    phone.page.route("**/js/sitting/queue.js", lambda route: route.abort())
    begin(phone, round_.id)
    choose(phone, 2, "A")
    with phone.page.expect_event("domcontentloaded"):
        form_of(phone.page, 2).get_by_role("button", name="Lưu câu trả lời").click()
    expect(state_of(phone, 2)).to_contain_text("Đã lưu")
    assert kept_answers(site, attempt_of(site, village.member).id)[2] == "A"
