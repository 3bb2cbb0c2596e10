"""Fixtures of the browser tests: a real Chromium, a running site per engine, a village and devices per test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from quiz_app.catalogue import services as publishing
from quiz_app.members.models import Member
from tests.browser import village as villages
from tests.browser.device import Device
from tests.browser.site import Site
from tests.browser.village import Village
from tests.support import run, sitting
from tests.support.postgres import NoPostgres

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
]
MakeDevice = Callable[..., Device]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


def _without(problem: str) -> str:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{problem}. Under CI the browser tests run.", pytrace=False)
    pytest.skip(problem)


def program() -> str:
    """Where Chromium is."""
    return next((found for name in NAMES if (found := shutil.which(name))), None) or _without("no Chromium was found")


# Of this folder, not of the session: while Playwright runs, its thread has an event loop that other tests would meet.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=ARGUMENTS)
        yield browser
        browser.close()


class Sites:
    """The sites of this run, one per engine, started when first asked for."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self._stack = stack
        self._folder = folder
        self._running: dict[str, Site] = {}

    def on(self, engine_name: str) -> Site:
        if engine_name not in self._running:
            self._running[engine_name] = self._start(engine_name)
        return self._running[engine_name]

    def _start(self, engine_name: str) -> Site:
        site = Site(self._database(engine_name), self._folder / engine_name)
        with site.work() as w:
            publishing.publish_bank(w, sitting.shipped_bank())
        return self._stack.enter_context(site.served())

    def _database(self, engine_name: str) -> str:
        if engine_name == "sqlite":
            path = self._folder / "app.sqlite3"
            shutil.copyfile(run.sqlite_template(), path)
            return f"sqlite:///{path}"
        try:
            url = run.new_postgres()
        except NoPostgres as problem:
            url = _without(str(problem))
        self._stack.callback(run.drop_postgres, url)
        return url


@pytest.fixture(scope="session")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    with ExitStack() as stack:
        yield Sites(stack, tmp_path_factory.mktemp("sites"))


@pytest.fixture
def site(request: pytest.FixtureRequest, sites: Sites) -> Site:
    """The running site, on SQLite unless parametrised with another engine's name."""
    return sites.on(getattr(request, "param", "sqlite"))


@pytest.fixture
def village(site: Site) -> Village:
    with site.work() as w:
        return villages.found(w)


@pytest.fixture
def device(chromium: Browser, site: Site) -> Iterator[MakeDevice]:
    """`device(member, has_scripts=…)`: a phone, signed in; every problem on any of them fails the test."""
    made: list[Device] = []

    def make(member: Member | None = None, **options: object) -> Device:
        one = Device(chromium, site, **options)  # type: ignore[arg-type] # options go on as they come
        made.append(one)
        if member is not None:
            one.carry(member)
        return one

    yield make
    for one in made:
        one.close()
    problems = [problem for one in made for problem in one.problems]
    assert problems == []
