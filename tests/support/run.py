"""What one test run shares between its workers: a folder, a lock, migrated templates of both engines."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from flask_migrate import upgrade
from sqlalchemy import Dialect
from sqlalchemy.util import LRUCache

from quiz_app.factory import create_app
from quiz_app.kernel.db import Database
from quiz_app.kernel.settings import Mode, Settings
from tests.support import postgres

_FOLDER, _OWNER = "TEST_RUN_FOLDER", "TEST_RUN_PID"
TEMPLATE = "template_migrated"


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
    dialect, cache = _compiled.setdefault(engine.name, (engine.dialect, LRUCache(4000)))
    for one in (engine, database._reader):
        one.dialect, one._compiled_cache = dialect, cache


def migrate(database_url: str, data_dir: Path) -> None:
    database = Database(database_url)
    app = create_app(settings_for(database_url, data_dir), database)
    with app.app_context():
        upgrade()
    database.dispose()


def sqlite_template() -> Path:
    """A migrated SQLite file, made once per run and copied per test."""
    template = folder() / "template.sqlite3"
    with locked("sqlite"):
        if not template.exists():
            draft = folder() / "draft.sqlite3"
            migrate(f"sqlite:///{draft}", folder())
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
    _execute(found, f'CREATE DATABASE "{name}"')
    return found.url(name)


def migrated_postgres() -> str:
    """The URL of a new database with every table."""
    found = cluster()
    with locked("pg"):
        if not (folder() / "pg.migrated").exists():
            _execute(found, f"CREATE DATABASE {TEMPLATE}")
            migrate(found.url(TEMPLATE), folder())
            (folder() / "pg.migrated").touch()
    name = f"test_{uuid4().hex}"
    _execute(found, f'CREATE DATABASE "{name}" TEMPLATE {TEMPLATE}')
    return found.url(name)


def drop_postgres(database_url: str) -> None:
    name = database_url.split("@/", 1)[1].split("?", 1)[0]
    _execute(cluster(), f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _execute(found: postgres.Cluster, statement: str) -> None:
    with psycopg.connect(found.url("postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())
