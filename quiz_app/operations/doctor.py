"""The state of the running installation, in words that say what to do."""

from __future__ import annotations

import ctypes
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from quiz_app.kernel import clock, switches
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Overloaded
from quiz_app.kernel.jobs import last_sign_of_life
from quiz_app.kernel.settings import DEMO_SECRET_KEY, Settings
from quiz_app.kernel.shared import Shared
from quiz_app.kernel.switches import Switch
from quiz_app.operations import labels, queries
from quiz_app.reminders import handing_in
from quiz_app.web import pdf
from quiz_app.web.filters import format_datetime, format_file_size, format_number, format_span
from quiz_app.web.health import newest_revision, revision

OLDEST_POSTGRESQL = 150000
LEAST_FREE = 1_000_000_000
LEAST_FREE_SHARE = 0.1
CLOCK_LEFT_ALONE = 5  # what the kernel calls a clock that nobody keeps right (TIME_ERROR)
WORKER_SILENT_AFTER = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at, and what to do where it is not well."""

    is_well: bool
    words: str


def examine(db: Database, settings: Settings) -> list[Finding]:
    """Everything looked at, in order. An unreachable database ends the examination there."""
    found = [*_of_settings(settings), *of_time(kept_time()), _of_disk(settings), _of_pdf()]
    found += [_of_mail(settings), *_of_shared(settings)]
    try:
        found += _of_engine(db)
        found.append(_of_migrations(db))
        if found[-1].is_well:
            found += [_of_clock(db), _of_worker(db), *_of_closing(db), *_of_switch(db)]
    except Overloaded:
        found.append(Finding(False, "Không kết nối được cơ sở dữ liệu. Hãy kiểm tra DATABASE_URL và máy chủ dữ liệu."))
    return found


def _of_settings(settings: Settings) -> Iterator[Finding]:
    if settings.secret_key == DEMO_SECRET_KEY:
        # Settings refuse this key in production; here it only tells a demonstration from the real thing.
        yield Finding(True, f"Chế độ {settings.mode}: dùng khóa của bản demo. Khi chạy thật phải đặt SECRET_KEY riêng.")
    else:
        yield Finding(True, f"Chế độ {settings.mode}, SECRET_KEY riêng dài {len(settings.secret_key)} ký tự.")
    if settings.is_https or not settings.is_production:
        yield Finding(True, f"Địa chỉ công khai: {settings.public_url}")
    else:
        yield Finding(False, f"{settings.public_url} không có HTTPS: phiên đăng nhập có thể bị lộ. Hãy dùng https://…")


def kept_time() -> int:
    """What the kernel says of this machine's clock; -1 where it does not tell."""
    nothing_to_set = ctypes.create_string_buffer(512)  # longer than its `struct timex`, whose zeros only ask
    ask = getattr(ctypes.CDLL(None), "adjtimex", None)  # Linux has it
    return -1 if ask is None else int(ask(nothing_to_set))


def of_time(kept: int) -> Iterator[Finding]:
    """A hint and no fault: a machine may be right without knowing why, as in a container."""
    if kept == CLOCK_LEFT_ALONE:
        yield Finding(
            True,
            "Giờ của máy chưa tự chỉnh qua mạng: mã xác thực hai lớp chỉ đúng trong nửa phút, đợt thi mở và đóng theo "
            "giờ này. Trên máy thật hãy chạy: sudo timedatectl set-ntp true",
        )
    elif kept >= 0:
        yield Finding(True, "Giờ của máy tự chỉnh qua mạng.")


def _of_disk(settings: Settings) -> Finding:
    folder = settings.data_dir if settings.data_dir.exists() else settings.data_dir.parent
    disk = shutil.disk_usage(folder)
    words = f"Ổ đĩa còn trống {format_file_size(disk.free)} ({disk.free / disk.total:.0%})."
    if disk.free >= LEAST_FREE and disk.free / disk.total >= LEAST_FREE_SHARE:
        return Finding(True, words)
    return Finding(False, f"{words} Hãy dọn bớt hoặc thêm ổ đĩa; đầy ổ thì không lưu được bài thi.")


