"""A process that dies at work on a final table: `python -m tests.features.results.dying <database> <key> <when>`.

`when`: "before" its transaction is committed with all that it writes, or "after".
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from quiz_app import tables
from quiz_app.kernel.db import Database
from quiz_app.kernel.jobs import Job, Progress, perform
from quiz_app.results import table_jobs


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DyingBefore(Progress):
    def end(self, session: Session, result: dict[str, Any]) -> dict[str, Any]:
        super().end(session, result)
        session.flush()
        die()
        raise AssertionError


def main(database_url: str, key: str, when: str) -> None:
    assert "job" in tables.metadata.tables
    database = Database(database_url)

    def run(db: Database, payload: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        if when == "before":
            with db.reading() as session:
                progress = DyingBefore(db, session.scalars(select(Job.id).where(Job.key == key)).one())
        table_jobs.run(db, payload, progress)
        die()
        raise AssertionError

    perform(database, {table_jobs.KIND: run}, key)


if __name__ == "__main__":
    main(*sys.argv[1:])
