"""Questions about a subtree are answered by indexes on either engine, and by few of them, however large the city is.

How long they take with 9,000 units and 500,000 members is measured by `python -m tests.load.tree`.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import event, text

from quiz_app.kernel.access import Actor, Grant, Role
from quiz_app.kernel.db import Database
from quiz_app.kernel.work import Reading
from tests.load import tree
from tests.support.clock import NOW

SCAN = re.compile(r"^SCAN (?!CONSTANT|alike|\(|.*(?:USING|VIRTUAL))|Seq Scan on (?:member|unit|unit_ancestor)\b")
OF_A_COMMUNE = [
    "units of a commune, in order",
    "first page of a commune",
    "name in a commune",
    "roster of a commune",
    "duplicates of a commune",
]
MOST_STATEMENTS = 4


def test_a_scan_would_be_seen(db: Database) -> None:
    explain = "EXPLAIN QUERY PLAN " if db.is_sqlite else "EXPLAIN "
    with db.reading() as session:
        if not db.is_sqlite:
            session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = session.execute(text(f"{explain} SELECT id FROM member WHERE note = 'x'")).all()
    assert any(SCAN.search(str(row[-1])) for row in plan)


@pytest.mark.parametrize("question", OF_A_COMMUNE)
def test_a_commune_is_found_by_indexes(db: Database, question: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in (("COMMUNES", 10), ("UNITS", 200), ("BATCH", 600)):
        monkeypatch.setattr(tree, name, size)
    tree.city(db, 600)
    sent: list[tuple[str, Any]] = []
    with db.reading() as session:
        if not db.is_sqlite:  # with few rows the planner would read them all; asked so it does only where it must
            session.execute(text("SET LOCAL enable_seqscan = off"))
        asked = tree.questions(Reading(session, Actor(member_id=1, grants=(Grant(Role.ORGANISER, 1),)), NOW))
        connection = session.connection()

        def note(_connection: object, _cursor: object, statement: str, values: Any, *_rest: object) -> None:
            sent.append((statement, values))

        event.listen(connection, "before_cursor_execute", note)
        asked[question]()
        event.remove(connection, "before_cursor_execute", note)
        explain = "EXPLAIN QUERY PLAN " if db.is_sqlite else "EXPLAIN "
        plans = [str(row[-1]) for one, values in sent for row in connection.exec_driver_sql(explain + one, values)]
    assert 1 <= len(sent) <= MOST_STATEMENTS
    assert [line for line in plans if SCAN.search(line)] == []
