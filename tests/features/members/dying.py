"""A process that dies before it commits a roster.

`python -m tests.features.members.dying <database> <unit> <hash of the file> <folder of its plan>`.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from sqlalchemy import event

from quiz_app import tables
from quiz_app.kernel.db import Database
from quiz_app.kernel.work import working
from quiz_app.members import rosters
from quiz_app.members.roster_plan import PlanFolder


def main(database_url: str, unit_id: int, file_sha256: str, folder: Path) -> None:
    assert "job" in tables.metadata.tables
    with working(Database(database_url)) as w:
        event.listen(w.session, "before_commit", lambda _: os.kill(os.getpid(), signal.SIGKILL))
        rosters.apply(w, rosters.Order(unit_id, file_sha256, "ds.xlsx"), PlanFolder(folder), since=w.now)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
