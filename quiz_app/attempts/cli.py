"""Commands about attempts."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click
from flask import current_app
from flask.cli import AppGroup

from quiz_app.attempts import draw_proof, labels
from quiz_app.attempts import verify as recount
from quiz_app.kernel.db import Database
from quiz_app.kernel.errors import Missing

group = AppGroup("attempts", help="Lượt thi và kết quả.")


@group.command("verify")
@click.option("--draws", "with_draws", is_flag=True, help="Rút lại từng đề để so với đề đã lưu (lâu hơn).")
def verify(with_draws: bool) -> None:
    """Đếm lại toàn bộ điểm và kết quả từ câu trả lời; báo từng dòng sai lệch."""
    db: Database = current_app.extensions["database"]
    with db.reading() as session:
        found = 0
        for difference in recount.differences(session, with_draws=with_draws):
            found += 1
            click.echo(difference)
    if found:
        click.echo(f"{found} sai lệch.", err=True)
        sys.exit(1)
    click.echo("Mọi điểm và kết quả khớp với câu trả lời đã lưu.")


@group.command("prove-draw")
@click.argument("attempt_id", type=int)
def prove_draw(attempt_id: int) -> None:
    """Rút lại đề của một lượt thi từ hạt giống và kho câu hỏi đã lưu, so với đề đã giao."""
    db: Database = current_app.extensions["database"]
    with db.reading() as session:
        try:
            proof = draw_proof.prove(session, attempt_id)
        except Missing:
            raise click.ClickException(f"Không có lượt thi số {attempt_id}.") from None
        click.echo(f"Đợt thi: {proof.round.title}")
        click.echo(f"Hạt giống: {proof.attempt.seed if proof.shows_seed else labels.SEED_LATER}")
        click.echo(f"Dấu kho câu hỏi: {proof.attempt.pool_hash}")
        click.echo(f"Câu bắt buộc: {_ids(proof.sources.pinned)}")
        click.echo(f"Câu tránh lặp: {_ids(proof.avoided)}")
        if proof.shows_seed:
            click.echo(f"Đề đã giao: {_ids(item.item_version_id for item in proof.stored)}")
            click.echo(f"Đề rút lại: {_ids(item.item_version_id for item in proof.drawn)}")
    click.echo("KHỚP: đề đã giao đúng là đề rút ra." if proof.matches else "KHÔNG KHỚP với đề rút lại.")
    if not proof.matches:
        sys.exit(1)


def _ids(versions: Iterable[int]) -> str:
    return " ".join(str(version) for version in versions) or "không có"
