"""A PostgreSQL that hangs keeps nobody for ever: its processes are stopped, so no error comes and no answer either."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import socket
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import BigInteger, Integer, bindparam, cast, func, select, text

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
    ends = time.monotonic() + 30
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < ends
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
def test_who_asks_often_is_not_cut_off_for_the_sum(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each statement has its own patience."""
    monkeypatch.setattr(postgres, "LOOK_EVERY_S", 0.05)
    monkeypatch.setattr(postgres.Patient, "patience_s", 2)
    backend(db)  # it is laid back with that much
    slow = Prepared(select(func.pg_sleep(0.5).label("slept"), bindparam("number", type_=Integer).label("number")))
    assert [slow.glance(db, {"number": number})[0].number for number in range(6)] == list(range(6))


@only_postgresql
def test_what_cannot_be_ended_at_one_look_is_ended_at_the_next(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has no descriptors left, for example, still gives up what hangs."""
    NUMBER.glance(db, {"number": 1})
    at_first, ends = iter([OSError]), socket.socket.shutdown

    def shutdown(line: socket.socket, how: int) -> None:
        for fails in at_first:
            raise fails
        ends(line, how)

    monkeypatch.setattr(socket.socket, "shutdown", shutdown)
    with stopped(impatient_backend(db)), pytest.raises(Overloaded):
        NUMBER.glance(db, {"number": 1})
    assert next(at_first, None) is None


@only_postgresql
def test_an_answer_that_comes_as_it_is_given_up_is_told_and_its_line_not_lent_again(db: Database) -> None:
    with db.single() as driver:
        slow = threading.Timer(0.2, setattr, (driver, "_looks", postgres._GIVEN_UP))
        slow.start()
        assert driver.ask(b"SELECT 1 FROM pg_sleep(0.5)", ()) == [(1,)]
    assert NUMBER.glance(db, {"number": 2}) == [(2,)]
    with db.reading() as session:
        assert session.execute(text("SELECT 3")).scalar_one() == 3


@only_postgresql
def test_the_watch_holds_on_to_no_connection(db: Database) -> None:
    with db.single() as driver:
        seen = weakref.ref(driver)
        driver.ask(b"SELECT 1", ())
    del driver
    time.sleep(postgres.LOOK_EVERY_S * 2)
    db.dispose()
    ends = time.monotonic() + 10
    while seen() is not None:
        gc.collect()
        assert time.monotonic() < ends, "it would never be closed"
        time.sleep(0.05)


@only_postgresql
def test_what_is_prepared_has_a_limit(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values of other types are another statement for the server, and callers choose their values."""
    monkeypatch.setattr(postgres, "MOST_PREPARED", 2)
    for number in (1, 70_000, 5_000_000_000, None, 2, 5_000_000_001):
        assert Prepared(select(cast(bindparam("number"), BigInteger).label("number"))).glance(
            db, {"number": number}
        ) == [(number,)]
    with db.reading() as session:
        kept = session.execute(text("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'asked%'"))
        assert kept.scalar_one() == 2


@only_postgresql
def test_a_process_that_is_forked_leaves_its_parents_lines_alone(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be forked while somebody waits for an answer, and has neither that wait nor its locks."""
    monkeypatch.setattr(postgres, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(postgres.Patient, "patience_s", 3)
    backend(db)  # it is laid back with that much
    url, answers = db.engine.url.render_as_string(hide_password=False), []
    with db.single() as driver:
        waits = threading.Thread(target=lambda: answers.append(driver.ask(b"SELECT 1 FROM pg_sleep(0.7)", ())))
        waits.start()
        time.sleep(0.2)
        child = multiprocessing.get_context("fork").Process(target=_looks_on, args=(url, 4.5))
        child.start()
        waits.join()
        child.join()
        assert answers == [[(1,)]]
        assert child.exitcode == 0
        assert driver.ask(b"SELECT 2", ()) == [(2,)]


def _looks_on(url: str, seconds: float) -> None:
    db = Database(url, pool_size=1)
    assert NUMBER.glance(db, {"number": 1}) == [(1,)]
    time.sleep(seconds)
    assert NUMBER.glance(db, {"number": 2}) == [(2,)]
    os._exit(0)


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
