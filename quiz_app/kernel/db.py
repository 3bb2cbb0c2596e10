"""The one place that knows the two engines: building them, their transactions, their clock and their types."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, cast

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Double,
    Engine,
    Integer,
    MetaData,
    Table,
    bindparam,
    create_engine,
    event,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, ExceptionContext, make_url
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from quiz_app.kernel import postgres
from quiz_app.kernel.busy import as_overloaded, has_outdated_plan, may_not_write
from quiz_app.kernel.errors import Overloaded, Refused
from quiz_app.kernel.pool import Shelf, watch_rest
from quiz_app.kernel.stored_json import read_json

try:
    from pysqlite3 import dbapi2 as sqlite_driver
except ImportError:  # no wheel for this platform: the guard below judges the library that Python brings
    import sqlite3 as sqlite_driver

BUSY_TIMEOUT_S = 5
LONG_STATEMENT_TIMEOUT_S = 60
_INSTRUCTIONS_BETWEEN_LOOKS = 10_000  # of SQLite's machine: a few microseconds' work
JOB_STORE_CONNECTIONS = 5
# SQLite gives a rowid only to INTEGER keys; it holds 64 bits all the same
BigInt = BigInteger().with_variant(Integer(), "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Aware UTC in Python on both engines; SQLite itself would hand back naive values."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Instant(FunctionElement[datetime]):
    """The instant by the one clock, within a statement, which is told what `Database.instant` says."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(Instant, "sqlite")
def _instant_on_sqlite(_element: Instant, compiler: Any, **options: Any) -> str:
    return str(compiler.process(bindparam("here", type_=UtcDateTime()), **options))


@compiles(Instant, "postgresql")
def _instant_on_postgresql(_element: Instant, compiler: Any, **options: Any) -> str:
    offset = compiler.process(bindparam("offset_s", type_=Double()), **options)
    return f"clock_timestamp() + {offset} * interval '1 second'"


class Elapsed(FunctionElement[float]):
    """Seconds from the second instant to the first, within a statement."""

    type = Double()
    inherit_cache = True


@compiles(Elapsed, "sqlite")
def _elapsed_on_sqlite(element: Elapsed, compiler: Any, **options: Any) -> str:
    until, since = (compiler.process(one, **options) for one in element.clauses)
    return f"(julianday({until}) - julianday({since})) * 86400.0"


@compiles(Elapsed, "postgresql")
def _elapsed_on_postgresql(element: Elapsed, compiler: Any, **options: Any) -> str:
    until, since = (compiler.process(one, **options) for one in element.clauses)
    return f"extract(epoch FROM {until} - {since})"


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        int: BigInt,
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        list[dict[str, Any]]: JSON(),
        list[int]: JSON(),
        list[str]: JSON(),
    }


def table_of(model: type[Base]) -> Table:
    """The table of a model, for statements of the hot paths that go around the ORM."""
    return cast(Table, model.__table__)


def insert_into(session: Session, model: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An insert of the engine in use: it can be told what to do where the row is there already."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    return sqlite.insert(table_of(model)) if is_sqlite else postgresql.insert(table_of(model))


class UnsafeSqlite(RuntimeError):
    """The SQLite library in use may lose commits in WAL mode (sqlite.org/changes, 3.51.3)."""


def sqlite_is_safe(version: tuple[int, int, int]) -> bool:
    """Whether this library version is free of the WAL-reset bug (3.7.0 to 3.51.2 without the two backports)."""
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51, 0) or (3, 44, 6) <= version < (3, 45, 0)


def normalised(database_url: str) -> URL:
    """The URL with the driver of this product: psycopg 3 for PostgreSQL."""
    if database_url.startswith("postgres://"):
        database_url = "postgresql://" + database_url.removeprefix("postgres://")
    url = make_url(database_url)
    return url.set(drivername="postgresql+psycopg") if url.get_backend_name() == "postgresql" else url


