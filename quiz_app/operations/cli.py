"""Commands of the operator."""

from __future__ import annotations

import sys
from datetime import datetime
from itertools import islice
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from flask_migrate import upgrade

from quiz_app.kernel import audit, clock
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Refused
from quiz_app.kernel.settings import Settings
from quiz_app.kernel.switches import REASON_LENGTH
from quiz_app.kernel.text import nfc
from quiz_app.kernel.work import working
from quiz_app.operations import archive, audit_heads, contest_archive_cli, encryption, site
from quiz_app.operations import backup as backups
from quiz_app.operations import doctor as examination
from quiz_app.operations.errors import RestoredWrong, ToolFailed
from quiz_app.operations.forms import MOST_HOURS
from quiz_app.operations.labels import ending, words_of
from quiz_app.operations.policy import Action
from quiz_app.web.filters import format_datetime_seconds, format_file_size

backup_group = AppGroup("backup", help="Sao lưu và phục hồi dữ liệu.")
clock_group = AppGroup("clock", help="Đồng hồ của máy chủ.")
audit_group = AppGroup("audit", help="Nhật ký việc đã làm.")
site_group = AppGroup("site", help="Công tắc của cả hệ thống.")


def _database() -> Database:
    found: Database = current_app.extensions["database"]
    return found


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def _installation() -> backups.Installation:
    settings = _settings()
    return backups.Installation(_database(), settings.database_url, settings.data_dir)


_identity = click.option(
    "--identity",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Tệp khóa riêng của age, khi bản sao lưu được mã hóa.",
)


def _fail(words: str) -> None:
    click.echo(f"✗ {words}", err=True)
    sys.exit(1)


@backup_group.command("create")
@click.option("--to", "folder", type=click.Path(path_type=Path), help="Thư mục chứa bản sao lưu.")
@click.option("--keep", type=click.IntRange(min=1), help="Chỉ giữ lại chừng này bản mới nhất.")
@click.option(
    "--recipient", "recipients", multiple=True, help="Khóa công khai age1… để mã hóa; mặc định theo BACKUP_RECIPIENTS."
)
def create(folder: Path | None, keep: int | None, recipients: tuple[str, ...]) -> None:
    """Tạo một bản sao lưu (cơ sở dữ liệu và tệp đính kèm), đọc kiểm lại ngay."""
    try:
        made = backups.create(
            _installation(),
            folder or _settings().data_dir / "backups",
            keep=keep,
            recipients=recipients or _settings().backup_recipients,
        )
    except Refused as error:
        _fail(words_of(error))
    else:
        secrecy = ", đã mã hóa" if made.suffix == encryption.SUFFIX else ""
        click.echo(f"✓ Đã sao lưu vào {made} ({format_file_size(made.stat().st_size)}{secrecy}).")


@backup_group.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_identity
def verify(file: Path, identity: Path | None) -> None:
    """Kiểm tra một bản sao lưu còn nguyên vẹn."""
    try:
        manifest = backups.check(_installation(), file, identity)
    except Refused as error:
        _fail(words_of(error))
    else:
        click.echo(f"✓ Nguyên vẹn: {_described(manifest)}")
        if manifest.audit_head:
            click.echo(f"  Mốc niêm phong nhật ký: {manifest.audit_head}")


@backup_group.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", "--force", is_flag=True, help="Thay dữ liệu đang có (được sao lưu trước khi thay).")
@_identity
def restore(file: Path, replace: bool, identity: Path | None) -> None:
    """Phục hồi từ một bản sao lưu, rồi đếm lại toàn bộ điểm và kiểm tra nhật ký."""
    try:
        manifest = backups.restore(
            _installation(),
            file,
            identity=identity,
            recipients=_settings().backup_recipients,
            replace=replace,
            upgrade=upgrade,
        )
    except RestoredWrong as error:
        _fail(words_of(error))
    except ToolFailed as error:  # the engine may have emptied the tables before it failed
        _fail(f"{words_of(error)} Dữ liệu cũ (nếu có) nằm trong bản sao lưu vừa tạo trước khi thay.")
    except Refused as error:
        _fail(f"{words_of(error)} Chưa có gì bị thay đổi.")
    else:
        click.echo(f"✓ Đã phục hồi: {_described(manifest)} Điểm, kết quả và nhật ký đều khớp.")


