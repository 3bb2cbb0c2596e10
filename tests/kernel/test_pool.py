"""Connections that are lent bare, and what becomes of them."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Overloaded

pytestmark = pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
PID = "SELECT pg_backend_pid()"


def _pid(db: Database) -> int:
    with db.single() as driver:
        [pid] = driver.execute(PID).fetchone()
    return int(pid)


def test_a_transaction_after_a_single_statement_is_whole(db: Database) -> None:
    first = _pid(db)
    with pytest.raises(ZeroDivisionError), db.writing() as session:
        assert session.scalar(text(PID)) == first
        session.execute(text("UPDATE unit SET name = 'khác'"))
        raise ZeroDivisionError
    with db.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM unit WHERE name = 'khác'")) == 0


def test_what_refuses_a_value_keeps_its_connection(db: Database) -> None:
    first = _pid(db)
    with pytest.raises(Exception, match="integer"), db.single() as driver:
        driver.execute("SELECT 'không phải số'::integer")
    assert _pid(db) == first


def test_who_breaks_off_gives_his_connection_up(db: Database) -> None:
    first = _pid(db)
    with pytest.raises(ZeroDivisionError), db.single() as driver:
        driver.execute(PID)
        raise ZeroDivisionError
    assert _pid(db) != first


def test_what_was_out_while_all_were_given_up_is_closed_when_it_comes_back(db: Database) -> None:
    with db.single() as driver:
        db.dispose()
        assert not driver.closed
    assert driver.closed


def test_a_statement_planned_before_a_type_was_changed_fails_once_and_as_busy(db: Database) -> None:
    """As with a release whose migration runs while older nodes serve."""
    asked = "SELECT name FROM unit LIMIT 1"
    for _ in range(4):
        with db.single() as driver:
            driver.execute(asked)
    other = Database(db.engine.url.render_as_string(hide_password=False))
    with other.writing() as session:
        session.execute(text("ALTER TABLE unit ALTER COLUMN name TYPE varchar(300)"))
    other.dispose()
    with pytest.raises(Overloaded), db.single() as driver:
        driver.execute(asked)
    with db.single() as driver:
        driver.execute(asked)


def test_the_same_within_a_transaction(db: Database) -> None:
    asked = text("SELECT name FROM unit LIMIT 1")
    for _ in range(4):
        with db.reading() as session:
            session.execute(asked)
    other = Database(db.engine.url.render_as_string(hide_password=False))
    with other.writing() as session:
        session.execute(text("ALTER TABLE unit ALTER COLUMN name TYPE varchar(300)"))
    other.dispose()
    with pytest.raises(Overloaded), db.reading() as session:
        session.execute(asked)
    with db.reading() as session:
        session.execute(asked)