def build_engine(database_url: str, *, pool_size: int = 20) -> Engine:
    """An engine whose transactions this module rules. Raises UnsafeSqlite for a library that may lose commits."""
    url = normalised(database_url)
    if url.get_backend_name() != "sqlite":
        engine = create_engine(
            url,
            poolclass=Shelf,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=BUSY_TIMEOUT_S,
            pool_use_lifo=True,
            hide_parameters=True,  # a failed statement is logged: never with people's data, secrets or keys
            json_deserializer=read_json,
            connect_args=postgres.CONNECT_ARGS,
        )
        postgres.Door(engine)
        watch_rest(engine)
        return engine
    if not sqlite_is_safe(sqlite_driver.sqlite_version_info):
        raise UnsafeSqlite(
            f"SQLite {sqlite_driver.sqlite_version} có lỗi mất dữ liệu ở chế độ WAL; cần 3.51.3 trở lên."
        )
    engine = create_engine(
        url,
        module=sqlite_driver,
        poolclass=Shelf,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=BUSY_TIMEOUT_S,
        pool_use_lifo=True,
        hide_parameters=True,
        json_deserializer=read_json,
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "handle_error", _give_up_read_only)
    return engine


def build_job_engine(database_url: str, folder: Path) -> Engine:
    """An engine for the store of the workflow library, apart from the business tables.

    On PostgreSQL the same database, where the library keeps a schema of its own; on SQLite `jobs.sqlite3` in `folder`,
    opened through the same SQLite library as everything else: two libraries in one process break each other's locks.
    """
    url = normalised(database_url)
    if url.get_backend_name() != "sqlite":
        return build_engine(database_url, pool_size=JOB_STORE_CONNECTIONS)
    engine = create_engine(
        f"sqlite:///{folder / 'jobs.sqlite3'}", module=sqlite_driver, connect_args={"check_same_thread": False}
    )
    event.listen(engine, "connect", _prepare_job_store)
    return engine


def _prepare_job_store(connection: Any, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = "IMMEDIATE"  # the workflow library begins its migrations itself
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def open_sqlite(path: Path) -> Any:
    """A plain connection through the product's own SQLite library, for copying whole files."""
    return sqlite_driver.connect(str(path))


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_S * 1000}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that reads, then writes, fails at once when another has written: writers lock first.
    reading = connection.get_execution_options().get("reading", False)
    _let_write(connection.connection.driver_connection, connection.info, reading=reading)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _let_write(driver: Any, info: Any, *, reading: bool) -> None:
    if info.get("reading") is not reading:
        driver.execute(f"PRAGMA query_only={int(reading)}")
        info["reading"] = reading


def _give_up_read_only(context: ExceptionContext) -> None:
    if may_not_write(context.original_exception):
        context.is_disconnect = True


