"""outside contests

Revision ID: outside_contests
Revises: units_and_people
"""

import sqlalchemy as sa
from alembic import op

revision = 'outside_contests'
down_revision = 'units_and_people'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('outside_contest',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('organiser', sa.String(length=200), nullable=False),
    sa.Column('link', sa.String(length=400), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('hidden_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.CheckConstraint('starts_on <= ends_on', name=op.f('ck_outside_contest_period')),
    sa.ForeignKeyConstraint(['created_by'], ['member.id'], name=op.f('fk_outside_contest_created_by_member')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_outside_contest_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outside_contest'))
    )
    op.create_table('outside_import',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('contest_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('file_sha256', sa.String(length=64), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('rows', sa.JSON(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('applied_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('added', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('changed', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unchanged', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['contest_id'], ['outside_contest.id'], name=op.f('fk_outside_import_contest_id_outside_contest')),
    sa.ForeignKeyConstraint(['sent_by'], ['member.id'], name=op.f('fk_outside_import_sent_by_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outside_import'))
    )
    with op.batch_alter_table('outside_import', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_outside_import_contest_id'), ['contest_id'], unique=False)

    op.create_table('outside_record',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('contest_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('member_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('score_hundredths', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('attempts', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('took_part_on', sa.Date(), nullable=True),
    sa.Column('source', sa.String(length=12), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('reason', sa.String(length=400), nullable=False),
    sa.Column('revision', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.CheckConstraint('attempts >= 1', name=op.f('ck_outside_record_attempts')),
    sa.ForeignKeyConstraint(['contest_id'], ['outside_contest.id'], name=op.f('fk_outside_record_contest_id_outside_contest')),
    sa.ForeignKeyConstraint(['decided_by'], ['member.id'], name=op.f('fk_outside_record_decided_by_member')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_outside_record_member_id_member')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_outside_record_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outside_record')),
    sa.UniqueConstraint('contest_id', 'member_id', name=op.f('uq_outside_record_contest_id_member_id'))
    )
    with op.batch_alter_table('outside_record', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_outside_record_member_id'), ['member_id'], unique=False)
        batch_op.create_index('ix_outside_record_unit', ['contest_id', 'unit_id', 'state'], unique=False)

    op.create_table('outside_proof',
    sa.Column('record_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('suffix', sa.String(length=5), nullable=False),
    sa.ForeignKeyConstraint(['record_id'], ['outside_record.id'], name=op.f('fk_outside_proof_record_id_outside_record')),
    sa.PrimaryKeyConstraint('record_id', name=op.f('pk_outside_proof'))
    )


def downgrade() -> None:
    op.drop_table('outside_proof')
    with op.batch_alter_table('outside_record', schema=None) as batch_op:
        batch_op.drop_index('ix_outside_record_unit')
        batch_op.drop_index(batch_op.f('ix_outside_record_member_id'))

    op.drop_table('outside_record')
    with op.batch_alter_table('outside_import', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_outside_import_contest_id'))

    op.drop_table('outside_import')
    op.drop_table('outside_contest')
