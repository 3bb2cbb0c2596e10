"""Members who sit while something is done to the product under them, and the wait between two faults."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from quiz_app.kernel.errors import Overloaded
from tests.faults.conftest import PEOPLE, Site, busy
from tests.faults.ledger import Balance
from tests.faults.people import Person
from tests.faults.programs import Server
from tests.support.contest import PAPER_LENGTH

SAVES = 2 * PAPER_LENGTH
BETWEEN_FAULTS = 30  # acknowledgements


@contextmanager
def sitting(site: Site, server: Server, *, people: int = PEOPLE, lookers: int = 0) -> Iterator[list[Person]]:
    """So many people sit again and again during the block. Any answer but "saved" and "busy" ends it with an error.

    So many of them, who are handed out, also look at pages from another window, where no answer but the page and "busy"
    is right either.
    """
    stop, sitters = threading.Event(), site.people(server)[:people]
    looking = [one.other() for one in sitters[:lookers]]
    pages = _pages(site)
    acts: list[Callable[[], object]] = [partial(one.sit, site.round_id, PAPER_LENGTH, SAVES, stop) for one in sitters]
    acts += [partial(one.look_on, pages, stop) for one in looking]
    with busy(acts):
        try:
            yield looking
        finally:
            stop.set()


def _pages(site: Site) -> list[str]:
    return ["/", f"/dot-thi/{site.round_id}", f"/bang-xep-hang/{site.round_id}/chi-bo", "/hoc/", "/tai-khoan"]


def reads_work(site: Site, server: Server) -> None:
    """Each page is shown at once, whatever may not be written."""
    reader = site.people(server)[-1]
    for path in _pages(site):
        answer = reader.look_once(path)
        assert answer.status == 200, f"{path} was answered {answer.status}: {answer.body[-600:]}"


def await_turned_away(site: Site, before: int) -> None:
    """Until more than `before` were told that the server is busy, and a little longer."""
    ends = time.monotonic() + 30
    while site.ledger.turned_away <= before:
        assert time.monotonic() < ends, f"nobody noticed:\n{site.log()}"
        time.sleep(0.01)
    time.sleep(random.random() / 5)  # noqa: S311 - any length


def await_acknowledged(site: Site, more: int = BETWEEN_FAULTS) -> None:
    """Let the load run until so many more acts were acknowledged, and a little further."""
    wanted, ends = site.ledger.acknowledged + more, time.monotonic() + 60
    while site.ledger.acknowledged < wanted:
        assert time.monotonic() < ends, f"nothing is acknowledged any more:\n{site.log()}"
        time.sleep(0.01)
    time.sleep(random.random() / 10)  # noqa: S311 - where in a request the fault falls


def await_looks(lookers: Sequence[Person]) -> float:
    """Let the load run until each of them was shown one more page; how long that took."""
    began, before = time.monotonic(), [one.looked for one in lookers]
    while any(one.looked == looked for one, looked in zip(lookers, before, strict=True)):
        assert time.monotonic() < began + 60, "somebody is shown no page any more"
        time.sleep(0.01)
    return time.monotonic() - began


def patient_balance(site: Site) -> Balance:
    """Compared as soon as the database can be asked."""
    ends = time.monotonic() + 30
    while True:
        try:
            return site.ledger.balance(site.db, is_quiet=False)
        except Overloaded:
            assert time.monotonic() < ends, "the database does not come back"
            time.sleep(0.1)