def _described(manifest: archive.Manifest) -> str:
    members, attempts = manifest.counts.get("member", 0), manifest.counts.get("attempt", 0)
    files = len(manifest.parts) - 1
    made_at = format_datetime_seconds(datetime.fromisoformat(manifest.made_at))
    return f"{manifest.engine}, tạo lúc {made_at}, {members} người, {attempts} lượt thi, {files} tệp đính kèm."


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Khám hệ thống đang chạy: mỗi dòng ✓ là tốt, ✗ kèm việc cần làm."""
    findings = examination.examine(_database(), _settings())
    for finding in findings:
        click.echo(f"{'✓' if finding.is_well else '✗'} {finding.words}")
    if not all(finding.is_well for finding in findings):
        sys.exit(1)


@clock_group.command("accept")
def accept() -> None:
    """Xác nhận giờ hiện tại của máy là đúng, để việc tự nộp bài chạy lại."""
    db = _database()
    with working(db) as w:
        seen = clock.ticks(db.clock_offset)
        was_stepped = not clock.is_steady(w.session, seen)
        clock.accept(w.session, seen)
        w.record(Action.CLOCK_ACCEPTED, "clock:1", was_stepped=was_stepped)
    click.echo(
        f"✓ Đã nhận giờ {format_datetime_seconds(seen.wall)} (giờ Việt Nam). Việc tự nộp bài hết giờ chạy bình thường."
    )


@audit_group.command("verify")
@click.option("--head", "told", metavar="MỐC", help="Một mốc đã ghi trước đây: của lệnh audit head, hoặc in ở báo cáo.")
def verify_audit(told: str | None) -> None:
    """Kiểm tra nhật ký chưa bị sửa, chưa bị cắt: tính lại dấu niêm phong, đối chiếu các mốc giữ ở ngoài."""
    known = audit.Head.parse(told) if told is not None else None
    if told is not None and known is None:
        raise click.BadParameter("mốc phải chép đủ như lệnh audit head hoặc văn bản đã in.", param_hint="--head")
    kept = audit_heads.kept_in(_settings().data_dir)
    with _database().reading() as session:
        broken = audit.first_broken(session)
        lost = list(islice(audit_heads.contradicted(session, kept), backups.FINDINGS_SHOWN))
        if known is not None and not audit.contains(session, known):
            lost.append(str(known))
        head = audit.head(session)
    if broken is not None:
        _fail(f"Nhật ký đã bị sửa: các dòng {broken.first_id}–{broken.last_id} không khớp dấu niêm phong.")
    if lost:
        _fail(f"Nhật ký bị cắt bớt hoặc niêm phong lại: không còn mốc đã ghi {'; '.join(lost)}.")
    click.echo(f"✓ Nhật ký nguyên vẹn, {head.count if head else 0} dòng đã niêm phong.")
    if head is not None:
        click.echo(f"  Mốc hiện nay, niêm phong lúc {format_datetime_seconds(head.sealed_at)}: {head}")


@audit_group.command("head")
def audit_head() -> None:
    """In mốc niêm phong hiện nay, để ghi vào sổ hoặc gửi người khác giữ."""
    with _database().reading() as session:
        found = audit.head(session)
    if found is None:
        _fail("Nhật ký chưa có dòng nào được niêm phong; tiến trình nền niêm phong sau khoảng một phút.")
    click.echo(str(found))


@site_group.command("read-only")
@click.argument("state", type=click.Choice(["on", "off"]))
@click.option("--reason", required=True, help="Lý do, ghi vào nhật ký.")
@click.option("--hours", type=click.IntRange(1, MOST_HOURS), help="Tự tắt sau chừng này giờ (chỉ dùng với on).")
def read_only(state: str, reason: str, hours: int | None) -> None:
    """Bật hoặc tắt chế độ chỉ đọc: bảng xếp hạng và học tập tạm nghỉ ghi, làm bài vẫn bình thường."""
    reason = nfc(reason).strip()
    if not 0 < len(reason) <= REASON_LENGTH:
        raise click.BadParameter(f"cần từ 1 đến {REASON_LENGTH} ký tự.", param_hint="--reason")
    if state == "off":
        with working(_database()) as w:
            was_on = site.turn_off(w, reason)
        click.echo("✓ Đã tắt chế độ chỉ đọc." if was_on else "✓ Chế độ chỉ đọc đã tắt từ trước.")
        return
    with working(_database()) as w:
        until = ending(site.turn_on(w, reason, hours))
    click.echo(f"✓ Đã bật chế độ chỉ đọc, {until}.")


COMMANDS = (backup_group, clock_group, audit_group, site_group, contest_archive_cli.group, doctor)
