"""Commands about attempts."""

from __future__ import annotations

import sys

import click
from flask import current_app
from flask.cli import AppGroup

from quiz_app.attempts import verify as recount
from quiz_app.kernel.db import Database

group = AppGroup("attempts", help="Lượt thi và kết quả.")


@group.command("verify")
def verify() -> None:
    """Đếm lại toàn bộ điểm và kết quả từ câu trả lời; báo từng dòng sai lệch."""
    db: Database = current_app.extensions["database"]
    with db.reading() as session:
        found = 0
        for difference in recount.differences(session):
            found += 1
            click.echo(difference)
    if found:
        click.echo(f"{found} sai lệch.", err=True)
        sys.exit(1)
    click.echo("Mọi điểm và kết quả khớp với câu trả lời đã lưu.")
