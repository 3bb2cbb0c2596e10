"""Fixtures of every test: both engines, units of work, the application and a client that looks at what it gets."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from quiz_app.factory import create_app
from quiz_app.kernel.db import Database
from quiz_app.kernel.settings import Settings
from tests.support import asked, build, once, prints, run
from tests.support.browse import Browse
from tests.support.build import Commune
from tests.support.clock import NOW, Clock
from tests.support.postgres import NoPostgres
from tests.support.works import View, Work


def pytest_configure(config: pytest.Config) -> None:
    once.remember()
    prints.draw_once()
    if asked.IS_ASKED_ANEW:
        config.pluginmanager.register(asked.Asking())
    if not hasattr(config, "workerinput"):
        run.begin()


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    if asked.IS_ASKED_ANEW:
        asked.write(EVERY_ROW)
    run.end()


def pytest_collection_finish() -> None:
    """What is loaded by now stays for the whole run: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 50)


PAGES = {"browse", "site"}
BOTH_ENGINES = ("tests/architecture/", "tests/faults/")
EVERY_ROW = ("tests/kernel/", "tests/features/searching/", "_races.py", "_at_once", "_plans.py")
LONG_WALKS = (
    "tests/features/profiles/",
    "tests/features/demo/",
    "test_life_cycle.py",
    "test_figures.py",
    "test_contest_archive",
    "test_commands.py",
    "test_abroad.py",
)
APART = (
    # servers under load
    "tests/load/",
    # an installation set up, updated and brought back by the letter of its guide
    "tests/docs/test_it_guide.py",
    # workers killed and started again, minute after minute of the product's clock; closing itself is tested beside it
    "tests/features/operations/test_sweeper.py",
    # four of the staff at every address there is; the pages that show questions are tested in contests/test_sealed.py
    "tests/features/attempts/test_canary_sealed.py",
    # walks over everything of two who stand elsewhere as two others do that are walked with
    "tests/features/attempts/test_figures.py::test_who_may_predict_finds_the_figures_nowhere[sqlite-inner_member]",
    "tests/features/attempts/test_figures.py::test_who_may_predict_finds_the_figures_nowhere[sqlite-overseer_elsewhere]",
    # two thousand requests; that lists leave a rehearsal out and no page has its address is tested beside it
    "tests/features/contests/test_rehearsal.py::test_a_walk_over_every_page_finds_no_trace",
    # contests of weeks by one profile each; test_hanoi.py plays one out, and tests/rules asks for each rule
    "tests/features/profiles/test_single_shot.py",
    "tests/features/profiles/test_tw_7x10.py",
    "tests/features/profiles/test_vcnet.py",
    # hundreds of requests that are made up; what scripts are answered is asked for plainly beside it
    "tests/architecture/test_hostile.py::test_no_request_of_a_script_makes_the_product_fail",
    # every page in Chromium; each is read tag by tag in test_hostile.py
    "tests/architecture/test_hostile_in_chromium.py",
    # every step alone; that all of them together go up and down is tested beside it
    "tests/architecture/test_migrations.py::test_each_step_goes_down_and_up_by_itself",
    # journeys over many desks, whose every page has tests of its own
    "tests/browser/test_asking_journey.py",
    "tests/browser/test_authoring_journey.py",
    "tests/browser/test_elsewhere_and_inviting.py",
    "tests/browser/test_flags_and_watch.py",
    "tests/browser/test_meeting_journey.py",
    "tests/browser/test_organiser_journey.py",
    "tests/browser/test_prediction_journey.py",
    "tests/browser/test_prize_journey.py",
    "tests/browser/test_report_journey.py",
    "tests/browser/test_whole_journey.py",
    # the same on a wider screen
    "tests/browser/test_roster_import.py::test_a_roster_is_planned_asked_about_and_written[computer]",
)