def _of_pdf() -> Finding:
    """Well in any case: everything may be printed by the browser instead."""
    missing = pdf.why_not()
    if missing is None:
        return Finding(True, "Lập được tệp PDF (WeasyPrint).")
    return Finding(True, f"Không lập được tệp PDF: {missing} Trang để in vẫn dùng được bằng trình duyệt.")


def _of_mail(settings: Settings) -> Finding:
    """Without a server it is well: the texts to paste are there, and nobody was promised a mail."""
    mail = settings.mail
    if mail is None:
        return Finding(True, "Chưa đặt máy chủ thư (MAIL_HOST): không gửi thư nhắc, các lời nhắc để dán vẫn dùng được.")
    server = f"{mail.host}:{mail.port} ({mail.security})"
    problem = handing_in.why_not(mail)
    if problem is None:
        return Finding(True, f"Máy chủ thư {server} nhận kết nối; người gửi {mail.sender}.")
    return Finding(False, f"Máy chủ thư {server}: {problem}. Thư nhắc đang chờ sẽ chưa gửi được.")


def _of_shared(settings: Settings) -> Iterator[Finding]:
    """Nothing where none is named. Not well where one is named and away, though everything goes on without it."""
    if not settings.redis_url:
        return
    shared = Shared(settings.redis_url, settings.secret_key)
    if shared.answers():
        yield Finding(True, "Bộ nhớ đệm chung (REDIS_URL) trả lời.")
    else:
        yield Finding(
            False,
            "Bộ nhớ đệm chung (REDIS_URL) không trả lời. Hệ thống vẫn chạy đúng, chỉ chậm hơn: "
            "mỗi máy tự đếm và tự tổng hợp. Hãy khởi động lại Redis hoặc Valkey.",
        )
    shared.close()


def _of_engine(db: Database) -> Iterator[Finding]:
    if not db.is_sqlite:
        yield from _of_postgresql(db)
        return
    with db.reading() as session:
        version = session.execute(text("SELECT sqlite_version()")).scalar_one()
        journal = session.execute(text("PRAGMA journal_mode")).scalar_one()
        synchronous = session.execute(text("PRAGMA synchronous")).scalar_one()
    yield Finding(True, f"SQLite {version}")  # an unsafe version does not get this far: the engine refuses it
    yield Finding(journal == "wal", f"journal_mode = {journal}" + ("" if journal == "wal" else " (cần wal)"))
    yield Finding(synchronous == 2, f"synchronous = {synchronous}" + ("" if synchronous == 2 else " (cần 2)"))


def _of_postgresql(db: Database) -> Iterator[Finding]:
    with db.reading() as session:
        number = int(session.execute(text("SHOW server_version_num")).scalar_one())
        version = session.execute(text("SHOW server_version")).scalar_one()
        unsafe = [
            name
            for name in ("fsync", "synchronous_commit", "full_page_writes")
            if session.execute(text(f"SHOW {name}")).scalar_one() == "off"
        ]
        is_archived = session.execute(text("SHOW archive_mode")).scalar_one() != "off"
        archiver = session.execute(text("SELECT last_archived_time, last_failed_time FROM pg_stat_archiver")).one()
    if number >= OLDEST_POSTGRESQL:
        yield Finding(True, f"PostgreSQL {version}")
    else:
        yield Finding(False, f"PostgreSQL {version} quá cũ. Hãy nâng cấp lên bản 15 trở lên.")
    if unsafe:
        yield Finding(False, f"PostgreSQL tắt {', '.join(unsafe)}: mất điện là mất bài đã lưu. Hãy bật lại (on).")
    else:
        yield Finding(True, "PostgreSQL ghi chắc chắn từng giao dịch (fsync, synchronous_commit, full_page_writes).")
    if is_archived:
        yield of_archive(*archiver)


