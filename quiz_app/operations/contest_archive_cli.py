"""The operator's commands about archives of contests."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing, Refused
from quiz_app.kernel.work import working
from quiz_app.operations import contest_archive
from quiz_app.operations.contest_archive_file import Manifest
from quiz_app.operations.labels import words_of
from quiz_app.operations.policy import Action
from quiz_app.web.filters import format_file_size, format_number

group = AppGroup("contest", help="Lưu trữ và nhập lại cả một cuộc thi.")
EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@group.command("export")
@click.argument("contest_id", type=click.IntRange(min=1))
@click.option("--to", "file", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Tệp .zip sẽ ghi.")
def export(contest_id: int, file: Path) -> None:
    """Lưu trữ cuộc thi CONTEST_ID đã có kết quả chính thức. Tệp có dữ liệu cá nhân và đáp án: hãy giữ kín."""
    if file.exists():
        raise click.ClickException(f"Tệp {file} đã có. Mời chọn tên khác.")
    if not file.parent.is_dir():
        raise click.ClickException(f"Không có thư mục {file.parent}.")
    db = _db()
    try:
        made = contest_archive.create(db, contest_id, file, made_by="flask contest export")
    except Missing:
        _fail(f"Không có cuộc thi số {contest_id}.")
    except Refused as error:
        _fail(words_of(error))
    else:
        with working(db) as w:
            facts = {"file": file.name, "sha256": made.sha256, "rows": made.manifest.rows}
            w.record(Action.ARCHIVE_MADE, f"contest:{contest_id}", **facts)
        click.echo(f"✓ Đã lưu trữ {_described(made.manifest)} vào {file} ({format_file_size(made.size)}).")
        click.echo(f"SHA-256: {made.sha256}")
        click.echo("Tệp này có dữ liệu cá nhân và đáp án: chỉ giữ ở nơi được phép.")


@group.command("check")
@click.argument("file", type=EXISTING)
def check(file: Path) -> None:
    """Kiểm tra một tệp lưu trữ bằng cách nhập thử vào một cơ sở dữ liệu tạm."""
    try:
        manifest = contest_archive.check(file)
    except Refused as error:
        _fail(words_of(error))
    else:
        click.echo(f"✓ Nguyên vẹn: {_described(manifest)}. Điểm và các bảng đã công bố đều khớp.")


@group.command("import")
@click.argument("file", type=EXISTING)
def import_(file: Path) -> None:
    """Nhập một tệp lưu trữ vào hệ thống mới chưa có dữ liệu, rồi đếm lại điểm và đối chiếu các bảng đã công bố."""
    try:
        manifest = contest_archive.take_in(_db(), file)
    except Refused as error:
        _fail(f"{words_of(error)} Chưa có gì được nhập.")
    else:
        click.echo(f"✓ Đã nhập {_described(manifest)}. Điểm và các bảng đã công bố đều khớp.")


def _described(manifest: Manifest) -> str:
    return (
        f"cuộc thi “{manifest.contest['title']}”: {format_number(manifest.rows)} dòng dữ liệu, "
        f"{len(manifest.tables)} bảng kết quả đã công bố"
    )


def _fail(words: str) -> None:
    click.echo(f"✗ {words}", err=True)
    sys.exit(1)


def _db() -> Database:
    found: Database = current_app.extensions["database"]
    return found
