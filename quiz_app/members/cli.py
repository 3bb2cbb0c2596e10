"""Commands about people: rosters, accounts, roles."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from quiz_app.kernel.access import Role
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing
from quiz_app.kernel.settings import Settings
from quiz_app.kernel.work import viewing, working
from quiz_app.members import (
    accounts,
    labels,
    passwords,
    queries,
    roster_file,
    rosters,
    services,
    slip_paper,
    slips,
    throttling,
)
from quiz_app.members.errors import NobodyToPrint, RosterFaulty, RosterUnreadable
from quiz_app.members.models import Member
from quiz_app.members.rosters import Plan
from quiz_app.units import queries as units_queries
from quiz_app.web.filters import format_datetime

group = AppGroup("members", help="Đảng viên, tài khoản và vai trò.")
SHOWN_PROBLEMS = 50


@group.command("import-roster")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--unit", "code", required=True, help="Mã đơn vị; danh sách chỉ được nói về đơn vị này và cấp dưới.")
@click.option("--apply", "is_applied", is_flag=True, help="Ghi vào cơ sở dữ liệu; không có thì chỉ xem trước.")
def import_roster(file: Path, code: str, is_applied: bool) -> None:
    """Nhập danh sách đảng viên từ tệp .xlsx FILE."""
    content = file.read_bytes()
    sha256 = rosters.file_hash(content)
    try:
        sheets = roster_file.read_sheets(content)
        with viewing(_db()) as r:
            unit_id = units_queries.unit_by_code(r.session, code).id
            plan = rosters.plan(r, unit_id, sheets, sha256)
        if is_applied and not plan.problems:
            with working(_db()) as w:
                plan = rosters.apply(w, unit_id, sheets, sha256, file.name)
    except Missing:
        raise click.ClickException(f"Không có đơn vị mang mã {code}.") from None
    except (RosterUnreadable, RosterFaulty) as error:
        raise click.ClickException(labels.REFUSALS[type(error)].format(**error.facts)) from None
    _print(plan)
    if plan.problems:
        raise click.ClickException("Chưa ghi dòng nào. Sửa các chỗ trên rồi nhập lại.")
    if not plan.is_repeat:
        click.echo("Đã ghi." if is_applied else "Mới xem trước, chưa ghi. Thêm --apply để ghi.")


@group.command("new-slip")
@click.argument("name")
def new_slip(name: str) -> None:
    """In ra phiếu vào hệ thống của một người: NAME là số thẻ đảng viên hoặc tên đăng nhập. Phiếu cũ hết hiệu lực."""
    settings: Settings = current_app.extensions["settings"]
    with viewing(_db()) as r:
        member_id = slips.member_named(r.session, name)
        if member_id is None:
            raise click.ClickException(f"Không có ai mang số thẻ hoặc tên đăng nhập {name}.")
        try:
            sheet = slips.draw_for_member(r, member_id)
        except (Missing, NobodyToPrint):
            raise click.ClickException("Danh sách thiếu cả ngày sinh và số thẻ của người này.") from None
    with working(_db()) as w:
        slips.keep(w, sheet, settings.secret_key)
    (slip,) = sheet.slips
    click.echo(f"{slip.full_name}, {slip.unit_name}: tên đăng nhập {slip.username}")
    click.echo(f"Địa chỉ: {slip_paper.address(settings.public_url, slip.token)}")
    click.echo(f"Hoặc mở {slip_paper.typed_address(settings.public_url)} và gõ mã {slips.grouped(slip.code)}")
    click.echo(f"Dùng một lần, đến {format_datetime(sheet.expires_at)}. Chỉ trao cho chính người này.")


@group.command("new-password")
@click.argument("username")
def new_password(username: str) -> None:
    """Cấp mật khẩu mới khi không dùng được phiếu; mọi nơi đang đăng nhập bị đăng xuất."""
    with viewing(_db()) as r:
        found = queries.credentials(r.session, throttling.username_key(username))
        if found.member_id is None or found.account_id is None:
            raise click.ClickException(f"Không có tài khoản {username}.")
        member = r.session.get_one(Member, found.member_id)
    secret = accounts.new_secret(member)
    new_hash = passwords.hashed(secret)  # outside any transaction: hashing takes its time
    with working(_db()) as w:
        services.renew_password(w, found.account_id, new_hash=new_hash)
    click.echo(f"{member.full_name}: tên đăng nhập {username}, mật khẩu mới {secret}")


@group.command("grant")
@click.argument("username")
@click.argument("role", type=click.Choice([role.value for role in Role if role is not Role.MEMBER]))
@click.option("--unit", "code", required=True, help="Mã đơn vị của vai trò.")
def grant(username: str, role: str, code: str) -> None:
    """Giao vai trò ROLE ở một đơn vị cho người có tên đăng nhập USERNAME."""
    with working(_db()) as w:
        found = queries.credentials(w.session, throttling.username_key(username))
        if found.member_id is None:
            raise click.ClickException(f"Không có tài khoản {username}.")
        services.grant_role(w, found.member_id, Role(role), _unit_id(w.session, code))
    click.echo(f"Đã giao vai trò {labels.ROLES[Role(role)]} cho {username}.")


def _db() -> Database:
    database: Database = current_app.extensions["database"]
    return database


def _unit_id(session: Session, code: str) -> int:
    try:
        return units_queries.unit_by_code(session, code).id
    except Missing:
        raise click.ClickException(f"Không có đơn vị mang mã {code}.") from None


def _print(plan: Plan) -> None:
    if plan.is_repeat:
        click.echo(f"Tệp này đã được nhập trước đó; {plan.unchanged} người không có gì thay đổi.")
        return
    for problem in plan.problems[:SHOWN_PROBLEMS]:
        click.echo(
            f"Trang “{problem.sheet}”, dòng {problem.row}, cột {problem.column}: “{problem.value}”. {problem.advice}",
            err=True,
        )
    if len(plan.problems) > SHOWN_PROBLEMS:
        click.echo(f"… và {len(plan.problems) - SHOWN_PROBLEMS} chỗ sai khác.", err=True)
    if plan.dropped:
        click.echo(f"Không dùng các cột: {', '.join(plan.dropped)}.")
    click.echo(
        f"Thêm mới {len(plan.new)}, thay đổi {len(plan.changed)}, giữ nguyên {plan.unchanged}, "
        f"không có trong tệp {plan.not_in_file}."
    )