def of_archive(archived_at: datetime | None, failed_at: datetime | None) -> Finding:
    """When PostgreSQL's archive last took a piece, and when it last could not."""
    if failed_at is not None and (archived_at is None or failed_at > archived_at):
        return Finding(
            False,
            f"Sao lưu liên tục đang hỏng, lần thử gần nhất {format_datetime(failed_at)}. Hãy xem ổ sao lưu đã gắn "
            "chưa, còn chỗ không: để lâu thì ổ của PostgreSQL cũng đầy và hệ thống dừng.",
        )
    if archived_at is None:
        return Finding(True, "Sao lưu liên tục đã bật, chưa có gì để chép.")
    return Finding(True, f"Sao lưu liên tục: đoạn gần nhất chép xong lúc {format_datetime(archived_at)}.")


def _of_migrations(db: Database) -> Finding:
    if revision(db) == newest_revision():
        return Finding(True, "Cấu trúc dữ liệu đúng với phiên bản phần mềm.")
    return Finding(False, "Cấu trúc dữ liệu chưa đúng phiên bản. Hãy chạy: flask --app wsgi db upgrade")


def _of_clock(db: Database) -> Finding:
    if not db.is_sqlite:
        return Finding(True, "Đồng hồ: theo máy chủ cơ sở dữ liệu.")
    with db.reading() as session:
        anchor = session.get(clock.ClockAnchor, 1)
        if anchor is None:
            return Finding(True, "Đồng hồ: chưa có mốc, tiến trình nền sẽ đặt mốc khi chạy.")
        stepped = clock.step(anchor, clock.ticks(db.clock_offset))
        if anchor.stepped_at is None and abs(stepped) <= clock.MAX_STEP:
            return Finding(True, "Đồng hồ chạy đều.")
    return Finding(
        False,
        "Đồng hồ của máy bị chỉnh nhảy, việc tự nộp bài đang dừng. "
        "Hãy kiểm tra giờ máy rồi chạy: flask --app wsgi clock accept",
    )


def _of_worker(db: Database) -> Finding:
    with db.reading() as session:
        seen = last_sign_of_life(session)
        silent = db.now(session) - seen if seen is not None else None
    if silent is None:
        return Finding(False, "Chưa thấy tiến trình nền lần nào. Hãy chạy: flask --app wsgi worker run")
    if silent > WORKER_SILENT_AFTER:
        return Finding(
            False, f"Tiến trình nền im lặng đã {format_span(silent)}. Hãy chạy lại: flask --app wsgi worker run"
        )
    return Finding(True, "Tiến trình nền đang chạy.")


def _of_closing(db: Database) -> Iterator[Finding]:
    """Nothing while overdue attempts are closed in time; those that cannot be are tried again and again."""
    with db.reading() as session:
        waiting = queries.overdue_attempts(session, db.now(session))
    if waiting:
        yield Finding(
            False,
            f"{format_number(waiting)} lượt thi hết giờ quá 1 phút mà chưa tự nộp được; câu đã lưu vẫn còn. "
            "Hãy xem tiến trình nền có chạy không và nhật ký của nó.",
        )


def _of_switch(db: Database) -> Iterator[Finding]:
    """Nothing while the site is not read-only. Well only where it ends by itself: the other may be forgotten."""
    with db.reading() as session:
        setting = switches.setting(session, Switch.READ_ONLY, db.now(session))
    if setting is None:
        return
    words = f"Chế độ chỉ đọc đang bật {labels.ending(setting)} (lý do: {setting.reason})."
    if setting.ends_at is not None:
        yield Finding(True, words)
        return
    yield Finding(False, f"{words} Khi đã ổn, hãy chạy: flask --app wsgi site read-only off --reason …")