# What one worker begins with while the others go through the rest: nobody waits for one of these at the end, and most
# journeys find the browser and the site of the one before.
FIRST = ("tests/browser/",)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what `make test` leaves to `make test-all`; the one place that decides it.

    That is what APART names, and of what is tested over both engines, over PostgreSQL: pages, journeys and long walks,
    for what they ask the database is asked by the tests of services below them; of a table of cases every row but the
    first, for another value is the same statement (in races, plans, searches and the kernel it may not be); and tests
    whose every statement was seen to be asked by others (tests.support.asked). Architecture and faults are put to both
    engines always.
    """
    known = set(asked.beside())
    for item in items:
        if item.nodeid.startswith(APART) or _is_asked_already(item, known):
            item.add_marker(pytest.mark.apart)
    items.sort(key=lambda item: not item.nodeid.startswith(FIRST))


def _is_asked_already(item: pytest.Item, known: set[str]) -> bool:
    """Whether nothing more is learned from putting this to PostgreSQL too; `known` gathers what was put to it."""
    callspec = getattr(item, "callspec", None)
    if callspec is None or "postgresql" not in callspec.params.values() or item.nodeid.startswith(BOTH_ENGINES):
        return False
    if not PAGES.isdisjoint(getattr(item, "fixturenames", ())) or any(name in item.nodeid for name in LONG_WALKS):
        return True
    name = item.nodeid.partition("[")[0]
    if any(one in name for one in EVERY_ROW):
        return False
    is_known = name in known
    known.add(name)
    return is_known


def _without_postgres(problem: NoPostgres) -> str:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{problem}. Under CI both engines are tested.", pytrace=False)
    pytest.skip(f"{problem}: only SQLite was tested")


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Which engine the test runs on. Narrow it with `parametrize("engine_name", ["sqlite"], indirect=True)`."""
    name: str = request.param
    return name


@pytest.fixture
def database_url(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[str]:
    """A database of the test's own: a copy of one that holds what the test asks for: `commune`, `banks`, `shelf`."""
    holds = run.holds_for(request.fixturenames)
    if engine_name == "sqlite":
        shutil.copyfile(run.sqlite_template(holds), tmp_path / "app.sqlite3")
        yield f"sqlite:///{tmp_path / 'app.sqlite3'}"
        return
    try:
        url = run.new_postgres(holds)
    except NoPostgres as problem:
        url = _without_postgres(problem)
    yield url
    run.drop_postgres(url)


@pytest.fixture
def empty_database_url(engine_name: str, tmp_path: Path) -> Iterator[str]:
    """A database of the test's own without tables."""
    if engine_name == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    try:
        url = run.empty_postgres()
    except NoPostgres as problem:
        url = _without_postgres(problem)
    yield url
    run.drop_postgres(url)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """The database, its clock set to NOW."""
    database = Database(database_url)
    run.share_compiled(database)
    Clock(database).set(NOW)
    yield database
    database.dispose()


@pytest.fixture
def clock(db: Database) -> Clock:
    """Moves the one clock: `clock.set(instant)`, `clock.move(seconds=5)`, `clock.now()`."""
    return Clock(db)


@pytest.fixture
def work(db: Database) -> Work:
    """`with work() as w:`; `work(actor=member)` acts for a member, `work(now=…)` at an instant."""
    return Work(db)


@pytest.fixture
def view(db: Database) -> View:
    """`with view() as r:`; the reading twin of `work`."""
    return View(db)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return run.settings_for(database_url, tmp_path / "data")


@pytest.fixture
def app(settings: Settings, db: Database) -> Flask:
    settings.data_dir.mkdir(exist_ok=True)
    application = create_app(settings, db)
    run.keep_templates(application)
    return application


@pytest.fixture
def browse(app: Flask, db: Database) -> Browse:
    """A browser that fails on any page a person should not get; nobody is signed in until `browse.as_(member)`."""
    return Browse(app, db)


@pytest.fixture
def commune(view: View) -> Commune:
    """The small commune of `tests.support.build`."""
    with view() as r:
        return build.found_commune(r.session)


@pytest.fixture
def banks(commune: Commune) -> None:
    """The shipped contest set and the sample bank are published before the test: doing it again finds nothing to do."""


@pytest.fixture
def shelf(database_url: str) -> None:
    """The whole shipped bank is published; where no more than a contest is asked for, `banks` is less."""
