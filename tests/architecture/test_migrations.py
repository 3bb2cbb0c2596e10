"""Migrations make exactly the tables of the models, and can be taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import inspect

from quiz_app import tables
from quiz_app.factory import create_app
from quiz_app.kernel.db import Database
from tests.architecture.sources import ROOT
from tests.support import run


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def bare(empty_database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application over a database without tables."""
    database = Database(empty_database_url)
    yield create_app(run.settings_for(empty_database_url, tmp_path), database)
    database.dispose()


def _tables(app: Flask) -> set[str]:
    database: Database = app.extensions["database"]
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


def test_up_makes_the_tables_of_the_models_and_down_takes_them_back(bare: Flask) -> None:
    with bare.app_context():
        upgrade()
        assert _tables(bare) == set(tables.metadata.tables)
        check()  # exits where a model differs from what the migrations made
        downgrade(revision="base")
        assert _tables(bare) == set()
        upgrade()
        assert _tables(bare) == set(tables.metadata.tables)


def test_each_step_goes_down_and_up_by_itself(bare: Flask) -> None:
    steps = list(ScriptDirectory(str(ROOT / "migrations")).walk_revisions())
    with bare.app_context():
        upgrade()
        for step in steps:
            downgrade(revision=step.down_revision if isinstance(step.down_revision, str) else "base")
            upgrade(revision=step.revision)
            downgrade(revision=step.down_revision if isinstance(step.down_revision, str) else "base")
    assert _tables(bare) == set()


def test_steps_follow_each_other_and_are_dated() -> None:
    scripts = ScriptDirectory(str(ROOT / "migrations"))
    assert len(scripts.get_heads()) == 1
    names = [path.name for path in (ROOT / "migrations/versions").glob("*.py")]
    assert names
    assert [name for name in names if not re.match(r"\d{4}-\d{2}-\d{2}_[a-z0-9_]+\.py$", name)] == []


def test_no_name_is_too_long_for_postgresql() -> None:
    """PostgreSQL cuts names after 63 bytes, silently."""
    names = [
        str(thing.name)
        for table in tables.metadata.tables.values()
        for thing in [table, *table.columns, *table.indexes, *table.constraints]
        if thing.name
    ]
    assert [name for name in names if len(name) > 63] == []
