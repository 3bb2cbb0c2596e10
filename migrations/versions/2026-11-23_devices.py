"""devices

Revision ID: devices
Revises: results
"""

import sqlalchemy as sa
from alembic import op

revision = 'devices'
down_revision = 'results'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('user_session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('device_sha256', sa.String(length=64), nullable=True))

    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.create_index('ix_attempt_round_started', ['round_id', 'started_at'], unique=False)
        batch_op.create_index('ix_attempt_round_ended', ['round_id', 'ended_at'], unique=False)

    with op.batch_alter_table('late_arrival', schema=None) as batch_op:
        batch_op.create_index('ix_late_arrival_arrived', ['arrived_at'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('late_arrival', schema=None) as batch_op:
        batch_op.drop_index('ix_late_arrival_arrived')

    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.drop_index('ix_attempt_round_ended')
        batch_op.drop_index('ix_attempt_round_started')

    with op.batch_alter_table('user_session', schema=None) as batch_op:
        batch_op.drop_column('device_sha256')
