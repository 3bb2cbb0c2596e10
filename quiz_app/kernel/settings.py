"""Settings of one installation, read once from the environment and refused in words when unsafe."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

import pyrage

from quiz_app.kernel.mail import Mail, read_mail

DEMO_SECRET_KEY = "khoa-demo-khong-dung-cho-that-0123456789"  # noqa: S105 - public on purpose, refused in production
RETENTION_DAYS = 730
SHORTEST_RETENTION_DAYS = 90  # what complaints, corrections and paying prizes may take
KEY_LENGTH = 32
KEY_VARIETY = 10  # of 64 random hexadecimal digits fewer differ once in a trillion times
SAVES_PER_S = 2.0
SLOWEST_SAVES, FASTEST_SAVES = 1, 100  # a person is never slowed, and a script always is
ROOT = Path(__file__).resolve().parents[2]


class Mode(StrEnum):
    DEMO = "demo"
    PRODUCTION = "production"
    TEST = "test"


class UnsafeSettings(Exception):
    """A combination of settings with which the platform must not start; each line says what to change."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Settings:
    """What one installation is told from outside. `clock_offset_s` shifts the clock in tests; 0 in production.

    `arrival_header`: in which the trusted proxy says when it received a request; empty where none does. `mail`: None
    where no mail goes out. `redis_url`: what nodes share besides the database; empty where they share nothing else.
    `web_threads`: how many requests one process works on at once. `backup_recipients`: public keys
    of age for which backups are encrypted.
    `retention_days`: after which a contest closed and final is anonymised.
    `saves_per_s`: how fast one sitting may go on saving, after many at once; only measurements need more than usual.
    `metrics_port`: where this machine may ask for figures, 0 for nowhere; `metrics_folder`: in which the processes of
    one server add theirs together, None for a process alone.
    """

    mode: Mode
    secret_key: str
    secret_key_fallbacks: tuple[str, ...]
    database_url: str
    data_dir: Path
    public_url: str
    proxy_hops: int
    allow_http: bool
    bank_dir: Path | None
    site_name: str
    clock_offset_s: float
    arrival_header: str = ""
    mail: Mail | None = None
    redis_url: str = ""
    web_threads: int = 8
    backup_recipients: tuple[str, ...] = ()
    metrics_port: int = 0
    metrics_folder: Path | None = None
    retention_days: int = RETENTION_DAYS
    saves_per_s: float = SAVES_PER_S

    @property
    def keys(self) -> tuple[str, ...]:
        """The secret key, and those that were so before it."""
        return (self.secret_key, *self.secret_key_fallbacks)

    @property
    def is_production(self) -> bool:
        return self.mode is Mode.PRODUCTION

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")


