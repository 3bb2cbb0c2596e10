"""Commands about final results."""

from __future__ import annotations

import sys

import click
from flask import current_app
from flask.cli import AppGroup

from quiz_app.kernel.db import Database
from quiz_app.results import verify as recount

group = AppGroup("results", help="Kết quả đã công bố.")


@group.command("verify")
def verify() -> None:
    """Tính lại dấu của từng bảng đã công bố và so bản hiện hành với kết quả hiện nay; báo từng chỗ khác."""
    db: Database = current_app.extensions["database"]
    with db.reading() as session:
        found = 0
        for difference in recount.differences(session, db.now(session)):
            found += 1
            click.echo(difference)
    if found:
        click.echo(f"{found} sai lệch.", err=True)
        sys.exit(1)
    click.echo("Mọi bảng đã công bố còn nguyên và khớp với kết quả hiện nay.")
