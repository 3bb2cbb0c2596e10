"""Whether the process lives, and whether it can serve."""

from __future__ import annotations

from functools import cache, partial

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue

from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Overloaded
from quiz_app.kernel.settings import ROOT
from quiz_app.web.guard import database, public
from quiz_app.web.looks import look

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
        stands_at = look(current_app._get_current_object(), "readyz", partial(revision, database()))  # type: ignore[attr-defined] # the proxy's own way
    except Overloaded:
        return jsonify(status="unavailable", database="unreachable"), 503
    if stands_at != newest_revision():
        return jsonify(status="unavailable", database="ok", migrations="behind"), 503
    return jsonify(status="ok", database="ok", migrations="current")


def revision(db: Database) -> str | None:
    with db.reading() as session:
        return MigrationContext.configure(session.connection()).get_current_revision()


@cache  # of the code that this process runs
def newest_revision() -> str | None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return ScriptDirectory.from_config(config).get_current_head()