def cores() -> int:
    """Those that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processes_of(env: Mapping[str, str]) -> int:
    """Web processes of one machine: one where SQLite has one writer, whose queue keeps the slowest save short."""
    if env.get("DATABASE_URL", "sqlite:").startswith("sqlite:"):
        return 1
    text = env.get("WEB_WORKERS", "")
    return int(text) if text.isdecimal() and int(text) else cores()


def threads_of(env: Mapping[str, str]) -> int:
    """Threads of one web process. SQLite has one writer, so there the only process has more of them."""
    if env.get("DATABASE_URL", "sqlite:").startswith("sqlite:"):
        return 16
    text = env.get("WEB_THREADS", "")
    return int(text) if text.isdecimal() and int(text) else 8


def ports_of(env: Mapping[str, str]) -> range:
    """Where a machine serves: one port, or with PORT_FOR_EACH=1 one for each process, so that a proxy may choose."""
    text = env.get("PORT", "")
    first = int(text) if text.isdecimal() else 8000
    return range(first, first + (processes_of(env) if env.get("PORT_FOR_EACH") == "1" else 1))


def read_settings(env: Mapping[str, str] = os.environ) -> Settings:
    """Settings of this process. Raises UnsafeSettings with every problem found at once."""
    problems: list[str] = []
    mode = _mode(env.get("APP_MODE", "production"), problems)
    data_dir = Path(env.get("DATA_DIR", str(ROOT / "data"))).resolve()
    settings = Settings(
        mode=mode,
        secret_key=env.get("SECRET_KEY", "" if mode is Mode.PRODUCTION else DEMO_SECRET_KEY),
        secret_key_fallbacks=tuple(key for key in env.get("SECRET_KEY_FALLBACKS", "").split(",") if key),
        database_url=env.get("DATABASE_URL", f"sqlite:///{data_dir / 'app.sqlite3'}"),
        data_dir=data_dir,
        public_url=env.get("PUBLIC_URL", f"http://127.0.0.1:{env.get('PORT', '8000')}").rstrip("/"),
        proxy_hops=_whole("PROXY_HOPS", env, problems),
        allow_http=env.get("ALLOW_HTTP", "") == "1",
        bank_dir=Path(env["BANK_DIR"]).resolve() if env.get("BANK_DIR") else None,
        site_name=env.get("SITE_NAME", "Học tập Nghị quyết – Bát Tràng"),
        clock_offset_s=_decimal("CLOCK_OFFSET_S", env, problems),
        saves_per_s=_decimal("SAVES_PER_S", env, problems, SAVES_PER_S),
        arrival_header=env.get("ARRIVAL_HEADER", "").strip(),
        mail=read_mail(env, problems),
        redis_url=env.get("REDIS_URL", "").strip(),
        web_threads=threads_of(env),
        metrics_port=_whole("METRICS_PORT", env, problems),
        metrics_folder=Path(env["PROMETHEUS_MULTIPROC_DIR"]) if env.get("PROMETHEUS_MULTIPROC_DIR") else None,
        retention_days=_whole("RETENTION_DAYS", env, problems, RETENTION_DAYS),
        backup_recipients=tuple(env.get("BACKUP_RECIPIENTS", "").replace(",", " ").split()),
    )
    problems += _problems(settings)
    if not _whole("WEB_WORKERS", env, problems, 1):
        problems.append("WEB_WORKERS: cần ít nhất một tiến trình.")
    if not _whole("PORT", env, problems, 8000) <= 65_536 - len(ports_of(env)):
        problems.append("PORT: cần một cổng không quá 65535, kể cả cổng của tiến trình cuối khi PORT_FOR_EACH=1.")
    if settings.is_production and settings.metrics_port and settings.metrics_port in ports_of(env):
        problems.append("METRICS_PORT: trùng PORT. Số liệu cần một cổng riêng, chỉ đọc được trên máy này.")
    if settings.is_production and env.get("FLASK_DEBUG", "").lower() not in {"", "0", "false", "no"}:
        problems.append("FLASK_DEBUG: chỉ dùng khi lập trình, vì trang lỗi để lộ bên trong máy chủ. Hãy bỏ biến này.")
    if problems:
        raise UnsafeSettings(problems)
    return settings


def _is_recipient(text: str) -> bool:
    try:
        pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        return False
    return True


def _mode(text: str, problems: list[str]) -> Mode:
    try:
        return Mode(text)
    except ValueError:
        problems.append(f"APP_MODE={text!r}: chỉ nhận demo, production hoặc test.")
        return Mode.PRODUCTION


def _whole(name: str, env: Mapping[str, str], problems: list[str], usual: int = 0) -> int:
    text = env.get(name, str(usual))
    if text.isdecimal():
        return int(text)
    problems.append(f"{name}={text!r}: phải là số nguyên không âm.")
    return 0


def _decimal(name: str, env: Mapping[str, str], problems: list[str], usual: float = 0.0) -> float:
    try:
        return float(env.get(name, usual))
    except ValueError:
        problems.append(f"{name}: phải là một số giây.")
        return 0.0


def _problems(settings: Settings) -> list[str]:
    found: list[str] = []
    if not settings.database_url.startswith(("sqlite:///", "postgresql://", "postgres://", "postgresql+psycopg://")):
        found.append("DATABASE_URL: chỉ nhận sqlite:///… hoặc postgresql://…")
    if settings.redis_url and not settings.redis_url.startswith(("redis://", "rediss://", "unix://")):
        found.append("REDIS_URL: chỉ nhận redis://…, rediss://… hoặc unix://…")
    if urlsplit(settings.public_url).scheme not in {"http", "https"}:
        found.append("PUBLIC_URL: phải bắt đầu bằng https:// (hoặc http:// khi chạy thử).")
    if settings.arrival_header and not re.fullmatch(r"[A-Za-z0-9-]+", settings.arrival_header):
        found.append("ARRIVAL_HEADER: chỉ gồm chữ không dấu, chữ số và dấu gạch ngang, ví dụ X-Request-Start.")
    if settings.arrival_header and not settings.proxy_hops:
        found.append(
            "ARRIVAL_HEADER: chỉ dùng khi có máy chủ trung gian ghi giờ đến (PROXY_HOPS từ 1 trở lên); "
            "nếu không, người dự thi tự ghi được giờ nộp của mình."
        )
    if settings.retention_days < SHORTEST_RETENTION_DAYS:
        found.append(f"RETENTION_DAYS: số ngày giữ tên trong lượt thi, từ {SHORTEST_RETENTION_DAYS} trở lên.")
    found += [
        f"BACKUP_RECIPIENTS: “{text}” không phải khóa công khai của age (age1…). Hãy chép lại cho đủ."
        for text in settings.backup_recipients
        if not _is_recipient(text)
    ]
    return found + (_dangers(settings) if settings.is_production else [])


def _dangers(settings: Settings) -> list[str]:
    """What is unsafe where real people are."""
    found: list[str] = []
    if len(settings.secret_key) < KEY_LENGTH:
        found.append(
            f"SECRET_KEY: thiếu hoặc ngắn hơn {KEY_LENGTH} ký tự. "
            "Tạo khóa: python3 -c 'import secrets;print(secrets.token_hex(32))'"
        )
    if DEMO_SECRET_KEY in settings.keys:
        found.append("SECRET_KEY, SECRET_KEY_FALLBACKS: đang dùng khóa của bản demo. Hãy tạo khóa riêng.")
    if any(len(key) < KEY_LENGTH for key in settings.secret_key_fallbacks):
        found.append(f"SECRET_KEY_FALLBACKS: có khóa ngắn hơn {KEY_LENGTH} ký tự. Hãy chép lại cho đủ hoặc bỏ khóa ấy.")
    if any(len(key) >= KEY_LENGTH and len(set(key)) < KEY_VARIETY for key in settings.keys):
        found.append(
            f"SECRET_KEY, SECRET_KEY_FALLBACKS: có khóa chỉ gồm vài ký tự lặp lại (cần ít nhất {KEY_VARIETY} ký tự "
            "khác nhau) nên đoán được. Tạo khóa: python3 -c 'import secrets;print(secrets.token_hex(32))'"
        )
    if not SLOWEST_SAVES <= settings.saves_per_s <= FASTEST_SAVES:
        found.append(
            f"SAVES_PER_S: số lần lưu mỗi giây của một bài thi, từ {SLOWEST_SAVES} đến {FASTEST_SAVES}; "
            "không tắt được khi chạy thật."
        )
    if not settings.is_https and not settings.allow_http:
        found.append(
            "PUBLIC_URL: phải là https://… (mạng nội bộ không có HTTPS: đặt ALLOW_HTTP=1 và chịu rủi ro lộ phiên)."
        )
    if settings.clock_offset_s:
        found.append("CLOCK_OFFSET_S: chỉ dùng khi kiểm thử.")
    return found
