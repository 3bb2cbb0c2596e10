"""Runs migrations on the product's own engine (kernel.db), so that its transactions and guards hold here too."""

from __future__ import annotations

from typing import Any

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy import Connection

from quiz_app import tables
from quiz_app.kernel.db import UtcDateTime, unhurried
from quiz_app.kernel.fulltext import POSTGRESQL_COLUMNS, POSTGRESQL_INDEXES, SQLITE_TABLES

LONGEST_STEP_S = 3600  # a city's tables are changed in more than the seconds that a page may take


def render_item(kind: str, value: Any, autogen: AutogenContext) -> str | bool:
    """Write the product's own types by their plain SQLAlchemy form, so that a migration imports nothing of it."""
    if kind == "type" and isinstance(value, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """What an engine keeps for its full text has no model, and no common form that could be compared."""
    kept = {"table": SQLITE_TABLES, "column": POSTGRESQL_COLUMNS, "index": POSTGRESQL_INDEXES}
    return name not in kept.get(kind, ())


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=tables.metadata,
        render_as_batch=True,
        render_item=render_item,
        include_name=include_name,
        compare_type=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def migrate(connection: Connection) -> None:
    """On SQLite a changed table is copied, dropped and renamed: with foreign keys on, the drop would delete what refers
    to it. They are off for as long as that takes, and every reference is checked before anything is committed.
    """
    if connection.dialect.name != "sqlite":
        with connection.begin():
            unhurried(connection, LONGEST_STEP_S)
            run(connection)
        return
    raw = connection.connection.driver_connection
    raw.execute("PRAGMA foreign_keys = OFF")
    try:
        with connection.begin():
            run(connection)
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                raise RuntimeError(f"the migration breaks references: {broken[:5]}")
    finally:
        raw.execute("PRAGMA foreign_keys = ON")


with current_app.extensions["database"].engine.connect() as connection:
    migrate(connection)
