"""Connections to PostgreSQL that wait for no answer for ever, and a queue of one before a server that gives none.

A server that hangs (its disk stalls, its machine is paused) breaks no connection: its system still acknowledges what is
sent, and its own limits on locks and statements stand still with it. So this side looks at its clock as well.
"""

from __future__ import annotations

import threading
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

STATEMENT_TIMEOUT_S = 10
_BEYOND_S = 2.0  # the server ends a statement itself, if it lives
PING_S = 2.0
CONNECT_TIMEOUT_S = 5
WAIT_AT_THE_DOOR_S = 0.2
PREPARED_AFTER = 2  # uses on a connection; the driver's five are many where sixteen connections take turns
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

    def wait(self, gen: PQGen[Found], interval: float = 0.1, timeout: float | None = None) -> Found:
        try:
            return super().wait(gen, interval, self.patience_s if timeout is None else timeout)
        except psycopg.OperationalError as error:
            if error.sqlstate is None and self.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
                self.pgconn.finish()
                if self.door is not None:
                    self.door.is_shut = True
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
