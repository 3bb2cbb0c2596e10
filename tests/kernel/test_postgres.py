"""A PostgreSQL that hangs keeps nobody for ever: its processes are stopped, so no error comes and no answer either."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from quiz_app.kernel import postgres
from quiz_app.kernel.db import Database, unhurried
from quiz_app.kernel.errors import Overloaded

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


@only_postgresql
def test_a_statement_without_an_answer_is_given_up(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres.Patient, "patience_s", 0.3)
    with stopped(backend(db)):
        began = time.monotonic()
        with pytest.raises(Overloaded), db.writing() as session:
            session.execute(text("SELECT 1"))
        assert time.monotonic() - began < 2
        backend(db)  # another connection serves


@only_postgresql
def test_one_statement_by_itself_is_given_up(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres.Patient, "patience_s", 0.3)
    with stopped(backend(db)):
        with pytest.raises(Overloaded), db.single() as driver:
            driver.execute("SELECT 1")
        with db.single() as driver:
            assert driver.execute("SELECT 1").fetchone() == (1,)


@only_postgresql
def test_a_commit_without_an_answer_is_not_told_as_done(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres.Patient, "patience_s", 0.3)
    pid = backend(db)
    with pytest.raises(Overloaded), db.writing() as session:
        session.execute(text("SELECT 1"))
        os.kill(pid, signal.SIGSTOP)
    os.kill(pid, signal.SIGCONT)


@only_postgresql
def test_long_work_is_waited_for(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as the server may take, and the next one who has the connection no longer."""
    monkeypatch.setattr(postgres.Patient, "patience_s", 0.3)
    with db.reading() as session:
        unhurried(session)
        session.execute(text("SELECT pg_sleep(0.6)"))
    with pytest.raises(Overloaded), db.reading() as session:
        session.execute(text("SELECT pg_sleep(0.6)"))


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
