"""A herd at the opening: everybody comes at the instant of it, and each gets what is his. `make faults`.

How long it takes is told and not judged, as others may be using the machine.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from quiz_app.attempts.models import Attempt, Response
from quiz_app.attempts.verify import differences
from quiz_app.catalogue.models import ItemVersion
from quiz_app.contests.models import Round
from quiz_app.kernel.work import working
from tests.faults.conftest import Site, busy, installed
from tests.faults.counts import HERD
from tests.faults.ledger import Balance
from tests.faults.people import Answer, Patient, Person
from tests.faults.report import Report

pytestmark = pytest.mark.faults

LIMIT = timedelta(minutes=20)
GRACE = timedelta(seconds=5)
OPENS_IN = timedelta(seconds=3)  # so that everybody waits for it
READERS = 8
SHARES = {"half_in_ms": 0.5, "p99_in_ms": 0.99, "all_in_ms": 1.0}


@dataclass(frozen=True)
class Entry:
    """Where somebody who pressed the button was led, how long it took until he had his paper, and what it said."""

    attempt_id: int
    took_s: float
    paper: Answer


@pytest.fixture
def site(engine_name: str, database_url: str, tmp_path: Path, report: Report) -> Iterator[Site]:
    with installed(engine_name, database_url, tmp_path, report, people=HERD, attempts_allowed=1) as found:
        yield found


def test_everybody_comes_at_the_instant_of_the_opening(site: Site) -> None:
    """Every second one presses the button, the others' pages first renew themselves; who is refused comes again."""
    people = site.people(site.server(), Patient)
    with ThreadPoolExecutor(READERS) as pool:
        list(pool.map(lambda person: person.open(f"/dot-thi/{site.round_id}"), people))
    opens_at, entries = _put_off(site), dict[int, Entry]()
    acts = [
        partial(_come_in, site, person, opens_at, entries, has_button=turn % 2 == 0)
        for turn, person in enumerate(people)
    ]
    with busy(acts):
        pass
    balance = site.ledger.balance(site.db, is_quiet=True) + _objections(site, opens_at, entries)
    took = sorted(entry.took_s for entry in entries.values())
    facts = {name: round(1000 * took[int(share * (len(took) - 1))]) for name, share in SHARES.items()}
    last = max(entry.paper.told_at for entry in entries.values()) - opens_at.timestamp()
    site.judge("herd at the opening", len(entries), balance, **facts, last_ms_after_opening=round(1000 * last))


def _put_off(site: Site) -> datetime:
    """The opening is moved to an instant that is still to come."""
    with working(site.db) as w:
        round_ = w.session.get_one(Round, site.round_id)
        round_.opens_at = w.now + OPENS_IN
        return round_.opens_at


def _come_in(site: Site, person: Person, opens_at: datetime, entries: dict[int, Entry], *, has_button: bool) -> None:
    time.sleep(max(0.0, opens_at.timestamp() - time.time()))
    if not has_button:
        person.open(f"/dot-thi/{site.round_id}")
    pressed = time.monotonic()
    attempt_id = person.start(site.round_id)
    paper = person.look(f"/luot-thi/{attempt_id}")
    assert paper.status == 200, f"the paper was answered {paper.status}: {paper.body[:300]}"
    entries[person.member_id] = Entry(attempt_id, time.monotonic() - pressed, paper)


def _objections(site: Site, opens_at: datetime, entries: dict[int, Entry]) -> Balance:
    """Whoever has not one attempt, begun in time, with all his time and the paper that was drawn for him."""
    doubled, attempts, stems = list[str](), defaultdict[int, list[Attempt]](list), defaultdict[int, list[str]](list)
    with site.db.reading() as session:
        wrong = list(differences(session, with_draws=True))
        for attempt in session.scalars(select(Attempt)):
            attempts[attempt.member_id].append(attempt)
        drawn = select(Response.attempt_id, ItemVersion.stem_html).join(ItemVersion).order_by(Response.position)
        for attempt_id, stem in session.execute(drawn):
            stems[attempt_id].append(stem)
    for actor in site.actors:
        entry, own = entries[actor.member], attempts[actor.member]
        if [attempt.id for attempt in own] != [entry.attempt_id]:
            doubled.append(f"member {actor.member}: led to {entry.attempt_id}, has {[attempt.id for attempt in own]}")
            continue
        said = _of_time(own[0], opens_at, entry.paper)
        if re.findall(r"(Về [^<>]*\?)", entry.paper.body) != stems[entry.attempt_id]:
            said.append("another paper than was drawn for it")
        wrong += [f"attempt {entry.attempt_id}: {words}" for words in said]
    return Balance(doubled=tuple(doubled), wrong=tuple(wrong))


def _of_time(attempt: Attempt, opens_at: datetime, paper: Answer) -> list[str]:
    found = re.search(r'data-remaining-ms="(\d+)"', paper.body)
    assert found is not None, paper.body[:600]
    deadline = attempt.deadline_at.timestamp()
    said = []
    if attempt.started_at < opens_at:
        said.append(f"begun at {attempt.started_at}, before the opening")
    ends_at = attempt.started_at + LIMIT
    if (attempt.deadline_at, attempt.accepts_until_at) != (ends_at, ends_at + GRACE):
        said.append(f"from {attempt.started_at} until {attempt.deadline_at}, accepts until {attempt.accepts_until_at}")
    if not deadline - paper.told_at - 0.001 <= int(found[1]) / 1000 <= deadline - paper.asked_at:
        said.append(f"told {found[1]} ms are left between {paper.asked_at} and {paper.told_at}, until {deadline}")
    return said
