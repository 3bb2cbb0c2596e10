"""Backups: database and attached files in one archive that can prove itself, and the way back."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import inspect

from quiz_app.attempts import verify as recount
from quiz_app.kernel import audit
from quiz_app.kernel.audit import Head
from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.db import Database
from quiz_app.kernel.jobs import last_sign_of_life
from quiz_app.kernel.settings import ROOT
from quiz_app.operations import archive, audit_heads, dumps, encryption
from quiz_app.operations.errors import (
    ArchiveForeign,
    ArchiveNewer,
    DatabaseNotEmpty,
    RestoredWrong,
    ServiceRuns,
)
from quiz_app.web.health import revision

PATTERN = "sao-luu-*.tar.gz"
DUMP = "database"
FILES = "files"  # attached documents; uploaded rosters are left out, they are deleted after their import anyway
WORKER_GONE_AFTER_S = 20
FINDINGS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Installation:
    """What is backed up and restored."""

    db: Database
    database_url: str
    data_dir: Path

    @property
    def engine(self) -> str:
        return "SQLite" if self.db.is_sqlite else "PostgreSQL"


def create(of: Installation, folder: Path, *, keep: int | None = None, recipients: Sequence[str] = ()) -> Path:
    """Make a backup in `folder`, read it back, and only then remove all but the `keep` newest.

    With `recipients` (public keys of age) nothing readable ever lies in `folder`. Raises RecipientWrong.
    """
    encryption.check_recipients(recipients)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with of.db.reading() as session:
        now = of.db.now(session)
        head = audit.head(session)  # before the dump, which then holds this beginning in any case
    target = _new_name(folder, now)
    workshop = _made(of.data_dir) if recipients else folder  # where the same can be read anyway
    with tempfile.TemporaryDirectory(dir=workshop, prefix=".dang-sao-luu-") as place:
        dump = Path(place) / DUMP
        counts = dumps.dump(of.db, of.database_url, dump)
        parts = [(DUMP, dump), *_attached(of.data_dir)]
        stands_at = revision(of.db) or ""
        plain = Path(place) / target.name if recipients else target
        archive.pack(
            plain,
            parts,
            made_at=now.isoformat(),
            engine=of.engine,
            revision=stands_at,
            counts=counts,
            audit_head=str(head or ""),
        )
        archive.check(plain)
        if recipients:
            target = target.with_name(target.name + encryption.SUFFIX)
            encryption.encrypt(plain, target, recipients)
    if keep is not None:
        for old in kept_in(folder)[: -max(keep, 1)]:
            old.unlink()
    return target


def kept_in(folder: Path) -> list[Path]:
    """The backups in a folder, encrypted or not, the oldest first."""
    return sorted([*folder.glob(PATTERN), *folder.glob(PATTERN + encryption.SUFFIX)])


def check(of: Installation, source: Path, identity: Path | None = None) -> archive.Manifest:
    """Read a whole backup against its own list. Raises what is wrong with it."""
    with tempfile.TemporaryDirectory(dir=_made(of.data_dir), prefix=".kiem-tra-") as place:
        return archive.check(encryption.readable(source, identity, Path(place) / "plain"))


def restore(
    of: Installation,
    source: Path,
    *,
    identity: Path | None = None,
    recipients: Sequence[str] = (),
    replace: bool = False,
    upgrade: Callable[[], None],
) -> archive.Manifest:
    """Put a backup in the place of what is there; nothing is touched before the whole archive is found sound.

    With `replace` what was there is backed up first, beside `source` and for `recipients`. `identity` holds the private
    key of an encrypted one. `upgrade` brings older tables up to this release.
    Raises what stands in the way, and RestoredWrong when the restored data does not agree with itself.
    """
    with tempfile.TemporaryDirectory(dir=_made(of.data_dir), prefix=".phuc-hoi-") as place:
        unpacked = Path(place) / "parts"
        unpacked.mkdir()
        manifest = archive.unpack(encryption.readable(source, identity, Path(place) / "plain"), unpacked)
        _refuse_foreign(of, manifest)
        held = dumps.holds_something(of.db)
        if held is not None:
            if not replace:
                raise DatabaseNotEmpty(table=held)
            _refuse_while_working(of)
            create(of, source.parent, recipients=recipients)
        dumps.load(of.db, of.database_url, unpacked / DUMP)
        _replace_files(of.data_dir / FILES, unpacked / FILES)
    _compare(of, manifest)
    upgrade()
    with of.db.reading() as session:
        audit_heads.set_aside(of.data_dir, of.db.now(session))
    findings = list(islice(findings_of(of), FINDINGS_SHOWN))
    if findings:
        raise RestoredWrong(finding="; ".join(findings))
    return manifest


def findings_of(of: Installation) -> Iterator[str]:
    """Everything that does not hold together, in words: the file itself, scores and results, the audit's chain."""
    damaged = dumps.damage(of.db)
    if damaged is not None:
        yield damaged
        return
    heads = audit_heads.kept_in(of.data_dir)
    with of.db.reading() as session:
        yield from recount.differences(session)
        broken = audit.first_broken(session)
        if broken is not None:
            yield f"nhật ký không khớp dấu niêm phong ở các dòng {broken.first_id}–{broken.last_id}"
        for line in audit_heads.contradicted(session, heads):
            yield f"nhật ký thiếu mốc niêm phong đã ghi “{line}”"


def _new_name(folder: Path, now: datetime) -> Path:
    stamp = now.astimezone(VIETNAM).strftime("%Y%m%d-%H%M%S-%f")
    return folder / f"sao-luu-{stamp}.tar.gz"


def _attached(data_dir: Path) -> Iterator[tuple[str, Path]]:
    folder = data_dir / FILES
    for path in sorted(folder.rglob("*")) if folder.exists() else ():
        if path.is_file() and not path.is_symlink():
            yield path.relative_to(data_dir).as_posix(), path


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _refuse_foreign(of: Installation, manifest: archive.Manifest) -> None:
    if manifest.engine != of.engine:
        raise ArchiveForeign(theirs=manifest.engine, ours=of.engine)
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    try:
        ScriptDirectory.from_config(config).get_revision(manifest.revision)
    except CommandError as error:
        raise ArchiveNewer(revision=manifest.revision) from error


def _refuse_while_working(of: Installation) -> None:
    with of.db.reading() as session:
        if "lease" not in inspect(session.connection()).get_table_names():
            return
        seen = last_sign_of_life(session)
        if seen is not None and (of.db.now(session) - seen).total_seconds() < WORKER_GONE_AFTER_S:
            raise ServiceRuns


def _replace_files(live: Path, restored: Path) -> None:
    if live.exists():
        shutil.rmtree(live)
    if restored.exists():
        shutil.move(restored, live)


def _compare(of: Installation, manifest: archive.Manifest) -> None:
    with of.db.reading() as session:
        counted = dumps.counts_of(session.connection())
    for table, expected in manifest.counts.items():
        if counted.get(table) != expected:
            raise RestoredWrong(finding=f"bảng {table} có {counted.get(table)} dòng, bản sao lưu có {expected} dòng")
    head = Head.parse(manifest.audit_head)
    with of.db.reading() as session:
        if head is not None and not audit.contains(session, head):
            raise RestoredWrong(finding="nhật ký bị cắt mất phần cuối so với mốc niêm phong trong bản sao lưu")
