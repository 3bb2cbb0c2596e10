"""Prepared statements behave like any other: types, transaction, refusals; only the way is shorter."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import bindparam, event, func, insert, literal_column, select, text, update
from sqlalchemy.exc import IntegrityError, ProgrammingError

from quiz_app.kernel.audit import AuditEntry
from quiz_app.kernel.db import Database, bounded, table_of
from quiz_app.kernel.errors import Overloaded
from quiz_app.kernel.prepared import Prepared, rows_of, together
from tests.support.clock import NOW
from tests.support.tampering import unlock_record

_entry = table_of(AuditEntry).c
FIND = Prepared(select(_entry.id, _entry.at, _entry.facts, _entry.actor_member_id).where(_entry.at == bindparam("at")))
MOVE = Prepared(
    update(table_of(AuditEntry))
    .where(_entry.at == bindparam("since"))
    .values(subject=bindparam("to"))
    .returning(_entry.at, _entry.subject)
)


LIKE = Prepared(
    select(_entry.id, _entry.subject)
    .where(_entry.subject.contains(bindparam("part")), _entry.subject.like("x:%"), _entry.action != bindparam("part"))
    .order_by(_entry.id)
)


@pytest.fixture(autouse=True, params=["unheard", "heard"])
def listener(request: pytest.FixtureRequest, db: Database) -> Iterator[None]:
    """Where somebody listens to statements they go by SQLAlchemy, else to PostgreSQL's driver: both do the same."""
    with db.writing() as session:
        unlock_record(session)
    if request.param == "heard":
        event.listen(db.engine, "before_cursor_execute", _hear)
    yield
    if request.param == "heard":
        event.remove(db.engine, "before_cursor_execute", _hear)


def _hear(*_: object) -> None:
    return


def _add(db: Database) -> None:
    with db.writing() as session:
        session.add(AuditEntry(at=NOW, actor_member_id=None, action="a.b", subject="x:1", facts={"số": 1}))


def test_values_have_the_types_of_the_statement(db: Database) -> None:
    _add(db)
    with db.reading() as session:
        (row,) = FIND.rows(session, {"at": NOW})
        assert (row.at, row.facts, row.actor_member_id) == (NOW, {"số": 1}, None)
        assert FIND.rows(session, {"at": NOW.replace(year=2020)}) == []


def test_signs_of_percent_and_a_value_used_twice_mean_what_they_say(db: Database) -> None:
    _add(db)
    with db.reading() as session:
        assert [row.subject for row in LIKE.rows(session, {"part": ":"})] == ["x:1"]
        assert LIKE.rows(session, {"part": "%"}) != LIKE.rows(session, {"part": "2"})
        assert LIKE.rows(session, {"part": "a.b"}) == []


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


def test_a_glance_reads_what_is_kept_and_changes_nothing(db: Database) -> None:
    _add(db)
    with db.writing() as session:  # nobody who writes is waited for
        MOVE.rows(session, {"since": NOW, "to": "x:2"})
        (row,) = FIND.glance(db, {"at": NOW})
        assert (row.at, row.facts) == (NOW, {"số": 1})
    (row,) = FIND.glance(db, {"at": NOW})
    with db.writing() as session:  # the connection writes again
        assert [row.subject for row in MOVE.rows(session, {"since": NOW, "to": "x:3"})] == ["x:3"]


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


def test_at_once_is_kept_and_leaves_the_next_transaction_whole(db: Database) -> None:
    _add(db)
    assert [row.subject for row in MOVE.at_once(db, {"since": NOW, "to": "x:2"})] == ["x:2"]
    with pytest.raises(Exception, match=r"(?i)null"):
        MOVE.at_once(db, {"since": NOW, "to": None})
    with pytest.raises(ZeroDivisionError), db.writing() as session:
        MOVE.rows(session, {"since": NOW, "to": "x:3"})
        raise ZeroDivisionError
    with db.reading() as session:
        assert session.scalar(select(AuditEntry.subject)) == "x:2"


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_at_once_over_a_lost_connection_is_told_as_overloaded(db: Database) -> None:
    _add(db)
    with db.single() as driver:
        [lost] = driver.execute("SELECT pg_backend_pid()").fetchone()
    other = Database(str(db.engine.url))
    with other.writing() as session:
        session.execute(select(func.pg_terminate_backend(lost, 5000)))
    other.dispose()
    with pytest.raises(Overloaded):
        MOVE.at_once(db, {"since": NOW, "to": "x:4"})
    assert [row.subject for row in MOVE.at_once(db, {"since": NOW, "to": "x:5"})] == ["x:5"]


RENAME = Prepared(
    update(table_of(AuditEntry)).where(_entry.subject == bindparam("before")).values(subject=bindparam("after"))
)
REPEAT = Prepared(
    insert(table_of(AuditEntry)).values(
        id=bindparam("id"), at=bindparam("at"), action="a.c", subject=bindparam("subject"), facts=bindparam("facts")
    )
)


