"""The doctor says what is well and what to do; each finding has a state in which it shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from quiz_app.kernel import clock as clocks
from quiz_app.kernel import jobs
from quiz_app.kernel.db import Database
from quiz_app.kernel.mail import Mail, Security
from quiz_app.kernel.settings import Mode, Settings
from quiz_app.operations import doctor
from tests.features.reminders.smtp import mail_server
from tests.support import sitting
from tests.support.build import Commune
from tests.support.clock import NOW, Clock
from tests.support.run import settings_for
from tests.support.valkey import Valkey
from tests.support.works import Work

WITHOUT_FSYNC = "PostgreSQL tắt fsync, synchronous_commit, full_page_writes:"


def ill(db: Database, settings: Settings) -> list[str]:
    """What is found, without the one thing that is always wrong here: the tests' own server runs without fsync."""
    words = [finding.words for finding in doctor.examine(db, settings) if not finding.is_well]
    return [line for line in words if not line.startswith(WITHOUT_FSYNC)]


@pytest.fixture
def alive(work: Work) -> None:
    with work(now=NOW) as w:
        jobs.take_lease(w.session, "worker:worker", "worker", NOW, timedelta(seconds=15))


@pytest.fixture
def roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk of a size of the test's own choice."""
    monkeypatch.setattr("quiz_app.operations.doctor.shutil.disk_usage", lambda _folder: _Disk(100 * 10**9, 50 * 10**9))


class _Disk:
    def __init__(self, total: int, free: int) -> None:
        self.total = total
        self.free = free


def test_a_clock_that_nobody_keeps_right_is_named() -> None:
    assert doctor.kept_time() in {-1, *range(6)}
    (left_alone,) = doctor.of_time(doctor.CLOCK_LEFT_ALONE)
    assert "timedatectl set-ntp true" in left_alone.words
    (kept,) = doctor.of_time(0)
    assert "timedatectl" not in kept.words
    assert list(doctor.of_time(-1)) == []


def test_an_archive_that_takes_nothing_is_named() -> None:
    earlier = NOW - timedelta(minutes=1)
    assert not doctor.of_archive(None, NOW).is_well
    stuck = doctor.of_archive(earlier, NOW)
    assert not stuck.is_well
    assert "09:00 ngày 01/12/2026" in stuck.words
    well = doctor.of_archive(NOW, earlier)
    assert (well.is_well, well.words) == (True, "Sao lưu liên tục: đoạn gần nhất chép xong lúc 09:00 ngày 01/12/2026.")
    assert doctor.of_archive(None, None).is_well


@pytest.mark.usefixtures("alive", "roomy")
def test_a_healthy_installation(db: Database, settings: Settings, engine_name: str) -> None:
    assert ill(db, settings) == []
    words = " ".join(finding.words for finding in doctor.examine(db, settings))
    if engine_name == "sqlite":
        assert "journal_mode = wal" in words
        assert "synchronous = 2" in words
    assert "Tiến trình nền đang chạy." in words


@pytest.mark.usefixtures("roomy")
def test_a_worker_never_seen_and_one_gone_silent(db: Database, settings: Settings, work: Work, clock: Clock) -> None:
    assert ill(db, settings) == ["Chưa thấy tiến trình nền lần nào. Hãy chạy: flask --app wsgi worker run"]
    with work(now=NOW) as w:
        jobs.take_lease(w.session, "worker:worker", "worker", NOW, timedelta(seconds=15))
    clock.move(minutes=5)
    (words,) = ill(db, settings)
    assert words.startswith("Tiến trình nền im lặng đã 5 phút.")


@pytest.mark.usefixtures("roomy")
def test_attempts_that_wait_to_be_closed_are_counted(
    db: Database, settings: Settings, work: Work, commune: Commune, clock: Clock
) -> None:
    with work(now=sitting.at(-90)) as w:
        round_ = sitting.open_round(w, commune.root, sitting.publish_shipped(w))
    with work(actor=commune.member, now=NOW) as w:
        sitting.start(w, round_)
    with work() as w:
        jobs.take_lease(w.session, "worker:worker", "worker", sitting.at(16), timedelta(seconds=15))
    clock.set(sitting.at(16))
    assert ill(db, settings) == []
    clock.set(sitting.at(16, 5))
    (words,) = ill(db, settings)
    assert words.startswith("1 lượt thi hết giờ quá 1 phút mà chưa tự nộp được")


