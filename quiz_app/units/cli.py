"""Commands about the tree of units."""

from __future__ import annotations

import csv
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import BadInput, Missing, Refused
from quiz_app.kernel.text import search_key
from quiz_app.kernel.work import Work, viewing, working
from quiz_app.units import labels, queries, services
from quiz_app.units.models import UnitKind

group = AppGroup("units", help="Cây đơn vị: đảng bộ và chi bộ.")
COLUMNS = ("Mã", "Tên", "Loại", "Mã cấp trên")
KINDS = {search_key(words): kind for kind, words in labels.KINDS.items()}


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_units(file: Path) -> None:
    """Lập cây đơn vị từ tệp .csv FILE, cấp trên ghi trước cấp dưới; đơn vị đã có thì giữ nguyên."""
    try:
        rows = _rows(file)
        with working(_db()) as w:
            made = sum(_make(w, number, row) for number, row in enumerate(rows, start=2))
    except (UnicodeDecodeError, csv.Error):
        raise click.ClickException("Không đọc được tệp. Hãy lưu lại thành CSV UTF-8.") from None
    click.echo(f"Đã thêm {made} đơn vị, giữ nguyên {len(rows) - made}.")


@group.command("list")
def list_units() -> None:
    """Liệt kê đơn vị: mã, tên, loại, mã cấp trên."""
    with viewing(_db()) as r:
        units = queries.units(r.session)
        codes = {unit.id: unit.code for unit in units}
        for unit in units:
            above = codes[unit.parent_id] if unit.parent_id is not None else "–"
            click.echo(f"{unit.code:<14} {unit.name} · {labels.KINDS[UnitKind(unit.kind)]} · {above}")


@group.command("set-helper")
@click.argument("code")
@click.option("--name", required=True, help="Họ và tên người giúp.")
@click.option("--phone", required=True, help="Số điện thoại hiện ở cuối mỗi trang.")
def set_helper(code: str, name: str, phone: str) -> None:
    """Ghi người giúp đỡ của đơn vị CODE; đơn vị cấp dưới chưa có người giúp cũng thấy tên này."""
    try:
        with working(_db()) as w:
            unit = services.set_helper(w, queries.unit_by_code(w.session, code).id, name=name, phone=phone)
    except Missing:
        raise click.ClickException(f"Không có đơn vị mang mã {code}.") from None
    click.echo(f"{unit.name}: {unit.helper_name}, {unit.helper_phone}")


def _rows(file: Path) -> list[dict[str, str]]:
    text = file.read_text(encoding="utf-8-sig")
    first = text.partition("\n")[0]
    reader = csv.DictReader(text.splitlines(), delimiter=";" if ";" in first else ",")
    if not set(COLUMNS) <= set(reader.fieldnames or ()):
        raise click.ClickException(f"Dòng đầu của tệp phải có các cột: {', '.join(COLUMNS)}.")
    return [{name: (row[name] or "").strip() for name in COLUMNS} for row in reader]


def _make(w: Work, number: int, row: dict[str, str]) -> bool:
    """Make the unit of one row; False where its code is there already."""
    code, name, kind_words, above = (row[column] for column in COLUMNS)
    if _id(w, code) is not None:
        return False
    kind = KINDS.get(search_key(kind_words))
    if kind is None:
        raise click.ClickException(f"Dòng {number}: loại “{kind_words}” phải là {', '.join(labels.KINDS.values())}.")
    parent_id = _id(w, above) if above else None
    if above and parent_id is None:
        raise click.ClickException(f"Dòng {number}: không có đơn vị cấp trên mang mã {above}.")
    try:
        services.create_unit(w, code=code, name=name, kind=kind, parent_id=parent_id)
    except BadInput as error:
        words = " ".join(message for messages in error.errors.values() for message in messages)
        raise click.ClickException(f"Dòng {number}: {words}") from None
    except Refused as error:
        raise click.ClickException(f"Dòng {number}: {labels.REFUSALS[type(error)].format(**error.facts)}") from None
    return True


def _id(w: Work, code: str) -> int | None:
    try:
        return queries.unit_by_code(w.session, code).id
    except Missing:
        return None


def _db() -> Database:
    database: Database = current_app.extensions["database"]
    return database
