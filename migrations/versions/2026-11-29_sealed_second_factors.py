"""What an authenticator shares with the server is sealed by the secret key."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op
from flask import current_app

from quiz_app.kernel.sealing import seal, unseal

revision = "sealed_second_factors"
down_revision = "sealed_payments"
branch_labels = None
depends_on = None

PURPOSE = "second-factor"


def upgrade() -> None:
    _retype(sa.String(64), sa.Text())
    _rewrite(seal)


def downgrade() -> None:
    _rewrite(unseal)
    _retype(sa.Text(), sa.String(64))


def _retype(before: sa.String, after: sa.String) -> None:
    with op.batch_alter_table("second_factor") as batch:
        batch.alter_column("secret", existing_type=before, type_=after, existing_nullable=False)


def _rewrite(turned: Callable[[tuple[str, ...], str, str], str]) -> None:
    table = sa.table("second_factor", sa.column("account_id"), sa.column("secret"))
    bind = op.get_bind()
    keys = current_app.extensions["settings"].keys
    for account_id, secret in bind.execute(sa.select(table.c.account_id, table.c.secret)).all():
        kept = turned(keys, PURPOSE, secret)
        bind.execute(table.update().where(table.c.account_id == account_id).values(secret=kept))
