"""Save, submission, second submission, job and second job at one instant: one end, one result. `make faults`."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from quiz_app.kernel.db import Database
from tests.faults.conftest import Site, busy, installed
from tests.faults.counts import RACES
from tests.faults.ledger import Balance
from tests.faults.people import Person
from tests.faults.programs import Server
from tests.faults.races import FOCI, Course, Witness, race, sweep
from tests.faults.report import Report

pytestmark = pytest.mark.faults

RACES_OF_A_MUTANT = 40
TURNS_OF_A_MUTANT = 10  # at most: on a busy machine fewer come at one instant
PEOPLE = 8  # few enough that most come at the instant they mean
ACTS = 12  # more than happen in one race at once
SEED = 20261124
MUTANTS = [
    ("saves after the grace", "patient()", "sqlite"),
    ("saves after the grace", "patient()", "postgresql"),
    ("ends what has ended", "forgetful()", "sqlite"),
    ("ends what has ended", "forgetful()", "postgresql"),
    ("no row lock: closing", "unlocked_closing()", "postgresql"),
    ("no row lock: saves", "unlocked_saves()", "postgresql"),
    ("no row lock: saves by one statement", "unlocked_at_once()", "postgresql"),
]


@pytest.fixture
def site(engine_name: str, database_url: str, tmp_path: Path, report: Report) -> Iterator[Site]:
    with installed(engine_name, database_url, tmp_path, report, people=PEOPLE, grace_ms=200, time_limit_s=2) as found:
        yield found


def test_everybody_comes_at_the_end_of_an_attempt(site: Site) -> None:
    witness = Witness()
    balance = _race(site, site.server(), witness, RACES)
    facts = witness.facts()
    assert facts["contested"] and facts["closed_by_job"], facts
    site.judge("races at the deadline", len(witness.times), balance, seed=SEED, **facts)


@pytest.mark.parametrize(("case", "mutant", "engine_name"), MUTANTS, indirect=["engine_name"])
def test_a_server_that_loses_races_is_caught(site: Site, case: str, mutant: str) -> None:
    """The case has teeth: not every race shows it, so there are as many as it takes."""
    server, witness, balance = site.server(f"tests.faults.mutant:{mutant}"), Witness(), Balance()
    for _ in range(TURNS_OF_A_MUTANT):
        balance = _race(site, server, witness, RACES_OF_A_MUTANT)
        if not balance.is_even:
            break
    site.caught(case, is_caught=not balance.is_even, count=len(witness.times), found=balance.count)


def _race(site: Site, server: Server, witness: Witness, races: int) -> Balance:
    """That many races over all members, the foci in turn; what does not stand after them."""
    stop, turns = threading.Event(), count()
    with _databases(site, 3) as (*closers, sweeper), ThreadPoolExecutor(PEOPLE * ACTS) as pool:
        course = Course(site.db, closers, site.ledger, witness, pool)
        with busy([partial(sweep, course, sweeper, stop)]):
            try:
                with busy([partial(_run, course, site, person, turns, races) for person in site.people(server)]):
                    pass
            finally:
                stop.set()
    balance = site.ledger.balance(site.db, is_quiet=True)
    return balance + Balance(wrong=tuple(witness.objections(site.db)))


def _run(course: Course, site: Site, person: Person, turns: Iterator[int], races: int) -> None:
    person.open(f"/dot-thi/{site.round_id}")
    while (turn := next(turns)) < races:
        chance = random.Random(f"{SEED}/{turn}")  # noqa: S311 - a repeatable choice of instants
        race(course, person, site.round_id, FOCI[turn % len(FOCI)], chance)


@contextmanager
def _databases(site: Site, number: int) -> Iterator[list[Database]]:
    """Connections apart from each other, as of several processes."""
    found = [Database(site.db.engine.url.render_as_string(hide_password=False)) for _ in range(number)]
    try:
        yield found
    finally:
        for db in found:
            db.dispose()
