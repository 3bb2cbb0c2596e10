"""second factor

Revision ID: second_factor
Revises: first_operator
"""

import sqlalchemy as sa
from alembic import op

revision = 'second_factor'
down_revision = 'first_operator'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('second_factor',
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('secret', sa.String(length=64), nullable=False),
    sa.Column('offered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_step', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_second_factor_account_id_account')),
    sa.PrimaryKeyConstraint('account_id', name=op.f('pk_second_factor'))
    )
    op.create_table('recovery_code',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code_sha256', sa.String(length=64), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_recovery_code_account_id_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_code')),
    sa.UniqueConstraint('account_id', 'code_sha256', name=op.f('uq_recovery_code_account_id_code_sha256'))
    )
    op.add_column('user_session', sa.Column('proved_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('user_session', sa.Column('second_factor_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        'user_session',
        sa.Column('awaits_second_factor', sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    with op.batch_alter_table('user_session', schema=None) as batch_op:
        batch_op.alter_column('awaits_second_factor', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('user_session', schema=None) as batch_op:
        batch_op.drop_column('awaits_second_factor')
        batch_op.drop_column('second_factor_at')
        batch_op.drop_column('proved_at')
    op.drop_table('recovery_code')
    op.drop_table('second_factor')
