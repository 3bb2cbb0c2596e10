"""What a bad line does to saves: in the end each place holds the member's last choice. `make faults`."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import pytest

from tests.faults.conftest import Site, busy
from tests.faults.counts import SAVES
from tests.faults.network import AWFUL, USUAL, Fate, Network
from tests.faults.people import Person
from tests.faults.programs import Server
from tests.faults.sitting import ForgetfulPage, Page
from tests.support.contest import PAPER_LENGTH

pytestmark = pytest.mark.faults

SAVES_OF_A_MUTANT = 300
SAVES_OF_A_PAGE = 600
SEED = 20261123
CHOICES = 40  # per attempt


@dataclass(frozen=True)
class Habits:
    """How likely a member chooses anew at the same place and reloads the page in between, and on what line."""

    dithers: float
    reloads: float
    odds: Mapping[Fate, int]


CALM, RESTLESS = Habits(0.6, 0.15, USUAL), Habits(0.6, 0.25, AWFUL)


class Tally:
    """What the line did to all pages together."""

    def __init__(self, wanted: int) -> None:
        self._lock = threading.Lock()
        self.wanted = wanted
        self.saves = 0
        self.contradicted = 0
        self.met: Counter[Fate] = Counter()
        self.late: Counter[int] = Counter()

    @property
    def is_reached(self) -> bool:
        return self.saves >= self.wanted

    def add(self, network: Network, page: Page) -> None:
        with self._lock:
            self.saves += len(network.carried)
            self.contradicted += page.contradicted
            self.met += network.met
            self.late += network.late

    def facts(self) -> dict[str, int]:
        met = {f"requests_{fate.value}": self.met[fate] for fate in Fate}
        return {**met, "late": self.late.total(), "late_refused": self.late[409], "told_otherwise": self.contradicted}


def test_a_bad_line_between_members_and_server(site: Site) -> None:
    tally = Tally(SAVES)
    _sit_all(site, site.server(), tally)
    assert all(tally.met[fate] > 0 for fate in Fate), tally.met
    assert tally.late[200] and tally.late[409], "no copy came late within, or none after the submission"
    balance = site.ledger.balance(site.db, is_quiet=True)
    site.judge("bad line", tally.saves, balance, seed=SEED, **tally.facts())


@pytest.mark.parametrize(
    ("case", "mutant"),
    [
        ("no guard of revisions", "heedless_of_revisions()"),
        ("no guard of revisions in the one statement", "heedless_at_once()"),
    ],
)
def test_a_late_save_that_overwrites_a_newer_one_is_caught(site: Site, case: str, mutant: str) -> None:
    """The case has teeth: this server keeps what comes last, whatever its revision."""
    tally = Tally(SAVES_OF_A_MUTANT)
    _sit_all(site, site.server(f"tests.faults.mutant:{mutant}"), tally)
    balance = site.ledger.balance(site.db, is_quiet=True)
    site.caught(case, is_caught=not balance.is_even, count=tally.saves, found=balance.count)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)  # the fault is the page's: one engine shows it
def test_a_page_that_counts_anew_after_a_reload_is_caught(site: Site) -> None:
    tally = Tally(SAVES_OF_A_PAGE)
    _sit_all(site, site.server(), tally, page_type=ForgetfulPage, habits=RESTLESS)
    balance = site.ledger.balance(site.db, is_quiet=True)
    site.caught(
        "page counts anew after a reload", is_caught=not balance.is_even, count=tally.saves, found=balance.count
    )


def _sit_all(site: Site, server: Server, tally: Tally, *, page_type: type[Page] = Page, habits: Habits = CALM) -> None:
    people = enumerate(site.people(server))
    with busy([partial(_sit, site, one, f"{SEED}/{number}", tally, page_type, habits) for number, one in people]):
        pass


def _sit(site: Site, person: Person, seed: str, tally: Tally, page_type: type[Page], habits: Habits) -> None:
    """Sit again and again on a bad line: change one's mind, sometimes before the last choice has gone out, reload."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable choice of faults
    while not tally.is_reached:
        person.open(f"/dot-thi/{site.round_id}")
        attempt_id = person.start(site.round_id)
        network = Network(person, habits.odds, chance)
        page = page_type(person, network, site.ledger, attempt_id, chance)
        place = 1
        for _ in range(CHOICES):
            place = place if chance.random() < habits.dithers else chance.randint(1, PAPER_LENGTH)
            page.choose(place, chance.choice(["A", "B", "C", "D", ""]))
            for _ in range(chance.randint(0, 2)):
                page.work()
            if chance.random() < habits.reloads:
                page.load()
        page.flush()
        network.deliver_held(0.5)
        answer = person.submit(attempt_id)
        assert answer.status == 302, f"the submission was answered {answer.status}: {answer.body[:300]}"
        site.ledger.submitted(attempt_id)
        network.deliver_held(1)
        network.close()
        tally.add(network, page)
