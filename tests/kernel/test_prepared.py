"""Prepared statements behave like any other: types, transaction, refusals; only the way is shorter."""

from __future__ import annotations

import pytest
from sqlalchemy import bindparam, func, literal_column, select, text, update
from sqlalchemy.exc import IntegrityError, ProgrammingError

from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database, table_of
from quiz_app.kernel.errors import Overloaded
from quiz_app.kernel.prepared import Prepared
from tests.support.clock import NOW

_entry = table_of(AuditEntry).c
FIND = Prepared(select(_entry.id, _entry.at, _entry.facts, _entry.actor_member_id).where(_entry.at == bindparam("at")))
MOVE = Prepared(
    update(table_of(AuditEntry))
    .where(_entry.at == bindparam("since"))
    .values(subject=bindparam("to"))
    .returning(_entry.at, _entry.subject)
)


def _add(db: Database) -> None:
    with db.writing() as session:
        session.add(AuditEntry(at=NOW, actor_member_id=None, action="a.b", subject="x:1", facts={"số": 1}))


def test_values_have_the_types_of_the_statement(db: Database) -> None:
    _add(db)
    with db.reading() as session:
        (row,) = FIND.rows(session, {"at": NOW})
        assert (row.at, row.facts, row.actor_member_id) == (NOW, {"số": 1}, None)
        assert FIND.rows(session, {"at": NOW.replace(year=2020)}) == []


def test_a_change_is_part_of_the_sessions_transaction(db: Database) -> None:
    _add(db)
    with pytest.raises(ZeroDivisionError), db.writing() as session:
        assert [row.subject for row in MOVE.rows(session, {"since": NOW, "to": "x:2"})] == ["x:2"]
        raise ZeroDivisionError
    with db.writing() as session:
        assert session.scalar(select(AuditEntry.subject)) == "x:1"
        MOVE.rows(session, {"since": NOW, "to": "x:3"})
    with db.reading() as session:
        assert session.scalar(select(AuditEntry.subject)) == "x:3"


def test_a_value_that_is_missing_is_refused(db: Database) -> None:
    with pytest.raises((KeyError, ProgrammingError)), db.reading() as session:
        FIND.rows(session, {})


def test_what_the_engine_refuses_is_raised_as_from_any_other_statement(db: Database) -> None:
    _add(db)
    with pytest.raises(IntegrityError), db.writing() as session:
        MOVE.rows(session, {"since": NOW, "to": None})


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_a_lost_connection_is_told_as_overloaded_and_not_used_again(db: Database) -> None:
    kill = Prepared(
        select(func.pg_terminate_backend(func.pg_backend_pid()).label("done"), literal_column("1").label("one"))
    )
    with pytest.raises(Overloaded), db.writing() as session:
        lost = session.scalar(text("SELECT pg_backend_pid()"))
        kill.rows(session, {})
    with db.writing() as session:
        assert session.scalar(text("SELECT pg_backend_pid()")) != lost
