"""How often a request has failed, kept in the data folder: it must be told when the database is what fails."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

FOLDER = "failures"
KEPT = timedelta(days=30)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """One request that failed: when, under which name the log has it, and which page it was."""

    at: datetime
    reference: str
    endpoint: str


def note(data_dir: Path, now: datetime, reference: str, endpoint: str | None) -> None:
    """Write down one failure. A disk that refuses is told in the log, and fails nothing more."""
    line = f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} {reference} {endpoint or '-'}\n"
    try:
        (data_dir / FOLDER).mkdir(exist_ok=True)
        descriptor = os.open(_file(data_dir, now), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line.encode())  # one call: processes beside each other never mix their lines
        finally:
            os.close(descriptor)
    except OSError as error:
        log.warning("a failure could not be counted: %s", type(error).__name__)


def of_last_day(data_dir: Path, now: datetime) -> list[Failure]:
    """The failures of the 24 hours before `now`, the oldest first."""
    since = now - timedelta(days=1)
    lines: list[str] = []
    for day in (since, now):
        file = _file(data_dir, day)
        if file.exists():
            lines += file.read_text(encoding="utf-8").splitlines()
    found = [Failure(datetime.fromisoformat(at), *rest) for at, *rest in map(str.split, lines) if len(rest) == 2]
    return [failure for failure in found if failure.at >= since]


def forget_old(data_dir: Path, now: datetime) -> int:
    """Delete what is older than 30 days; how many files went."""
    oldest = _file(data_dir, now - KEPT)
    gone = [file for file in oldest.parent.glob("*.log") if file.name < oldest.name]
    for file in gone:
        file.unlink()
    return len(gone)


def _file(data_dir: Path, day: datetime) -> Path:
    return data_dir / FOLDER / f"{day.astimezone(UTC):%Y-%m-%d}.log"
