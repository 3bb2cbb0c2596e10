"""Statements of the requests that come by the thousand: compiled once per engine, and run as text."""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from psycopg import RawCursor
from sqlalchemy import Connection, Delete, Dialect, Insert, Select, Update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from quiz_app.kernel.busy import may_not_write
from quiz_app.kernel.db import Database

Processor = Callable[[Any], Any]
Statement = Select[*tuple[Any, ...]] | Update | Insert | Delete
_NAMED = re.compile(r"%\((\w+)\)s|%%")


class Prepared:
    """A select, insert, update or delete whose values (no lists) are named when it runs. Threads may share it.

    It runs in the session's own transaction, and values go in and come out by the types of the statement. Only the way
    is shorter: the usual one costs more than the database's work. What waits in the session is not flushed, and its
    objects do not notice.
    """

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, session: Session, values: Mapping[str, Any]) -> list[Any]:
        """Run it; the rows have the names of the columns."""
        connection = session.connection()
        compiled = self._for(connection.dialect)
        return compiled.read(compiled.executed(connection, values, fetches=True))

    def run(self, session: Session, values: Mapping[str, Any]) -> None:
        """Run one that gives nothing back; within `together` it waits for the others."""
        connection = session.connection()
        self._for(connection.dialect).executed(connection, values)

    def at_once(self, database: Database, values: Mapping[str, Any]) -> list[Any]:
        """Run it as a whole transaction, kept when this returns. Raises Overloaded."""
        compiled = self._for(database.engine.dialect)
        with database.single() as driver:
            found = compiled.asked(driver, values)
        return compiled.read(found)

    def glance(self, database: Database, values: Mapping[str, Any]) -> list[Any]:
        """Run a select by itself, without a transaction around it. Raises Overloaded."""
        compiled = self._for(database.engine.dialect)
        with database.single(reading=True) as driver:
            found = compiled.asked(driver, values)
        return compiled.read(found)

    def _for(self, dialect: Dialect) -> _Compiled:
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _compile(self._statement, dialect)
        return compiled


def rows_of(session: Session, asked: Sequence[tuple[Prepared, Mapping[str, Any]]]) -> list[list[Any]]:
    """The rows of each of these, run in their order as if one came after the other, and on PostgreSQL in one trip."""
    connection = session.connection()
    if not _goes_together(connection):
        return [statement.rows(session, values) for statement, values in asked]
    driver = connection.connection.driver_connection
    compiled = [statement._for(connection.dialect) for statement, _ in asked]
    with together(session):
        sent = [one.sent(driver, values) for one, (_, values) in zip(compiled, asked, strict=True)]
    return [one.read(found.fetchall()) for one, found in zip(compiled, sent, strict=True)]


@contextmanager
def together(session: Session) -> Iterator[None]:
    """Statements run in this block reach PostgreSQL in one trip, in their order; what fails is told at its end.

    Nothing is read in it. On SQLite, which is no trip away, and where somebody listens, each is done as it comes.
    """
    connection = session.connection()
    if not _goes_together(connection):
        yield
        return
    driver: Any = connection.connection.driver_connection
    try:
        with driver.pipeline():
            yield
    except _errors_of(connection) as error:
        raise _told_as_usual(connection, error) from error


def _goes_together(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql" and not _has_listeners(connection)


def _has_listeners(connection: Connection) -> bool:
    heard = connection.engine.dispatch
    return bool(heard.before_cursor_execute or heard.after_cursor_execute)


@dataclass(frozen=True, slots=True)
class _Compiled:
    """`raw` is the statement as PostgreSQL itself reads it: turning names into numbers costs more than a short trip."""

    sql: str
    raw: bytes | None
    fixed: Mapping[str, Any]
    order: tuple[str, ...]
    binders: tuple[tuple[str, Processor], ...]
    readers: tuple[tuple[int, Processor], ...]
    row: Callable[..., Any]

    def executed(self, connection: Connection, values: Mapping[str, Any], *, fetches: bool = False) -> Sequence[Any]:
        """Run it in a transaction that SQLAlchemy has begun; by its own way where somebody listens to statements."""
        if _has_listeners(connection):
            told = self._ordered(values) if self.raw is None else self._named(values)
            result = connection.exec_driver_sql(self.sql, told)
            return result.fetchall() if fetches else ()
        try:
            found = self.sent(connection.connection.driver_connection, values)
            return found.fetchall() if fetches else ()  # SQLite meets what fails only as it goes on
        except _errors_of(connection) as error:
            raise _told_as_usual(connection, error) from error

    def asked(self, driver: Any, values: Mapping[str, Any]) -> Sequence[Any]:
        """What it gives on a connection of the driver that is lent for it alone."""
        if self.raw is None:
            found: Sequence[Any] = driver.execute(self.sql, self._ordered(values)).fetchall()
            return found
        rows: Sequence[Any] = driver.ask(self.raw, self._ordered(values))
        return rows

    def sent(self, driver: Any, values: Mapping[str, Any]) -> Any:
        """Run it on a connection of the driver; what gives the rows."""
        if self.raw is None:
            return driver.execute(self.sql, self._ordered(values))
        return RawCursor(driver).execute(self.raw, self._ordered(values))

    def _named(self, values: Mapping[str, Any]) -> dict[str, Any]:
        named = {**self.fixed, **values}
        for name, process in self.binders:
            named[name] = process(named[name])
        return named

    def _ordered(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        named = self._named(values)
        return tuple([named[name] for name in self.order])

    def read(self, found: Iterable[Any]) -> list[Any]:
        """The rows as the statement's types read."""
        return [self._read(row) for row in found]

    def _read(self, values: Iterable[Any]) -> Any:
        read = list(values)
        for index, process in self.readers:
            read[index] = process(read[index])
        return self.row(*read)


def _told_as_usual(connection: Connection, error: Exception) -> Exception:
    """An error of the driver as SQLAlchemy tells it; a connection that is lost is not used again."""
    dialect, kind = connection.dialect, _errors_of(connection)
    is_lost = may_not_write(error) or dialect.is_disconnect(
        cast(Any, error), connection.connection.driver_connection, None
    )
    told = DBAPIError.instance(
        None, None, error, kind, hide_parameters=True, connection_invalidated=is_lost, dialect=dialect
    )
    if is_lost:
        connection.invalidate(told)
        connection.engine.dispose()  # the others that rest are likely lost as well
    return told


def _errors_of(connection: Connection) -> type[Exception]:
    """What everything is that the connection's driver raises."""
    driver: Any = connection.dialect.loaded_dbapi
    kind: type[Exception] = driver.Error
    return kind


def _compile(statement: Statement, dialect: Dialect) -> _Compiled:
    compiled: Any = statement.compile(dialect=dialect)
    columns = list(statement.exported_columns)
    binders = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()}
    readers = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    sql = str(compiled)
    raw, order = _numbered(sql) if dialect.name == "postgresql" else (None, tuple(compiled.positiontup or ()))
    return _Compiled(
        sql=sql,
        raw=raw,
        fixed={name: bind.value for name, bind in compiled.binds.items() if not bind.required},
        order=order,
        binders=tuple((name, process) for name, process in binders.items() if process is not None),
        readers=tuple((index, process) for index, process in enumerate(readers) if process is not None),
        row=namedtuple("Row", [column.key for column in columns]),  # type: ignore[misc] # its names are known when it runs
    )


def _numbered(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """A statement with numbers in the place of names, and which name each number stands for."""
    numbers: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        name = found[1]
        return "%" if name is None else f"${numbers.setdefault(name, len(numbers) + 1)}"

    return _NAMED.sub(number, sql).encode(), tuple(numbers)
