"""The line stalls over the deadline: what was sent in time and arrives within the grace counts. `make faults`."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, update

from quiz_app.attempts.models import Attempt, EndedBy, Response
from quiz_app.kernel.work import working
from tests.faults.conftest import Site, busy, installed
from tests.faults.counts import STALLED
from tests.faults.ledger import Balance
from tests.faults.network import Fate
from tests.faults.people import Answer, Person
from tests.faults.relay import Relay
from tests.faults.report import Report
from tests.faults.test_faults import _await_fewer_open, _sweep

pytestmark = pytest.mark.faults

LIMIT = timedelta(minutes=20)
GRACE = timedelta(seconds=5)
ENDS_IN = timedelta(seconds=3)  # so that everybody waits for it
STALLS_S = 3.0
BEFORE_S = 0.5  # before the deadline everybody puts his last answer
LATE_S = 1.0  # after the grace
AT_ONCE = 8
FATES = (Fate.DELIVERED, Fate.LOST, Fate.UNANSWERED, Fate.DELAYED)


@pytest.fixture
def site(engine_name: str, database_url: str, tmp_path: Path, report: Report) -> Iterator[Site]:
    with installed(engine_name, database_url, tmp_path, report, people=STALLED, attempts_allowed=1) as found:
        yield found


@dataclass
class Sitter:
    """Somebody whose line stalls, and what becomes of what he sends meanwhile."""

    person: Person
    fate: Fate
    attempt_id: int = 0
    last: Answer | None = None
    late: Answer | None = None


def test_the_line_stalls_over_the_deadline(site: Site) -> None:
    """A quarter each: held for three seconds and delivered, or lost, or delivered in vain; and held beyond the grace.

    Whose line is cut sends again. Once the grace is over nothing is taken, and nobody told that it was.
    """
    server, stop = site.server(), threading.Event()
    with ExitStack() as lines:
        relays = [lines.enter_context(Relay(server.port, fate)) for fate in FATES]
        sitters = list(_sitters(site, relays))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(partial(_sit_down, site), sitters))
        deadline = _time_runs_out(site).timestamp()
        with busy([partial(_sweep, site, stop)]):
            try:
                with busy([partial(_answer_at_the_end, site, sitter, deadline) for sitter in sitters]):
                    _stall(relays, deadline)
                _await_fewer_open(site, 1)
            finally:
                stop.set()
    balance = site.ledger.balance(site.db, is_quiet=True) + Balance(wrong=tuple(_objections(site, sitters)))
    taken = [sitter.last.told_at for sitter in sitters if sitter.last is not None and sitter.last.status == 200]
    facts = {"last_ms_after_deadline": round(1000 * (max(taken, default=deadline) - deadline))}
    site.judge("line stalled over the deadline", len(sitters), balance, taken=len(taken), **facts)


def _sitters(site: Site, relays: Sequence[Relay]) -> Iterator[Sitter]:
    """Everybody of the site, on the lines in turn."""
    on_each = [site.people(relay) for relay in relays]
    for turn in range(len(site.actors)):
        yield Sitter(on_each[turn % len(relays)][turn], relays[turn % len(relays)].fate)


def _sit_down(site: Site, sitter: Sitter) -> None:
    """Begin, and put a first answer."""
    sitter.person.open(f"/dot-thi/{site.round_id}")
    sitter.attempt_id = sitter.person.start(site.round_id)
    assert _put(site, sitter, 1, "A", 1).status == 200


def _time_runs_out(site: Site) -> datetime:
    """All attempts are made to have begun so long ago that they end together, soon."""
    with working(site.db) as w:
        deadline = w.now + ENDS_IN
        times = {"started_at": deadline - LIMIT, "deadline_at": deadline, "accepts_until_at": deadline + GRACE}
        w.session.execute(update(Attempt).values(**times))
    return deadline


def _stall(relays: Sequence[Relay], deadline: float) -> None:
    begins = deadline - BEFORE_S - 0.1
    _until(begins)
    for relay in relays:
        relay.stall()
    _until(begins + STALLS_S)
    for relay in relays:
        if relay.fate is not Fate.DELAYED:
            relay.go_on()
    _until(deadline + GRACE.total_seconds() + LATE_S)
    for relay in relays:
        relay.go_on()


def _answer_at_the_end(site: Site, sitter: Sitter, deadline: float) -> None:
    """Put another answer just before the deadline, and one elsewhere when nothing is accepted any more."""
    _until(deadline - BEFORE_S)
    sitter.last = _put(site, sitter, 1, "B", 2)
    _until(deadline + GRACE.total_seconds() + LATE_S)
    sitter.late = _put(site, sitter, 2, "C", 1)


def _put(site: Site, sitter: Sitter, place: int, letters: str, revision: int) -> Answer:
    """What is said to be saved is what has to stand there in the end, and nothing else."""
    answer = sitter.person.save(sitter.attempt_id, place, letters, revision)
    if answer.status == 200:
        site.ledger.chose(sitter.attempt_id, place, letters)
    return answer


def _objections(site: Site, sitters: Sequence[Sitter]) -> Iterator[str]:
    """Answers that were refused though they came in time, or taken though they did not; attempts ended otherwise."""
    with site.db.reading() as session:
        attempts = {attempt.id: attempt for attempt in session.scalars(select(Attempt))}
        late = set(session.scalars(select(Response.attempt_id).where(Response.position == 2, Response.revision > 0)))
    for sitter in sitters:
        assert sitter.last is not None and sitter.late is not None
        attempt, name = attempts[sitter.attempt_id], f"attempt {sitter.attempt_id}, {sitter.fate}"
        expected = 409 if sitter.fate is Fate.DELAYED else 200
        if sitter.last.status != expected:
            yield f"{name}: its last answer was told {sitter.last.status}: {sitter.last.body[:200]}"
        if sitter.late.status != 409 or attempt.id in late:
            yield f"{name}: an answer after the grace was told {sitter.late.status}"
        if (attempt.ended_by, attempt.ended_at) != (EndedBy.DEADLINE.value, attempt.deadline_at):
            yield f"{name}: ended by {attempt.ended_by} at {attempt.ended_at}"


def _until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.time()))
