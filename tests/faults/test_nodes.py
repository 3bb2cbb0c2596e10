"""Two nodes behind nginx are one house: sessions, sittings and boards, whichever answers and whatever goes down."""

from __future__ import annotations

import math
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from quiz_app.kernel.db import Database
from quiz_app.members.models import Account, Member
from tests.faults.cluster import FILES, Outsider, Phone, Town, line, town
from tests.faults.conftest import busy
from tests.faults.counts import CACHE, NODES
from tests.faults.ledger import Balance
from tests.faults.load import SAVES, await_acknowledged
from tests.faults.report import Report
from tests.support.build import PASSWORD
from tests.support.contest import PAPER_LENGTH

pytestmark = pytest.mark.faults

PEOPLE = 10
BETWEEN_KILLS = 100  # acknowledgements
CROWD = 60
CROWD_S = 8.0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("town")) as found:
        yield found


@pytest.fixture(autouse=True)
def _reports_for_itself(running: Town, report: Report) -> None:
    running.site.report = report


def _who(db: Database, member_id: int) -> tuple[str, str]:
    with db.reading() as session:
        name = session.get_one(Member, member_id).full_name
        return name, session.scalars(select(Account.username).where(Account.member_id == member_id)).one()


def test_a_sitting_goes_from_node_to_node(running: Town) -> None:
    """Signed in on one, begun on the other, saved through nginx, submitted on the first, read everywhere."""
    first, second = running.nodes
    member_id = running.people(1)[0].member_id
    name, username = _who(running.site.db, member_id)
    phone = Phone(running.front)
    phone.sign_in(username, PASSWORD, node=first)
    entry = phone.get(f"/dot-thi/{running.site.round_id}", node=second)
    (starting,) = (form for form in entry.form if form.action.endswith("/bat-dau"))
    begun = phone.post(starting.action, starting.hidden, node=second)
    assert begun.status == 302, begun.text[:500]
    paper = begun.headers["Location"]
    attempt_id, ledger = int(paper.rpartition("/")[2]), running.site.ledger
    ledger.started(member_id, attempt_id)
    token = phone.get(paper).form[0].hidden["csrf_token"]
    for place in range(1, PAPER_LENGTH + 1):
        ledger.sends(attempt_id, place, (1, "A"))
        fields = {"phuong_an": "A", "epoch": 1, "revision": 1, "csrf_token": token}
        saved = phone.post(f"{paper}/cau/{place}", fields)
        assert (saved.status, saved.headers["Cache-Control"]) == (200, "no-store"), saved.text[:500]
        ledger.saved(attempt_id, place, (1, "A"))
    submitted = phone.post(f"{paper}/nop", {"epoch": 1, "csrf_token": token}, node=first)
    assert submitted.status == 302
    ledger.submitted(attempt_id)
    for node in (first, second, None):
        assert phone.get(f"{paper}/ket-qua", node=node).status == 200
        board = phone.get(f"/bang-xep-hang/{running.site.round_id}/chi-bo", node=node)
        assert "(đồng chí)" in board.text, name


def test_the_worker_gives_way_to_the_nodes(running: Town) -> None:
    ends = time.monotonic() + 60
    while running.worker.priority == 0:  # until it has read its program
        assert time.monotonic() < ends, running.log()
        time.sleep(0.1)
    assert [node.priority for node in running.nodes] == [0, 0]


def test_a_node_that_falls_is_not_noticed_by_who_is_signed_in(running: Town) -> None:
    _, username = _who(running.site.db, running.people(1)[0].member_id)
    first, second = running.nodes
    phone = Phone(running.front)
    try:
        second.kill()
        phone.sign_in(username, PASSWORD)  # the first node alone can have done it
        second.start()
        first.kill()
        assert phone.get("/tai-khoan").status == 200
    finally:
        first.start()


def test_killing_nodes_under_load_loses_nothing(running: Town) -> None:
    met, balance = _one_node_after_another(running, NODES, signal.SIGKILL)
    assert set(met) <= {200, 302, 503}, met
    running.site.judge("kill a node behind nginx", NODES, balance, requests=met.total(), refused=met[503])


def test_a_release_goes_from_node_to_node_unnoticed(running: Town) -> None:
    """Each node is restarted in order while the other serves, as the guide has it: nobody is refused."""
    met, balance = _one_node_after_another(running, NODES, signal.SIGTERM, apart_s=_shunned_s())
    assert set(met) <= {200, 302}, met
    running.site.judge("restart node by node behind nginx", NODES, balance, requests=met.total())


def _shunned_s() -> int:
    """For so long nginx sends nobody to a node that did not answer, though it may be ready again by then."""
    (seconds,) = set(re.findall(r"fail_timeout=(\d+)s", (FILES / "nodes.conf").read_text("utf-8")))
    return int(seconds)


