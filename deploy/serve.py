"""Starts the product on one machine: `python -m deploy.serve demo` or `python -m deploy.serve production`.

Used by `make run` and `make serve`. Each step says in words what stands in its way.
"""

from __future__ import annotations

import os
import ssl
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import click
from flask.cli import ScriptInfo
from sqlalchemy import inspect, select
from sqlalchemy.exc import SQLAlchemyError

from deploy.processes import Child, keep
from quiz_app.factory import create_app
from quiz_app.kernel.db import Database, UnsafeSqlite
from quiz_app.kernel.errors import Overloaded
from quiz_app.kernel.settings import ROOT, UnsafeSettings, read_settings
from quiz_app.members.models import Member
from quiz_app.units.models import Unit

READY_WITHIN_S = 60


class CannotStart(Exception):
    """What keeps the product from starting, in words for the person at the keyboard."""


def environment(kind: str, given: Mapping[str, str]) -> dict[str, str]:
    """The environment of every process of this start."""
    env = dict(given)
    if env.get("ENV_FILE"):
        env = {**read_environment_file(Path(env["ENV_FILE"])), **env}
    env["APP_MODE"] = kind
    env.setdefault("PORT", "8000")
    if kind == "demo":
        env["DATA_DIR"] = env.get("DATA_DIR") or str(ROOT / "data" / "demo")
    if bool(env.get("TLS_CERT")) != bool(env.get("TLS_KEY")):
        raise CannotStart("TLS_CERT và TLS_KEY phải được đặt cùng nhau.")
    # Empty settings of make mean "not set".
    return {name: value for name, value in env.items() if value or name not in {"DATABASE_URL", "TLS_CERT", "TLS_KEY"}}


def read_environment_file(path: Path) -> dict[str, str]:
    """Lines NAME=value as systemd's EnvironmentFile reads them: comments and blank lines aside, quotes taken off."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise CannotStart(f"Không đọc được tệp cấu hình {path}: {error.strerror}.") from error
    found: dict[str, str] = {}
    for line in lines:
        name, separator, value = line.strip().partition("=")
        if not separator or name.startswith(("#", ";")):
            continue
        value = value.strip()
        is_quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'"
        found[name.strip()] = value[1:-1] if is_quoted else value
    return found


def require_demo_database(database: Database) -> None:
    """Refuse a database that holds anything but a demo: `make run` adds made-up people to it."""
    tables = set(inspect(database.engine).get_table_names())
    if not tables:
        return
    if not {"member", "unit"} <= tables:
        raise CannotStart(
            "Cơ sở dữ liệu này không phải của hệ thống. make run chỉ dùng cơ sở dữ liệu trống hoặc bản demo."
        )
    with database.reading() as session:
        has_real = session.scalar(select(Member.id).where(Member.is_demo.is_(False)).limit(1)) is not None
        has_demo = session.scalar(select(Member.id).where(Member.is_demo.is_(True)).limit(1)) is not None
        has_units = session.scalar(select(Unit.id).limit(1)) is not None
    if has_real or (has_units and not has_demo):
        raise CannotStart(
            "Cơ sở dữ liệu này đang có dữ liệu thật. make run chỉ tạo bản demo; chạy thật bằng lệnh make serve."
        )


def prepare(kind: str, database: Database) -> None:
    """Bring the database up to date, and fill it where it is a demo. In this process: each one more costs seconds."""
    app = create_app(database=database)
    commands = [["db", "upgrade"]]
    if kind == "demo":
        commands += [["catalogue", "publish-shipped"], ["demo", "create"], ["demo", "accounts"]]
    for command in commands:
        try:
            app.cli.main(args=command, prog_name="flask", obj=ScriptInfo(create_app=lambda: app), standalone_mode=False)
        except click.ClickException as error:
            raise CannotStart(f"Lệnh “flask {' '.join(command)}”: {error.format_message()}") from error


def children() -> list[Child]:
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", "python:deploy.gunicorn_settings", "wsgi:app"]
    worker = [sys.executable, "-m", "flask", "--app", "wsgi", "worker", "run"]
    return [Child("Máy chủ web", gunicorn, must_run=True), Child("Tiến trình nền", worker, must_run=False)]


def announce_when_ready(env: Mapping[str, str], public_url: str) -> None:
    """Print the address as soon as the server says that it can serve."""
    scheme = "https" if env.get("TLS_CERT") else "http"
    probe = f"{scheme}://127.0.0.1:{env['PORT']}/readyz"
    own_certificate = ssl.create_default_context()
    own_certificate.check_hostname = False
    own_certificate.verify_mode = ssl.CERT_NONE  # asks this very machine, under a name the certificate does not carry
    ends = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < ends:
        try:
            with urllib.request.urlopen(probe, timeout=2, context=own_certificate):  # noqa: S310 # nosec B310 # own address
                print(f"\nHệ thống đã sẵn sàng: {public_url}\nDừng lại: Ctrl-C\n", flush=True)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    print(f"Sau {READY_WITHIN_S} giây hệ thống vẫn chưa sẵn sàng; xem {probe}.", file=sys.stderr, flush=True)


def start(kind: str) -> int:
    env = environment(kind, os.environ)
    settings = read_settings(env)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    os.environ.update(env)
    database = Database(settings.database_url)
    try:
        if kind == "demo":
            require_demo_database(database)
        prepare(kind, database)
    finally:
        database.dispose()
    threading.Thread(target=announce_when_ready, args=(env, settings.public_url), daemon=True).start()
    return keep(children(), env)


def main(arguments: list[str]) -> int:
    if arguments not in (["demo"], ["production"]):
        print("Cách dùng: python -m deploy.serve demo|production", file=sys.stderr)
        return 2
    os.chdir(ROOT)
    try:
        return start(arguments[0])
    except (CannotStart, UnsafeSettings, UnsafeSqlite) as problem:
        print(f"\nKhông khởi động được:\n{problem}", file=sys.stderr)
    except (Overloaded, SQLAlchemyError) as problem:
        print(f"\nKhông khởi động được: không nối được tới cơ sở dữ liệu.\n{problem}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
