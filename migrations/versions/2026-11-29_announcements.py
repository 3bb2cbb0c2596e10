"""announcements

Revision ID: announcements
Revises: registrations
"""

import sqlalchemy as sa
from alembic import op

revision = 'announcements'
down_revision = 'registrations'
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('announcement',
    sa.Column('id', _ID, nullable=False),
    sa.Column('unit_id', _ID, nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('text', sa.String(length=2000), nullable=False),
    sa.Column('text_html', sa.String(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('contest_id', _ID, nullable=True),
    sa.Column('module_id', _ID, nullable=True),
    sa.Column('revision', _ID, nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', _ID, nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('contest_id IS NULL OR module_id IS NULL', name=op.f('ck_announcement_one_link')),
    sa.CheckConstraint('starts_on <= ends_on', name=op.f('ck_announcement_period')),
    sa.ForeignKeyConstraint(['contest_id'], ['contest.id'], name=op.f('fk_announcement_contest_id_contest')),
    sa.ForeignKeyConstraint(['created_by'], ['member.id'], name=op.f('fk_announcement_created_by_member')),
    sa.ForeignKeyConstraint(['module_id'], ['study_module.id'], name=op.f('fk_announcement_module_id_study_module')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_announcement_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_announcement'))
    )
    with op.batch_alter_table('announcement', schema=None) as batch_op:
        batch_op.create_index('ix_announcement_unit', ['unit_id', 'ends_on'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('announcement', schema=None) as batch_op:
        batch_op.drop_index('ix_announcement_unit')

    op.drop_table('announcement')
