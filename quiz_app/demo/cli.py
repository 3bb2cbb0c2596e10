"""Commands of the demo: found its commune, name its accounts."""

from __future__ import annotations

import json

import click
from flask import current_app
from flask.cli import AppGroup

from quiz_app.demo import commune, rounds, services
from quiz_app.demo.organisations import CELLS
from quiz_app.kernel.access import Role
from quiz_app.kernel.errors import Missing
from quiz_app.members.labels import ROLES

group = AppGroup("demo", help="Dữ liệu minh họa: xã, đảng viên và tài khoản không có thật.")
REFUSED = "Chỉ tạo dữ liệu minh họa khi APP_MODE=demo. Hệ thống đang chạy thật thì không."


@group.command("create")
@click.option("--seed", default=1, show_default=True, help="Số khởi tạo: cùng số cho cùng danh sách.")
@click.option(
    "--members",
    default=commune.MEMBERS,
    show_default=True,
    type=click.IntRange(commune.LEAST, commune.LARGEST * len(CELLS)),
    help="Số đảng viên.",
)
def create(seed: int, members: int) -> None:
    """Tạo xã minh họa; đã có thì giữ nguyên."""
    try:
        is_new = services.create(
            current_app.extensions["database"], current_app.extensions["settings"], seed=seed, count=members
        )
    except services.NotADemo:
        raise click.ClickException(REFUSED) from None
    click.echo(f"Đã tạo xã minh họa với {members} đảng viên." if is_new else "Xã minh họa đã có, giữ nguyên.")


@group.command("accounts")
@click.option("--json", "is_json", is_flag=True, help="In dạng JSON.")
def accounts(is_json: bool) -> None:
    """In các tài khoản minh họa."""
    try:
        with current_app.extensions["database"].reading() as session:
            found = services.listed(session)
    except Missing:
        raise click.ClickException("Chưa có xã minh họa. Chạy: flask --app wsgi demo create") from None
    if is_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for account in found:
        role = ROLES[Role(account["role"])]
        click.echo(f"{role:<18} {account['username']:<10} {account['password']:<26} {account['unit']}")


@group.command("play")
@click.option("--members", default=200, show_default=True, help="Số người vào thi.")
@click.option("--seed", default=1, show_default=True, help="Số khởi tạo: cùng số cho cùng diễn biến.")
def play(members: int, seed: int) -> None:
    """Cho đảng viên minh họa vào thi đợt đang mở, qua đúng các bước như người thật."""
    settings = current_app.extensions["settings"]
    if not services.is_demo(settings):
        raise click.ClickException(REFUSED)
    try:
        played = rounds.play(current_app.extensions["database"], count=members, seed=seed)
    except Missing:
        raise click.ClickException("Chưa có đợt thi minh họa đang mở. Chạy: flask --app wsgi demo create") from None
    click.echo(f"{played.members} người dự thi, {played.attempts} lượt thi.")
