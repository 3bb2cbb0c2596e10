"""Transactions on both engines: who writes waits, who reads cannot write, and what the engines are set to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import Session

from quiz_app.kernel import db as kernel_db
from quiz_app.kernel import pool
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database, UnsafeSqlite, build_engine, normalised, sqlite_is_safe
from quiz_app.kernel.errors import Overloaded
from quiz_app.kernel.postgres import PREPARED_AFTER
from quiz_app.units.models import Unit, UnitAncestor
from tests.support.clock import NOW

only_sqlite = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
only_postgresql = pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)


def _count(session: Session) -> int:
    return len(session.execute(text("SELECT id FROM audit_entry")).all())


def _add(session: Session, action: str = "a.b") -> None:
    session.add(AuditEntry(at=NOW, actor_member_id=None, action=action, subject="x:1", facts={}))


def test_reading_and_then_writing_in_many_threads_loses_nothing(db: Database) -> None:
    """A deferred transaction that reads first would fail at once when another has written in between."""

    def read_then_write(_: int) -> None:
        with db.writing() as session:
            _count(session)
            _add(session)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(read_then_write, range(80)))
    with db.reading() as session:
        assert _count(session) == 80


@only_sqlite
def test_two_processes_writing_wait_for_each_other(db: Database, database_url: str) -> None:
    """Two Database objects share no queue, as two processes do not: SQLite's own lock has to hold."""
    other = Database(database_url)
    failures: list[Exception] = []
    steps = threading.Barrier(2)

    def write(database: Database) -> None:
        steps.wait()
        for _ in range(25):
            try:
                with database.writing() as session:
                    _count(session)
                    _add(session)
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=write, args=(database,)) for database in (db, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.dispose()
    assert failures == []
    with db.reading() as session:
        assert _count(session) == 50


@only_sqlite
def test_a_writing_transaction_takes_the_lock_before_it_reads(db: Database, database_url: str) -> None:
    other = build_engine(database_url)
    with other.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
        with db.writing() as session, pytest.raises(DBAPIError, match="locked"):
            _count(session)
            connection.exec_driver_sql("UPDATE clock_anchor SET id = id")
    other.dispose()


@only_sqlite
def test_readers_wait_for_no_writer(db: Database) -> None:
    started = time.monotonic()
    with db.writing() as session:
        _add(session)
        session.flush()
        with db.reading() as reader:
            assert _count(reader) == 0
    assert time.monotonic() - started < 4


def test_a_lock_that_is_not_to_be_had_is_told_as_overloaded(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_db, "BUSY_TIMEOUT_S", 0.2)
    if not db.is_sqlite:
        _hold_row_on_postgresql(db)
        return
    with db.writing(), ThreadPoolExecutor(1) as thread, pytest.raises(Overloaded):
        thread.submit(_write_something, db).result()


def _write_something(db: Database) -> None:
    with db.writing() as session:
        _add(session)


def _hold_row_on_postgresql(db: Database) -> None:
    with db.writing() as session:
        session.add(Unit(code="A", name="A", kind="cell"))
    with db.writing() as holder:
        holder.execute(text("SELECT id FROM unit FOR UPDATE"))
        with pytest.raises(Overloaded), db.writing() as session:
            session.execute(text("SET LOCAL lock_timeout = '200ms'"))
            session.execute(text("UPDATE unit SET name = 'B'"))


@pytest.mark.parametrize("statement", ["DELETE FROM audit_entry", "UPDATE job SET done = 1", "CREATE TABLE t (x int)"])
def test_reading_cannot_write(db: Database, statement: str) -> None:
    with pytest.raises((DBAPIError, Overloaded)), db.reading() as session:
        session.execute(text(statement))
    with db.writing() as session:  # and the connection serves writers again
        _add(session)


def test_what_was_read_and_added_while_reading_is_not_kept(db: Database) -> None:
    with db.reading() as session:
        _add(session)
    with db.reading() as session:
        assert _count(session) == 0


@only_sqlite
@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 5000)],
)
def test_sqlite_is_set_on_every_connection(db: Database, pragma: str, value: object) -> None:
    with db.reading() as first, db.reading() as second:
        for session in (first, second):
            assert session.execute(text(f"PRAGMA {pragma}")).scalar_one() == value


