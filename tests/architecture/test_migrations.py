"""Migrations make exactly the tables of the models, and can be taken back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import JSON, Column, Connection, MetaData, inspect

from quiz_app import tables
from quiz_app.awards import payments
from quiz_app.factory import create_app
from quiz_app.kernel.db import Database
from quiz_app.kernel.fulltext import POSTGRESQL_INDEXES, SQLITE_TABLES
from quiz_app.kernel.sealing import unseal
from quiz_app.members import second_factor
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
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"} - SQLITE_TABLES


def _full_text_objects(app: Flask) -> set[str]:
    """What the engine keeps beside the models' tables for its full text: FTS5's tables, or the GIN indexes."""
    database: Database = app.extensions["database"]
    with database.engine.connect() as connection:
        if database.is_sqlite:
            said = "SELECT name FROM sqlite_master WHERE name LIKE 'search_text%'"
        else:
            said = "SELECT indexname FROM pg_indexes WHERE indexdef LIKE '%USING gin%'"
        return set(connection.exec_driver_sql(said.replace("%", "%%")).scalars())


def test_up_makes_the_tables_of_the_models_and_down_takes_them_back(bare: Flask) -> None:
    with bare.app_context():
        upgrade()
        assert _tables(bare) == set(tables.metadata.tables)
        expected = SQLITE_TABLES if bare.extensions["database"].is_sqlite else POSTGRESQL_INDEXES
        assert _full_text_objects(bare) == expected
        check()  # exits where a model differs from what the migrations made
        downgrade(revision="base")
        assert _tables(bare) == _full_text_objects(bare) == set()
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


def test_a_step_keeps_what_stands_in_the_tables_it_changes(bare: Flask) -> None:
    """Attempts, their answers and the points of a round from before points stood at the cells."""
    database: Database = bare.extensions["database"]
    with bare.app_context():
        upgrade(revision="173e8cde4b00")
        with database.engine.begin() as connection:
            _sit_once(connection)
        upgrade()
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM response").scalar() == 1
        assert connection.exec_driver_sql("SELECT points FROM blueprint_cell").scalar() == 3
        assert connection.exec_driver_sql("SELECT pool_hash FROM attempt").scalar() == "pool"


def test_secrets_of_before_are_sealed_and_opened_again(bare: Flask) -> None:
    """An authenticator's secret and what is kept to pay a prize; a payment that was made holds nothing to seal."""
    database: Database = bare.extensions["database"]
    details = {"identity": "001080001234", "bank": "Agribank", "account": "1500205123456", "payee": "DO THI BINH"}
    with bare.app_context():
        upgrade(revision="awards")
        with database.engine.begin() as connection:
            _keep_secrets(connection, details)
        upgrade(revision="sealed_second_factors")
        with database.engine.connect() as connection:
            secret = connection.exec_driver_sql("SELECT secret FROM second_factor").scalar_one()
            query = "SELECT sealed FROM prize_payment ORDER BY award_id"
            kept, of_paid = connection.exec_driver_sql(query).scalars()
        keys = bare.extensions["settings"].keys
        assert unseal(keys, second_factor.PURPOSE, secret) == "JBSWY3DPEHPK3PXP"
        assert json.loads(unseal(keys, payments.PURPOSE, kept)) == details
        assert of_paid == ""
        downgrade(revision="awards")
        with database.engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT secret FROM second_factor").scalar_one() == "JBSWY3DPEHPK3PXP"
            query = "SELECT identity, bank, account, payee FROM prize_payment ORDER BY award_id"
            assert connection.exec_driver_sql(query).all() == [tuple(details.values()), ("", "", "", "")]


def _keep_secrets(connection: Connection, details: dict[str, str]) -> None:
    """A second factor and the payments of two prizes, the second one made, by the tables of before sealing."""
    paid = {"paid_at": datetime(2026, 12, 3, tzinfo=UTC), "received_on": date(2026, 12, 3), "paid_by": 1}
    _fill(
        connection,
        ("unit", {"id": 1}),
        ("member", {"id": 1, "unit_id": 1}),
        ("account", {"id": 1, "member_id": 1}),
        ("second_factor", {"account_id": 1, "secret": "JBSWY3DPEHPK3PXP"}),
        ("contest", {"id": 1, "unit_id": 1}),
        ("final_table", {"id": 1, "contest_id": 1, "proposed_by": 1}),
        ("award_list", {"id": 1, "contest_id": 1, "table_id": 1, "proposed_by": 1, "version": 1}),
        ("award", {"id": 1, "list_id": 1, "member_id": 1, "unit_id": 1, "position": 1, "title": "Giải Nhất"}),
        ("award", {"id": 2, "list_id": 1, "member_id": 1, "unit_id": 1, "position": 2, "title": "Giải Nhì"}),
        ("prize_payment", {"award_id": 1, "way": "bank", "entered_by": 1, **details}),
        ("prize_payment", {"award_id": 2, "way": "bank", "entered_by": 1, **paid}),
    )


def _sit_once(connection: Connection) -> None:
    """One answer of one attempt by the first tables, the rest of each row filled with what its type allows."""
    sat = {"closes_at": datetime(2026, 12, 2, tzinfo=UTC), "points_per_item": 3, "attempts_allowed": 1}
    _fill(
        connection,
        ("unit", {"id": 1}),
        ("member", {"id": 1, "unit_id": 1}),
        ("topic", {"code": "t"}),
        ("item_set", {"id": 1}),
        ("item", {"id": 1, "set_id": 1}),
        ("item_version", {"id": 1, "item_id": 1, "topic": "t"}),
        ("contest", {"id": 1, "unit_id": 1}),
        ("round", {"id": 1, "contest_id": 1, "pool_hash": "pool", **sat}),
        ("blueprint_cell", {"round_id": 1, "position": 1, "topic": "t", "count": 1}),
        ("attempt", {"id": 1, "round_id": 1, "member_id": 1, "unit_id": 1, "state": "open"}),
        ("response", {"attempt_id": 1, "position": 1, "item_version_id": 1}),
    )


def _fill(connection: Connection, *rows: tuple[str, dict[str, object]]) -> None:
    """Put rows into tables by name; columns that are not given hold what their type allows."""
    metadata = MetaData()
    metadata.reflect(connection)
    for name, given in rows:
        table = metadata.tables[name]
        filled = {column.name: _filler(column) for column in table.columns if not column.nullable}
        connection.execute(table.insert().values({**filled, **given}))


def _filler(column: Column[Any]) -> object:
    kind = column.type.python_type if not isinstance(column.type, JSON) else list
    return {str: "", int: 0, bool: False, datetime: datetime(2026, 12, 1, tzinfo=UTC), list: [],
            date: date(2026, 12, 1)}[kind]  # fmt: skip


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
