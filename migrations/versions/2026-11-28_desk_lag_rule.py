"""by what an overseer calls a unit lagging

Revision ID: desk_lag_rule
Revises: activation_slips
"""

import sqlalchemy as sa
from alembic import op

revision = 'desk_lag_rule'
down_revision = 'activation_slips'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('lag_rule',
    sa.Column('member_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('percent', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('days', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint('percent BETWEEN 1 AND 100', name=op.f('ck_lag_rule_percent')),
    sa.CheckConstraint('days >= 1', name=op.f('ck_lag_rule_days')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_lag_rule_member_id_member')),
    sa.PrimaryKeyConstraint('member_id', name=op.f('pk_lag_rule'))
    )


def downgrade() -> None:
    op.drop_table('lag_rule')
