"""site switch

Revision ID: site_switch
Revises: 173e8cde4b00
"""

import sqlalchemy as sa
from alembic import op

revision = 'site_switch'
down_revision = '173e8cde4b00'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('site_switch',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('is_on', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['changed_by'], ['member.id'], name=op.f('fk_site_switch_changed_by_member')),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_site_switch'))
    )


def downgrade() -> None:
    op.drop_table('site_switch')
