"""What the tests of operations share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from quiz_app.kernel.db import Database
from quiz_app.operations.backup import Installation
from tests.support import postgres


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