class Database:
    """Engine, transactions and clock of one database. One per process; safe to share between threads."""

    def __init__(self, database_url: str, *, clock_offset_s: float = 0.0, pool_size: int = 20) -> None:
        self.engine = build_engine(database_url, pool_size=pool_size)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        of_one_instant = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
        self._reader = self.engine.execution_options(**({"reading": True} if self.is_sqlite else of_one_instant))
        self.clock_offset = timedelta(seconds=clock_offset_s)
        driver = self.engine.dialect.loaded_dbapi
        self._driver_errors: tuple[type[Exception], ...] = (driver.OperationalError, driver.NotSupportedError)
        self._refusals_of_values: tuple[type[Exception], ...] = (driver.IntegrityError, driver.DataError)
        # SQLite's own waiting is unfair between threads; a queue in the process keeps the slowest save short.
        self._writer = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A read-only transaction. All its queries see the same instant, on both engines."""
        session = Session(self._reader, autoflush=False, expire_on_commit=False)
        with as_overloaded():
            try:
                yield session
                _end_reading(session)
            except Refused:
                _end_reading(session)
                raise
            finally:
                _let_go(session)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that is committed at the end and rolled back on any exception. The only commit of the product.

        Raises Overloaded when no connection or lock is to be had within five seconds.
        """
        with as_overloaded(), self._turn(), Session(self.engine, expire_on_commit=False) as session:
            yield session
            _commit(session)

    @contextmanager
    def single(self, *, reading: bool = False) -> Iterator[Any]:
        """A connection of the driver for one statement that is a transaction of its own, kept once it returns.

        It spares the hot paths what lies around a transaction: two trips to the database, and more of this process than
        the statement itself takes. Raises Overloaded as `writing` does.
        """
        # nothing here is told by SQLAlchemy's own errors, a connection that is not to be had neither
        turn = nullcontext() if reading else self._turn()
        shelf = cast(Shelf, self.engine.pool)
        with as_overloaded(*self._driver_errors), turn, shelf.bare() as lent:
            driver: Any = lent.driver_connection
            try:
                self._commit_each(driver, lent.info, reading=reading)
                yield driver
            except self._driver_errors as error:
                if may_not_write(error) or self.engine.dialect.is_disconnect(cast(Any, error), driver, None):
                    lent.invalidate(error)
                    self.engine.dispose()  # the others that rest are likely lost as well
                elif has_outdated_plan(error):
                    lent.invalidate(error)
                raise
            except self._refusals_of_values:
                raise
            except BaseException:
                lent.invalidate()  # it may be in the middle of an answer
                raise

    def _commit_each(self, driver: Any, info: Any, *, reading: bool) -> None:
        """Make each statement a transaction of its own."""
        if self.is_sqlite:  # outside a transaction it is one
            _let_write(driver, info, reading=reading)
        elif not driver.autocommit:
            driver.autocommit = True

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        if not self._writer.acquire(timeout=BUSY_TIMEOUT_S):
            raise Overloaded
        try:
            yield
        finally:
            self._writer.release()

    def now(self, session: Session) -> datetime:
        """The instant by the one clock: the database's on PostgreSQL, this machine's on SQLite."""
        if self.is_sqlite:
            return datetime.now(UTC) + self.clock_offset
        # asked by every unit of work: the ORM's way to a statement costs it more than the trip
        stamp: datetime = session.connection().exec_driver_sql("SELECT clock_timestamp()").scalar_one()
        return self.adjusted(stamp)

    def adjusted(self, stamp: datetime | None) -> datetime:
        """The instant of the one clock, given the database's stamp where a query has already fetched it."""
        if stamp is None:
            return datetime.now(UTC) + self.clock_offset
        return stamp.astimezone(UTC) + self.clock_offset

    def instant(self) -> dict[str, Any]:
        """What an Instant in a statement is told by."""
        return {"here": self.adjusted(None), "offset_s": self.clock_offset.total_seconds()}

    def dispose(self) -> None:
        self.engine.dispose()


def _commit(transaction: Session | Connection) -> None:
    transaction.commit()


def _let_go(session: Session) -> None:
    """Give back what a session holds: where the connection was lost since, there is nothing to give."""
    with suppress(Overloaded), as_overloaded():
        session.close()


def _end_reading(session: Session) -> None:
    """End by COMMIT what has only read, and did not fail: at a ROLLBACK psycopg forgets what is prepared, and to plan a
    statement anew takes ten times as long as to run it."""
    with suppress(Overloaded), as_overloaded():
        if session.in_transaction() and not (connection := session.connection()).invalidated:
            _commit(connection)  # and not the session, which would look for what to write


@contextmanager
def bounded(session: Session, seconds: float) -> Iterator[None]:
    """Let no statement of the block run longer. Raises Overloaded where one would; its transaction is then lost."""
    connection = session.connection()
    with as_overloaded():
        if connection.dialect.name != "sqlite":
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")
            yield
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {postgres.STATEMENT_TIMEOUT_S * 1000}")
            return
        raw: Any = connection.connection.driver_connection
        ends_at = time.monotonic() + seconds
        raw.set_progress_handler(lambda: time.monotonic() > ends_at, _INSTRUCTIONS_BETWEEN_LOOKS)
        try:
            yield
        finally:
            raw.set_progress_handler(None, 0)


def unhurried(asked: Session | Connection, seconds: float = LONG_STATEMENT_TIMEOUT_S) -> None:
    """Let each statement of this transaction take so long, where PostgreSQL would stop it after ten seconds."""
    connection = asked.connection() if isinstance(asked, Session) else asked
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")
        cast(postgres.Patient, connection.connection.driver_connection).allow(seconds)
