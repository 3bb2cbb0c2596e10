"""What was cut off the end of the audit, or sealed anew, shows against what was kept outside the database."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from quiz_app.kernel import audit
from quiz_app.kernel.audit import AuditEntry, AuditSeal, FeatureAction, Head
from quiz_app.kernel.db import Database
from quiz_app.operations import audit_heads, backup
from quiz_app.operations.backup import Installation
from tests.support.clock import NOW, Clock
from tests.support.tampering import unlock_record
from tests.support.works import Work


class Action(FeatureAction):
    THING_DONE = ("thing.done", ["number"])


def write_and_seal(work: Work, numbers: range) -> None:
    with work(now=NOW) as w:
        for number in numbers:
            w.record(Action.THING_DONE, f"thing:{number}", number=number)
    seal(work)


def seal(work: Work) -> None:
    with work(now=NOW) as w:
        assert audit.seal(w.session, NOW, settled_before=NOW + timedelta(hours=1)) > 0


def cut_the_end(work: Work) -> None:
    """The youngest seal and its entries: every seal that is left holds."""
    with work() as w:
        unlock_record(w.session)
        last = w.session.scalars(select(AuditSeal).order_by(AuditSeal.id.desc()).limit(1)).one()
        w.session.execute(delete(AuditEntry).where(AuditEntry.id >= last.first_id))
        w.session.delete(last)


def seal_anew(work: Work) -> None:
    """Who can write rows can reckon a chain that holds over them."""
    with work() as w:
        unlock_record(w.session)
        youngest = select(func.max(AuditEntry.id)).scalar_subquery()
        w.session.execute(update(AuditEntry).where(AuditEntry.id == youngest).values(subject="thing:99"))
        w.session.execute(delete(AuditSeal))
    seal(work)


def all_gone(work: Work) -> None:
    with work() as w:
        unlock_record(w.session)
        w.session.execute(delete(AuditSeal))
        w.session.execute(delete(AuditEntry))


@pytest.fixture
def kept(app: Flask, db: Database, work: Work, clock: Clock) -> str:
    """The head after two seals, which also stands in the file of the data folder."""
    write_and_seal(work, range(4))
    write_and_seal(work, range(4, 7))
    assert audit_heads.write_daily(app.extensions["settings"].data_dir, db) == 1
    code, words = verify(app, "head")
    assert code == 0
    return words.strip()


def verify(app: Flask, *words: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["audit", *(words or ("verify",))])
    return result.exit_code, result.output


@pytest.mark.parametrize("tamper", [cut_the_end, seal_anew, all_gone])
def test_tampering_at_the_end_shows(app: Flask, work: Work, kept: str, tamper: Callable[[Work], None]) -> None:
    assert verify(app)[0] == 0
    on_paper = f" {kept[: -audit.PRINTED].upper()}. "
    for told in (kept, on_paper):
        code, words = verify(app, "verify", "--head", told)
        assert (code, kept in words) == (0, True), "what is there now is told as well"
    tamper(work)
    with work() as w:
        assert audit.first_broken(w.session) is None, "the chain by itself tells nothing"
    code, words = verify(app)
    assert (code, kept in words) == (1, True), words

    (app.extensions["settings"].data_dir / audit_heads.FILE).unlink()
    assert verify(app)[0] == 0, "whoever takes the file away as well is told by a head kept elsewhere"
    for told in (kept, on_paper):
        code, words = verify(app, "verify", "--head", told)
        assert (code, "không còn mốc" in words) == (1, True), words


def test_growing_contradicts_nothing_and_a_day_has_one_line(
    app: Flask, db: Database, work: Work, clock: Clock, kept: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder: Path = app.extensions["settings"].data_dir
    write_and_seal(work, range(7, 9))
    assert verify(app)[0] == 0
    assert audit_heads.write_daily(folder, db) == 0, "today has its line"
    clock.move(days=1)
    with caplog.at_level(logging.INFO):
        assert audit_heads.write_daily(folder, db) == 1
    clock.move(days=1)
    assert audit_heads.write_daily(folder, db) == 0, "nothing was sealed since"
    lines = audit_heads.kept_in(folder)
    assert len(lines) == 2
    assert lines[0].endswith(kept)
    assert lines[1].split()[1] in caplog.text
    (folder / audit_heads.FILE).write_text("not a head\n")
    assert verify(app)[0] == 1
    assert verify(app, "verify", "--head", "abc")[0] == 2


def test_a_backup_carries_the_head_and_a_restore_begins_a_new_file(
    installation: Installation, db: Database, work: Work, clock: Clock, tmp_path: Path
) -> None:
    write_and_seal(work, range(3))
    made = backup.create(installation, tmp_path / "kept")
    told = Head.parse(backup.check(installation, made).audit_head)
    assert told is not None
    assert told.count == 3
    write_and_seal(work, range(3, 5))
    audit_heads.write_daily(installation.data_dir, db)
    backup.restore(installation, made, replace=True, upgrade=lambda: None)
    assert list(backup.findings_of(installation)) == []
    assert [path.name.startswith("audit-heads-2") for path in installation.data_dir.iterdir()] == [True]
