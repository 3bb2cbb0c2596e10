"""What only the owner of a database can do to the record: take away what keeps it from being changed."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

_TABLES = ("audit_entry", "audit_seal")


def unlock_record(session: Session) -> None:
    """From now on statements may change and delete rows of the audit."""
    if session.get_bind().dialect.name == "sqlite":
        drops = [f"DROP TRIGGER IF EXISTS {table}_no_{act}" for table in _TABLES for act in ("update", "delete")]
    else:
        drops = [f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}" for table in _TABLES]
    for drop in drops:
        session.execute(text(drop))
