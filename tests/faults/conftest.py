"""An installation of the harness's own per case, and the report of all cases."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPConnection
from itertools import islice, product
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from quiz_app.kernel import clock
from quiz_app.kernel.access import Actor
from quiz_app.kernel.db import Database
from quiz_app.kernel.work import working
from quiz_app.members.models import Account, Member
from quiz_app.members.sign_ins import open_session
from tests.faults.ledger import Balance, Ledger
from tests.faults.people import Person
from tests.faults.programs import WORKER, Program, Server, command, environment
from tests.faults.relay import Relay
from tests.faults.report import Board, Report
from tests.support import build, contest
from tests.support.works import actor_of

PEOPLE = 10


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Report:
    return Report(request.node.user_properties)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and not config.pluginmanager.hasplugin("faults-board"):
        config.pluginmanager.register(Board(config), "faults-board")


@dataclass
class Site:
    """A database with an open round and members signed in, and the processes that serve it."""

    db: Database
    env: dict[str, str]
    folder: Path
    round_id: int
    actors: list[Actor]
    tokens: list[str]
    engine: str
    report: Report
    ledger: Ledger = field(default_factory=Ledger)
    running: list[Program] = field(default_factory=list)
    lines: list[HTTPConnection] = field(default_factory=list)

    def server(self, application: str = "wsgi:app") -> Server:
        server = Server(self.env, self.folder / "server.log", application)
        self.running.append(server)
        server.start()
        return server

    def worker(self) -> Program:
        worker = Program(WORKER, self.env, self.folder / "worker.log")
        self.running.append(worker)
        worker.start()
        return worker

    def people(self, server: Server | Relay, kind: type[Person] = Person) -> list[Person]:
        return [
            kind(server.port, actor.member, token, self.ledger, self.lines)
            for actor, token in zip(self.actors, self.tokens, strict=True)
        ]

    def caught(self, case: str, *, is_caught: bool, **facts: int | str) -> None:
        """Add a mutant to the report, then fail if it went unnoticed."""
        self.report.add({"case": case, "engine": self.engine, "mutant": True, "caught": is_caught}, facts)
        assert is_caught, f"nothing was noticed\n{self.log()}"

    def judge(self, case: str, count: int, balance: Balance, **facts: int | str) -> None:
        """Add the case to the report, then fail where anything promised does not stand."""
        balance += self.verified()
        row = {"case": case, "engine": self.engine, "count": count}
        losses = {"lost": len(balance.lost), "doubled": len(balance.doubled), "wrong": len(balance.wrong)}
        told = {name: getattr(self.ledger, name) for name in ("acknowledged", "turned_away", "hung_up")}
        self.report.add({**row, **losses}, {**told, **facts})
        assert balance.is_even, f"{balance}\n{self.log()}"
        assert self.ledger.acknowledged > 0

    def clock_is_doubted(self) -> bool:
        with self.db.reading() as session:
            return clock.is_doubted(session)

    def verified(self) -> Balance:
        code, said = command(self.env, "attempts", "verify")
        return Balance() if code == 0 else Balance(wrong=(f"attempts verify: {said}",))

    def log(self) -> str:
        return "\n".join(program.words() for program in self.running)


@pytest.fixture
def site(engine_name: str, database_url: str, tmp_path: Path, report: Report) -> Iterator[Site]:
    with installed(engine_name, database_url, tmp_path, report) as found:
        yield found


@contextmanager
def installed(
    engine: str,
    database_url: str,
    folder: Path,
    report: Report,
    *,
    people: int = PEOPLE,
    grace_ms: int = 5000,
    **terms: Any,
) -> Iterator[Site]:
    """A migrated database made into a site; its processes are ended with the block.

    `terms` as `open_round` takes; without a word everybody may sit the round again and again.
    """
    db = Database(database_url)
    data_dir = folder / "data"
    data_dir.mkdir()
    with db.reading() as session:
        long_ago = db.now(session) - timedelta(hours=2)  # so that attempts can have begun a while ago
    with working(db, now=long_ago) as w:
        commune = build.commune(w)
        names = islice(("".join(letters) for letters in product("ABCDEGHIKL", repeat=3)), people)
        sitters = [build.member(w, commune.first, f"Nguyễn Văn {name}") for name in names]
        round_ = contest.open_round(w, commune.root, **{"attempts_allowed": 1000, **terms}).round
        round_.grace_ms = grace_ms
        round_id = round_.id
    with working(db) as w:
        actors = [actor_of(w.session, person) for person in sitters]
        tokens = [_sign_in(w.session, w.now, person) for person in sitters]
    site = Site(db, environment(database_url, data_dir), folder, round_id, actors, tokens, engine, report)
    try:
        yield site
    finally:
        for line in site.lines:
            line.close()
        for program in site.running:
            program.kill()
        db.dispose()


def _sign_in(session: Session, now: datetime, person: Member) -> str:
    account_id = session.scalars(select(Account.id).where(Account.member_id == person.id)).one()
    return open_session(session, account_id, now, is_shared_device=False, user_agent="điện thoại thử")


@contextmanager
def busy(acts: Sequence[Callable[[], object]], *, within_s: float = 120) -> Iterator[None]:
    """Threads that work during the block and are awaited at its end; what broke one of them is raised."""
    broke: list[BaseException] = []

    def run(act: Callable[[], object]) -> None:
        try:
            act()
        except BaseException as error:
            broke.append(error)

    threads = [threading.Thread(target=run, args=(act,), daemon=True) for act in acts]
    for thread in threads:
        thread.start()
    try:
        yield
    except Exception as error:
        if broke:  # that is what the block waited for in vain
            raise broke[0] from error
        raise
    ends = time.monotonic() + within_s * len(threads)  # who was waited for in vain first may be the last to end
    for thread in threads:
        thread.join(max(0.0, ends - time.monotonic()))
    if broke:
        raise broke[0]
    assert not any(thread.is_alive() for thread in threads), "somebody is still waiting"
