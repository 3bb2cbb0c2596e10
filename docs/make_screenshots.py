"""Makes the pictures of the guides again: `make screenshots`.

Starts a demo of its own (made-up people, data that vanishes afterwards), plays a round, and photographs the pages that
the guides speak of, in docs/images. Needs the packages of requirements-dev.txt and a Chromium.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from question_bank.reading import read_bank

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
PHONE, COMPUTER = (390, 780), (1280, 800)
READY_WITHIN_S = 90
READING_MS = 1500
TALLIED_AFTER_S = 8  # the worker sums the boards every few seconds


@dataclass(frozen=True, slots=True)
class Shot:
    """A page as one role sees it; `query` is added where `url` leads, `scroll_to` is a heading brought to the top."""

    name: str
    role: str | None
    url: str
    size: tuple[int, int] = COMPUTER
    scroll_to: str = ""
    query: str = ""


SHOTS = (
    Shot("trang-dau", "member", "/", PHONE),
    Shot("bi-thu", "secretary", "/tham-gia/", PHONE),
    Shot("chua-thi", "secretary", "/tham-gia/", PHONE, "Đảng viên trong danh sách", "?trang-thai=chua-thi"),
    Shot("cap-uy", "overseer", "/tham-gia/"),
    Shot("nhap-danh-sach", "organiser", "/danh-sach/nhap"),
    Shot("bo-cau-hoi", "author", "/bien-soan/bo-cau-hoi"),
    Shot("viec-chay-nen", "operator", "/van-hanh/cong-viec"),
)


def main() -> int:
    path = next((found for name in CHROMIUMS if (found := shutil.which(name))), None)
    if path is None:
        print("No Chromium was found.", file=sys.stderr)
        return 1
    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="anh-") as folder,
        _demo(Path(folder)) as (address, accounts),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        photograph(browser, address, accounts)
        browser.close()
    total = sum(image.stat().st_size for image in IMAGES.glob("*.png"))
    print(f"{len(list(IMAGES.glob('*.png')))} pictures, {total // 1024} KB")
    return 0


def photograph(browser: Browser, address: str, accounts: Mapping[str, tuple[str, str]]) -> None:
    """Every picture of the guides."""
    for shot in SHOTS:
        with _person(browser, address, accounts, shot.role, shot.size) as page:
            _go(page, shot.url)
            if shot.query:
                _go(page, page.url.partition("?")[0] + shot.query)
            if shot.scroll_to:
                page.get_by_role("heading", name=shot.scroll_to).first.evaluate("e => e.scrollIntoView()")
            _keep(page, shot.name, shot.size)
    _sit(browser, address, accounts)
    _organise(browser, address, accounts)


def _sit(browser: Browser, address: str, accounts: Mapping[str, tuple[str, str]]) -> None:
    """A member's way through the round: a question, the result."""
    with _person(browser, address, accounts, "member", PHONE) as page:
        page.get_by_role("link", name="Vào thi").or_(page.get_by_role("link", name="Thi thêm lượt")).first.click()
        page.get_by_role("button", name="Đồng ý thể lệ và bắt đầu").click()
        page.wait_for_url("**/luot-thi/*")
        keys = {item.stem: {option.text for option in item.options if option.is_key} for _, item in read_bank().items()}
        count = page.locator("fieldset.question").count()
        for number in range(1, count + 1):
            _answer(page, keys, is_right=number % 5 > 0)
            if number == 1:
                _keep(page, "lam-bai", PHONE)
            if number < count:
                page.get_by_text("Câu sau").locator("visible=true").first.click()
        page.goto(f"{page.url.partition('#')[0]}/nop")
        page.get_by_role("button", name="Nộp bài").click()
        page.wait_for_url("**/ket-qua")
        _keep(page, "ket-qua", PHONE)


