"""for whom modules are meant in the first place

Revision ID: audiences
Revises: meetings
"""

import sqlalchemy as sa
from alembic import op

revision = 'audiences'
down_revision = 'meetings'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('unit', schema=None) as batch_op:
        batch_op.add_column(sa.Column('audience', sa.String(length=20), server_default='', nullable=False))
    with op.batch_alter_table('study_module', schema=None) as batch_op:
        batch_op.add_column(sa.Column('audiences', sa.JSON(), server_default='[]', nullable=False))


def downgrade() -> None:
    with op.batch_alter_table('study_module', schema=None) as batch_op:
        batch_op.drop_column('audiences')
    with op.batch_alter_table('unit', schema=None) as batch_op:
        batch_op.drop_column('audience')
