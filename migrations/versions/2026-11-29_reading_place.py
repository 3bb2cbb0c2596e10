"""where a reader stopped in a lesson

Revision ID: reading_place
Revises: outside_contests
"""

import sqlalchemy as sa
from alembic import op

revision = 'reading_place'
down_revision = 'outside_contests'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('lesson_progress', schema=None) as batch_op:
        batch_op.add_column(sa.Column('place', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('lesson_progress', schema=None) as batch_op:
        batch_op.drop_column('seen_at')
        batch_op.drop_column('place')
