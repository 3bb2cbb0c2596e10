"""practice: sessions, their questions and answers, and when questions come back

Revision ID: practice
Revises: announcements
"""

import sqlalchemy as sa
from alembic import op

revision = 'practice'
down_revision = 'announcements'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WHEN = sa.DateTime(timezone=True)
OPEN = sa.text('ended_at IS NULL')


def upgrade() -> None:
    op.create_table('practice_session',
    sa.Column('id', BIG, nullable=False),
    sa.Column('member_id', BIG, nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('module_id', BIG, nullable=True),
    sa.Column('level', BIG, nullable=True),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('started_at', WHEN, nullable=False),
    sa.Column('deadline_at', WHEN, nullable=True),
    sa.Column('ended_at', WHEN, nullable=True),
    sa.CheckConstraint("(kind = 'mock') = (deadline_at IS NOT NULL)", name=op.f('ck_practice_session_deadline')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_practice_session_member_id_member')),
    sa.ForeignKeyConstraint(['module_id'], ['study_module.id'], name=op.f('fk_practice_session_module_id_study_module')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_practice_session'))
    )
    op.create_index('ix_practice_session_member', 'practice_session', ['member_id', 'started_at'])
    op.create_index('uq_practice_session_open', 'practice_session', ['member_id'], unique=True, sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_table('practice_place',
    sa.Column('session_id', BIG, nullable=False),
    sa.Column('position', BIG, nullable=False),
    sa.Column('item_version_id', BIG, nullable=False),
    sa.Column('option_order', sa.JSON(), nullable=False),
    sa.Column('points', BIG, nullable=False),
    sa.Column('chosen', sa.JSON(), nullable=False),
    sa.Column('revision', BIG, server_default='0', nullable=False),
    sa.Column('saved_at', WHEN, nullable=True),
    sa.ForeignKeyConstraint(['item_version_id'], ['item_version.id'], name=op.f('fk_practice_place_item_version_id_item_version')),
    sa.ForeignKeyConstraint(['session_id'], ['practice_session.id'], name=op.f('fk_practice_place_session_id_practice_session')),
    sa.PrimaryKeyConstraint('session_id', 'position', name=op.f('pk_practice_place'))
    )
    op.create_table('practice_answer',
    sa.Column('session_id', BIG, nullable=False),
    sa.Column('position', BIG, nullable=False),
    sa.Column('member_id', BIG, nullable=False),
    sa.Column('item_id', BIG, nullable=False),
    sa.Column('item_version_id', BIG, nullable=False),
    sa.Column('chosen', sa.JSON(), nullable=False),
    sa.Column('is_right', sa.Boolean(), nullable=False),
    sa.Column('is_easy', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('answered_at', WHEN, nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_practice_answer_item_id_item')),
    sa.ForeignKeyConstraint(['item_version_id'], ['item_version.id'], name=op.f('fk_practice_answer_item_version_id_item_version')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_practice_answer_member_id_member')),
    sa.ForeignKeyConstraint(['session_id', 'position'], ['practice_place.session_id', 'practice_place.position'], name=op.f('fk_practice_answer_session_id_position_practice_place')),
    sa.PrimaryKeyConstraint('session_id', 'position', name=op.f('pk_practice_answer'))
    )
    op.create_index('ix_practice_answer_member', 'practice_answer', ['member_id', 'item_id'])
    op.create_table('review_card',
    sa.Column('member_id', BIG, nullable=False),
    sa.Column('item_id', BIG, nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('was_right', sa.Boolean(), nullable=False),
    sa.Column('answered_at', WHEN, nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_review_card_item_id_item')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_review_card_member_id_member')),
    sa.PrimaryKeyConstraint('member_id', 'item_id', name=op.f('pk_review_card'))
    )
    op.create_index('ix_review_card_due', 'review_card', ['member_id', 'due_on'])


def downgrade() -> None:
    op.drop_table('review_card')
    op.drop_table('practice_answer')
    op.drop_table('practice_place')
    op.drop_table('practice_session')
