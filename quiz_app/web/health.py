"""Whether the process lives, and whether it can serve."""

from __future__ import annotations

import threading
from functools import cache

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue

from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Overloaded
from quiz_app.kernel.settings import ROOT
from quiz_app.web.guard import database, public

ANSWERED_WITHIN_S = 0.7
_one_looks = threading.Lock()

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """The process answers; the database is not asked."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Whether the database is reachable and its migrations are current. Answered within a second in any case."""
    try:
        stands_at = _look(database()).answer()
    except Overloaded:
        return jsonify(status="unavailable", database="unreachable"), 503
    if stands_at != newest_revision():
        return jsonify(status="unavailable", database="ok", migrations="behind"), 503
    return jsonify(status="ok", database="ok", migrations="current")


class _Look:
    """One look at the database from a thread of its own: a server that hangs holds that thread, and not who asks."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._ended = threading.Event()
        self._stands_at: str | None = None
        self._error: Exception | None = None
        threading.Thread(target=self._run, daemon=True, name="readyz").start()

    @property
    def has_ended(self) -> bool:
        return self._ended.is_set()

    def answer(self) -> str | None:
        """The revision found. Raises Overloaded where it is not found in time."""
        if not self._ended.wait(ANSWERED_WITHIN_S):
            raise Overloaded
        if self._error is not None:
            raise self._error
        return self._stands_at

    def _run(self) -> None:
        try:
            self._stands_at = revision(self._db)
        except Exception as error:
            self._error = error
        finally:
            self._ended.set()


def _look(db: Database) -> _Look:
    """A new look, or the one that still hangs: however often somebody asks, one thread waits."""
    with _one_looks:
        look: _Look | None = current_app.extensions.get("readiness")
        if look is None or look.has_ended:
            look = current_app.extensions["readiness"] = _Look(db)
        return look


def revision(db: Database) -> str | None:
    with db.reading() as session:
        return MigrationContext.configure(session.connection()).get_current_revision()


@cache  # of the code that this process runs
def newest_revision() -> str | None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return ScriptDirectory.from_config(config).get_current_head()
