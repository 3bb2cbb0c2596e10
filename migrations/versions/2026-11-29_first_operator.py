"""first operator

Revision ID: first_operator
Revises: reading_place
"""

import sqlalchemy as sa
from alembic import op

revision = 'first_operator'
down_revision = 'reading_place'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('first_operator_link',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('token_sha256', sa.String(length=64), nullable=False),
    sa.Column('username', sa.String(length=60), nullable=False),
    sa.Column('full_name', sa.String(length=120), nullable=False),
    sa.Column('unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_first_operator_link_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_first_operator_link')),
    sa.UniqueConstraint('token_sha256', name=op.f('uq_first_operator_link_token_sha256'))
    )


def downgrade() -> None:
    op.drop_table('first_operator_link')
