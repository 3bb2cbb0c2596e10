"""What the two engines say when they cannot serve now, told as one refusal."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import NotSupportedError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from quiz_app.kernel.errors import Overloaded

log = logging.getLogger(__name__)

# What PostgreSQL says when it cannot serve in time (lock, statement limit, a server going away), or for want of room:
# connections, memory, its volumes.
_BUSY_CODES = {"55P03", "57014", "57P01", "57P03", "08006", "08001", "08003", "40001", "40P01"}
_ROOM_CODES = {"53100", "53200", "58030"}
_BUSY_CODES |= {"53000", "53300", "53400", *_ROOM_CODES}

_NOT_SUPPORTED = "0A000"

# The same of SQLite: a volume that is full, read-only, or became so under an open file. Sending again is safe.
_MAY_NOT_WRITE = "readonly database"
_BUSY_WORDS = ("locked", "disk is full", _MAY_NOT_WRITE, "disk I/O error", "unable to open database file")


@contextmanager
def as_overloaded(*bare: type[Exception]) -> Iterator[None]:
    """Tell as Overloaded what the engines say when they cannot serve in time; `bare` are errors of a driver itself."""
    try:
        yield
    except PoolTimeout as error:
        raise Overloaded from error
    except (OperationalError, NotSupportedError) as error:
        if is_busy(error.orig):
            raise Overloaded from error
        raise
    except bare as error:
        if is_busy(error):
            raise Overloaded from error
        raise


def is_busy(error: BaseException | None) -> bool:
    """Whether a driver's error means lock, pool, statement limit, volume or a server going away: worth another try."""
    if type(error).__module__.startswith("psycopg"):
        code = getattr(error, "sqlstate", None)
        if code in _ROOM_CODES:
            log.warning("PostgreSQL has no room: %s", code)  # nobody who is told to come again can mend that
        # without a code: the server could not be reached
        return code is None or code in _BUSY_CODES or has_outdated_plan(error)
    words = str(error)
    return words == "interrupted" or any(told in words for told in _BUSY_WORDS)


def has_outdated_plan(error: BaseException | None) -> bool:
    """Whether PostgreSQL had prepared a statement before a release changed the type of one of its columns.

    It fails once on each connection, which forgets it then.
    """
    return getattr(error, "sqlstate", None) == _NOT_SUPPORTED and "cached plan" in str(error)


def may_not_write(error: BaseException) -> bool:
    """Whether SQLite opened its file for reading alone. It stays so when the volume is well again: open it anew."""
    return _MAY_NOT_WRITE in str(error)
