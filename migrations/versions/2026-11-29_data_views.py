"""who looked at whose data, and what happened to data

Revision ID: data_views
Revises: anonymised
"""

import sqlalchemy as sa
from alembic import op

revision = 'data_views'
down_revision = 'anonymised'
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('data_view',
    sa.Column('id', ROW_ID, nullable=False),
    sa.Column('member_id', ROW_ID, nullable=False),
    sa.Column('viewer_id', ROW_ID, nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('unit_id', ROW_ID, nullable=False),
    sa.Column('seen', sa.String(length=12), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_data_view_member_id_member')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_data_view_unit_id_unit')),
    sa.ForeignKeyConstraint(['viewer_id'], ['member.id'], name=op.f('fk_data_view_viewer_id_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_data_view')),
    sa.UniqueConstraint('viewer_id', 'member_id', 'seen', 'day', name=op.f('uq_data_view_viewer_id_member_id_seen_day'))
    )
    op.create_index('ix_data_view_member', 'data_view', ['member_id', 'at'])
    op.create_index('ix_data_view_at', 'data_view', ['at'])
    op.create_table('data_breach',
    sa.Column('id', ROW_ID, nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('people', ROW_ID, nullable=False),
    sa.Column('cause', sa.Text(), nullable=False),
    sa.Column('measures', sa.Text(), nullable=False),
    sa.Column('reported_to', sa.String(length=200), nullable=False),
    sa.Column('reported_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('unreported_reason', sa.String(length=1000), nullable=False),
    sa.Column('people_told_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', ROW_ID, nullable=True),
    sa.Column('revision', ROW_ID, nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_by', ROW_ID, nullable=True),
    sa.CheckConstraint('people >= 0', name=op.f('ck_data_breach_people')),
    sa.CheckConstraint("closed_at IS NULL OR reported_at IS NOT NULL OR unreported_reason <> ''", name=op.f('ck_data_breach_told')),
    sa.ForeignKeyConstraint(['closed_by'], ['member.id'], name=op.f('fk_data_breach_closed_by_member')),
    sa.ForeignKeyConstraint(['created_by'], ['member.id'], name=op.f('fk_data_breach_created_by_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_data_breach'))
    )


def downgrade() -> None:
    op.drop_table('data_breach')
    op.drop_table('data_view')
