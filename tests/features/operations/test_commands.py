"""The operator's commands as they are typed, and the worker as it is started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from quiz_app.kernel import audit, clock, jobs
from quiz_app.kernel.audit import AuditEntry, FeatureAction
from quiz_app.kernel.db import Database
from quiz_app.operations.backup import PATTERN
from quiz_app.web.filters import format_datetime_seconds
from tests.support.build import Commune
from tests.support.nursery import born
from tests.support.tampering import unlock_record
from tests.support.works import Work

ROOT = Path(__file__).parents[3]


class Action(FeatureAction):
    THING_DONE = ("thing.done", ["number"])


def run(app: Flask, *words: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result.exit_code, result.output


def test_backup_verify_and_restore(app: Flask, commune: Commune, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    code, words = run(app, "backup", "create", "--to", str(folder), "--keep", "1")
    assert (code, "Đã sao lưu vào" in words) == (0, True), words
    (made,) = folder.glob(PATTERN)
    code, words = run(app, "backup", "verify", str(made))
    assert (code, "Nguyên vẹn" in words) == (0, True), words

    code, words = run(app, "backup", "restore", str(made))
    assert code == 1
    assert "--replace" in words
    assert "Chưa có gì bị thay đổi." in words
    code, words = run(app, "backup", "restore", str(made), "--replace")
    assert (code, "Đã phục hồi" in words) == (0, True), words

    made.write_bytes(made.read_bytes()[:-9])
    for command in (("backup", "verify", str(made)), ("backup", "restore", str(made), "--replace")):
        code, words = run(app, *command)
        assert code == 1
        assert "bị cắt cụt hoặc hỏng" in words


def test_the_clock_is_accepted_and_the_act_recorded(app: Flask, db: Database, work: Work) -> None:
    with work() as w:
        seen = clock.ticks(db.clock_offset)
        clock.accept(w.session, clock.Ticks(seen.boot_id, seen.since_boot_ms, seen.wall - timedelta(hours=1)))
    with work() as w:
        assert not clock.is_steady(w.session, clock.ticks(db.clock_offset))
    code, words = run(app, "clock", "accept")
    assert (code, "Đã nhận giờ" in words) == (0, True), words
    with work() as w:
        assert clock.is_steady(w.session, clock.ticks(db.clock_offset))
        entry = w.session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.facts) == ("clock.accepted", {"was_stepped": True})


def test_a_changed_audit_is_told(app: Flask, work: Work) -> None:
    with work() as w:
        for number in range(3):
            w.record(Action.THING_DONE, "thing:1", number=number)
    with work() as w:
        assert audit.seal(w.session, w.now, settled_before=w.now) == 3
        w.session.flush()
        head = audit.head(w.session)
        assert head is not None
    told = f"  Mốc hiện nay, niêm phong lúc {format_datetime_seconds(head.sealed_at)}: {head}\n"
    assert run(app, "audit", "verify") == (0, "✓ Nhật ký nguyên vẹn, 3 dòng đã niêm phong.\n" + told)
    with work() as w:
        unlock_record(w.session)
        w.session.execute(update(AuditEntry).where(AuditEntry.id == 2).values(subject="thing:2"))
    code, words = run(app, "audit", "verify")
    assert (code, "1–3" in words) == (1, True), words


def test_the_doctor_fails_when_something_must_be_mended(app: Flask) -> None:
    code, words = run(app, "doctor")
    assert code == 1
    assert "✗ Chưa thấy tiến trình nền lần nào." in words
    assert "✓ Cấu trúc dữ liệu đúng" in words


@pytest.mark.usefixtures("commune")
def test_the_worker_starts_gives_a_sign_of_life_and_stops(db: Database, database_url: str, tmp_path: Path) -> None:
    env = {**os.environ, "APP_MODE": "test", "DATABASE_URL": database_url, "DATA_DIR": str(tmp_path / "data")}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker", "run"]
    process = born(command, env, tmp_path / "log")
    try:
        ends = time.monotonic() + 30
        while _sign_of_life(db) is None:
            assert process.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < ends, (tmp_path / "log").read_text()
            time.sleep(0.1)
        twin = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
        assert twin.returncode == 1
        assert "đang chạy rồi" in twin.stderr
        time.sleep(4)  # long enough for the boards' round to have come once
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    said = (tmp_path / "log").read_text()
    assert "Traceback" not in said, said


def _sign_of_life(db: Database) -> object:
    with db.reading() as session:
        return jobs.last_sign_of_life(session)
