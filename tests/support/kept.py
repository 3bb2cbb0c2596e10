"""A database that is put back to what it was, again and again: a file of SQLite, or one of the run's PostgreSQL."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Protocol

import psycopg

from quiz_app.kernel.db import open_sqlite
from tests.support import run
from tests.support.run import Holds


class Kept(Protocol):
    """`keep` remembers what is in it, `put_back` brings that back; nobody may be connected then."""

    url: str

    def keep(self) -> None: ...
    def is_changed(self) -> bool: ...
    def put_back(self) -> None: ...
    def close(self) -> None: ...


class KeptFile:
    """SQLite."""

    def __init__(self, folder: Path, holds: Holds) -> None:
        self._live, self._copy = folder / "app.sqlite3", folder / "kept.sqlite3"
        shutil.copyfile(run.sqlite_template(holds), self._live)
        self.url = f"sqlite:///{self._live}"
        self._watching = open_sqlite(self._live)

    def keep(self) -> None:
        copy = open_sqlite(self._copy)
        self._watching.backup(copy)
        copy.close()
        self._version = self._now()

    def is_changed(self) -> bool:
        return self._now() != self._version

    def put_back(self) -> None:
        live, copy = open_sqlite(self._live), open_sqlite(self._copy)
        copy.backup(live)
        copy.close()
        live.close()
        self._version = self._now()

    def close(self) -> None:
        self._watching.close()

    def _now(self) -> int:
        """Another number after every change by another connection."""
        version: int = self._watching.execute("PRAGMA data_version").fetchone()[0]
        return version


class KeptPostgres:
    """A database of the run's server, which writes to its log whatever is changed."""

    def __init__(self, holds: Holds) -> None:
        self.url = run.new_postgres(holds)
        self._copy = ""
        self._watching = psycopg.connect(run.cluster().url("postgres"), autocommit=True)

    def keep(self) -> None:
        self._copy = run.copy_postgres(self.url)
        self._version = self._now()

    def is_changed(self) -> bool:
        return self._now() != self._version

    def put_back(self) -> None:
        run.drop_postgres(self.url)
        run.copy_postgres(self._copy, to=self.url)
        self._version = self._now()

    def close(self) -> None:
        self._watching.close()
        for url in (self.url, self._copy):
            run.drop_postgres(url)

    def _now(self) -> object:
        return self._watching.execute("SELECT pg_current_wal_insert_lsn()").fetchone()
