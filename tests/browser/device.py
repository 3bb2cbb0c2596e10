"""A person's phone or computer: real pages, each of them judged, and nothing said to the console or to other hosts."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request
from playwright.sync_api import TimeoutError as Timeout
from sqlalchemy import select

from quiz_app.members.models import Account, Member
from quiz_app.members.sign_ins import open_session
from tests.browser.site import Site
from tests.support import build

AXE = Path(__file__).parent / "vendor" / "axe-core-4.14.1.min.js"
PHONE = {"width": 390, "height": 844}
COMPUTER = {"width": 1280, "height": 800}
PICTURES = os.environ.get("BROWSER_PICTURES")  # a folder: keeps a picture of every page judged, at both widths
_WATCH = "document.addEventListener('securitypolicyviolation', e => console.error('CSP: ' + e.violatedDirective))"
# A finding has the impact of its rule, so the mild rules, which cost as much as all the others, can fail nothing here.
# Which of the others run is left to axe.
_RUN_AXE = """async () => {
  const mild = axe._audit.rules.filter(rule => rule.impact === "minor" || rule.impact === "moderate");
  const rules = Object.fromEntries(mild.map(rule => [rule.id, {enabled: false}]));
  return (await axe.run(document, {resultTypes: ["violations"], rules})).violations;
}"""
_judged: set[tuple[str, str, str]] = set()


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")


class Device:
    """One browser with its own cookies and storage.

    `problems` gathers console errors, broken scripts, breaches of the content policy and requests to other hosts; the
    fixture that makes devices fails the test on any. What a test provokes on purpose it names with `expect`.
    """

    def __init__(
        self, browser: Browser, site: Site, *, has_scripts: bool = True, size: dict[str, int] = PHONE, **options: Any
    ) -> None:
        self.site = site
        self.has_scripts = has_scripts
        self._browser = browser
        self._options = f"{has_scripts} {options}"
        self._judging: BrowserContext | None = None
        self._said: list[str] = []
        self._expected: list[str] = []
        self.context: BrowserContext = browser.new_context(
            base_url=site.url,
            viewport={"width": size["width"], "height": size["height"]},
            java_script_enabled=has_scripts,
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            **options,
        )
        self.context.set_default_timeout(10_000)
        self.context.add_init_script(_WATCH)
        self.context.on("request", self._note_request)
        self.context.on("console", self._note_console)
        self.context.on("weberror", lambda broken: self._said.append(f"script: {broken.error}"))
        self.page: Page = self.context.new_page()

    @property
    def problems(self) -> list[str]:
        return [words for words in self._said if not any(one in words for one in self._expected)]

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    def expect(self, words: str) -> None:
        """Something the test brings about itself, as the console words it."""
        self._expected.append(words)

    def sign_in(self, member: Member) -> None:
        """Through the page, as a person does."""
        self.open("/dang-nhap")
        self.page.locator("input[name=username]").fill(self._username(member))
        self.page.locator("input[name=password]").fill(build.PASSWORD)
        self.press("Đăng nhập")
        if self.path == "/tai-khoan/thong-bao":  # his first sign-in
            self.page.locator("input[name=take_part]").check()
            self.press("Lưu và tiếp tục")

    def carry(self, member: Member) -> None:
        """Be signed in without asking the page."""
        with self.site.db.writing() as session:
            account_id = session.scalars(select(Account.id).where(Account.member_id == member.id)).one()
            now = self.site.db.now(session)
            token = open_session(session, account_id, now, is_shared_device=False, user_agent="Chromium")
        self.context.add_cookies([{"name": "phien", "value": token, "url": self.site.url}])

    def open(self, path: str, *, status: int = 200) -> None:
        """Go there; the page is judged."""
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == status, f"{path} answered {answer.status}"
        self.judge()

    def press(self, name: str, *, within: Locator | None = None) -> None:
        """Press the button of that name that leads to another page, which is judged."""
        self._leave((within or self.page.locator("main")).get_by_role("button", name=name, exact=True).first)

    def follow(self, name: str, *, within: Locator | None = None) -> None:
        """Follow the link of that name in the main part to another page, which is judged."""
        self._leave((within or self.page.locator("main")).get_by_role("link", name=name).first)

    def turn_to(self, entry: str) -> None:
        """Follow an entry of the navigation."""
        self.follow(entry, within=self.page.get_by_role("navigation", name="Các mục chính"))

    def _leave(self, target: Locator) -> None:
        try:
            with self.page.expect_event("domcontentloaded"):
                target.click()
        except Timeout:
            raise AssertionError(f"{self.page.url} does not lead on by {target}:\n{self.text()}") from None
        self.page.wait_for_load_state("load")
        self.judge()

    def text(self) -> str:
        """What a person reads in the main part of the page, folded."""
        return re.sub(r"\s+", " ", self.page.locator("main").inner_text())

    def judge(self) -> None:
        """No serious finding of axe, nothing wider than the screen; once for pages that differ by numbers only."""
        self._keep_picture()
        if not self._is_new():
            return
        page = self.page if self.has_scripts else self._twin()
        page.evaluate(_axe())
        found = page.evaluate(_RUN_AXE)
        grave = [
            f"{one['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
            for one in found
            if one["impact"] in {"serious", "critical"}
            for node in one["nodes"][:3]
        ]
        assert grave == [], f"{self.page.url}\n" + "\n".join(grave)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{self.page.url} is {wide} px wider than the screen"

    def _is_new(self) -> bool:
        content = re.sub(r'value="[^"]{20,}"|\d', "", self.page.content())
        seen = (content, str(self.page.viewport_size), self._options)
        is_new = seen not in _judged
        _judged.add(seen)
        return is_new

    def _twin(self) -> Page:
        """The same page where axe can run: scripts work there, but the page's own do not arrive."""
        if self._judging is None:
            self._judging = self._browser.new_context(base_url=self.site.url, viewport=self.page.viewport_size)
            self._judging.set_default_timeout(10_000)
            self._judging.route(re.compile(r"\.js$"), lambda route: route.abort())
        page = self._judging.pages[0] if self._judging.pages else self._judging.new_page()
        content = self.page.content()
        page.route(self.page.url.partition("#")[0], lambda route: route.fulfill(body=content, content_type="text/html"))
        page.goto(self.page.url.partition("#")[0])
        page.unroute_all()
        return page

    def close(self) -> None:
        self.context.close()
        if self._judging is not None:
            self._judging.close()

    def stored(self, key: str) -> Any:
        """What this browser keeps for the site under `key`."""
        kept = self.page.evaluate("key => localStorage.getItem(key)", key)
        return None if kept is None else json.loads(kept)

    def _username(self, member: Member) -> str:
        with self.site.db.reading() as session:
            return session.scalars(select(Account.username).where(Account.member_id == member.id)).one()

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._said.append(message.text)

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.site.url}/", "data:", "blob:")):
            self._said.append(f"request to {request.url}")

    def _keep_picture(self) -> None:
        if PICTURES is None:
            return
        folder = Path(PICTURES)
        folder.mkdir(exist_ok=True)
        name = re.sub(r"\d{6,}", "N", self.path.strip("/").replace("/", "_") or "home")
        was = self.page.viewport_size
        for size in (PHONE, COMPUTER):
            self.page.set_viewport_size({"width": size["width"], "height": size["height"]})
            target = folder / f"{size['width']}-{name}{'' if self.has_scripts else '-no-js'}.png"
            self.page.screenshot(path=target, full_page=True)
        if was is not None:
            self.page.set_viewport_size(was)
