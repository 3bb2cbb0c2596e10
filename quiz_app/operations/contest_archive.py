"""A whole contest as one archive, and the way back into an empty instance of either engine."""

from __future__ import annotations

import hashlib
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quiz_app import tables
from quiz_app.contests.models import Contest
from quiz_app.kernel.access import SYSTEM
from quiz_app.kernel.db import Database, unhurried
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.settings import ROOT
from quiz_app.kernel.work import Work, viewing
from quiz_app.operations import contest_archive_file as files
from quiz_app.operations import contest_archive_loading as loading
from quiz_app.operations import dumps
from quiz_app.operations.archive import CHUNK
from quiz_app.operations.contest_archive_errors import InstanceNotEmpty, InstanceNotMigrated
from quiz_app.operations.contest_archive_file import Manifest
from quiz_app.operations.contest_archive_lines import INSTANT, written
from quiz_app.operations.contest_archive_parts import Part, parts_of
from quiz_app.operations.policy import Action
from quiz_app.units.models import Unit
from quiz_app.web.health import newest_revision, revision

BATCH = 1000
LONGEST_S = 900  # of one statement: a large contest takes longer than any page may
Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Made:
    """An archive that has been written and read back. `sha256` is that of the whole file."""

    manifest: Manifest
    sha256: str
    size: int


def nobody_told(_done: int, _total: int) -> None:
    """For whoever shows no progress."""


def create(
    db: Database,
    contest_id: int,
    target: Path,
    *,
    made_by: str,
    tell: Told = nobody_told,
    scratch: Path | None = None,
) -> Made:
    """Write a contest as it is at one instant, and read it back into a scratch instance before it counts as made.

    `tell` hears how many rows are done of how many; `scratch` is the folder for that instance.
    Raises Missing, ContestNotKept, ContestNotFinal, ContestKeysInUse,
    and what `check` raises where the stored results themselves do not hold together; no file is left then.
    """
    stands_at = revision(db) or ""
    with viewing(db) as r:
        unhurried(r.session, LONGEST_S)
        contest = r.session.get(Contest, contest_id)
        if contest is None:
            raise Missing
        parts = parts_of(r.session, contest, r.now)
        total = 2 * sum(
            r.session.scalar(select(func.count()).select_from(part.table).where(part.rows)) or 0 for part in parts
        )
        with files.writing(target) as archive:
            notes = _Notes(tell, total)
            for part in parts:
                archive.part(part.table.name, notes.lines(r.session, part, is_sqlite=db.is_sqlite))
            manifest = Manifest(
                format=files.FORMAT,
                product=product_version(),
                revision=stands_at,
                made_at=r.now.astimezone(UTC).strftime(INSTANT),
                made_by=made_by,
                contest={
                    "id": contest.id,
                    "title": contest.title,
                    "unit": r.session.get_one(Unit, contest.unit_id).name,
                },
                files=archive.files,
                rosters={str(round_id): digest.hexdigest() for round_id, digest in sorted(notes.rosters.items())},
                tables=notes.tables,
            )
            archive.manifest(manifest)
    try:
        check(target, lambda done, _: tell(total // 2 + done, total), scratch)
    except BaseException:
        target.unlink()
        raise
    return Made(manifest, file_hash(target), target.stat().st_size)


def check(source: Path, tell: Told = nobody_told, scratch: Path | None = None) -> Manifest:
    """Take an archive into a scratch instance with everything that an import looks at. Raises what is wrong with it."""
    with tempfile.TemporaryDirectory(prefix="luu-tru-cuoc-thi-", dir=scratch) as place:
        instance = Database(f"sqlite:///{Path(place) / 'thu.sqlite3'}", pool_size=2)
        try:
            tables.metadata.create_all(instance.engine)
            with files.reading(source) as archive:
                archive.prove()
                with instance.writing() as session:
                    loading.load(session, archive, instance.now(session), tell)
                    loading.verify(session, archive.manifest)
                return archive.manifest
        finally:
            instance.dispose()


def take_in(db: Database, source: Path) -> Manifest:
    """Import an archive into an empty instance: all of it, or nothing where anything differs.

    Raises InstanceNotMigrated, InstanceNotEmpty, and what is wrong with the archive.
    """
    if revision(db) != newest_revision():
        raise InstanceNotMigrated
    with files.reading(source) as archive:
        archive.prove()
        sha256 = file_hash(source)
        with db.writing() as session:
            unhurried(session, LONGEST_S)
            held = dumps.holds_something(db)
            if held is not None:
                raise InstanceNotEmpty(table=held)
            now = db.now(session)
            loading.load(session, archive, now, nobody_told)
            loading.verify(session, archive.manifest)
            if not db.is_sqlite:
                loading.reset_sequences(session)
            w = Work(session, SYSTEM, now)
            manifest = archive.manifest
            w.record(
                Action.CONTEST_IMPORTED,
                f"contest:{manifest.contest['id']}",
                file=source.name,
                sha256=sha256,
                rows=manifest.rows,
            )
    return manifest


class _Notes:
    """Passes lines on and keeps what the list needs of them: hashes of rosters, and the published tables."""

    def __init__(self, tell: Told, total: int) -> None:
        self._tell = tell
        self._total = total
        self._done = 0
        self.rosters: dict[int, hashlib._Hash] = {}
        self.tables: list[dict[str, Any]] = []

    def lines(self, session: Session, part: Part, *, is_sqlite: bool) -> Iterator[bytes]:
        query = part.query(is_sqlite=is_sqlite).execution_options(yield_per=BATCH)
        for found in session.execute(query).mappings():
            row = part.kept({**found})
            if part.table.name == "roster_entry":
                loading.add_to_roster(self.rosters, row)
            if part.table.name == "final_table" and row["published_at"] is not None:
                self.tables.append(loading.told_of_table(row))
            yield written(row)
            self._done += 1
            self._tell(self._done, self._total)


def file_hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as source:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


@cache
def product_version() -> str:
    """The release that is running."""
    found: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    return found
