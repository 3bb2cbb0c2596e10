"""The product with one fault put in on purpose, each a whole application. The harness must catch every one."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Flask, g, request
from sqlalchemy import Connection, Dialect, bindparam, event, select, update
from sqlalchemy.orm import Session

from quiz_app.attempts import closing, queries, services, statements
from quiz_app.attempts.models import Attempt, AttemptState, Response
from quiz_app.contests.models import Round
from quiz_app.factory import create_app
from quiz_app.kernel.busy import as_overloaded
from quiz_app.kernel.db import Database
from quiz_app.kernel.db import _begin_sqlite as begin_sqlite
from quiz_app.kernel.prepared import Prepared
from quiz_app.kernel.settings import read_settings
from quiz_app.kernel.work import Work
from quiz_app.members.sign_ins import caller

COMMITS_AFTER_S = 0.5
MOMENT_S = 0.03
LONG_MOMENT_S = 0.25  # longer than the time between two who mean to come at once on a slow machine
TOO_LONG = timedelta(milliseconds=500)


class Hasty(Database):
    """Keeps every transaction open for a moment after its caller has gone on."""

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with as_overloaded():
            session = Session(self.engine, expire_on_commit=False)
            try:
                yield session
                session.flush()
            except BaseException:
                session.close()
                raise
            threading.Timer(COMMITS_AFTER_S, _commit, [session]).start()

    @contextmanager
    def single(self, *, reading: bool = False) -> Iterator[Any]:
        if reading:
            with super().single(reading=True) as driver:
                yield driver
            return
        with self.writing() as session:
            yield session.connection().connection.driver_connection


def _commit(session: Session) -> None:
    session.commit()
    session.close()


def hasty() -> Flask:
    """Answers before it commits."""
    settings = read_settings()
    return create_app(settings, Hasty(settings.database_url))


def heedless_of_revisions() -> Flask:
    """Keeps the save that comes last, whatever its revision."""
    sound = services.save_response

    def save_response(w: Work, attempt_id: int, position: int, choice: services.Choice) -> services.Saved:
        place = (Response.attempt_id == attempt_id, Response.position == position)
        w.session.execute(update(Response).where(*place).values(revision=0))
        return sound(w, attempt_id, position, choice)

    _save_by(save_response)
    return create_app()


def heedless_at_once() -> Flask:
    """The same where a save is one statement."""
    saving = statements._saving(caller())
    statements.SAVE_IF_NEWER_AT_ONCE = Prepared(saving.values(revision=bindparam("sent_revision")))
    return create_app()


def patient() -> Flask:
    """Accepts saves for a while after the grace has ended."""
    sound = services.save_response

    def save_response(w: Work, attempt_id: int, position: int, choice: services.Choice) -> services.Saved:
        w.now -= TOO_LONG
        return sound(w, attempt_id, position, choice)

    _save_by(save_response)
    return create_app()


def forgetful() -> Flask:
    """Ends an attempt without a look whether it has ended, and takes a moment for it."""
    sound = closing.finish

    def finish(w: Work, attempt_id: int, **how: Any) -> bool:
        time.sleep(MOMENT_S)
        ended = (Attempt.id == attempt_id, Attempt.state == AttemptState.SUBMITTED.value)
        w.session.execute(update(Attempt).where(*ended).values(state=AttemptState.OPEN.value, ended_at=None))
        return sound(w, attempt_id, **how)

    closing.finish = finish
    return create_app()


def unlocked_closing() -> Flask:
    """Ends attempts without locking their rows, and takes a moment between the look and the end."""
    sound = closing.end

    def end(*act: Any, **how: Any) -> Any:
        time.sleep(LONG_MOMENT_S)
        return sound(*act, **how)

    closing.end = end
    return _without(r" FOR UPDATE$")


def unlocked_saves() -> Flask:
    """Saves without locking the attempt, and takes a moment to commit."""
    sound = services.save_response

    def save_response(w: Work, attempt_id: int, position: int, choice: services.Choice) -> services.Saved:
        saved = sound(w, attempt_id, position, choice)
        time.sleep(LONG_MOMENT_S)
        return saved

    _save_by(save_response)
    return _without(" FOR SHARE")


def unlocked_at_once() -> Flask:
    """The same where a save is one statement."""
    slowly = f" RETURNING response.revision + (SELECT 0 FROM pg_sleep({LONG_MOMENT_S}))"
    statements.SAVE_IF_NEWER_AT_ONCE = _Rewritten(
        statements.SAVE_IF_NEWER_AT_ONCE, {" FOR SHARE": "", " RETURNING response.revision": slowly}
    )
    return create_app()


class _Rewritten(Prepared):
    """A statement with parts of its text replaced."""

    def __init__(self, sound: Prepared, changes: Mapping[str, str]) -> None:
        super().__init__(sound._statement)
        self._changes = changes

    def _for(self, dialect: Dialect) -> Any:
        compiled: Any = super()._for(dialect)
        raw = None if compiled.raw is None else self._rewritten(compiled.raw.decode()).encode()
        return replace(compiled, sql=self._rewritten(compiled.sql), raw=raw)

    def _rewritten(self, sql: str) -> str:
        for old, new in self._changes.items():
            assert old in sql, f"the statement no longer says {old!r}"
            sql = sql.replace(old, new)
        return sql


def _save_by(save_response: Callable[..., services.Saved]) -> None:
    """Let every save go the long way, and this be it."""
    services.save_response = save_response
    services.save_at_once = lambda *_: None


def _without(clause: str) -> Flask:
    """The product whose statements lack what a pattern finds."""
    settings = read_settings()
    db = Database(settings.database_url)

    def strip(_c: object, _cursor: object, statement: str, parameters: Any, *_more: object) -> tuple[str, Any]:
        return re.sub(clause, "", statement), parameters

    event.listen(db.engine, "before_cursor_execute", strip, retval=True)
    return create_app(settings, db)


def deferred() -> Flask:
    """Begins every transaction of SQLite without a lock, and takes a moment between reading and writing."""
    settings = read_settings()
    db = Database(settings.database_url)
    event.remove(db.engine, "begin", begin_sqlite)
    event.listen(db.engine, "begin", _begin_deferred)
    sound = services.save_response

    def save_response(w: Work, attempt_id: int, position: int, choice: services.Choice) -> services.Saved:
        w.session.get(Attempt, attempt_id)
        time.sleep(MOMENT_S)
        return sound(w, attempt_id, position, choice)

    _save_by(save_response)
    return create_app(settings, db)


def _begin_deferred(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def looks_first() -> Flask:
    """Looks for attempts in a transaction of its own before that of the start, and believes what it saw."""
    app = create_app()
    sound = queries.entry

    @app.before_request
    def look() -> None:
        if request.method == "POST" and request.path.endswith("/bat-dau"):
            with app.extensions["database"].reading() as session:
                g.seen = set(session.scalars(select(Attempt.id)))
            time.sleep(10 * MOMENT_S)

    def entry(w: Work, round_: Round, **how: Any) -> queries.Entry:
        found = sound(w, round_, **how)
        if "seen" not in g:
            return found
        is_seen = found.open_attempt is not None and found.open_attempt.id in g.seen
        attempts = tuple(attempt for attempt in found.attempts if attempt.id in g.seen)
        return replace(found, open_attempt=found.open_attempt if is_seen else None, attempts=attempts)

    queries.entry = entry  # type: ignore[assignment] # the same but for how it is typed
    return app
