"""Connections to PostgreSQL that wait for no answer for ever, and a queue of one before a server that gives none.

A server that hangs (its disk stalls, its machine is paused) breaks no connection: its system still acknowledges what is
sent, and its own limits on locks and statements stand still with it. So this side looks at its clock as well.
"""

from __future__ import annotations

import itertools
import logging
import os
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, TypeVar
from weakref import WeakSet

import psycopg
from psycopg.abc import PQGen
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

log = logging.getLogger(__name__)

STATEMENT_TIMEOUT_S = 10
_BEYOND_S = 2.0  # the server ends a statement itself, if it lives
PING_S = 2.0
CONNECT_TIMEOUT_S = 5
WAIT_AT_THE_DOOR_S = 0.2
PREPARED_AFTER = 2  # uses on a connection; the driver's five are many where sixteen connections take turns
LOOK_EVERY_S = 0.5
_GIVEN_UP = -1
_NO_SUCH_STATEMENT = b"26000"
MOST_PREPARED = 300  # statements of a connection; a sitting from sign-in to board has a hundred, the desks as many
_NOTICING_A_DEAD_PEER = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
CONNECT_ARGS = {
    "options": f"-c lock_timeout=5s -c statement_timeout={STATEMENT_TIMEOUT_S}s -c timezone=UTC"
    # a node that lost its power keeps no row locked for longer than a minute
    " -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3",
    "connect_timeout": CONNECT_TIMEOUT_S,
    **_NOTICING_A_DEAD_PEER,
}
Found = TypeVar("Found")


