"""Browsers whose clocks are wrong by hours, and jump in the middle of a sitting. `make faults`."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from quiz_app.attempts.models import Attempt, EndedBy
from tests.browser.conftest import ARGUMENTS, program
from tests.browser.paper import START, wake
from tests.faults.conftest import Site, installed
from tests.faults.counts import CLOCK
from tests.faults.ledger import Balance
from tests.faults.programs import Server
from tests.faults.report import Report

pytestmark = pytest.mark.faults

LIMIT_S = 90
AT_ONCE = 5
HOURS = (1, -1, 12, -12, 7, -7, 0.05, -0.05, 26, -26)
OFF_BY_MS = 1500  # between the page's clock and the server's
SLOW_MS = 60_000
WRONG = """
window.clockOffMs = %d;
const now = Date.now.bind(Date);
window.Date = class extends Date {
  constructor(...given) { given.length ? super(...given) : super(now() + window.clockOffMs); }
  static now() { return now() + window.clockOffMs; }
};
"""


@dataclass(frozen=True)
class Sitter:
    page: Page
    attempt_id: int


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def site(engine_name: str, database_url: str, tmp_path: Path, report: Report) -> Iterator[Site]:
    with installed(engine_name, database_url, tmp_path, report, time_limit_s=LIMIT_S) as found:
        yield found


def test_browsers_with_wrong_clocks(site: Site, chromium: Browser) -> None:
    """Their pages show the server's time, save whatever is chosen, and hand in at the server's deadline."""
    server, wrong, hours = site.server(), [], itertools.cycle(HOURS)
    done = 0
    while done < CLOCK:
        with ExitStack() as stack:
            sitters = [_begin(site, server, chromium, stack, number, next(hours)) for number in range(AT_ONCE)]
            for sitter in sitters:
                wrong += _clock(site, sitter)
                _choose(site, sitter, 1, "A")
            for sitter in sitters:
                sitter.page.evaluate(f"window.clockOffMs += {next(hours) * 3_600_000}")
                sitter.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
                _choose(site, sitter, 2, "B")
                wrong += _clock(site, sitter)
            for sitter in sitters:
                expect(sitter.page.locator("h1")).to_contain_text("Kết quả lượt thi", timeout=1000 * LIMIT_S + SLOW_MS)
                site.ledger.submitted(sitter.attempt_id)
            wrong += _ends(site, sitters)
        done += AT_ONCE
    balance = site.ledger.balance(site.db, is_quiet=True) + Balance(wrong=tuple(wrong))
    site.judge("clock of a browser wrong by hours", done, balance)


def _begin(site: Site, server: Server, browser: Browser, stack: ExitStack, number: int, hours: float) -> Sitter:
    url = f"http://127.0.0.1:{server.port}"
    context = browser.new_context(base_url=url, viewport={"width": 390, "height": 844}, locale="vi-VN")
    stack.callback(context.close)
    context.set_default_timeout(SLOW_MS)
    context.add_init_script(WRONG % (hours * 3_600_000))
    context.add_cookies([{"name": "phien", "value": site.tokens[number], "url": url}])
    page = context.new_page()
    page.goto(f"/dot-thi/{site.round_id}")
    page.locator("main").get_by_role("button", name=START, exact=True).first.click()
    page.wait_for_url("**/luot-thi/*")
    wake(page)
    attempt_id = int(page.url.rpartition("/")[2].partition("#")[0])
    site.ledger.started(site.actors[number].member, attempt_id)
    return Sitter(page, attempt_id)


def _choose(site: Site, sitter: Sitter, place: int, letter: str) -> None:
    site.ledger.sends(sitter.attempt_id, place, (1, letter))
    site.ledger.chose(sitter.attempt_id, place, letter)
    sitter.page.evaluate(f"document.querySelector('#bai-thi').sitting.steps.show({place - 1})")
    form = sitter.page.locator(f"#cau-{place}")
    form.locator("label.choice").filter(has=sitter.page.locator(f"input[value={letter}]")).click()
    expect(form.locator(".save-state")).to_contain_text("Đã lưu", timeout=SLOW_MS)
    site.ledger.saved(sitter.attempt_id, place, (1, letter))


def _clock(site: Site, sitter: Sitter) -> list[str]:
    """What the page takes for the time left, beside what the database says just before and after."""
    before = _left_ms(site, sitter)
    shown = sitter.page.evaluate("document.querySelector('[data-module=countdown]').countdown.remainingMs()")
    after = _left_ms(site, sitter)
    is_right = after - OFF_BY_MS <= shown <= before + OFF_BY_MS
    return [] if is_right else [f"attempt {sitter.attempt_id}: {shown} ms left, by the server {after} to {before}"]


def _left_ms(site: Site, sitter: Sitter) -> float:
    with site.db.reading() as session:
        left = session.get_one(Attempt, sitter.attempt_id).deadline_at - site.db.now(session)
    return left / timedelta(milliseconds=1)


def _ends(site: Site, sitters: Sequence[Sitter]) -> Iterator[str]:
    """Each was handed in by its page, at the deadline: not before, and while it was still taken."""
    with site.db.reading() as session:
        for attempt in (session.get_one(Attempt, sitter.attempt_id) for sitter in sitters):
            assert attempt.ended_at is not None
            early = attempt.deadline_at - attempt.ended_at
            if attempt.ended_by != EndedBy.MEMBER.value or early > timedelta(milliseconds=OFF_BY_MS):
                yield f"attempt {attempt.id} ended by {attempt.ended_by} {early} before its deadline"
