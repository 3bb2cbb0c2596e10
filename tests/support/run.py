"""What one test run shares between its workers: a folder, a lock, migrated templates of both engines."""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import Dialect
from sqlalchemy.util import LRUCache

from quiz_app.catalogue import services as publishing
from quiz_app.factory import create_app
from quiz_app.kernel.db import Database
from quiz_app.kernel.settings import Mode, Settings
from tests.support import build, contest, once, postgres, sitting
from tests.support.clock import NOW, Clock
from tests.support.works import Work

_FOLDER, _OWNER = "TEST_RUN_FOLDER", "TEST_RUN_PID"
_BY_FILES = " STRATEGY file_copy"  # half the work of writing every page to the log; PostgreSQL 15 and later


class Holds(StrEnum):
    """What a prepared database holds; each but the first is prepared from its base."""

    TABLES = "tables"
    COMMUNE = "commune"
    BANKS = "banks"
    SHELF = "shelf"
    COMMUNE_WITH_SHELF = "commune_with_shelf"

    @property
    def base(self) -> Holds | None:
        return _BASES.get(self)


_BASES = {
    Holds.COMMUNE: Holds.TABLES,
    Holds.BANKS: Holds.COMMUNE,
    Holds.SHELF: Holds.TABLES,
    Holds.COMMUNE_WITH_SHELF: Holds.COMMUNE,
}


def holds_for(fixtures: Collection[str]) -> Holds:
    """What the database of a test that asks for these fixtures is a copy of."""
    if "shelf" in fixtures:
        return Holds.COMMUNE_WITH_SHELF if "commune" in fixtures else Holds.SHELF
    return Holds.BANKS if "banks" in fixtures else Holds.COMMUNE if "commune" in fixtures else Holds.TABLES


def begin() -> None:
    """Called once by the process that leads the run; its workers inherit the folder through the environment."""
    os.environ[_FOLDER] = tempfile.mkdtemp(prefix="quiz-tests-")
    os.environ[_OWNER] = str(os.getpid())
    folder().chmod(0o711)


def end() -> None:
    """Ends the shared server, if one was started, and removes the folder."""
    keeper = folder() / "pg.keeper"
    if keeper.exists():
        (folder() / "pg.stop").touch()
        ends = time.monotonic() + 30
        while folder().exists() and time.monotonic() < ends:
            time.sleep(0.05)
    shutil.rmtree(folder(), ignore_errors=True)


def folder() -> Path:
    return Path(os.environ[_FOLDER])


@contextmanager
def locked(name: str) -> Iterator[None]:
    """One worker of the run at a time."""
    with (folder() / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def settings_for(database_url: str, data_dir: Path) -> Settings:
    """Settings of a test: everything a real installation has, with an address of its own."""
    return Settings(
        mode=Mode.TEST,
        secret_key="khoa-chi-dung-trong-kiem-thu-0123456789",
        secret_key_fallbacks=(),
        database_url=database_url,
        data_dir=data_dir,
        public_url="http://localhost",
        proxy_hops=0,
        allow_http=True,
        bank_dir=None,
        site_name="Học tập Nghị quyết",
        clock_offset_s=0.0,
    )


_compiled: dict[str, tuple[Dialect, Any]] = {}


def share_compiled(database: Database) -> None:
    """Let statements compiled for one database of this process serve the next, as they would in a running product."""
    engine = database.engine
    if engine.name not in _compiled:
        with engine.connect():  # a dialect knows its server only from then on, and the first test may never ask
            _compiled[engine.name] = (engine.dialect, LRUCache(4000))
    dialect, cache = _compiled[engine.name]
    for one in (engine, database._reader):
        one.dialect, one._compiled_cache = dialect, cache


def keep_templates(app: Flask) -> None:
    """Let templates compiled for one application serve those of all workers."""
    compiled = folder() / "jinja"
    compiled.mkdir(exist_ok=True)
    app.jinja_env.bytecode_cache = once.Templates(str(compiled))


def migrate(database_url: str, data_dir: Path) -> None:
    database = Database(database_url)
    app = create_app(settings_for(database_url, data_dir), database)
    with app.app_context():
        upgrade()
    database.dispose()


def sqlite_template(holds: Holds = Holds.TABLES) -> Path:
    """A SQLite file that holds so much, made once per run and copied per test."""
    template = folder() / f"{holds}.sqlite3"
    with locked(f"sqlite.{holds}"):
        if not template.exists():
            draft = folder() / f"{holds}.draft"
            if holds.base:
                shutil.copyfile(sqlite_template(holds.base), draft)
            _fill(holds, f"sqlite:///{draft}")
            draft.rename(template)
    return template


def cluster() -> postgres.Cluster:
    """The run's PostgreSQL server. Raises NoPostgres where there is none."""
    with locked("pg"):
        return postgres.shared(folder(), int(os.environ[_OWNER]))


def empty_postgres() -> str:
    """The URL of a new database without tables."""
    found = cluster()
    name = f"empty_{uuid4().hex}"
    _execute(f'CREATE DATABASE "{name}"')
    return found.url(name)


def new_postgres(holds: Holds = Holds.TABLES) -> str:
    """The URL of a new database that holds so much."""
    found = cluster()
    template = _postgres_template(found, holds)
    name = f"test_{uuid4().hex}"
    _execute(f'CREATE DATABASE "{name}" TEMPLATE {template}{_BY_FILES}')
    return found.url(name)


def _postgres_template(found: postgres.Cluster, holds: Holds) -> str:
    name, made = f"template_{holds}", folder() / f"pg.{holds}"
    with locked(f"pg.{holds}"):
        if not made.exists():
            base = _postgres_template(found, holds.base) if holds.base else "template1"
            _execute(f"CREATE DATABASE {name} TEMPLATE {base}")
            _fill(holds, found.url(name))
            made.touch()
    return name


def _fill(holds: Holds, database_url: str) -> None:
    if holds is Holds.TABLES:
        migrate(database_url, folder())
        return
    database = Database(database_url)
    Clock(database).set(NOW)
    with Work(database)(now=NOW - timedelta(days=1) if holds is Holds.BANKS else NOW) as w:
        if holds is Holds.COMMUNE:
            build.commune(w)
        elif holds is not Holds.BANKS:
            publishing.publish_bank(w, sitting.shipped_bank())
        else:
            sitting.publish_shipped(w)
            contest.publish_sample_bank(w)
    database.dispose()


def copy_postgres(database_url: str, *, to: str = "") -> str:
    """The URL of a copy, which may be told; nobody may be connected to what is copied."""
    found = cluster()
    name = _name(to) if to else f"copy_{uuid4().hex}"
    _execute(f'CREATE DATABASE "{name}" TEMPLATE "{_name(database_url)}"{_BY_FILES}')
    return found.url(name)


def drop_postgres(database_url: str) -> None:
    _execute(f'DROP DATABASE IF EXISTS "{_name(database_url)}" WITH (FORCE)')


def _name(database_url: str) -> str:
    return database_url.split("@/", 1)[1].split("?", 1)[0]


@cache
def _hand() -> psycopg.Connection:
    """This process's own connection to the run's server: to connect takes a fifth as long as to copy a database."""
    connection = psycopg.connect(cluster().url("postgres"), autocommit=True)
    atexit.register(connection.close)
    return connection


def _execute(statement: str) -> None:
    _hand().execute(statement.encode())
