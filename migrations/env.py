"""Runs migrations on the product's own engine (kernel.db), so that its transactions and guards hold here too."""

from __future__ import annotations

from typing import Any

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy import Connection

from quiz_app import tables
from quiz_app.kernel.db import UtcDateTime


def render_item(kind: str, value: Any, autogen: AutogenContext) -> str | bool:
    """Write the product's own types by their plain SQLAlchemy form, so that a migration imports nothing of it."""
    if kind == "type" and isinstance(value, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=tables.metadata,
        render_as_batch=True,
        render_item=render_item,
        compare_type=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


with current_app.extensions["database"].engine.begin() as connection:
    run(connection)
