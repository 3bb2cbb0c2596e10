"""What the tests of operations share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from quiz_app.kernel.db import Database
from quiz_app.operations import contest_archive
from quiz_app.operations.backup import Installation
from tests.features.operations.kept_contest import Kept, hold
from tests.support import postgres, run
from tests.support.build import Commune
from tests.support.clock import Clock
from tests.support.postgres import NoPostgres
from tests.support.sitting import at
from tests.support.works import Work


@pytest.fixture(autouse=True)
def postgresql_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump and pg_restore of the very server that the tests run on."""
    try:
        folder = postgres.binaries()
    except postgres.NoPostgres:
        return
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def installation(db: Database, database_url: str, tmp_path: Path) -> Installation:
    return Installation(db, database_url, tmp_path / "data")


@pytest.fixture
def kept(db: Database, work: Work, commune: Commune, clock: Clock, tmp_path: Path) -> Kept:
    held = hold(db, work, commune, clock)
    file = tmp_path / "cuoc-thi.zip"
    contest_archive.create(db, held.contest_id, file, made_by="Tạ Quang Huy")
    return Kept(held, file)


@pytest.fixture
def elsewhere(engine_name: str, tmp_path: Path) -> Iterator[Database]:
    """A new instance on the other engine."""
    if engine_name == "postgresql":
        target = tmp_path / "elsewhere.sqlite3"
        target.write_bytes(run.sqlite_template().read_bytes())
        url = f"sqlite:///{target}"
    else:
        try:
            url = run.new_postgres()
        except NoPostgres as problem:
            pytest.skip(f"{problem}: there is no other engine")
    database = Database(url)
    Clock(database).set(at(300))
    yield database
    database.dispose()
    if engine_name == "sqlite":
        run.drop_postgres(url)