def test_what_is_sent_together_is_done_in_its_order_and_part_of_the_transaction(db: Database) -> None:
    _add(db)
    with db.writing() as session:
        with together(session):
            for number in range(1, 5):
                RENAME.run(session, {"before": f"x:{number}", "after": f"x:{number + 1}"})
            REPEAT.run(session, {"id": 9, "at": NOW, "subject": "x:9", "facts": {"là": [9]}})
        assert session.scalars(select(AuditEntry.subject).order_by(AuditEntry.id)).all() == ["x:5", "x:9"]
    with pytest.raises(ZeroDivisionError), db.writing() as session:
        with together(session):
            RENAME.run(session, {"before": "x:5", "after": "x:6"})
        raise ZeroDivisionError
    with db.reading() as session:
        assert session.scalars(select(AuditEntry.subject).order_by(AuditEntry.id)).all() == ["x:5", "x:9"]


def test_what_fails_among_them_is_told_as_usual_and_nothing_of_the_transaction_is_kept(db: Database) -> None:
    _add(db)
    row = {"id": 9, "at": NOW, "facts": {}}
    for _ in range(8):  # often enough for the driver to have prepared them
        with pytest.raises(IntegrityError), db.writing() as session, together(session):
            RENAME.run(session, {"before": "x:1", "after": "x:2"})
            REPEAT.run(session, {**row, "subject": "x:9"})
            REPEAT.run(session, {**row, "subject": "x:10"})
            RENAME.run(session, {"before": "x:9", "after": "x:3"})
        with pytest.raises(ZeroDivisionError), db.writing() as session, together(session):
            RENAME.run(session, {"before": "x:1", "after": "x:2"})
            raise ZeroDivisionError
    with db.writing() as session:
        with together(session):
            REPEAT.run(session, {**row, "subject": "x:9"})
        assert session.scalars(select(AuditEntry.subject).order_by(AuditEntry.id)).all() == ["x:1", "x:9"]


TWICE = Prepared(
    insert(table_of(AuditEntry))
    .values(id=bindparam("id"), at=bindparam("at"), action="a.c", subject="x:2", facts={})
    .returning(_entry.id)
)
FIND_SUBJECT = Prepared(select(_entry.subject).where(_entry.at == bindparam("at")))
HOLD = Prepared(select(_entry.id, _entry.subject).where(_entry.at == bindparam("at")).with_for_update())


def test_rows_that_are_asked_for_together_are_those_of_one_after_the_other(db: Database) -> None:
    _add(db)
    for turn in range(6):  # kept each time, so the driver has prepared them by the end
        asked: list[tuple[Prepared, dict[str, Any]]] = [
            (FIND, {"at": NOW}),
            (MOVE, {"since": NOW, "to": f"x:{turn}"}),
            (LIKE, {"part": f"x:{turn}"}),
        ]
        with db.writing() as session:
            found, moved, after = rows_of(session, asked)
            driver: Any = session.connection().connection.driver_connection
        assert [(row.at, row.facts) for row in found] == [(NOW, {"số": 1})]
        assert [row.subject for row in moved] == [row.subject for row in after] == [f"x:{turn}"]
        with db.reading() as session:
            assert rows_of(session, [(FIND, {"at": NOW + timedelta(days=1)}), *asked[:1]])[0] == []
    if not db.is_sqlite:
        assert len(driver._prepared._names) >= len(asked), "the way of a server in service was not gone"


def test_what_fails_among_rows_is_told_as_usual(db: Database) -> None:
    _add(db)
    for turn in range(6):
        with db.writing() as session:
            [known], _ = rows_of(
                session, [(FIND, {"at": NOW}), (TWICE, {"id": 100 + turn, "at": NOW.replace(year=2020)})]
            )
        with pytest.raises(IntegrityError), db.writing() as session:
            rows_of(session, [(FIND, {"at": NOW}), (TWICE, {"id": known.id, "at": NOW}), (FIND, {"at": NOW})])
    with db.reading() as session:
        assert len(FIND.rows(session, {"at": NOW})) == 1


def test_of_rows_asked_for_together_the_later_see_what_the_earlier_waited_for(db: Database) -> None:
    """As with one after the other: a row that is held first tells nothing old about what is read behind it."""
    if db.is_sqlite:  # of its writers one waits for the other's end before he begins
        return
    _add(db)
    for turn in range(20):
        holds = threading.Event()

        def change(turn: int = turn, holds: threading.Event = holds) -> None:
            with db.writing() as session:
                HOLD.rows(session, {"at": NOW})
                holds.set()
                time.sleep(0.02)
                session.execute(update(AuditEntry).values(subject=f"x:{turn}"))

        thread = threading.Thread(target=change)
        thread.start()
        assert holds.wait(10)
        with db.writing() as session:
            found = rows_of(session, [(HOLD, {"at": NOW}), (FIND_SUBJECT, {"at": NOW})])
        thread.join(10)
        assert [[row.subject for row in rows] for rows in found] == [[f"x:{turn}"]] * 2


_counting = select(literal_column("1").label("i")).cte("counting", recursive=True)
_counting = _counting.union_all(select(_counting.c.i + 1).where(_counting.c.i < 10**8))
ENDLESS = Prepared(select(_counting.c.i))


def test_what_fails_while_rows_are_fetched_is_told_as_usual(db: Database) -> None:
    """SQLite gives the first row at once, and meets its limit only as the others are fetched."""
    with pytest.raises(Overloaded), db.reading() as session, bounded(session, 0.05):
        ENDLESS.rows(session, {})
