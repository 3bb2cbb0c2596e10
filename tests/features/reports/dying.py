"""A process that dies while it makes a report: `python -m tests.features.reports.dying <database> <key> <folder>`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quiz_app import tables
from quiz_app.kernel.db import Database
from quiz_app.kernel.jobs import Progress, perform
from quiz_app.reports import making
from quiz_app.reports.asking_jobs import FIGURES, FILES


class Last(Progress):
    """Told once more, and then nothing ever again."""

    def report(self, done: int, total: int | None = None) -> None:
        super().report(done, total)
        if done:
            os.kill(os.getpid(), signal.SIGKILL)


def main(database_url: str, key: str, folder: Path) -> None:
    assert "job" in tables.metadata.tables

    def count(db: Database, payload: Mapping[str, Any], _progress: Progress) -> dict[str, Any]:
        return making.count(db, payload, Last(db, 0))

    def make(db: Database, payload: Mapping[str, Any], _progress: Progress) -> dict[str, Any]:
        return making.make(folder, None, db, payload, Last(db, 0))

    perform(Database(database_url), {FIGURES: count, FILES: make}, key)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
