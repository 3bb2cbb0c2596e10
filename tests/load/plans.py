"""What statements were sent to the database, and which of them go through all rows of a table that grows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import ClientCursor
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from quiz_app.kernel import prepared
from quiz_app.kernel.db import Database

GROWING = (
    *("attempt", "result", "response", "roster_entry", "ranked_sum", "member", "account", "user_session"),
    *("audit_entry", "late_arrival", "correction_change", "consent"),
)
FEW_ROWS = ("seqscan", "hashjoin", "mergejoin")
Sent = list[tuple[str, Any]]


@contextmanager
def heard(db: Database) -> Iterator[Sent]:
    """The statements that are sent meanwhile with their values, those that are a transaction by themselves included."""
    seen: Sent = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_rest: object) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH", "UPDATE", "INSERT", "DELETE")):
            seen.append((statement, values[0] if isinstance(values, list) else values))

    alone = prepared._Compiled.asked

    def note_alone(self: Any, driver: Any, values: Any) -> Any:
        seen.append((self.sql, self._ordered(values) if db.is_sqlite else self._named(values)))
        return alone(self, driver, values)

    event.listen(db.engine, "before_cursor_execute", note)
    prepared._Compiled.asked = note_alone  # type: ignore[method-assign] # SQLAlchemy does not hear of these
    try:
        yield seen
    finally:
        prepared._Compiled.asked = alone  # type: ignore[method-assign] # it is as before
        event.remove(db.engine, "before_cursor_execute", note)


def reading_everything(db: Database, sent: Sent, *, without: tuple[str, ...] = ()) -> list[str]:
    """Those that go through all rows of a table which grows, with the table.

    `without`: ways that PostgreSQL is to leave unless nothing else helps, as it reads tables of few rows whole.
    """
    found = []
    with db.reading() as session:
        for way in () if db.is_sqlite else without:
            session.execute(text(f"SET LOCAL enable_{way} = off"))
        for statement, values in sent:
            names = _scans_of_sqlite(session, statement, values) if db.is_sqlite else _scans(session, statement, values)
            found += [f"{name}: {' '.join(statement.split())}" for name in names if name in GROWING]
    return found


def _scans_of_sqlite(session: Session, statement: str, values: Any) -> list[str]:
    if statement.startswith("INSERT"):  # so shows what is looked for where a foreign key was broken before
        return []
    plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    return [name for row in plan for name in re.findall(r"^SCAN (\w+)", str(row[-1]))]


def _scans(session: Session, statement: str, values: Any) -> list[str]:
    """By the plan for these values, and by the one that a connection keeps for all values once it has asked often."""
    [[told]] = session.connection().exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).all()
    kept, order = prepared._numbered(statement)
    driver: Any = session.connection().connection.driver_connection
    cursor = ClientCursor(driver)
    cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    cursor.execute(b"PREPARE asked AS " + kept)
    [[generic]] = cursor.execute(
        f"EXPLAIN (FORMAT JSON) EXECUTE asked{_list(len(order))}".encode(), [values[name] for name in order]
    ).fetchall()
    cursor.execute("DEALLOCATE asked")
    return sorted({name for plan in (told, generic) for name in _scanned(plan[0]["Plan"])})


def _list(count: int) -> str:
    return f"({', '.join(['%s'] * count)})" if count else ""


def _scanned(plan: dict[str, Any]) -> Iterator[str]:
    """The tables read without any condition on an index."""
    if plan["Node Type"] in ("Seq Scan", "Index Scan", "Index Only Scan") and "Index Cond" not in plan:
        yield plan["Relation Name"]
    for part in plan.get("Plans", ()):
        yield from _scanned(part)
