"""A PostgreSQL that hangs keeps nobody for ever: its processes are stopped, so no error comes and no answer either."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Integer, bindparam, cast, func, select, text

from quiz_app.kernel import postgres
from quiz_app.kernel.db import Database, unhurried
from quiz_app.kernel.errors import Overloaded
from quiz_app.kernel.prepared import Prepared

NUMBER = Prepared(select(bindparam("number", type_=Integer).label("number")))
only_postgresql = pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def backend(db: Database) -> int:
    """The process that serves the only connection in use."""
    with db.reading() as session:
        return int(session.execute(text("SELECT pg_backend_pid()")).scalar_one())


def impatient_backend(db: Database) -> int:
    """The process of the only connection, which waits for 0.3 s from now on; the next one has its usual time."""
    backend(db)  # so that it has its usual time until it is laid back once more
    with pytest.MonkeyPatch.context() as patch, db.reading() as session:
        pid = int(session.execute(text("SELECT pg_backend_pid()")).scalar_one())
        patch.setattr(postgres.Patient, "patience_s", 0.3)  # given to it as it is laid back
        return pid


@only_postgresql
def test_a_statement_without_an_answer_is_given_up(db: Database) -> None:
    with stopped(impatient_backend(db)):
        began = time.monotonic()
        with pytest.raises(Overloaded), db.writing() as session:
            session.execute(text("SELECT 1"))
        assert time.monotonic() - began < postgres.Patient.patience_s / 2
        backend(db)  # another connection serves


@only_postgresql
def test_one_statement_by_itself_is_given_up(db: Database) -> None:
    with stopped(impatient_backend(db)):
        with pytest.raises(Overloaded), db.single() as driver:
            driver.execute("SELECT 1")
        with db.single() as driver:
            assert driver.execute("SELECT 1").fetchone() == (1,)


@only_postgresql
def test_a_prepared_statement_by_itself_is_given_up(db: Database) -> None:
    """It waits in the C library, which has no patience of its own."""
    NUMBER.glance(db, {"number": 1})
    with stopped(impatient_backend(db)):
        began = time.monotonic()
        with pytest.raises(Overloaded):
            NUMBER.glance(db, {"number": 1})
        assert time.monotonic() - began < postgres.Patient.patience_s / 2
        assert NUMBER.glance(db, {"number": 2}) == [(2,)]


@only_postgresql
def test_a_prepared_statement_outlives_what_the_driver_forgets(db: Database) -> None:
    """After a rollback the driver lets the server forget what is prepared, and prepares anew what it knows itself."""
    for number in range(3):
        assert NUMBER.glance(db, {"number": number}) == [(number,)]
    with pytest.raises(RuntimeError), db.writing() as session:
        for _ in range(postgres.PREPARED_AFTER + 1):
            NUMBER.rows(session, {"number": 1})
        raise RuntimeError
    with db.writing() as session:
        NUMBER.rows(session, {"number": 1})
        assert not session.execute(text("SELECT * FROM pg_prepared_statements WHERE name LIKE 'asked%'")).all()
    assert NUMBER.glance(db, {"number": 4}) == [(4,)]


@only_postgresql
def test_a_prepared_statement_on_a_line_that_is_cut_is_refused_once(db: Database) -> None:
    NUMBER.glance(db, {"number": 1})
    pid = backend(db)
    os.kill(pid, signal.SIGTERM)
    while Path(f"/proc/{pid}").exists():
        time.sleep(0.01)
    with pytest.raises(Overloaded):
        NUMBER.glance(db, {"number": 2})
    assert NUMBER.glance(db, {"number": 3}) == [(3,)]


@only_postgresql
def test_a_prepared_statement_that_the_server_refuses_is_told_as_the_driver_tells_it(db: Database) -> None:
    refused = Prepared(select(cast(bindparam("word"), Integer).label("number")))
    with pytest.raises(psycopg.DataError, match="integer"):
        refused.glance(db, {"word": "no number"})
    assert NUMBER.glance(db, {"number": 3}) == [(3,)]


@only_postgresql
def test_who_waits_long_within_his_patience_is_not_cut_off(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "LOOK_EVERY_S", 0.05)
    slow = Prepared(select(func.pg_sleep(1.5).label("slept"), bindparam("number", type_=Integer).label("number")))
    assert [row.number for row in slow.glance(db, {"number": 7})] == [7]


@only_postgresql
@pytest.mark.parametrize("code", ["53100", "53200", "58030"], ids=["disk full", "out of memory", "input or output"])
def test_a_server_that_has_no_room_is_busy(db: Database, code: str) -> None:
    says = f"DO $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '{code}'; END $$"
    with pytest.raises(Overloaded), db.writing() as session:
        session.execute(text(says))
    with pytest.raises(Overloaded), db.single() as driver:
        driver.execute(says)


@only_postgresql
def test_a_commit_without_an_answer_is_not_told_as_done(db: Database) -> None:
    pid = impatient_backend(db)
    with pytest.raises(Overloaded), db.writing() as session:
        session.execute(text("SELECT 1"))
        os.kill(pid, signal.SIGSTOP)
    os.kill(pid, signal.SIGCONT)


@only_postgresql
def test_long_work_is_waited_for(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as the server may take, and the next one who has the connection no longer."""
    monkeypatch.setattr(postgres.Patient, "patience_s", 1)
    with db.reading() as session:
        unhurried(session)
        session.execute(text("SELECT pg_sleep(1.5)"))
    with pytest.raises(Overloaded), db.reading() as session:
        session.execute(text("SELECT pg_sleep(5)"))


