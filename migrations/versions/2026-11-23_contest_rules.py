"""contest rules

Revision ID: contest_rules
Revises: site_switch
"""

import sqlalchemy as sa
from alembic import op

revision = 'contest_rules'
down_revision = 'site_switch'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('contest_exclusion',
    sa.Column('contest_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('member_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reason', sa.String(length=400), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['contest_id'], ['contest.id'], name=op.f('fk_contest_exclusion_contest_id_contest')),
    sa.ForeignKeyConstraint(['created_by'], ['member.id'], name=op.f('fk_contest_exclusion_created_by_member')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_contest_exclusion_member_id_member')),
    sa.PrimaryKeyConstraint('contest_id', 'member_id', name=op.f('pk_contest_exclusion'))
    )
    op.create_table('round_notice',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('round_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('text', sa.String(length=1000), nullable=False),
    sa.Column('extension_s', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.CheckConstraint('extension_s > 0', name=op.f('ck_round_notice_extension')),
    sa.ForeignKeyConstraint(['created_by'], ['member.id'], name=op.f('fk_round_notice_created_by_member')),
    sa.ForeignKeyConstraint(['round_id'], ['round.id'], name=op.f('fk_round_notice_round_id_round')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_round_notice_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_round_notice'))
    )
    with op.batch_alter_table('round_notice', schema=None) as batch_op:
        batch_op.create_index('ix_round_notice_round', ['round_id', 'created_at'], unique=False)

    op.create_table('round_pinned_item',
    sa.Column('round_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_round_pinned_item_item_id_item')),
    sa.ForeignKeyConstraint(['round_id'], ['round.id'], name=op.f('fk_round_pinned_item_round_id_round')),
    sa.PrimaryKeyConstraint('round_id', 'item_id', name=op.f('pk_round_pinned_item'))
    )
    op.create_table('round_unit',
    sa.Column('round_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['round_id'], ['round.id'], name=op.f('fk_round_unit_round_id_round')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_round_unit_unit_id_unit')),
    sa.PrimaryKeyConstraint('round_id', 'unit_id', name=op.f('pk_round_unit'))
    )
    op.create_table('rules_version',
    sa.Column('round_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sections', sa.JSON(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['created_by'], ['member.id'], name=op.f('fk_rules_version_created_by_member')),
    sa.ForeignKeyConstraint(['round_id'], ['round.id'], name=op.f('fk_rules_version_round_id_round')),
    sa.PrimaryKeyConstraint('round_id', 'number', name=op.f('pk_rules_version'))
    )
    op.create_table('late_arrival',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('attempt_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('what', sa.String(length=12), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('sent', sa.String(length=40), nullable=False),
    sa.Column('revision', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('epoch', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('arrived_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_late_arrival_attempt_id_attempt')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_late_arrival'))
    )
    with op.batch_alter_table('late_arrival', schema=None) as batch_op:
        batch_op.create_index('ix_late_arrival_attempt', ['attempt_id'], unique=False)

    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.add_column(sa.Column('pool_hash', sa.String(length=64), server_default='', nullable=False))
        batch_op.add_column(sa.Column('rules_number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('asks_prediction', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column('prediction', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('prediction_revision', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('prediction_saved_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('assisted_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('assist_reason', sa.String(length=400), nullable=True))
        batch_op.add_column(sa.Column('answered_count', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('receipt_code', sa.String(length=16), nullable=True))
        batch_op.create_unique_constraint(batch_op.f('uq_attempt_receipt_code'), ['receipt_code'])
        batch_op.create_foreign_key(batch_op.f('fk_attempt_assisted_by_member'), 'member', ['assisted_by'], ['id'])

    with op.batch_alter_table('blueprint_cell', schema=None) as batch_op:
        batch_op.add_column(sa.Column('points', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), server_default='1', nullable=False))
        batch_op.alter_column('topic',
               existing_type=sa.VARCHAR(length=40),
               nullable=True)
        batch_op.alter_column('level',
               existing_type=sa.BigInteger().with_variant(sa.Integer(), 'sqlite'),
               nullable=True)
        batch_op.create_check_constraint('points', 'points >= 0')
    op.execute(
        'UPDATE blueprint_cell SET points = '
        '(SELECT points_per_item FROM round WHERE round.id = blueprint_cell.round_id)'
    )

    with op.batch_alter_table('contest', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_rehearsal', sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table('pool_item', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_pinned', sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table('result', schema=None) as batch_op:
        batch_op.add_column(sa.Column('prediction', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))

    with op.batch_alter_table('round', schema=None) as batch_op:
        batch_op.add_column(sa.Column('daily_opens_minute', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('daily_closes_minute', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('weekdays', sa.JSON(), server_default='[0, 1, 2, 3, 4, 5, 6]', nullable=False))
        batch_op.add_column(sa.Column('longest_extension_s', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('attempts_per_day', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('item_kinds', sa.String(length=12), server_default='any', nullable=False))
        batch_op.add_column(sa.Column('prediction_kind', sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column('prediction_decimals', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('prediction_truth', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('prediction_fixed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('minimum_age', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('entry_categories', sa.JSON(), server_default='[]', nullable=False))
        batch_op.add_column(sa.Column('assisted_counts', sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.add_column(sa.Column('rules_number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('first_attempt_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('rehearses_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.alter_column('attempts_allowed',
               existing_type=sa.BigInteger().with_variant(sa.Integer(), 'sqlite'),
               nullable=True)
        batch_op.create_foreign_key(batch_op.f('fk_round_rehearses_id_round'), 'round', ['rehearses_id'], ['id'])
        batch_op.create_check_constraint('attempts_per_day', 'attempts_per_day >= 1')
        batch_op.create_check_constraint('daily', '(daily_opens_minute IS NULL) = (daily_closes_minute IS NULL)')
        batch_op.drop_column('points_per_item')
    op.execute('UPDATE round SET longest_extension_s = extension_s')
    op.execute('UPDATE round SET first_attempt_at = (SELECT min(started_at) FROM attempt WHERE round_id = round.id)')
    op.execute(
        "UPDATE attempt SET answered_count = "
        "(SELECT count(*) FROM response WHERE attempt_id = attempt.id AND chosen <> '') WHERE state <> 'open'"
    )
    op.execute('UPDATE attempt SET pool_hash = (SELECT pool_hash FROM round WHERE round.id = attempt.round_id)')

    with op.batch_alter_table('user_session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('only_attempt_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_user_session_only_attempt_id_attempt'), 'attempt', ['only_attempt_id'], ['id'])



def downgrade() -> None:
    with op.batch_alter_table('user_session', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_user_session_only_attempt_id_attempt'), type_='foreignkey')
        batch_op.drop_column('only_attempt_id')

    with op.batch_alter_table('round', schema=None) as batch_op:
        batch_op.add_column(
            sa.Column('points_per_item', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), server_default='1', nullable=False)
        )
        batch_op.drop_constraint('daily', type_='check')
        batch_op.drop_constraint('attempts_per_day', type_='check')
        batch_op.drop_constraint(batch_op.f('fk_round_rehearses_id_round'), type_='foreignkey')
        batch_op.alter_column('attempts_allowed',
               existing_type=sa.BigInteger().with_variant(sa.Integer(), 'sqlite'),
               nullable=False)
        batch_op.drop_column('rehearses_id')
        batch_op.drop_column('first_attempt_at')
        batch_op.drop_column('rules_number')
        batch_op.drop_column('assisted_counts')
        batch_op.drop_column('entry_categories')
        batch_op.drop_column('minimum_age')
        batch_op.drop_column('prediction_fixed_at')
        batch_op.drop_column('prediction_truth')
        batch_op.drop_column('prediction_decimals')
        batch_op.drop_column('prediction_kind')
        batch_op.drop_column('item_kinds')
        batch_op.drop_column('attempts_per_day')
        batch_op.drop_column('longest_extension_s')
        batch_op.drop_column('weekdays')
        batch_op.drop_column('daily_closes_minute')
        batch_op.drop_column('daily_opens_minute')

    with op.batch_alter_table('result', schema=None) as batch_op:
        batch_op.drop_column('prediction')

    with op.batch_alter_table('pool_item', schema=None) as batch_op:
        batch_op.drop_column('is_pinned')

    with op.batch_alter_table('contest', schema=None) as batch_op:
        batch_op.drop_column('is_rehearsal')

    with op.batch_alter_table('blueprint_cell', schema=None) as batch_op:
        batch_op.alter_column('level',
               existing_type=sa.BigInteger().with_variant(sa.Integer(), 'sqlite'),
               nullable=False)
        batch_op.alter_column('topic',
               existing_type=sa.VARCHAR(length=40),
               nullable=False)
        batch_op.drop_constraint('points', type_='check')
        batch_op.drop_column('points')

    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_attempt_assisted_by_member'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('uq_attempt_receipt_code'), type_='unique')
        batch_op.drop_column('receipt_code')
        batch_op.drop_column('answered_count')
        batch_op.drop_column('assist_reason')
        batch_op.drop_column('assisted_by')
        batch_op.drop_column('prediction_saved_at')
        batch_op.drop_column('prediction_revision')
        batch_op.drop_column('prediction')
        batch_op.drop_column('asks_prediction')
        batch_op.drop_column('rules_number')
        batch_op.drop_column('pool_hash')

    with op.batch_alter_table('late_arrival', schema=None) as batch_op:
        batch_op.drop_index('ix_late_arrival_attempt')

    op.drop_table('late_arrival')
    op.drop_table('rules_version')
    op.drop_table('round_unit')
    op.drop_table('round_pinned_item')
    with op.batch_alter_table('round_notice', schema=None) as batch_op:
        batch_op.drop_index('ix_round_notice_round')

    op.drop_table('round_notice')
    op.drop_table('contest_exclusion')
