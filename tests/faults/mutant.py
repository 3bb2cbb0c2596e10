"""The product with one fault put in on purpose: it answers before it commits. The harness must catch it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from quiz_app.factory import create_app
from quiz_app.kernel.db import Database, as_overloaded
from quiz_app.kernel.settings import read_settings

COMMITS_AFTER_S = 0.5


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


def _commit(session: Session) -> None:
    session.commit()
    session.close()


settings = read_settings()
app = create_app(settings, Hasty(settings.database_url))
