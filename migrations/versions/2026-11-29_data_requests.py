"""what members ask about their own data

Revision ID: data_requests
Revises: sealed_second_factors
"""

import sqlalchemy as sa
from alembic import op

revision = 'data_requests'
down_revision = 'sealed_second_factors'
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
LIVE = sa.text("state IN ('new', 'doing')")


def upgrade() -> None:
    op.create_table('data_request',
    sa.Column('id', ROW_ID, nullable=False),
    sa.Column('member_id', ROW_ID, nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('text', sa.String(length=1000), nullable=False),
    sa.Column('answer', sa.String(length=1000), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answer_by', sa.Date(), nullable=False),
    sa.Column('finish_by', sa.Date(), nullable=False),
    sa.Column('taken_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('handled_by', ROW_ID, nullable=True),
    sa.CheckConstraint("(state IN ('new', 'doing')) = (ended_at IS NULL)", name=op.f('ck_data_request_ended')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_data_request_member_id_member')),
    sa.ForeignKeyConstraint(['handled_by'], ['member.id'], name=op.f('fk_data_request_handled_by_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_data_request'))
    )
    op.create_index('ix_data_request_state', 'data_request', ['state', 'finish_by'])
    op.create_index('uq_data_request_live', 'data_request', ['member_id', 'kind'], unique=True, sqlite_where=LIVE, postgresql_where=LIVE)


def downgrade() -> None:
    op.drop_table('data_request')
