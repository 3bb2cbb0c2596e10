"""Statements of the requests that come by the thousand: compiled once per engine, and run as text."""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from psycopg import RawCursor
from sqlalchemy import Connection, Dialect, Insert, Select, Update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from quiz_app.kernel.db import Database

Processor = Callable[[Any], Any]
_NAMED = re.compile(r"%\((\w+)\)s|%%")


class Prepared:
    """A select, insert or update whose values (no lists) are named when it runs. Threads may share it.

    It runs in the session's own transaction, and values go in and come out by the types of the statement. Only the way
    is shorter: the usual one costs more than the database's work. What waits in the session is not flushed, and its
    objects do not notice.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]] | Update | Insert) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, session: Session, values: Mapping[str, Any]) -> list[Any]:
        """Run it; the rows have the names of the columns."""
        connection = session.connection()
        compiled = self._for(connection.dialect)
        return compiled.read(compiled.executed(connection, values).fetchall())

    def run(self, session: Session, values: Mapping[str, Any]) -> None:
        """Run one that gives nothing back."""
        connection = session.connection()
        self._for(connection.dialect).executed(connection, values)

    def at_once(self, database: Database, values: Mapping[str, Any]) -> list[Any]:
        """Run it as a whole transaction, kept when this returns. Raises Overloaded."""
        compiled = self._for(database.engine.dialect)
        with database.single() as driver:
            found = compiled.sent(driver, values).fetchall()
        return compiled.read(found)

    def glance(self, database: Database, values: Mapping[str, Any]) -> list[Any]:
        """Run a select by itself, without a transaction around it. Raises Overloaded."""
        compiled = self._for(database.engine.dialect)
        with database.single(reading=True) as driver:
            found = compiled.sent(driver, values).fetchall()
        return compiled.read(found)

    def _for(self, dialect: Dialect) -> _Compiled:
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _compile(self._statement, dialect)
        return compiled


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

    def executed(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """Run it in a transaction that SQLAlchemy has begun; by its own way where somebody listens to statements."""
        if self.raw is None:
            return connection.exec_driver_sql(self.sql, self._ordered(values))
        if connection.engine.dispatch.before_cursor_execute:
            return connection.exec_driver_sql(self.sql, self._named(values))
        with _told_as_usual(connection):
            return self.sent(connection.connection.driver_connection, values)

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


@contextmanager
def _told_as_usual(connection: Connection) -> Iterator[None]:
    """Errors of the driver as SQLAlchemy tells them; a connection that is lost is not used again."""
    dialect = connection.dialect
    driver: Any = dialect.loaded_dbapi
    try:
        yield
    except driver.Error as error:
        is_lost = dialect.is_disconnect(error, connection.connection.driver_connection, None)
        told = DBAPIError.instance(
            None, None, error, driver.Error, hide_parameters=True, connection_invalidated=is_lost, dialect=dialect
        )
        if is_lost:
            connection.invalidate(told)
            connection.engine.dispose()  # the others that rest are likely lost as well
        raise told from error


def _compile(statement: Select[*tuple[Any, ...]] | Update | Insert, dialect: Dialect) -> _Compiled:
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
