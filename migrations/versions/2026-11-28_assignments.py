"""modules that units shall read by a day

Revision ID: assignments
Revises: reminders
"""

import sqlalchemy as sa
from alembic import op

revision = 'assignments'
down_revision = 'reminders'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table('module_assignment',
    sa.Column('id', BIG, nullable=False),
    sa.Column('module_id', BIG, nullable=False),
    sa.Column('unit_id', BIG, nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('created_at', WHEN, nullable=False),
    sa.Column('created_by', BIG, nullable=True),
    sa.Column('withdrawn_at', WHEN, nullable=True),
    sa.ForeignKeyConstraint(['created_by'], ['member.id'], name=op.f('fk_module_assignment_created_by_member')),
    sa.ForeignKeyConstraint(['module_id'], ['study_module.id'], name=op.f('fk_module_assignment_module_id_study_module')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_module_assignment_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_module_assignment'))
    )
    op.create_index('ix_module_assignment_unit', 'module_assignment', ['unit_id'])
    op.create_index('uq_module_assignment_live', 'module_assignment', ['module_id', 'unit_id'], unique=True,
        sqlite_where=sa.text('withdrawn_at IS NULL'), postgresql_where=sa.text('withdrawn_at IS NULL'))


def downgrade() -> None:
    op.drop_index('uq_module_assignment_live', table_name='module_assignment')
    op.drop_index('ix_module_assignment_unit', table_name='module_assignment')
    op.drop_table('module_assignment')
