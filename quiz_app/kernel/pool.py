"""The connections of one engine: those that rest, and those lent bare, without what SQLAlchemy puts around each."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from quiz_app.kernel.postgres import Patient

logging.getLogger(__name__).setLevel(logging.WARNING)  # by this name SQLAlchemy tells each coming and going
PING_AFTER_S = 5
_RESTS_SINCE = "rests_since"


class Shelf(QueuePool):
    """A queue whose connections may also be lent bare: for one statement, the lending of one costs as much as it does.

    The last to come back is lent first: its server process has its caches warm, and the others may rest.
    """

    _is_over = False

    def dispose(self) -> None:
        """Close those that rest; whatever is out will be when it comes back, for nobody takes it from here again."""
        self._is_over = True
        super().dispose()

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        if self._is_over:
            record.close()
        else:
            super()._do_return_conn(record)

    @contextmanager
    def bare(self) -> Iterator[ConnectionPoolEntry]:
        """A connection, in no transaction that anybody has begun. Raises sqlalchemy.exc.TimeoutError.

        Whoever loses it says so by `invalidate`. What a driver raises that cannot connect is raised as it is.
        """
        entry: Any = self._do_get()  # what this class is for, in SQLAlchemy's words, is to be subclassed
        try:
            entry.get_connection()
            if _is_lost(entry):
                entry.invalidate()
                entry.get_connection()
            yield entry
        finally:
            _note_rest(None, entry)
            self._do_return_conn(entry)


def watch_rest(engine: Engine) -> None:
    """Ask those of PostgreSQL that have rested whether they live. One in constant use is not asked: a trip is a trip.

    One that is lost within these seconds fails the request that finds it out, as Overloaded, and empties the pool.
    """
    event.listen(engine, "checkin", _note_rest)
    event.listen(engine, "checkout", _make_ready)


def _note_rest(_connection: Any, entry: ConnectionPoolEntry) -> None:
    entry.info[_RESTS_SINCE] = time.monotonic()


def _make_ready(connection: Patient, entry: ConnectionPoolEntry, _proxy: Any) -> None:
    if _is_lost(entry):
        raise DisconnectionError  # SQLAlchemy has another made
    if connection.autocommit:  # as it was left by who had it bare
        connection.autocommit = False


def _is_lost(entry: ConnectionPoolEntry) -> bool:
    connection: Any = entry.driver_connection
    if not isinstance(connection, Patient):
        return False
    if connection.closed:  # given up as its answer came
        return True
    if time.monotonic() - entry.info.get(_RESTS_SINCE, math.inf) < PING_AFTER_S:
        return False
    try:
        connection.ping()
    except Exception:
        return True
    return False