@only_sqlite
def test_the_library_in_use_is_safe(db: Database) -> None:
    with db.reading() as session:
        version = str(session.execute(text("SELECT sqlite_version()")).scalar_one())
    major, minor, patch = (int(part) for part in version.split("."))
    assert sqlite_is_safe((major, minor, patch))


@only_postgresql
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("lock_timeout", "5s"),
        ("statement_timeout", "10s"),
        ("TimeZone", "UTC"),
    ],
)
def test_postgresql_is_set_on_every_connection(db: Database, setting: str, value: str) -> None:
    with db.reading() as session:
        assert session.execute(text(f"SHOW {setting}")).scalar_one() == value


@only_postgresql
def test_readings_see_one_instant_and_writers_what_is_committed(db: Database) -> None:
    for _ in range(2):  # the same connection serves both in turn
        with db.reading() as session:
            assert session.execute(text("SHOW transaction_isolation")).scalar_one() == "repeatable read"
        with db.writing() as session:
            assert session.execute(text("SHOW transaction_isolation")).scalar_one() == "read committed"


@pytest.mark.parametrize(
    ("version", "is_safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 44, 99), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 0), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 4), True),
        ((4, 0, 0), True),
    ],
)
def test_which_sqlite_may_lose_commits(version: tuple[int, int, int], is_safe: bool) -> None:
    assert sqlite_is_safe(version) is is_safe


def test_an_unsafe_sqlite_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quiz_app.kernel.db.sqlite_driver.sqlite_version_info", (3, 40, 1))
    with pytest.raises(UnsafeSqlite, match=r"3\.51\.3"):
        build_engine("sqlite:///never-opened.sqlite3")


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:////x/app.sqlite3", "sqlite"),
        ("postgres://a:b@h/d", "postgresql+psycopg"),
        ("postgresql://a:b@h/d", "postgresql+psycopg"),
        ("postgresql+psycopg://a:b@h:5/d?sslmode=require", "postgresql+psycopg"),
    ],
)
def test_the_driver_of_a_url(given: str, driver: str) -> None:
    url = normalised(given)
    assert url.drivername == driver
    assert url.query == ({"sslmode": "require"} if "?" in given else {})


def test_an_instant_comes_back_as_it_went_in(db: Database) -> None:
    hanoi = datetime(2026, 11, 23, 23, 59, 59, 123_456, tzinfo=timezone(timedelta(hours=7)))
    with db.writing() as session:
        session.add(AuditEntry(at=hanoi, actor_member_id=None, action="a.b", subject="x:1", facts={"số": "một"}))
    with db.reading() as session:
        row = session.query(AuditEntry).one()
    assert row.at == hanoi
    assert row.at.tzinfo is UTC
    assert row.facts == {"số": "một"}


def test_an_instant_without_its_zone_is_refused(db: Database) -> None:
    with pytest.raises(StatementError, match="time zone"), db.writing() as session:
        session.add(AuditEntry(at=datetime(2026, 1, 1), actor_member_id=None, action="a", subject="s", facts={}))  # noqa: DTZ001 - the fault under test


def test_whole_numbers_hold_64_bits(db: Database) -> None:
    with db.writing() as session:
        session.add(AuditEntry(at=NOW, actor_member_id=2**62, action="a.b", subject="x:1", facts={}))
    with db.reading() as session:
        assert session.query(AuditEntry.actor_member_id).scalar() == 2**62


def test_what_failed_is_told_without_its_values(db: Database) -> None:
    """Failures are logged, and statements carry names, cards, hashes of passwords and the secrets of papers."""
    with pytest.raises(IntegrityError) as failed, db.writing() as session:
        for _ in range(2):
            session.add(Unit(code="KIN", name="Tên kín", kind="cell", sort_key="", search_key=""))
            session.flush()
    assert "Tên kín" not in str(failed.value)


def test_foreign_keys_hold(db: Database) -> None:
    with pytest.raises(IntegrityError), db.writing() as session:
        session.add(UnitAncestor(unit_id=404, ancestor_id=404, distance=0))


