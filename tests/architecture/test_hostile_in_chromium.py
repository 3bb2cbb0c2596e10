"""Every page of a world whose texts are hostile, in a real browser: nothing runs, nothing is asked for elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Error, Request
from werkzeug.serving import make_server

from tests.architecture import stored
from tests.architecture.callers import NOBODY
from tests.architecture.world import House, app, db, world
from tests.browser.conftest import chromium
from tests.support import planting, prints

__all__ = ["app", "chromium", "db", "world"]  # fixtures
pytestmark = pytest.mark.browser

WATCH = f"""
window.{planting.MARK} = () => console.error("a planted text ran at " + location.pathname);
document.addEventListener("securitypolicyviolation", e => {{
    if (document.contentType === "text/html") console.error(`CSP: ${{e.violatedDirective}} at ${{location.pathname}}`);
}});
"""
# pictures whose names were planted over, and what the browser says of the policy besides our own word
SILENT = ("Failed to load resource", "Content Security Policy")
FILE = "Download is starting"


class Watch:
    """What one browser complains of, page by page."""

    def __init__(self, context: BrowserContext) -> None:
        self.found: list[str] = []
        context.add_init_script(WATCH)
        context.on("console", self._said)
        context.on("dialog", self._asked)
        context.on("weberror", lambda broken: self.found.append(f"script: {broken.error}"))
        context.on("request", self._requested)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(one in message.text for one in SILENT):
            self.found.append(message.text)

    def _asked(self, dialog: Dialog) -> None:
        self.found.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _requested(self, request: Request) -> None:
        if urlsplit(request.url).hostname not in ("127.0.0.1", None):
            self.found.append(f"asks for {request.url}")


@contextmanager
def served(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_no_planted_text_runs(house: House, app: Flask, chromium: Browser) -> None:
    planting.plant(house.db)
    wrong: dict[str, list[str]] = {}
    seen = 0
    with served(app) as site, prints.pages_for_paper():
        context = chromium.new_context(base_url=site, locale="vi-VN")
        watch, page = Watch(context), context.new_page()
        for endpoint, caller, url in list(stored.addresses(app, house.world)):
            context.clear_cookies()
            if caller != NOBODY:
                context.add_cookies([{"name": "phien", "value": house.tokens[caller], "url": site}])
            try:
                answer = page.goto(url, wait_until="load")
            except Error as error:
                if FILE not in error.message:
                    raise
                continue
            assert answer is not None
            if not answer.headers.get("content-type", "").startswith("text/html"):
                continue
            seen += 1
            if answer.status >= 500:
                watch.found.append(f"answered {answer.status}")
            if watch.found:
                wrong[f"{endpoint} as {caller}"] = watch.found[:3]
                watch.found.clear()
        context.close()
    assert wrong == {}
    assert watch.found == []
    assert seen > 150