@only_postgresql
def test_a_refusal_in_the_middle_of_a_batch_closes_no_connection(db: Database) -> None:
    """The server answers: it only says no, here because somebody else holds what a row of the batch wants."""
    with db.writing() as session:
        session.execute(text("CREATE TABLE held (id int PRIMARY KEY)"))
    rows = [{"id": number} for number in range(2000)]
    with db.writing() as holder:
        holder.execute(text("INSERT INTO held VALUES (1000)"))
        with pytest.raises(Overloaded), db.writing() as session:
            session.execute(text("SET LOCAL lock_timeout = '200ms'"))
            driver = session.connection().connection.driver_connection
            session.execute(text("INSERT INTO held VALUES (:id)"), rows)
    assert isinstance(driver, postgres.Patient)
    assert driver.door is not None
    assert not driver.closed
    assert not driver.door.is_shut


def test_who_waited_at_the_door_goes_in_once_it_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread after another would make the others wait longer than they may, of a server that answers again."""
    db = Database("postgresql://nobody@127.0.0.1:1/none")
    door = postgres.Door(db.engine)
    door.is_shut = True
    tried: list[str] = []
    monkeypatch.setattr(postgres, "WAIT_AT_THE_DOOR_S", 0.5)
    monkeypatch.setattr(postgres.Door, "_try", lambda _door, told, _named: tried.append(told[0]))
    with door._trying:
        waiting = threading.Thread(target=door._connect, args=(None, None, ["second"], {}))
        waiting.start()
        time.sleep(0.1)
        door.is_shut = False
        waiting.join()
    assert tried == ["second"]
    db.dispose()


def test_one_at_a_time_knocks_at_a_server_that_does_not_answer() -> None:
    """The others are refused at once, and so costs no thread its time."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        db = Database(f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/none?sslmode=disable")
        first = threading.Thread(target=refused, args=(db,))
        first.start()
        silent.accept()[0].close()
        first.join()
        second = threading.Thread(target=refused, args=(db,))
        second.start()
        held, _ = silent.accept()
        began = time.monotonic()
        for _ in range(3):
            refused(db)
        assert time.monotonic() - began < 1.5
        assert second.is_alive(), "somebody still waits for the server"
        held.close()
        second.join()
        silent.settimeout(0)
        with pytest.raises(BlockingIOError):
            silent.accept()
    db.dispose()


def refused(db: Database) -> None:
    with pytest.raises(Overloaded):
        backend(db)
