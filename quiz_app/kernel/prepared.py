"""Statements of the requests that come by the thousand: compiled once per engine, and run as text."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect, Insert, Select, Update
from sqlalchemy.orm import Session

from quiz_app.kernel.db import Database

Processor = Callable[[Any], Any]


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
        return compiled.read(connection.exec_driver_sql(compiled.sql, compiled.given(values)))

    def run(self, session: Session, values: Mapping[str, Any]) -> None:
        """Run one that gives nothing back."""
        connection = session.connection()
        compiled = self._for(connection.dialect)
        connection.exec_driver_sql(compiled.sql, compiled.given(values))

    def at_once(self, database: Database, values: Mapping[str, Any]) -> list[Any]:
        """Run it as a whole transaction, kept when this returns. Raises Overloaded."""
        compiled = self._for(database.engine.dialect)
        with database.single() as driver:
            found = driver.execute(compiled.sql, compiled.given(values)).fetchall()
        return compiled.read(found)

    def glance(self, database: Database, values: Mapping[str, Any]) -> list[Any]:
        """Run a select by itself, without a transaction around it. Raises Overloaded."""
        compiled = self._for(database.engine.dialect)
        with database.single(reading=True) as driver:
            found = driver.execute(compiled.sql, compiled.given(values)).fetchall()
        return compiled.read(found)

    def _for(self, dialect: Dialect) -> _Compiled:
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _compile(self._statement, dialect)
        return compiled


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    fixed: Mapping[str, Any]
    order: tuple[str, ...] | None
    binders: tuple[tuple[str, Processor], ...]
    readers: tuple[tuple[int, Processor], ...]
    row: Callable[..., Any]

    def given(self, values: Mapping[str, Any]) -> Any:
        """The values as the driver takes them."""
        named = {**self.fixed, **values}
        for name, process in self.binders:
            named[name] = process(named[name])
        return named if self.order is None else tuple([named[name] for name in self.order])

    def read(self, found: Iterable[Any]) -> list[Any]:
        """The rows as the statement's types read."""
        return [self._read(row) for row in found]

    def _read(self, values: Iterable[Any]) -> Any:
        read = list(values)
        for index, process in self.readers:
            read[index] = process(read[index])
        return self.row(*read)


def _compile(statement: Select[*tuple[Any, ...]] | Update | Insert, dialect: Dialect) -> _Compiled:
    compiled: Any = statement.compile(dialect=dialect)
    columns = list(statement.exported_columns)
    binders = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()}
    readers = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    return _Compiled(
        sql=str(compiled),
        fixed={name: bind.value for name, bind in compiled.binds.items() if not bind.required},
        order=tuple(compiled.positiontup) if compiled.positiontup else None,
        binders=tuple((name, process) for name, process in binders.items() if process is not None),
        readers=tuple((index, process) for index, process in enumerate(readers) if process is not None),
        row=namedtuple("Row", [column.key for column in columns]),  # type: ignore[misc] # its names are known when it runs
    )
