"""round analysis

Revision ID: round_analysis
Revises: devices
"""

import sqlalchemy as sa
from alembic import op

revision = 'round_analysis'
down_revision = 'devices'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('round_analysis',
    sa.Column('round_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sample', sa.String(length=12), nullable=False),
    sa.Column('computed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('figures', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['round_id'], ['round.id'], name=op.f('fk_round_analysis_round_id_round')),
    sa.PrimaryKeyConstraint('round_id', 'sample', name=op.f('pk_round_analysis'))
    )


def downgrade() -> None:
    op.drop_table('round_analysis')
