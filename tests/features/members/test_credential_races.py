"""Acts on one account that really meet: all take its rows in one order, so that none is ended by a deadlock."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, select, update

from quiz_app.kernel.access import Actor
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Refused
from quiz_app.members import credentials, passwords, throttling
from quiz_app.members.errors import WrongCredentials
from quiz_app.members.models import Account, UserSession
from quiz_app.members.sign_ins import open_session
from tests.features.members.conftest import People
from tests.support.works import Work, actor_of

ROUNDS = 4  # of each two acts
SECRETS = ("739164", "264871")
HELD_S = 0.005
LOCKS = re.compile("^(UPDATE|DELETE FROM) (account|sign_in_throttle|user_session) | FOR UPDATE( OF account)?$")


@pytest.fixture
def an(db: Database, people: People, work: Work, monkeypatch: pytest.MonkeyPatch) -> Actor:
    """His hashes cost nothing, and whoever has locked a row of his lingers: what comes after meets."""
    monkeypatch.setattr(passwords, "hashed", str)
    monkeypatch.setattr(passwords, "is_outdated", lambda _kept: False)

    def linger(_connection: Any, _cursor: Any, statement: str, *_facts: Any) -> None:
        if LOCKS.search(statement):
            time.sleep(HELD_S)

    event.listen(db.engine, "after_cursor_execute", linger)
    with work() as w:
        return actor_of(w.session, people.an)


def _prepared(work: Work, an: Actor, secret: str) -> list[int]:
    """Three new sessions of his, who has this secret and no failures."""
    with work() as w:
        w.session.execute(update(Account).where(Account.id == an.account_id).values(password_hash=secret))
        throttling.forgive(w, "an")
        assert an.account_id is not None
        for _ in range(3):
            open_session(w.session, an.account_id, w.now, is_shared_device=False, user_agent="thử")
        return list(w.session.scalars(select(UserSession.id).order_by(UserSession.id.desc()).limit(3)))


def _let_meet(
    acts: Mapping[str, Callable[[], object]], late_s: Mapping[str, float], patch: pytest.MonkeyPatch
) -> dict[str, type]:
    """Do all until the password was looked at, then go on at the same moment, some a little late; what came of each."""
    barrier, told = threading.Barrier(len(acts)), dict[str, type]()

    def matches(kept: str | None, typed: str) -> bool:
        barrier.wait(20)
        time.sleep(late_s.get(threading.current_thread().name, 0))
        return kept == typed

    def run(name: str) -> None:
        try:
            told[name] = type(acts[name]())
        except Refused as refused:
            told[name] = type(refused)

    patch.setattr(passwords, "matches", matches)
    threads = [threading.Thread(target=run, args=(name,), name=name, daemon=True) for name in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return told


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)  # rows are locked there alone
def test_no_act_on_an_account_is_ended_by_another(
    db: Database, an: Actor, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change of password meets a sign-in, a sign-in in place of a session, and one more proof of the password."""
    met = set()
    for turn in range(3 * ROUNDS):
        own, replaced, proving = _prepared(work, an, SECRETS[0])
        sign_in = partial(
            credentials.open_with_password,
            db,
            username="an",
            password=SECRETS[0],
            is_shared_device=False,
            user_agent="thử",
        )
        change = partial(credentials.change_password, db, current=SECRETS[0], new=SECRETS[1])
        others: list[Callable[[], object]] = [
            sign_in,
            partial(sign_in, replaced_session_id=replaced),
            partial(credentials.prove, db, replace(an, session_id=proving), SECRETS[0]),
        ]
        acts: dict[str, Callable[[], object]] = {
            "change": partial(change, replace(an, session_id=own)),
            "other": others[turn % 3],
        }
        late_s = {("change", "other")[turn // 3 % 2]: turn // 6 * HELD_S}
        told = _let_meet(acts, late_s, monkeypatch)
        assert told["change"] is int
        met.add(told["other"])
    # who comes after the change has typed the former secret; a deadlock would be told as a database that is busy
    assert met <= {str, type(None), WrongCredentials}
