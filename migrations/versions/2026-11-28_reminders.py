"""reminders, their mails, and those that go out by themselves

Revision ID: reminders
Revises: desk_lag_rule
"""

import sqlalchemy as sa
from alembic import op

revision = 'reminders'
down_revision = 'desk_lag_rule'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table('reminder',
    sa.Column('id', BIG, nullable=False),
    sa.Column('round_id', BIG, nullable=False),
    sa.Column('unit_id', BIG, nullable=False),
    sa.Column('member_id', BIG, nullable=True),
    sa.Column('channel', sa.String(length=12), nullable=False),
    sa.Column('at', WHEN, nullable=False),
    sa.Column('by_member_id', BIG, nullable=True),
    sa.ForeignKeyConstraint(['by_member_id'], ['member.id'], name=op.f('fk_reminder_by_member_id_member')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_reminder_member_id_member')),
    sa.ForeignKeyConstraint(['round_id'], ['round.id'], name=op.f('fk_reminder_round_id_round')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_reminder_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reminder'))
    )
    op.create_index('ix_reminder_member', 'reminder', ['member_id', 'round_id'])
    op.create_index('ix_reminder_unit', 'reminder', ['round_id', 'unit_id', 'at'])
    op.create_table('reminder_mail',
    sa.Column('id', BIG, nullable=False),
    sa.Column('round_id', BIG, nullable=False),
    sa.Column('member_id', BIG, nullable=False),
    sa.Column('occasion', sa.String(length=40), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('tries', BIG, nullable=False),
    sa.Column('due_at', WHEN, nullable=False),
    sa.Column('changed_at', WHEN, nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('asked_by', BIG, nullable=True),
    sa.ForeignKeyConstraint(['asked_by'], ['member.id'], name=op.f('fk_reminder_mail_asked_by_member')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_reminder_mail_member_id_member')),
    sa.ForeignKeyConstraint(['round_id'], ['round.id'], name=op.f('fk_reminder_mail_round_id_round')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reminder_mail')),
    sa.UniqueConstraint('round_id', 'member_id', 'occasion', name=op.f('uq_reminder_mail_round_id_member_id_occasion'))
    )
    op.create_index('ix_reminder_mail_member', 'reminder_mail', ['member_id', 'changed_at'])
    op.create_index('ix_reminder_mail_waiting', 'reminder_mail', ['due_at'],
        sqlite_where=sa.text("state IN ('queued', 'sending')"),
        postgresql_where=sa.text("state IN ('queued', 'sending')"))
    op.create_table('reminder_plan',
    sa.Column('round_id', BIG, nullable=False),
    sa.Column('unit_id', BIG, nullable=False),
    sa.Column('occasion', sa.String(length=12), nullable=False),
    sa.Column('with_subtree', sa.Boolean(), nullable=False),
    sa.Column('hours_before', BIG, nullable=False),
    sa.Column('created_by', BIG, nullable=True),
    sa.Column('created_at', WHEN, nullable=False),
    sa.Column('queued_at', WHEN, nullable=True),
    sa.CheckConstraint('hours_before >= 0', name=op.f('ck_reminder_plan_hours_before')),
    sa.ForeignKeyConstraint(['created_by'], ['member.id'], name=op.f('fk_reminder_plan_created_by_member')),
    sa.ForeignKeyConstraint(['round_id'], ['round.id'], name=op.f('fk_reminder_plan_round_id_round')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_reminder_plan_unit_id_unit')),
    sa.PrimaryKeyConstraint('round_id', 'unit_id', 'occasion', name=op.f('pk_reminder_plan'))
    )


def downgrade() -> None:
    op.drop_table('reminder_plan')
    op.drop_index('ix_reminder_mail_waiting', table_name='reminder_mail')
    op.drop_index('ix_reminder_mail_member', table_name='reminder_mail')
    op.drop_table('reminder_mail')
    op.drop_index('ix_reminder_unit', table_name='reminder')
    op.drop_index('ix_reminder_member', table_name='reminder')
    op.drop_table('reminder')
