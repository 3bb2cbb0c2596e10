"""units and people

Revision ID: units_and_people
Revises: assignments
"""

import sqlalchemy as sa
from alembic import op

revision = 'units_and_people'
down_revision = 'assignments'
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
MERGED = sa.text('merged_into_id IS NOT NULL')


def upgrade() -> None:
    op.create_table('unit_event',
    sa.Column('id', ROW_ID, nullable=False),
    sa.Column('unit_id', ROW_ID, nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('after', sa.JSON(), nullable=False),
    sa.Column('reason', sa.String(length=400), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by_member_id', ROW_ID, nullable=True),
    sa.ForeignKeyConstraint(['by_member_id'], ['member.id'], name=op.f('fk_unit_event_by_member_id_member')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_unit_event_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit_event'))
    )
    op.create_index('ix_unit_event_kind', 'unit_event', ['kind', 'at'])
    op.create_index('ix_unit_event_unit', 'unit_event', ['unit_id', 'at'])
    op.create_table('member_change',
    sa.Column('id', ROW_ID, nullable=False),
    sa.Column('member_id', ROW_ID, nullable=False),
    sa.Column('field', sa.String(length=12), nullable=False),
    sa.Column('before', sa.String(length=40), nullable=False),
    sa.Column('after', sa.String(length=40), nullable=False),
    sa.Column('reason', sa.String(length=400), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by_member_id', ROW_ID, nullable=True),
    sa.ForeignKeyConstraint(['by_member_id'], ['member.id'], name=op.f('fk_member_change_by_member_id_member')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_member_change_member_id_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_member_change'))
    )
    op.create_index('ix_member_change_member', 'member_change', ['member_id', 'at'])
    op.create_table('member_pair',
    sa.Column('first_id', ROW_ID, nullable=False),
    sa.Column('second_id', ROW_ID, nullable=False),
    sa.Column('verdict', sa.String(length=12), nullable=False),
    sa.Column('reason', sa.String(length=400), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', ROW_ID, nullable=True),
    sa.CheckConstraint('first_id < second_id', name=op.f('ck_member_pair_order')),
    sa.ForeignKeyConstraint(['decided_by'], ['member.id'], name=op.f('fk_member_pair_decided_by_member')),
    sa.ForeignKeyConstraint(['first_id'], ['member.id'], name=op.f('fk_member_pair_first_id_member')),
    sa.ForeignKeyConstraint(['second_id'], ['member.id'], name=op.f('fk_member_pair_second_id_member')),
    sa.PrimaryKeyConstraint('first_id', 'second_id', name=op.f('pk_member_pair'))
    )
    with op.batch_alter_table('unit', schema=None) as batch_op:
        batch_op.add_column(sa.Column('merged_into_id', ROW_ID, nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_unit_merged_into_id_unit'), 'unit', ['merged_into_id'], ['id'])
    with op.batch_alter_table('member', schema=None) as batch_op:
        batch_op.add_column(sa.Column('merged_into_id', ROW_ID, nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_member_merged_into_id_member'), 'member', ['merged_into_id'], ['id'])
        batch_op.create_index('ix_member_merged_into', ['merged_into_id'], sqlite_where=MERGED, postgresql_where=MERGED)
        batch_op.create_index('ix_member_unit_standing', ['unit_id', 'standing'])
        batch_op.drop_index('ix_member_search_key')
        batch_op.create_index('ix_member_search_birth', ['search_key', 'born_on', 'unit_id'])


def downgrade() -> None:
    with op.batch_alter_table('member', schema=None) as batch_op:
        batch_op.drop_index('ix_member_search_birth')
        batch_op.create_index('ix_member_search_key', ['search_key'])
        batch_op.drop_index('ix_member_unit_standing')
        batch_op.drop_index('ix_member_merged_into', sqlite_where=MERGED, postgresql_where=MERGED)
        batch_op.drop_constraint(batch_op.f('fk_member_merged_into_id_member'), type_='foreignkey')
        batch_op.drop_column('merged_into_id')
    with op.batch_alter_table('unit', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_unit_merged_into_id_unit'), type_='foreignkey')
        batch_op.drop_column('merged_into_id')
    op.drop_table('member_pair')
    op.drop_table('member_change')
    op.drop_table('unit_event')
