"""Statements of the requests that come by the thousand: compiled once per engine, and run as text."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Select, Update
from sqlalchemy.orm import Session

Processor = Callable[[Any], Any]


class Prepared:
    """A select, or an update with RETURNING, whose values (no lists) are named when it runs. Threads may share it.

    It runs in the session's own transaction, and values go in and come out by the types of the statement. Only the way
    is shorter: the usual one costs more than the database's work. What waits in the session is not flushed, and its
    objects do not notice.
    """

    def __init__(self, statement: Select[Any] | Update) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, session: Session, values: Mapping[str, Any]) -> list[Any]:
        """Run it; the rows have the names of the columns."""
        connection = session.connection()
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _compile(self._statement, dialect)
        return compiled.rows(connection, values)


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    fixed: Mapping[str, Any]
    order: tuple[str, ...] | None
    binders: tuple[tuple[str, Processor], ...]
    readers: tuple[tuple[int, Processor], ...]
    row: Callable[..., Any]

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[Any]:
        named = {**self.fixed, **values}
        for name, process in self.binders:
            named[name] = process(named[name])
        given = named if self.order is None else tuple([named[name] for name in self.order])
        found = connection.exec_driver_sql(self.sql, given)
        return [self._read(row) for row in found]

    def _read(self, values: Iterable[Any]) -> Any:
        read = list(values)
        for index, process in self.readers:
            read[index] = process(read[index])
        return self.row(*read)


def _compile(statement: Select[Any] | Update, dialect: Dialect) -> _Compiled:
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
