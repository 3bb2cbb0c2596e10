"""contests whose attempts are nobody's any more

Revision ID: anonymised
Revises: data_requests
"""

import sqlalchemy as sa
from alembic import op

revision = 'anonymised'
down_revision = 'data_requests'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('member', sa.Column('is_stand_in', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('contest', sa.Column('anonymised_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column('contest', 'anonymised_at')
    op.drop_column('member', 'is_stand_in')