def _one_node_after_another(
    running: Town, times: int, end: signal.Signals, apart_s: float = 0
) -> tuple[Counter[int], Balance]:
    """End nodes under load in turn, and start them again; how people were answered, and what does not stand."""
    site, stop, balance = running.site, threading.Event(), Balance()
    people = [_Counting.of(person) for person in running.people(PEOPLE)]
    with busy([partial(person.sit, site.round_id, PAPER_LENGTH, SAVES, stop) for person in people]):
        try:
            for turn in range(times):
                await_acknowledged(site, BETWEEN_KILLS)
                node = running.nodes[turn % 2]
                node.end(end)
                await_acknowledged(site, BETWEEN_KILLS)
                balance += site.ledger.balance(site.db, is_quiet=False)
                node.start()
                time.sleep(apart_s)
        finally:
            stop.set()
    met = sum((person.met for person in people), Counter[int]())
    return met, balance + site.ledger.balance(site.db, is_quiet=True)


def test_losing_the_cache_changes_no_answer(running: Town) -> None:
    """Boards and saves go on, and nothing but 200 is heard, while Valkey is emptied, stopped and started."""
    site, stop, turns = running.site, threading.Event(), math.ceil(CACHE / 3)
    people, met = running.people(6), Counter[int]()

    def look(person: Outsider) -> None:
        while not stop.is_set():
            met[person.look(f"/bang-xep-hang/{site.round_id}/cac-chi-bo").status] += 1

    sitting = [partial(person.sit, site.round_id, PAPER_LENGTH, SAVES, stop) for person in people[:3]]
    with busy([*sitting, *(partial(look, person) for person in people[3:6])]):
        try:
            acts = (running.valkey.flush, running.valkey.kill, running.valkey.start)
            for turn in range(3 * turns):
                await_acknowledged(site, 30)
                acts[turn % 3]()
            await_acknowledged(site, 100)
        finally:
            stop.set()
    assert set(met) == {200}, running.log()
    balance = site.ledger.balance(site.db, is_quiet=True)
    site.judge("lose the cache", 3 * turns, balance, boards=met[200])


def test_a_crowd_at_the_boards_does_not_hold_up_a_save(running: Town) -> None:
    site, stop, met = running.site, threading.Event(), Counter[int]()
    token = site.tokens[0]
    without_word: list[str] = []

    def crowd() -> None:
        asking = line(running.front.port)
        headers = {"Cookie": f"__Host-phien={token}", "Accept": "text/html"}
        while not stop.is_set():
            asking.request("GET", f"/bang-xep-hang/{site.round_id}/toan-xa", headers=headers)
            answer = asking.getresponse()
            answer.read()
            met[answer.status] += 1
            if answer.status == 503 and "Retry-After" not in answer.headers:
                without_word.append(str(answer.headers))
        asking.close()

    people = running.people(4)
    quiet = _save_times(site.round_id, people, CROWD_S / 2)
    with busy([crowd] * CROWD):
        try:
            time.sleep(1)
            crowded = _save_times(site.round_id, people, CROWD_S)
        finally:
            stop.set()
    assert not without_word
    assert set(met) <= {200, 503}, met
    worst = crowded[int(len(crowded) * 0.95)]
    assert worst < 5, f"a save took {worst:.2f} s: {met}"
    facts = {f"{name}_p95_ms": int(1000 * times[int(len(times) * 0.95)]) for name, times in _named(quiet, crowded)}
    balance = site.ledger.balance(site.db, is_quiet=True)
    site.judge("crowd at the boards", CROWD, balance, boards=met[200], refused=met[503], saves=len(crowded), **facts)


def _named(quiet: list[float], crowded: list[float]) -> list[tuple[str, list[float]]]:
    return [("quiet", quiet), ("crowded", crowded)]


def _save_times(round_id: int, people: list[Outsider], seconds: float) -> list[float]:
    """How long saves take until there is a word about them, in order; each person sits an attempt of his own."""
    took: list[float] = []
    ends = time.monotonic() + seconds

    def sit(person: Outsider) -> None:
        person.open(f"/dot-thi/{round_id}")
        attempt_id, number = person.start(round_id), 0
        while time.monotonic() < ends:
            place, revision = 1 + number % PAPER_LENGTH, 1 + number // PAPER_LENGTH
            began = time.monotonic()
            assert person.save(attempt_id, place, "ABC"[number % 3], revision).status == 200
            took.append(time.monotonic() - began)
            number += 1
            time.sleep(0.05)

    with busy([partial(sit, person) for person in people]):
        pass
    assert len(took) > len(people)
    return sorted(took)


class _Counting(Outsider):
    """Also counts how he was answered."""

    met: Counter[int]

    @classmethod
    def of(cls, person: Outsider) -> _Counting:
        counting = cls(person._port, person.member_id, person._cookies[cls.cookie], person._ledger, person._lines)
        counting.met = Counter()
        return counting

    def _once(self, method: str, path: str, fields: dict[str, Any] | None) -> Any:
        answer = super()._once(method, path, fields)
        self.met[answer.status] += 1
        return answer
