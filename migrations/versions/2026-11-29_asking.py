"""asking

Revision ID: asking
Revises: reading_place
"""

import sqlalchemy as sa
from alembic import op

revision = 'asking'
down_revision = 'reading_place'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('question',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('member_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('subject', sa.String(length=10), nullable=False),
    sa.Column('lesson_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('item_version_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('attempt_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('page', sa.String(length=60), nullable=False),
    sa.Column('path', sa.String(length=200), nullable=False),
    sa.Column('follows_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('search_key', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('revision', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('assigned_to', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('merged_into_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('answer_html', sa.Text(), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('touched_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('touched_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(state = 'answered') = (answered_at IS NOT NULL)", name=op.f('ck_question_answered')),
    sa.CheckConstraint("(state = 'merged') = (merged_into_id IS NOT NULL)", name=op.f('ck_question_merged')),
    sa.CheckConstraint("(subject = 'attempt') = (attempt_id IS NOT NULL AND item_version_id IS NULL)", name=op.f('ck_question_about_attempt')),
    sa.CheckConstraint("(subject = 'item') = (item_version_id IS NOT NULL)", name=op.f('ck_question_about_item')),
    sa.CheckConstraint("(subject = 'lesson') = (lesson_id IS NOT NULL AND item_version_id IS NULL)", name=op.f('ck_question_about_lesson')),
    sa.CheckConstraint("erased_at IS NULL OR (text = '' AND answer = '')", name=op.f('ck_question_erased')),
    sa.CheckConstraint("state <> 'withdrawn' OR erased_at IS NOT NULL", name=op.f('ck_question_withdrawn')),
    sa.CheckConstraint('lesson_id IS NULL OR attempt_id IS NULL', name=op.f('ck_question_one_place')),
    sa.CheckConstraint('merged_into_id <> id', name=op.f('ck_question_merged_into_other')),
    sa.ForeignKeyConstraint(['answered_by'], ['member.id'], name=op.f('fk_question_answered_by_member')),
    sa.ForeignKeyConstraint(['assigned_to'], ['member.id'], name=op.f('fk_question_assigned_to_member')),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_question_attempt_id_attempt')),
    sa.ForeignKeyConstraint(['follows_id'], ['question.id'], name=op.f('fk_question_follows_id_question')),
    sa.ForeignKeyConstraint(['item_version_id'], ['item_version.id'], name=op.f('fk_question_item_version_id_item_version')),
    sa.ForeignKeyConstraint(['lesson_id'], ['lesson.id'], name=op.f('fk_question_lesson_id_lesson')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_question_member_id_member')),
    sa.ForeignKeyConstraint(['merged_into_id'], ['question.id'], name=op.f('fk_question_merged_into_id_question')),
    sa.ForeignKeyConstraint(['touched_by'], ['member.id'], name=op.f('fk_question_touched_by_member')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_question_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_question'))
    )
    with op.batch_alter_table('question', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_question_assigned_to'), ['assigned_to'], unique=False)
        batch_op.create_index('ix_question_member', ['member_id', 'created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_question_merged_into_id'), ['merged_into_id'], unique=False)
        batch_op.create_index('ix_question_unit', ['unit_id', 'state', 'created_at'], unique=False)

    op.create_table('question_entry',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('question_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['question_id'], ['question.id'], name=op.f('fk_question_entry_question_id_question')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_question_entry')),
    sa.UniqueConstraint('question_id', name=op.f('uq_question_entry_question_id'))
    )
    op.create_table('question_edition',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('entry_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('module_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('question', sa.String(length=500), nullable=False),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('answer_html', sa.Text(), nullable=False),
    sa.Column('search_key', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('proposed_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('reason', sa.String(length=400), nullable=False),
    sa.CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name=op.f('ck_question_edition_decided')),
    sa.CheckConstraint('decided_by <> proposed_by', name=op.f('ck_question_edition_two_people')),
    sa.ForeignKeyConstraint(['decided_by'], ['member.id'], name=op.f('fk_question_edition_decided_by_member')),
    sa.ForeignKeyConstraint(['ended_by'], ['member.id'], name=op.f('fk_question_edition_ended_by_member')),
    sa.ForeignKeyConstraint(['entry_id'], ['question_entry.id'], name=op.f('fk_question_edition_entry_id_question_entry')),
    sa.ForeignKeyConstraint(['module_id'], ['study_module.id'], name=op.f('fk_question_edition_module_id_study_module')),
    sa.ForeignKeyConstraint(['proposed_by'], ['member.id'], name=op.f('fk_question_edition_proposed_by_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_question_edition')),
    sa.UniqueConstraint('entry_id', 'number', name=op.f('uq_question_edition_entry_id_number'))
    )
    with op.batch_alter_table('question_edition', schema=None) as batch_op:
        batch_op.create_index('ix_question_edition_state', ['state'], unique=False)
        batch_op.create_index('uq_question_edition_proposed', ['entry_id'], unique=True, sqlite_where=sa.text("state = 'proposed'"), postgresql_where=sa.text("state = 'proposed'"))
        batch_op.create_index('uq_question_edition_published', ['entry_id'], unique=True, sqlite_where=sa.text("state = 'published'"), postgresql_where=sa.text("state = 'published'"))



def downgrade() -> None:
    with op.batch_alter_table('question_edition', schema=None) as batch_op:
        batch_op.drop_index('uq_question_edition_published', sqlite_where=sa.text("state = 'published'"), postgresql_where=sa.text("state = 'published'"))
        batch_op.drop_index('uq_question_edition_proposed', sqlite_where=sa.text("state = 'proposed'"), postgresql_where=sa.text("state = 'proposed'"))
        batch_op.drop_index('ix_question_edition_state')

    op.drop_table('question_edition')
    op.drop_table('question_entry')
    with op.batch_alter_table('question', schema=None) as batch_op:
        batch_op.drop_index('ix_question_unit')
        batch_op.drop_index(batch_op.f('ix_question_merged_into_id'))
        batch_op.drop_index('ix_question_member')
        batch_op.drop_index(batch_op.f('ix_question_assigned_to'))

    op.drop_table('question')
