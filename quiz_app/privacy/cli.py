"""Commands about how long data of people are kept."""

from __future__ import annotations

from datetime import timedelta

import click
from flask import current_app
from flask.cli import AppGroup

from quiz_app.kernel.clock import VIETNAM
from quiz_app.kernel.db import Database
from quiz_app.kernel.settings import Settings
from quiz_app.kernel.work import viewing
from quiz_app.privacy import anonymising, labels

group = AppGroup("privacy", help="Dữ liệu cá nhân: thời hạn giữ.")


@group.command("retention")
@click.option("--dry-run", is_flag=True, help="Chỉ nói sẽ làm gì, không đổi gì.")
def retention(*, dry_run: bool) -> None:
    """Ẩn danh các cuộc thi đã quá thời hạn giữ (RETENTION_DAYS); dừng giữa chừng thì lần sau làm tiếp."""
    settings: Settings = current_app.extensions["settings"]
    db: Database = current_app.extensions["database"]
    kept_for = timedelta(days=settings.retention_days)
    with viewing(db) as r:
        for one in anonymising.due(r, kept_for):
            ended_on = one.ended_at.astimezone(VIETNAM)
            about = f"{one.contest.title} (số {one.contest.id}), xong từ {ended_on:%d/%m/%Y}"
            what = "; ".join(labels.HELD[held] for held in one.held)
            click.echo(f"{about}: " + (f"chưa làm, {what}" if what else f"{one.people} người, {one.attempts} lượt thi"))
    if dry_run:
        click.echo("Chạy thử: chưa đổi gì.")
        return
    click.echo(f"Đã ẩn danh {anonymising.anonymise_due(kept_for, db)} người.")