@pytest.mark.usefixtures("alive")
def test_a_full_disk(db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quiz_app.operations.doctor.shutil.disk_usage", lambda _folder: _Disk(100 * 10**9, 9 * 10**9))
    (words,) = ill(db, settings)
    assert "(9%)" in words
    monkeypatch.setattr("quiz_app.operations.doctor.shutil.disk_usage", lambda _folder: _Disk(2 * 10**9, 9 * 10**8))
    assert len(ill(db, settings)) == 1


@pytest.mark.usefixtures("roomy")
def test_tables_behind_the_release(empty_database_url: str, tmp_path: Path) -> None:
    database = Database(empty_database_url)
    words = ill(database, settings_for(empty_database_url, tmp_path))
    database.dispose()
    assert words == ["Cấu trúc dữ liệu chưa đúng phiên bản. Hãy chạy: flask --app wsgi db upgrade"]


@pytest.mark.usefixtures("alive", "roomy")
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)  # PostgreSQL's own clock decides there
def test_a_stepped_clock(db: Database, settings: Settings, work: Work) -> None:
    with work() as w:
        seen = clocks.ticks(db.clock_offset)
        clocks.accept(w.session, clocks.Ticks(seen.boot_id, seen.since_boot_ms, seen.wall - timedelta(seconds=61)))
    (words,) = ill(db, settings)
    assert "clock accept" in words


@pytest.mark.usefixtures("alive", "roomy")
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_journal_that_loses_on_power_cuts(db: Database, settings: Settings) -> None:
    with db.engine.connect() as connection:
        held = connection.connection.driver_connection
        assert held is not None
        connection.rollback()
        held.execute("PRAGMA synchronous=NORMAL")  # the pool hands the same connection out again
    assert "synchronous = 1 (cần 2)" in ill(db, settings)


@pytest.mark.usefixtures("alive", "roomy")
@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_a_server_that_may_lose_commits_is_named(db: Database, settings: Settings) -> None:
    with db.reading() as session:
        assert session.execute(text("SHOW fsync")).scalar_one() == "off"
    (finding,) = [each for each in doctor.examine(db, settings) if not each.is_well]
    assert finding.words.startswith(WITHOUT_FSYNC)


@pytest.mark.usefixtures("roomy")
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_database_out_of_reach(settings: Settings) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/none")
    words = ill(away, settings)
    away.dispose()
    assert words == ["Không kết nối được cơ sở dữ liệu. Hãy kiểm tra DATABASE_URL và máy chủ dữ liệu."]


@pytest.mark.usefixtures("alive", "roomy")
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_production_without_https(db: Database, settings: Settings) -> None:
    open_air = replace(settings, mode=Mode.PRODUCTION, public_url="http://10.0.0.5", allow_http=True)
    (words,) = ill(db, open_air)
    assert "không có HTTPS" in words
    assert ill(db, replace(open_air, public_url="https://hoctap.example")) == []


def test_the_mail_server_answers_or_it_says_what_to_look_at(db: Database, settings: Settings) -> None:
    def told(security: Security = Security.NONE) -> list[str]:
        mail = Mail("127.0.0.1", inbox.port, "hoc-tap@xa.example", security)
        found = doctor.examine(db, replace(settings, mail=mail))
        return [each.words.partition(": ")[2] or each.words for each in found if "áy chủ thư 127" in each.words]

    assert any("Chưa đặt máy chủ thư" in each.words for each in doctor.examine(db, settings) if each.is_well)
    with mail_server() as inbox:
        assert told() == [f"Máy chủ thư 127.0.0.1:{inbox.port} (none) nhận kết nối; người gửi hoc-tap@xa.example."]
        assert "MAIL_SECURITY" in told(Security.STARTTLS)[0]
        assert "MAIL_SECURITY" in told(Security.TLS)[0]
    assert told() == [
        "không kết nối được; hãy xem MAIL_HOST, MAIL_PORT và tường lửa. Thư nhắc đang chờ sẽ chưa gửi được."
    ]


@pytest.mark.usefixtures("alive", "roomy")
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_shared_cache_that_is_away_is_told(db: Database, settings: Settings, tmp_path: Path) -> None:
    assert not any("REDIS_URL" in finding.words for finding in doctor.examine(db, settings))
    valkey = Valkey(tmp_path)
    named = replace(settings, redis_url=valkey.url)
    valkey.start()
    assert ill(db, named) == []
    assert any("Bộ nhớ đệm chung (REDIS_URL) trả lời." in finding.words for finding in doctor.examine(db, named))
    valkey.kill()
    assert [words for words in ill(db, named) if "vẫn chạy đúng, chỉ chậm hơn" in words]
