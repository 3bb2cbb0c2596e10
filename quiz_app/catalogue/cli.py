"""Commands: publish from the bank's files, list what is published."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from question_bank.reading import read_bank
from quiz_app.catalogue import labels, queries, searchable, services
from quiz_app.catalogue.outcome import Outcome
from quiz_app.catalogue.shelf import read_shelf
from quiz_app.kernel.errors import Refused
from quiz_app.kernel.work import viewing, working

_replacing = click.option(
    "--lay-lai-chuyen-de", "replaces_written", is_flag=True, help="Lấy chữ trong tệp cho mọi chuyên đề và văn bản."
)
group = AppGroup("catalogue", help="Ngân hàng câu hỏi, chuyên đề và thư viện văn bản.")


@group.command("publish")
@click.argument("slug", metavar="BỘ")
@_replacing
def publish(slug: str, replaces_written: bool) -> None:
    """Công bố một bộ câu hỏi từ tệp (bộ kèm theo hoặc trong BANK_DIR), cùng các chuyên đề bộ ấy dựa vào.

    Chuyên đề, văn bản đã sửa trên trang thì giữ nguyên bản ấy, trừ khi thêm --lay-lai-chuyen-de.
    """
    try:
        shelf = read_shelf(current_app.extensions["settings"].bank_dir)
        with working(current_app.extensions["database"]) as w:
            outcomes = services.publish_from_shelf(w, shelf, slug, replaces_written=replaces_written)
    except Refused as refused:
        raise _spoken(refused) from refused
    _tell(outcomes)


@group.command("publish-shipped")
@_replacing
def publish_shipped(replaces_written: bool) -> None:
    """Công bố toàn bộ nội dung kèm theo: văn bản, chuyên đề, bộ câu hỏi.

    Chuyên đề, văn bản đã sửa trên trang thì giữ nguyên bản ấy, trừ khi thêm --lay-lai-chuyen-de.
    """
    try:
        with working(current_app.extensions["database"]) as w:
            outcomes = services.publish_bank(w, read_bank(), replaces_written=replaces_written)
    except Refused as refused:
        raise _spoken(refused) from refused
    _tell(outcomes)


@group.command("sets")
def sets() -> None:
    """Liệt kê các bộ câu hỏi và tình trạng công bố."""
    try:
        shelf = read_shelf(current_app.extensions["settings"].bank_dir)
    except Refused as refused:
        raise _spoken(refused) from refused
    with viewing(current_app.extensions["database"]) as r:
        rows = queries.set_states(r.session, shelf)
    for row in rows:
        click.echo(f"{row.slug}: {row.title} · {labels.USES[row.use]} · {labels.STATES[row.state]}")


@group.command("reindex")
def reindex() -> None:
    """Lập lại chỉ mục tìm kiếm từ nội dung đã công bố."""
    with working(current_app.extensions["database"]) as w:
        count = searchable.put_everything(w.session)
    click.echo(f"Chỉ mục tìm kiếm có {count} mục.")


def _tell(outcomes: list[Outcome]) -> None:
    for one in outcomes:
        click.echo(labels.outcome(one))


def _spoken(refused: Refused) -> click.ClickException:
    return click.ClickException(labels.REFUSALS[type(refused)].format(**refused.facts))