class Patient(psycopg.Connection[Any]):
    """A connection that is closed once a statement was not answered in time: what became of it is then unknown."""

    patience_s = STATEMENT_TIMEOUT_S + _BEYOND_S
    door: Door | None = None

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._prepared_here: dict[tuple[bytes, tuple[int, ...]], bytes] = {}
        self._names = itertools.count()  # none is used twice, whatever the server still knows
        self._looked_at = threading.Lock()
        self._looks: int | None = None  # since it was asked; None while it rests
        _watch.add(self)

    def ask(self, statement: bytes, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The rows of a statement that is a transaction of its own, with numbered places for its values.

        Asked by one call of the C library, which lets go of the interpreter once: the driver's own way does so at each
        step, and where threads crowd a process each time is a change of threads. Raises what the driver raises.
        """
        told = Transformer.from_context(self)
        params = told.dump_sequence(values, [PyFormat.AUTO] * len(values))
        key = statement, tuple(told.types or ())
        result = self._asked(key, params, told.formats)
        is_forgotten = result.error_field(DiagnosticField.SQLSTATE) == _NO_SUCH_STATEMENT
        if is_forgotten:  # as the driver has the server do after a rollback; nothing was run
            self._prepared_here.clear()
            result = self._asked(key, params, told.formats)
        if result.status == ExecStatus.TUPLES_OK:
            told.set_pgresult(result)
            return told.load_rows(0, result.ntuples, tuple)
        if result.status == ExecStatus.COMMAND_OK:
            return []
        raise self._error_of(result)

    def _asked(
        self, key: tuple[bytes, tuple[int, ...]], params: Sequence[Any], formats: Sequence[int] | None
    ) -> PGresult:
        with self._looked_at:
            self._looks = 0
        try:
            name = self._prepared_here.get(key)
            if name is None:
                if len(self._prepared_here) >= MOST_PREPARED:  # the types of the values are the callers'
                    return self.pgconn.exec_params(key[0], params, key[1], formats)
                name = f"asked_{next(self._names)}".encode()
                prepared = self.pgconn.prepare(name, *key)
                if prepared.status != ExecStatus.COMMAND_OK:
                    return prepared
                self._prepared_here[key] = name
            return self.pgconn.exec_prepared(name, params, formats)
        finally:
            with self._looked_at:
                is_given_up, self._looks = self._looks == _GIVEN_UP, None
            if is_given_up:
                log.warning("PostgreSQL has not answered within %s s", self.patience_s)
                self._shut()

    def look(self) -> None:
        """Called again and again by the watch: end what has been looked at for longer than there is patience."""
        with self._looked_at:
            if self._looks is None or self._looks == _GIVEN_UP:
                return
            self._looks += 1
            if self._looks * LOOK_EVERY_S <= self.patience_s:
                return
            with suppress(OSError, psycopg.Error):  # it is ended already, or is tried again at the next look
                line = socket.socket(fileno=self.pgconn.socket)
                try:
                    line.shutdown(socket.SHUT_RDWR)
                finally:
                    line.detach()
                self._looks = _GIVEN_UP

    def _error_of(self, result: PGresult) -> psycopg.Error:
        if result.error_field(DiagnosticField.SQLSTATE) is not None:
            return error_from_result(result)
        is_lost = self.pgconn.status == ConnStatus.BAD  # else the library itself does not like what it was asked
        return (psycopg.OperationalError if is_lost else psycopg.InternalError)(result.get_error_message())

    def _shut(self) -> None:
        self.pgconn.finish()
        if self.door is not None:
            self.door.is_shut = True

    def wait(self, gen: PQGen[Found], interval: float = 0.1, timeout: float | None = None) -> Found:
        try:
            return super().wait(gen, interval, self.patience_s if timeout is None else timeout)
        except psycopg.OperationalError as error:
            if error.sqlstate is None and self.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
                self._shut()
            raise

    def ping(self) -> None:
        """Raises OperationalError unless the server answers within two seconds."""
        self.patience_s = PING_S
        self.autocommit = True  # outside a transaction, which would have to be ended; who begins one says so
        self.execute("")
        self.rests()

    def allow(self, statement_s: float) -> None:
        """Wait for statements of this transaction as long as the server may now take for them."""
        self.patience_s = statement_s + _BEYOND_S

    def rests(self) -> None:
        self.patience_s = Patient.patience_s


class _Watch:
    """A thread of each process that looks at its connections: a call of the C library has no patience of its own."""

    def __init__(self) -> None:
        self._connections: WeakSet[Patient] = WeakSet()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, connection: Patient) -> None:
        with self._lock:
            self._connections.add(connection)
            if self._thread is None or not self._thread.is_alive():  # of a process that was forked it is none
                self._thread = threading.Thread(target=self._run, name="postgres-watch", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            time.sleep(LOOK_EVERY_S)
            self._look()

    def _look(self) -> None:  # apart, so that none is held on to between two looks
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            try:
                connection.look()
            except Exception:
                log.exception("a connection could not be looked at")


_watch = _Watch()
os.register_at_fork(after_in_child=_watch.__init__)  # type: ignore[misc] # its parent's connections are none of its own


class Door:
    """Opens the connections of one engine. Of a silent server one thread at a time asks, the others are refused.

    Without it every thread of the process would stand here for as long as a connection may take.
    """

    def __init__(self, engine: Engine) -> None:
        self._trying = threading.Lock()
        self.is_shut = False
        event.listen(engine, "do_connect", self._connect)
        event.listen(engine, "checkin", _let_rest)

    def _connect(self, _dialect: object, _entry: object, told: list[Any], named: dict[str, Any]) -> Patient:
        if not self.is_shut:
            return self._try(told, named)
        if not self._trying.acquire(timeout=WAIT_AT_THE_DOOR_S):
            if not self.is_shut:  # it answers again: those who waited need not go one by one
                return self._try(told, named)
            raise psycopg.OperationalError("the server does not answer")
        try:
            return self._try(told, named)
        finally:
            self._trying.release()

    def _try(self, told: list[Any], named: dict[str, Any]) -> Patient:
        try:
            connection = Patient.connect(*told, **named)
        except psycopg.OperationalError:
            self.is_shut = True
            raise
        connection.prepare_threshold, connection.prepared_max = PREPARED_AFTER, MOST_PREPARED
        connection.door, self.is_shut = self, False
        return connection


def _let_rest(connection: Patient | None, _entry: ConnectionPoolEntry) -> None:
    if connection is not None:
        connection.rests()
