"""Heads of the audit's chain, kept outside the database: without them, cutting off its end would leave no trace.

They stand in a file of the data folder (one line a day), in the worker's log, in every backup, and on the operator's
page. Each is a beginning of today's chain, or the past was changed.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from quiz_app.kernel import audit
from quiz_app.kernel.audit import Head
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.db import Database

FILE = "audit-heads.log"

log = logging.getLogger(__name__)


def write_daily(data_dir: Path, db: Database) -> int:
    """Append today's head, once a day and only when it is another than the last; how many lines were written."""
    with db.reading() as session:
        now = db.now(session)
        head = audit.head(session)
    if head is None:
        return 0
    day = now.astimezone(VIETNAM).date().isoformat()
    lines = kept_in(data_dir)
    if lines and (lines[-1].startswith(day) or lines[-1].endswith(str(head))):
        return 0
    line = f"{day} {head}\n"
    with (data_dir / FILE).open("a", encoding="ascii") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
    log.info("audit head %s", head)
    return 1


def contradicted(session: Session, kept: Iterable[str]) -> Iterator[str]:
    """Those of the kept lines that the chain does not contain. They were read before the session began."""
    for line in kept:
        head = Head.parse(line.rpartition(" ")[2])
        if head is None or not audit.contains(session, head):
            yield line


def set_aside(data_dir: Path, now: datetime) -> None:
    """Begin a new file: what a restore brings back may be older than the last heads. The old file stays beside it."""
    file = data_dir / FILE
    if file.exists():
        file.rename(data_dir / f"audit-heads-{now.astimezone(VIETNAM):%Y%m%d-%H%M%S}.log")


def kept_in(data_dir: Path) -> list[str]:
    """The lines of the file, each a day and a head."""
    file = data_dir / FILE
    return file.read_text(encoding="ascii", errors="replace").splitlines() if file.exists() else []
