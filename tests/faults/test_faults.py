"""Promises under faults: what a member was told is kept, whatever is killed and whoever races. `make faults`."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine, func, select

from quiz_app.attempts import closing, services
from quiz_app.attempts.models import Attempt, AttemptState
from quiz_app.attempts.services import Choice
from quiz_app.kernel.db import sqlite_driver  # type: ignore[attr-defined] # the product's own library, not Python's
from quiz_app.kernel.errors import Overloaded
from quiz_app.kernel.work import working
from tests.faults.conftest import Site, busy
from tests.faults.counts import KILLS, WORKER
from tests.faults.ledger import Balance
from tests.faults.load import await_acknowledged, sitting
from tests.faults.people import Person
from tests.faults.programs import Server
from tests.support.contest import PAPER_LENGTH

pytestmark = pytest.mark.faults

LIMIT = timedelta(minutes=20)  # as the sample round says
GRACE = timedelta(seconds=5)
SETTLING = timedelta(seconds=2)
TRIES = 5  # for each kill that is to fall into a sweep


def test_kill_a_server_process_under_load(site: Site) -> None:
    server, balance = site.server(), Balance()
    with sitting(site, server):
        for turn in range(KILLS):
            await_acknowledged(site)
            server.kill_one_worker(turn)
            balance += site.ledger.balance(site.db, is_quiet=False)
    site.judge("kill a server process", KILLS, balance + site.ledger.balance(site.db, is_quiet=True))


def test_kill_everything_under_load(site: Site) -> None:
    server, worker, balance = site.server(), site.worker(), Balance()
    with sitting(site, server):
        for _ in range(KILLS):
            await_acknowledged(site)
            worker.kill()
            server.kill()
            balance += site.ledger.balance(site.db, is_quiet=False)
            server.start()
            worker.start()
    site.judge("kill server and worker", KILLS, balance + site.ledger.balance(site.db, is_quiet=True))


def test_kill_the_worker_while_attempts_fall_overdue(site: Site) -> None:
    """Each sweep is cut off as soon as it has ended something: the next one goes on with the rest."""
    worker, kills, mid_sweep, begun = site.worker(), 0, 0, 0
    while mid_sweep < WORKER:
        assert kills <= TRIES * WORKER, f"of {kills} kills {mid_sweep} fell into a sweep"
        if not (before := _open(site)):
            before = len(_begin_in_the_past(site, overdue_in=timedelta(0)))
            begun += before
        still_open = _await_fewer_open(site, before)
        worker.kill()
        kills += 1
        mid_sweep += still_open > 0
        worker.start()
    _await_fewer_open(site, 1)
    with site.db.reading() as session:
        ended_by = set(session.scalars(select(Attempt.ended_by)))
        assert session.scalar(select(func.count()).select_from(Attempt)) == begun
    assert ended_by == {"deadline"}
    balance = site.ledger.balance(site.db, is_quiet=True)
    site.judge("worker killed within a sweep", mid_sweep, balance, kills=kills)


def test_save_submission_and_sweeper_meet_at_the_deadline(site: Site) -> None:
    server, stop = site.server(), threading.Event()
    site.worker()
    people = site.people(server)
    for person in people:
        person.open(f"/dot-thi/{site.round_id}")
    attempts = _begin_in_the_past(site, overdue_in=GRACE + SETTLING + timedelta(seconds=2))
    seconds_left = _seconds_left(site, attempts[0])
    accepts_until = time.monotonic() + seconds_left  # asked for before, as asking takes a while on a slow machine
    sweepers = [partial(_sweep, site, stop)] * 2
    savers = [
        partial(_save_until_refused, person.other(), attempt_id, who)
        for person, attempt_id in zip(people, attempts, strict=True)
        for who in (0, 1)
    ]
    # Some submit well within, most in the last moments, some a moment too late.
    moments = [-3.0, -1.0, -0.5, -0.3, -0.2, -0.1, -0.05, 0.0, 0.5, 1.9]
    submitters = [
        partial(_submit_at, site, person.other(), attempt_id, accepts_until + moment)
        for person, attempt_id, moment in zip(people, attempts, moments, strict=True)
    ]
    with busy(sweepers):
        try:
            with busy([*savers, *submitters]):
                pass
            ends = time.monotonic() + 30
            while _open(site):
                assert time.monotonic() < ends, "overdue attempts stay open"
                time.sleep(0.1)
        finally:
            stop.set()
    with site.db.reading() as session:
        assert set(session.scalars(select(Attempt.ended_by))) == {"member", "deadline"}
    site.judge("save, submit, sweep", len(attempts), site.ledger.balance(site.db, is_quiet=True))


def test_forty_starts_at_once(site: Site) -> None:
    _forty_starts(site, "forty starts at once", [site.server()])


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_forty_starts_at_once_over_two_nodes(site: Site) -> None:
    """Twenty come to each: what the nodes know of each other is what the database tells them."""
    _forty_starts(site, "forty starts at once over two nodes", [site.server(), site.server()])


def _forty_starts(site: Site, case: str, nodes: Sequence[Server]) -> None:
    """Of everybody in turn: he has one attempt then, and all forty answers lead to it."""
    for devices in zip(*(site.people(node) for node in nodes), strict=True):
        for device in devices:
            device.open(f"/dot-thi/{site.round_id}")
        barrier = threading.Barrier(40)
        starting = [device.other() for device in devices for _ in range(40 // len(devices))]
        with busy([partial(_start_together, device, site.round_id, barrier) for device in starting]):
            pass
    has = defaultdict[int, set[int]](set)
    with site.db.reading() as session:
        for member_id, attempt_id in session.execute(select(Attempt.member_id, Attempt.id)):
            has[member_id].add(attempt_id)
    led = site.ledger.told().started
    doubled = [
        f"member {actor.member}: has {has[actor.member]}, was led to {led[actor.member]}"
        for actor in site.actors
        if len(has[actor.member]) != 1 or led[actor.member] != has[actor.member]
    ]
    balance = site.ledger.balance(site.db, is_quiet=True) + Balance(doubled=tuple(doubled))
    site.judge(case, len(site.actors), balance)


def test_starts_without_unique_keys(site: Site) -> None:
    """Whether an attempt is open is looked for in a transaction of its own: then only the keys keep it single."""
    server = site.server("tests.faults.mutant:looks_first()")
    assert _starts_at_once(site, server).is_even, "with the keys nothing is doubled"
    _drop_keys(site)
    server.kill()  # statements prepared before the keys went
    server.start()
    balance = _starts_at_once(site, server)
    site.caught("no unique key", is_caught=bool(balance.doubled), found=balance.count)


def _starts_at_once(site: Site, server: Server) -> Balance:
    doubled: list[str] = []
    for person in site.people(server)[:3]:
        before = set(site.ledger.told().started.get(person.member_id, ()))
        person.open(f"/dot-thi/{site.round_id}")
        barrier = threading.Barrier(10)
        with busy([partial(_start_together, person.other(), site.round_id, barrier) for _ in range(10)]):
            pass
        begun = site.ledger.told().started[person.member_id] - before
        doubled += [f"member {person.member_id}: {len(begun)} attempts at once"] if len(begun) > 1 else []
        for attempt_id in begun:
            person.submit(attempt_id)
    return site.ledger.balance(site.db, is_quiet=True) + Balance(doubled=tuple(doubled))


def _drop_keys(site: Site) -> None:
    engine = create_engine(site.db.engine.url, module=sqlite_driver) if site.db.is_sqlite else site.db.engine
    with (
        engine.begin() as connection,
        Operations(MigrationContext.configure(connection)).batch_alter_table("attempt") as attempt,
    ):
        attempt.drop_index("uq_attempt_open")
        attempt.drop_constraint("uq_attempt_member_id_round_id_number", type_="unique")
    engine.dispose()


def test_an_answer_given_before_the_commit_is_caught(site: Site) -> None:
    """The harness has teeth: this server says 200 half a second before it commits."""
    server = site.server("tests.faults.mutant:hasty()")
    person = site.people(server)[0]
    attempt_id = _begin_in_the_past(site, overdue_in=LIMIT)[0]
    person.open(f"/luot-thi/{attempt_id}")
    assert person.save(attempt_id, 1, "A", 2).status == 200
    server.kill()
    time.sleep(1)  # PostgreSQL takes back what its client left
    balance = site.ledger.balance(site.db, is_quiet=True)
    assert not balance.wrong
    site.caught("acknowledgement before commit", is_caught=bool(balance.lost), found=balance.count)


def _begin_in_the_past(site: Site, overdue_in: timedelta) -> list[int]:
    """An attempt of everybody with one answer, begun so long ago that it may be closed after `overdue_in`."""
    attempts = []
    for actor in site.actors:
        with working(site.db, actor=actor) as w:
            w.now -= LIMIT + GRACE + SETTLING - overdue_in
            attempt_id = services.start(w, site.round_id, is_demonstration_site=True)
            site.ledger.sends(attempt_id, 1, (1, "A"))
            services.save_response(w, attempt_id, 1, Choice("A", 1, 1))
        site.ledger.started(actor.member, attempt_id)
        site.ledger.saved(attempt_id, 1, (1, "A"))
        attempts.append(attempt_id)
    return attempts


def _open(site: Site) -> int:
    query = select(func.count()).where(Attempt.state == AttemptState.OPEN.value)
    with site.db.reading() as session:
        return session.scalar(query) or 0


def _await_fewer_open(site: Site, than: int) -> int:
    """Until the worker has ended something; how many are open then."""
    ends = time.monotonic() + 60
    while (still_open := _open(site)) >= than:
        assert time.monotonic() < ends, f"{still_open} stay open:\n{site.log()}"
        time.sleep(0.002)
    return still_open


def _seconds_left(site: Site, attempt_id: int) -> float:
    """Until nothing is accepted any more."""
    with site.db.reading() as session:
        return (session.get_one(Attempt, attempt_id).accepts_until_at - site.db.now(session)).total_seconds()


def _save_until_refused(person: Person, attempt_id: int, who: int) -> None:
    for number in range(5000):
        place, revision = 1 + number % PAPER_LENGTH, 2 + 2 * number + who
        if person.save(attempt_id, place, "ABC"[number % 3], revision).status != 200:
            return
        time.sleep(0.05)
    raise AssertionError("saves were accepted without end")


def _submit_at(site: Site, person: Person, attempt_id: int, moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))
    assert person.submit(attempt_id).status in {302, 409}


def _sweep(site: Site, stop: threading.Event) -> None:
    while not stop.wait(0.05):
        try:
            closing.close_overdue(site.db)
        except Overloaded:
            continue


def _start_together(person: Person, round_id: int, barrier: threading.Barrier) -> None:
    barrier.wait(30)
    person.start(round_id)
