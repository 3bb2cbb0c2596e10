"""Commands about people: rosters, accounts, roles."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

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
    entering,
    first_operator,
    labels,
    passwords,
    roster_file,
    rosters,
    second_factor,
    services,
    slip_paper,
    slips,
    throttling,
)
from quiz_app.members.errors import (
    NameNeeded,
    NobodyToPrint,
    OperatorExists,
    RemovalUnconfirmed,
    RoleHeld,
    RoleOnClosedUnit,
    RosterFaulty,
    RosterOutdated,
    RosterUnreadable,
)
from quiz_app.members.models import Member
from quiz_app.members.roster_plan import Kind, PlanFolder, Summary
from quiz_app.units import queries as units_queries
from quiz_app.web.filters import format_datetime

group = AppGroup("members", help="Đảng viên, tài khoản và vai trò.")
SHOWN_PROBLEMS = 50


@group.command("import-roster")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--unit", "code", required=True, help="Mã đơn vị; danh sách chỉ được nói về đơn vị này và cấp dưới.")
@click.option(
    "--complete", "is_complete", is_flag=True, help="Danh sách đầy đủ: ai không có trong tệp là đã rời đơn vị."
)
@click.option("--leaving", type=int, help="Số người ra khỏi danh sách, để xác nhận khi con số này lớn.")
@click.option("--apply", "is_applied", is_flag=True, help="Ghi vào cơ sở dữ liệu; không có thì chỉ xem trước.")
def import_roster(file: Path, code: str, is_complete: bool, leaving: int | None, is_applied: bool) -> None:
    """Nhập danh sách đảng viên từ tệp .xlsx hoặc .csv FILE."""
    content = file.read_bytes()
    try:
        with TemporaryDirectory() as folder:
            roster_file.unpack(content, Path(folder) / "rows")
            kept = PlanFolder(Path(folder) / "plan")
            with viewing(_db()) as r:
                unit_id = units_queries.unit_by_code(r.session, code).id
                order = rosters.Order(unit_id, rosters.file_hash(content), file.name, is_complete)
                summary = rosters.plan(r, order, roster_file.sheets_in(Path(folder) / "rows"), kept)
            _print(summary, kept)
            if is_applied and summary.is_ready and not summary.is_repeat:
                with working(_db()) as w:
                    rosters.apply(w, order, kept, with_left=is_complete, removed=leaving, since=w.now)
    except Missing:
        raise click.ClickException(f"Không có đơn vị mang mã {code}.") from None
    except (RosterUnreadable, RosterFaulty, RosterOutdated, RemovalUnconfirmed) as error:
        raise click.ClickException(labels.REFUSALS[type(error)].format(**error.facts)) from None
    if not summary.is_ready:
        raise click.ClickException("Chưa ghi dòng nào. Sửa các chỗ trên rồi nhập lại.")
    if not summary.is_repeat:
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
        found = entering.credentials(r.session, throttling.username_key(username))
        if found.member_id is None or found.account_id is None:
            raise click.ClickException(f"Không có tài khoản {username}.")
        member = r.session.get_one(Member, found.member_id)
    secret = accounts.new_secret(member)
    new_hash = passwords.hashed(secret)  # outside any transaction: hashing takes its time
    with working(_db()) as w:
        services.renew_password(w, found.account_id, new_hash=new_hash)
    click.echo(f"{member.full_name}: tên đăng nhập {username}, mật khẩu mới {secret}")


@group.command("first-operator")
@click.argument("username")
@click.option("--unit", "code", required=True, help="Mã đơn vị của vai trò; thường là đơn vị cao nhất.")
@click.option("--name", "full_name", default="", help="Họ tên, khi USERNAME chưa có tài khoản.")
def invite_first_operator(username: str, code: str, full_name: str) -> None:
    """In đường dẫn dùng một lần cho người quản trị đầu tiên, đăng nhập bằng tên USERNAME."""
    settings: Settings = current_app.extensions["settings"]
    try:
        with working(_db()) as w:
            token = first_operator.issue_link(
                w, username=username, full_name=full_name, unit_id=_unit_id(w.session, code)
            )
    except (OperatorExists, NameNeeded) as error:
        raise click.ClickException(labels.REFUSALS[type(error)].format(**error.facts)) from None
    click.echo("Mở đường dẫn sau trong vòng 24 giờ; dùng được một lần, không gửi cho người khác:")
    click.echo(f"{settings.public_url}/quan-tri-dau-tien#{token}")


@group.command("reset-second-factor")
@click.argument("username")
def reset_second_factor(username: str) -> None:
    """Đặt lại xác thực hai lớp cho người mất điện thoại và hết mã dự phòng."""
    try:
        with working(_db()) as w:
            found = entering.credentials(w.session, throttling.username_key(username))
            second_factor.reset(w, found.member_id or 0)
    except Missing:
        raise click.ClickException(f"Tài khoản {username} không có hoặc chưa bật xác thực hai lớp.") from None
    click.echo(f"Đã đặt lại xác thực hai lớp của {username}.")


@group.command("grant")
@click.argument("username")
@click.argument("role", type=click.Choice([role.value for role in Role if role is not Role.MEMBER]))
@click.option("--unit", "code", required=True, help="Mã đơn vị của vai trò.")
def grant(username: str, role: str, code: str) -> None:
    """Giao vai trò ROLE ở một đơn vị cho người có tên đăng nhập USERNAME."""
    with working(_db()) as w:
        found = entering.credentials(w.session, throttling.username_key(username))
        if found.member_id is None:
            raise click.ClickException(f"Không có tài khoản {username}.")
        try:
            services.grant_role(w, found.member_id, Role(role), _unit_id(w.session, code))
        except (RoleHeld, RoleOnClosedUnit) as error:
            raise click.ClickException(labels.REFUSALS[type(error)].format(**error.facts)) from None
    click.echo(f"Đã giao vai trò {labels.ROLES[Role(role)]} cho {username}.")


def _db() -> Database:
    database: Database = current_app.extensions["database"]
    return database


def _unit_id(session: Session, code: str) -> int:
    try:
        return units_queries.unit_by_code(session, code).id
    except Missing:
        raise click.ClickException(f"Không có đơn vị mang mã {code}.") from None


def _print(summary: Summary, kept: PlanFolder) -> None:
    if summary.is_repeat:
        click.echo("Tệp này đã được nhập trước đó; không có gì thay đổi.")
        return
    told = [
        f"Trang “{problem.sheet}”, dòng {problem.row}, cột {problem.column}: “{problem.value}”. {problem.advice}"
        for record in kept.records(Kind.ERROR)
        for problem in record.problems
    ]
    told += [f"Trang “{one.sheet}”, dòng {one.row}: {one.question.text}" for one in kept.questions()]
    for line in told[:SHOWN_PROBLEMS]:
        click.echo(line, err=True)
    if len(told) > SHOWN_PROBLEMS:
        click.echo(f"… và {len(told) - SHOWN_PROBLEMS} chỗ khác.", err=True)
    if kept.questions():
        click.echo("Những dòng chưa rõ được trả lời ở trang Nhập danh sách.", err=True)
    if summary.dropped:
        click.echo(f"Không dùng các cột: {', '.join(summary.dropped)}.")
    click.echo(
        f"Thêm mới {summary.count(Kind.NEW)}, thay đổi {summary.count(Kind.CHANGED)}, "
        f"chuyển đơn vị {summary.count(Kind.MOVED)}, giữ nguyên {summary.count(Kind.UNCHANGED)}, "
        f"không có trong tệp {summary.not_in_file}."
    )
