"""What is kept to pay a prize is sealed by the secret key."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op
from flask import current_app

from quiz_app.kernel.sealing import seal, unseal

revision = "sealed_payments"
down_revision = 'desk_tallies'
branch_labels = None
depends_on = None

PURPOSE = "prize-payment"
DETAILS = {"identity": 20, "bank": 120, "account": 30, "payee": 120}
PLAIN = "paid_at IS NULL OR (identity = '' AND bank = '' AND account = '' AND payee = '')"


def upgrade() -> None:
    op.add_column("prize_payment", sa.Column("sealed", sa.Text(), nullable=False, server_default=""))
    bind = op.get_bind()
    for row in bind.execute(sa.text("SELECT award_id, identity, bank, account, payee FROM prize_payment")).mappings():
        details = {name: row[name] for name in DETAILS}
        if any(details.values()):
            sealed = seal(current_app.extensions["settings"].keys, PURPOSE, json.dumps(details))
            _set(row["award_id"], sealed=sealed)
    with op.batch_alter_table("prize_payment") as batch:
        batch.drop_constraint(op.f("ck_prize_payment_erased_when_paid"), type_="check")
        for name in DETAILS:
            batch.drop_column(name)
        batch.alter_column("sealed", existing_type=sa.Text(), server_default=None, existing_nullable=False)
        batch.create_check_constraint(op.f("ck_prize_payment_erased_when_paid"), "paid_at IS NULL OR sealed = ''")


def downgrade() -> None:
    for name, length in DETAILS.items():
        op.add_column("prize_payment", sa.Column(name, sa.String(length), nullable=False, server_default=""))
    bind = op.get_bind()
    for row in bind.execute(sa.text("SELECT award_id, sealed FROM prize_payment WHERE sealed <> ''")).mappings():
        _set(row["award_id"], **json.loads(unseal(current_app.extensions["settings"].keys, PURPOSE, row["sealed"])))
    with op.batch_alter_table("prize_payment") as batch:
        batch.drop_constraint(op.f("ck_prize_payment_erased_when_paid"), type_="check")
        batch.drop_column("sealed")
        for name, length in DETAILS.items():
            batch.alter_column(name, existing_type=sa.String(length), server_default=None, existing_nullable=False)
        batch.create_check_constraint(op.f("ck_prize_payment_erased_when_paid"), PLAIN)


def _set(award_id: int, **values: str) -> None:
    table = sa.table("prize_payment", sa.column("award_id"), *(sa.column(name) for name in values))
    op.get_bind().execute(table.update().where(table.c.award_id == award_id).values(**values))