def _answer(page: Page, keys: Mapping[str, set[str]], *, is_right: bool) -> None:
    """Answer the question in sight, after a moment of reading."""
    question = page.locator("fieldset.question").locator("visible=true").first
    told = question.locator(".question__stem").inner_text()
    wanted = next((texts for stem, texts in keys.items() if stem in told), set())
    page.wait_for_timeout(READING_MS)
    for choice in question.locator(".choice").all():
        if (choice.locator(".choice__text").inner_text().strip() in wanted) is is_right:
            choice.click()
            if not is_right:
                break
    page.get_by_text("Đã lưu").locator("visible=true").first.wait_for()


def _organise(browser: Browser, address: str, accounts: Mapping[str, tuple[str, str]]) -> None:
    """The organiser's way: a contest, a round, its blueprint, a sample paper."""
    with _person(browser, address, accounts, "organiser", COMPUTER) as page:
        _go(page, "/to-chuc/")
        page.locator("main a[href*='/to-chuc/dot/']").first.click()
        _keep(page, "dot-thi", COMPUTER)
        page.get_by_role("link", name="Xem thử đề").first.click()
        _keep(page, "xem-thu-de", COMPUTER)
        _go(page, "/to-chuc/")
        page.get_by_role("link", name="Thêm đợt thi").first.click()
        _keep(page, "them-dot-thi", COMPUTER)
    with _person(browser, address, accounts, "author", COMPUTER) as page:
        _go(page, "/bien-soan/bo-cau-hoi")
        page.locator("main table a").first.click()
        _keep(page, "xem-bo-cau-hoi", COMPUTER)


def _go(page: Page, url: str) -> None:
    answer = page.goto(url)
    if answer is None or not answer.ok:
        raise SystemExit(f"{url}: {answer.status if answer else 'no answer'}")


def _keep(page: Page, name: str, size: tuple[int, int]) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / f"{name}-{size[0]}.png", animations="disabled", scale="css")


@contextmanager
def _person(
    browser: Browser, address: str, accounts: Mapping[str, tuple[str, str]], role: str | None, size: tuple[int, int]
) -> Iterator[Page]:
    """A browser of his own, signed in where the role has an account."""
    context = browser.new_context(
        base_url=address,
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=1,
        locale="vi-VN",
        timezone_id="Asia/Ho_Chi_Minh",
        color_scheme="light",
    )
    page = context.new_page()
    if role is not None:
        username, password = accounts[role]
        _go(page, "/dang-nhap")
        page.locator("input[autocomplete=username]").fill(username)
        page.locator("input[autocomplete=current-password]").fill(password)
        page.get_by_role("button", name="Đăng nhập").click()
        page.wait_for_url(f"{address}/")
    yield page
    context.close()


@contextmanager
def _demo(folder: Path) -> Iterator[tuple[str, dict[str, tuple[str, str]]]]:
    """The product with a played round, for as long as the block lasts: its address, and (name, password) by role."""
    port = _free_port()
    env = {**os.environ, "APP_MODE": "demo", "DATA_DIR": str(folder), "PORT": str(port)}
    env.pop("DATABASE_URL", None)
    for words in (["db", "upgrade"], ["catalogue", "publish-shipped"], ["demo", "create"]):
        _flask(env, *words)
    _flask(env, "demo", "play", "--members", "300", "--seed", "1")  # before the worker writes beside it
    accounts = json.loads(_flask(env, "demo", "accounts", "--json"))
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-m", "deploy.serve", "demo"]
        server = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log)  # noqa: S603 - the product itself
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(f"{address}/readyz", server)
        time.sleep(TALLIED_AFTER_S)
        yield address, {one["role"]: (one["username"], one["password"]) for one in accounts}
    finally:
        server.terminate()
        server.wait(timeout=60)


def _flask(env: Mapping[str, str], *words: str) -> str:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
    done = subprocess.run(command, cwd=ROOT, env=dict(env), check=True, capture_output=True, text=True)  # noqa: S603 - the product itself
    return done.stdout


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < ends and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - own address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise SystemExit("The demo did not start.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main())
