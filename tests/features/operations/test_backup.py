"""A backup holds everything of one instant, proves itself, and nothing else is ever restored."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from quiz_app.kernel import audit, jobs
from quiz_app.kernel.audit import AuditEntry, FeatureAction
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Refused
from quiz_app.kernel.work import working
from quiz_app.members.models import Member
from quiz_app.operations import archive, backup, dumps
from quiz_app.operations.backup import Installation
from quiz_app.operations.errors import (
    ArchiveAltered,
    ArchiveBroken,
    ArchiveForeign,
    ArchiveNewer,
    DatabaseNotEmpty,
    RestoredWrong,
    ServiceRuns,
)
from quiz_app.operations.labels import words_of
from tests.support.build import Commune
from tests.support.tampering import unlock_record
from tests.support.works import Work


class Action(FeatureAction):
    THING_DONE = ("thing.done", ["number"])


@pytest.fixture
def filled(installation: Installation, commune: Commune) -> Installation:
    files = installation.data_dir / "files"
    files.mkdir(parents=True)
    (files / "ke-hoach.pdf").write_bytes(b"%PDF-1.7 " + bytes(range(256)) * 40)
    return installation


@pytest.fixture
def elsewhere(empty_database_url: str, tmp_path: Path) -> Iterator[Installation]:
    """A new machine: no tables, no files."""
    database = Database(empty_database_url)
    yield Installation(database, empty_database_url, tmp_path / "elsewhere")
    database.dispose()


def nothing_to_upgrade() -> None:
    """The archives of these tests are of this release."""


def names(db: Database) -> list[str]:
    with db.reading() as session:
        return list(session.scalars(select(Member.full_name).order_by(Member.id)))


def test_a_new_machine_gets_everything(filled: Installation, elsewhere: Installation, tmp_path: Path) -> None:
    made = backup.create(filled, tmp_path / "backups")
    assert made.stat().st_mode & 0o777 == 0o600
    manifest = backup.restore(elsewhere, made, upgrade=nothing_to_upgrade)
    assert manifest.counts["member"] == len(names(filled.db)) > 10
    assert names(elsewhere.db) == names(filled.db)
    restored = elsewhere.data_dir / "files" / "ke-hoach.pdf"
    assert restored.read_bytes() == (filled.data_dir / "files" / "ke-hoach.pdf").read_bytes()
    assert [path.name for path in elsewhere.data_dir.iterdir()] == ["files"], "nothing is left lying about"


def test_what_is_there_is_replaced_only_when_asked_and_kept(
    filled: Installation, tmp_path: Path, work: Work, commune: Commune
) -> None:
    folder = tmp_path / "backups"
    made = backup.create(filled, folder)
    before = names(filled.db)
    with work() as w:
        w.session.execute(update(Member).where(Member.id == commune.member.id).values(full_name="Người Khác"))
    (filled.data_dir / "files" / "ke-hoach.pdf").unlink()
    (filled.data_dir / "files" / "moi.pdf").write_bytes(b"new")
    changed = names(filled.db)

    with pytest.raises(DatabaseNotEmpty):
        backup.restore(filled, made, upgrade=nothing_to_upgrade)
    assert names(filled.db) == changed

    backup.restore(filled, made, replace=True, upgrade=nothing_to_upgrade)
    assert names(filled.db) == before
    assert [path.name for path in (filled.data_dir / "files").iterdir()] == ["ke-hoach.pdf"]

    (kept,) = set(folder.glob(backup.PATTERN)) - {made}
    backup.restore(filled, kept, replace=True, upgrade=nothing_to_upgrade)
    assert names(filled.db) == changed
    assert [path.name for path in (filled.data_dir / "files").iterdir()] == ["moi.pdf"]


def test_a_backup_under_load_holds_whole_transactions(
    installation: Installation, elsewhere: Installation, tmp_path: Path
) -> None:
    """Every transaction writes two rows: an odd number of them would be half of one."""
    stop = threading.Event()
    written = [0]

    def write() -> None:
        while not stop.is_set():
            with working(installation.db) as w:
                for _ in range(2):
                    w.record(Action.THING_DONE, "thing:1", number=written[0])
            written[0] += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        while written[0] < 20:
            stop.wait(0.01)
        acknowledged = written[0]
        made = backup.create(installation, tmp_path / "backups")
        afterwards = written[0]
    finally:
        stop.set()
        thread.join()
    assert afterwards > acknowledged, "nothing was written during the backup"
    backup.restore(elsewhere, made, upgrade=nothing_to_upgrade)
    with elsewhere.db.reading() as session:
        rows = session.scalar(select(func.count()).select_from(AuditEntry))
    assert rows is not None
    assert rows % 2 == 0
    assert acknowledged * 2 <= rows <= written[0] * 2


def test_old_backups_go_only_when_a_new_one_is_sound(installation: Installation, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    made = [backup.create(installation, folder) for _ in range(3)]
    (folder / "ghi-chu.txt").write_text("not ours")
    newest = backup.create(installation, folder, keep=2)
    assert sorted(path.name for path in folder.iterdir()) == ["ghi-chu.txt", made[2].name, newest.name]


def test_a_restore_waits_for_the_worker_to_be_stopped(filled: Installation, tmp_path: Path, work: Work) -> None:
    made = backup.create(filled, tmp_path / "backups")
    with work() as w:
        jobs.take_lease(w.session, "worker:worker", "worker", w.now, timedelta(seconds=15))
    with pytest.raises(ServiceRuns):
        backup.restore(filled, made, replace=True, upgrade=nothing_to_upgrade)


def test_a_changed_past_is_named_after_the_restore(
    filled: Installation, elsewhere: Installation, tmp_path: Path, work: Work
) -> None:
    with work() as w:
        w.record(Action.THING_DONE, "thing:1", number=1)
    with work() as w:
        assert audit.seal(w.session, w.now, settled_before=w.now) > 0
    with work() as w:
        unlock_record(w.session)
        w.session.execute(update(AuditEntry).values(facts={"number": 2}))
    made = backup.create(filled, tmp_path / "backups")
    with pytest.raises(RestoredWrong) as raised:
        backup.restore(elsewhere, made, upgrade=nothing_to_upgrade)
    assert "niêm phong" in words_of(raised.value)


def rewritten(source: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """A well-formed archive with other contents."""
    with tarfile.open(source) as tar:
        held = {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr] # files only
    change(held)
    target = source.with_name("changed.tar.gz")
    with tarfile.open(target, "w:gz") as tar:
        for name, content in held.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return target


def test_an_audit_that_lacks_what_its_backup_tells_is_named(
    filled: Installation, elsewhere: Installation, tmp_path: Path
) -> None:
    made = backup.create(filled, tmp_path / "backups")

    def tell_more(held: dict[str, bytes]) -> None:
        told = {**json.loads(held[archive.MANIFEST]), "audit_head": f"900-900-{'ab' * 32}"}
        held[archive.MANIFEST] = json.dumps(told).encode()

    with pytest.raises(RestoredWrong) as raised:
        backup.restore(elsewhere, rewritten(made, tell_more), upgrade=nothing_to_upgrade)
    assert "bị cắt mất phần cuối" in words_of(raised.value)


def refused(source: Path, elsewhere: Installation, kind: type[Refused]) -> None:
    with pytest.raises(kind) as checked:
        archive.check(source)
    assert "sao lưu" in words_of(checked.value)
    with pytest.raises(kind):
        backup.restore(elsewhere, source, upgrade=nothing_to_upgrade)
    assert dumps.holds_something(elsewhere.db) is None
    assert not (elsewhere.data_dir / "files").exists()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)  # the archive is the same for both
def test_a_truncated_archive_is_refused(filled: Installation, elsewhere: Installation, tmp_path: Path) -> None:
    whole = backup.create(filled, tmp_path / "backups").read_bytes()
    cut = tmp_path / "cut.tar.gz"
    for length in (0, 1, 20, len(whole) // 3, len(whole) // 2, len(whole) - 200, len(whole) - 8, len(whole) - 1):
        cut.write_bytes(whole[:length])
        refused(cut, elsewhere, ArchiveBroken)
    cut.write_bytes(gzip.compress(gzip.decompress(whole)[:4096]))
    refused(cut, elsewhere, ArchiveBroken)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_flipped_bit_is_refused(filled: Installation, elsewhere: Installation, tmp_path: Path) -> None:
    whole = backup.create(filled, tmp_path / "backups").read_bytes()
    flipped = tmp_path / "flipped.tar.gz"
    for position in (len(whole) // 5, len(whole) // 2, len(whole) - 6):
        flipped.write_bytes(whole[:position] + bytes([whole[position] ^ 4]) + whole[position + 1 :])
        with pytest.raises((ArchiveBroken, ArchiveAltered)):
            backup.restore(elsewhere, flipped, upgrade=nothing_to_upgrade)
        assert dumps.holds_something(elsewhere.db) is None


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_an_altered_archive_is_refused(filled: Installation, elsewhere: Installation, tmp_path: Path) -> None:
    made = backup.create(filled, tmp_path / "backups")
    last = archive.MANIFEST

    def put_before(held: dict[str, bytes], name: str, content: bytes) -> None:
        listed = held.pop(last)
        held[name] = content
        held[last] = listed

    def change_a_file(held: dict[str, bytes]) -> None:
        held["files/ke-hoach.pdf"] += b"!"

    def drop_a_file(held: dict[str, bytes]) -> None:
        del held["files/ke-hoach.pdf"]

    def drop_the_list(held: dict[str, bytes]) -> None:
        del held[last]

    def spoil_the_list(held: dict[str, bytes]) -> None:
        held[last] = b"[]"

    for change in (
        change_a_file,
        drop_a_file,
        spoil_the_list,
        lambda held: put_before(held, "files/more.pdf", b"more"),
        lambda held: put_before(held, "../../outside", b"out"),
        lambda held: put_before(held, "/tmp/outside", b"out"),  # noqa: S108 - must never be written
    ):
        refused(rewritten(made, change), elsewhere, ArchiveAltered)
    refused(rewritten(made, drop_the_list), elsewhere, ArchiveBroken)
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_an_archive_of_another_engine_or_release_is_refused(
    filled: Installation, elsewhere: Installation, tmp_path: Path
) -> None:
    made = backup.create(filled, tmp_path / "backups")

    def of_postgresql(held: dict[str, bytes]) -> None:
        held[archive.MANIFEST] = json.dumps({**json.loads(held[archive.MANIFEST]), "engine": "PostgreSQL"}).encode()

    def of_the_future(held: dict[str, bytes]) -> None:
        held[archive.MANIFEST] = json.dumps({**json.loads(held[archive.MANIFEST]), "revision": "ffff"}).encode()

    with pytest.raises(ArchiveForeign) as foreign:
        backup.restore(elsewhere, rewritten(made, of_postgresql), upgrade=nothing_to_upgrade)
    assert "PostgreSQL" in words_of(foreign.value)
    with pytest.raises(ArchiveNewer):
        backup.restore(elsewhere, rewritten(made, of_the_future), upgrade=nothing_to_upgrade)
    assert dumps.holds_something(elsewhere.db) is None