def test_the_clock_is_the_engines_own(db: Database) -> None:
    seen: list[str] = []
    engine: Engine = db.engine
    with _statements(engine, seen), db.reading() as session:
        first, second = db.now(session), db.now(session)
    assert first <= second
    assert (not seen) if db.is_sqlite else all("clock_timestamp" in statement for statement in seen)


def test_the_offset_shifts_stamps_too(database_url: str) -> None:
    shifted = Database(database_url, clock_offset_s=3600)
    with shifted.reading() as session:
        ahead = shifted.now(session) - datetime.now(UTC)
    assert timedelta(minutes=59) < ahead < timedelta(minutes=61)
    assert shifted.adjusted(NOW) == NOW + timedelta(hours=1)
    shifted.dispose()


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_what_was_read_stands_though_the_connection_is_lost_before_the_end(db: Database) -> None:
    with db.reading() as session:
        mine = session.scalar(text("SELECT pg_backend_pid()"))
        with db.writing() as other:
            other.execute(text("SELECT pg_terminate_backend(:mine, 5000)"), {"mine": mine})
    assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined] # of a pool with a queue
    with db.reading() as session:
        assert session.scalar(text("SELECT pg_backend_pid()")) != mine


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/none?connect_timeout=1"])
def test_a_database_that_is_not_there_is_told_as_overloaded(url: str) -> None:
    database = Database(url)
    with pytest.raises(Overloaded), database.reading() as session:
        session.execute(text("SELECT 1"))
    with pytest.raises(Overloaded), database.single() as driver:
        driver.execute("SELECT 1")
    database.dispose()


class _statements:  # noqa: N801 - reads as a word in a with statement
    """Collects what an engine executes."""

    def __init__(self, engine: Engine, seen: list[str]) -> None:
        self._engine, self._seen = engine, seen

    def __enter__(self) -> None:
        event.listen(self._engine, "before_cursor_execute", self._listen)

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._listen)

    @property
    def _listen(self) -> Callable[..., None]:
        return self._on_execute

    def _on_execute(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "SELECT pg_catalog", "show ", "select ")):
            self._seen.append(statement)


@only_postgresql
@pytest.mark.parametrize("has_rested", [True, False])
def test_a_lost_connection_fails_at_most_the_request_that_finds_it_out(
    db: Database, monkeypatch: pytest.MonkeyPatch, has_rested: bool
) -> None:
    """A connection that has rested is asked first and replaced; one in constant use is not worth a trip per request."""
    with db.reading() as session:
        lost = session.scalar(text("SELECT pg_backend_pid()"))
    other = build_engine(str(db.engine.url))
    with other.begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": lost})
    other.dispose()
    if has_rested:
        monkeypatch.setattr(pool, "PING_AFTER_S", 0)
    else:
        with pytest.raises(Overloaded), db.reading() as session:
            session.execute(text("SELECT 1"))
    with db.writing() as session:
        assert session.scalar(text("SELECT pg_backend_pid()")) != lost


@pytest.mark.parametrize("at_once", [False, True])
def test_a_connection_that_may_not_write_is_given_up(tmp_path: Path, *, at_once: bool) -> None:
    """As one opened while the volume was read-only: once the volume is well, nobody has to start anything anew."""
    db = Database(f"sqlite:///{tmp_path / 'app.sqlite3'}", pool_size=1)

    def write() -> None:
        insert = "INSERT INTO word VALUES (1)"
        if at_once:
            with db.single() as driver:
                driver.execute(insert)
            return
        with db.writing() as session:
            session.execute(text(insert))

    with db.writing() as session:
        session.execute(text("CREATE TABLE word (id INTEGER)"))
        session.connection().exec_driver_sql("PRAGMA query_only=1")
    with pytest.raises(Overloaded):
        write()
    write()
    db.dispose()


@only_postgresql
def test_what_is_prepared_outlives_a_transaction_that_only_reads(db: Database) -> None:
    """Planned anew for each page, statements take ten times as long as to run."""
    asked = "SELECT count(*) FROM unit"
    for _ in range(PREPARED_AFTER + 5):
        with db.reading() as session:
            session.execute(text(asked))
    kept = text("SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE statement = :asked")
    with db.reading() as session:
        assert session.scalar(kept, {"asked": asked}) == 5  # the first were not worth it yet
