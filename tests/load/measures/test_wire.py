"""What a page asks of the database is counted whole, whichever way it goes there."""

from __future__ import annotations

import gzip

from flask import Flask, Response
from sqlalchemy import literal, select

from quiz_app.kernel.db import Database
from quiz_app.kernel.prepared import Prepared
from tests.load.measures.wire import _page


def test_every_statement_of_a_page_counts(db: Database) -> None:
    app, alone = Flask(__name__), Prepared(select(literal(1).label("one")))

    @app.get("/")
    def page() -> Response:
        with db.reading() as session:
            session.scalars(select(literal(2))).one()
        alone.glance(db, {})
        return Response(gzip.compress(b"page"))

    assert _page(db, app.test_client(), "/")["queries"] == 2
