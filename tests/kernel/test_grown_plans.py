"""What PostgreSQL has planned for a table of a few rows does not stay when there are thousands."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, text

from quiz_app.kernel import plans
from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database
from tests.support.clock import NOW

only_postgresql = pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)


def _add(db: Database, first: int, last: int) -> None:
    rows = [{"at": NOW, "action": "a.b", "subject": f"x:{number}", "facts": {}} for number in range(first, last)]
    with db.writing() as session:
        session.execute(insert(AuditEntry), rows)
        session.execute(text("SELECT pg_stat_force_next_flush()"))


def _plan(driver: Any) -> str:
    return "\n".join(line for (line,) in driver.execute("EXPLAIN EXECUTE kept(1)").fetchall())


@only_postgresql
def test_a_plan_for_a_small_table_is_made_anew_once_it_has_grown(db: Database) -> None:
    _add(db, 0, 20)
    with db.single() as driver:
        driver.execute("ANALYZE audit_entry")
        driver.execute("PREPARE kept(bigint) AS SELECT subject FROM audit_entry WHERE id = $1")
        driver.execute("SET plan_cache_mode = force_generic_plan")
        assert "Seq Scan" in _plan(driver)
        _add(db, 20, 5_000)
        assert "Seq Scan" in _plan(driver)
        assert plans.renew(db) == 1
        assert "Index Scan" in _plan(driver)
    assert plans.renew(db) == 0


@pytest.mark.parametrize("rows", [plans.WORTH_IT // 2])
def test_a_few_rows_are_not_worth_it(db: Database, rows: int) -> None:
    if not db.is_sqlite:
        _add(db, 0, rows)
    assert plans.renew(db) == 0
