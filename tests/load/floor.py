"""The floor that the product is measured against: two bare Flask views, under the gunicorn settings of the product.

One keeps a posted answer by one guarded UPDATE of the driver alone, on a table of its own, and commits. The other
renders a template of fixed text. Nothing is signed in, checked, compressed or protected here. Each serving thread holds
its own connection, which costs less than any pool.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import psycopg
from flask import Flask, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from quiz_app.kernel.db import open_sqlite

TABLE = """CREATE TABLE floor_response (attempt_id bigint, position bigint, chosen varchar(10),
    revision bigint NOT NULL, saved_at timestamp, PRIMARY KEY (attempt_id, position))"""
Place = tuple[int, int]
Kept = tuple[int, str]


class Store(Protocol):
    def save(self, place: Place, letters: str, revision: int) -> Kept | None:
        """Keep and commit an answer that is newer than the one kept; None where it is not."""

    def fill(self, places: Sequence[Place]) -> None:
        """Make the table, with a row for each place."""


class Postgres:
    _UPDATE = """UPDATE floor_response SET chosen = %s, revision = %s, saved_at = now()
        WHERE attempt_id = %s AND position = %s AND revision < %s RETURNING revision, chosen"""

    def __init__(self, url: str) -> None:
        self._url = url
        self._own = threading.local()

    def save(self, place: Place, letters: str, revision: int) -> Kept | None:
        connection = self._connection()
        kept: Kept | None = connection.execute(self._UPDATE, (letters, revision, *place, revision)).fetchone()
        connection.commit()
        return kept

    def fill(self, places: Sequence[Place]) -> None:
        with psycopg.connect(self._url) as connection:
            connection.execute(TABLE)
            connection.cursor().executemany("INSERT INTO floor_response VALUES (%s, %s, NULL, 0, NULL)", places)

    def _connection(self) -> psycopg.Connection:
        if not hasattr(self._own, "connection"):
            self._own.connection = psycopg.connect(self._url)
        found: psycopg.Connection = self._own.connection
        return found


class Sqlite:
    _UPDATE = """UPDATE floor_response SET chosen = ?, revision = ?, saved_at = CURRENT_TIMESTAMP
        WHERE attempt_id = ? AND position = ? AND revision < ? RETURNING revision, chosen"""

    def __init__(self, url: str) -> None:
        self._path = Path(url.removeprefix("sqlite:///"))
        self._own = threading.local()
        self._writer = threading.Lock()  # without it threads wait by sleeping, and the floor is lower

    def save(self, place: Place, letters: str, revision: int) -> Kept | None:
        connection = self._connection()
        with self._writer:
            connection.execute("BEGIN IMMEDIATE")
            kept: Kept | None = connection.execute(self._UPDATE, (letters, revision, *place, revision)).fetchone()
            connection.execute("COMMIT")
        return kept

    def fill(self, places: Sequence[Place]) -> None:
        with closing(open_sqlite(self._path)) as connection:
            connection.execute(TABLE)
            connection.executemany("INSERT INTO floor_response VALUES (?, ?, NULL, 0, NULL)", places)
            connection.commit()

    def _connection(self) -> Any:
        if not hasattr(self._own, "connection"):
            self._own.connection = open_sqlite(self._path)
            self._own.connection.isolation_level = None  # transactions begin and end where it is said
            self._own.connection.execute("PRAGMA journal_mode=WAL")
            self._own.connection.execute("PRAGMA synchronous=FULL")
        return self._own.connection


def store(url: str) -> Store:
    return Sqlite(url) if url.startswith("sqlite:") else Postgres(url)


def create_app(url: str, pages: str | None = None) -> Flask:
    """The floor's application over the table in this database; `pages` is the folder of its templates."""
    app = Flask(__name__, static_folder=None, template_folder=pages)
    kept_in = store(url)

    @app.get("/readyz")
    def ready() -> str:
        return "ok"

    @app.post("/luot-thi/<int:attempt_id>/cau/<int:position>")
    def save(attempt_id: int, position: int) -> ResponseReturnValue:
        kept = kept_in.save((attempt_id, position), request.form["phuong_an"], int(request.form["revision"]))
        if kept is None:
            abort(409)
        return jsonify(revision=kept[0], letters=kept[1])

    @app.get("/trang/<name>")
    def page(name: str) -> str:
        return render_template(f"{name}.html")

    return app


def serve() -> Flask:
    """For gunicorn: `tests.load.floor:serve()`."""
    return create_app(os.environ["DATABASE_URL"], os.environ.get("FLOOR_PAGES"))
