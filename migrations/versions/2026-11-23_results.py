"""results

Revision ID: results
Revises: contest_rules
"""

import sqlalchemy as sa
from alembic import op

revision = 'results'
down_revision = 'contest_rules'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('unit_change',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('member_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('from_unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('to_unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reason', sa.String(length=1000), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('note', sa.String(length=1000), nullable=False),
    sa.Column('moved_attempts', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.CheckConstraint('from_unit_id <> to_unit_id', name=op.f('ck_unit_change_units')),
    sa.ForeignKeyConstraint(['decided_by'], ['member.id'], name=op.f('fk_unit_change_decided_by_member')),
    sa.ForeignKeyConstraint(['from_unit_id'], ['unit.id'], name=op.f('fk_unit_change_from_unit_id_unit')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_unit_change_member_id_member')),
    sa.ForeignKeyConstraint(['to_unit_id'], ['unit.id'], name=op.f('fk_unit_change_to_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit_change'))
    )
    with op.batch_alter_table('unit_change', schema=None) as batch_op:
        batch_op.create_index('ix_unit_change_to_unit', ['to_unit_id', 'state'], unique=False)
        batch_op.create_index('uq_unit_change_asked', ['member_id'], unique=True, sqlite_where=sa.text("state = 'asked'"), postgresql_where=sa.text("state = 'asked'"))

    op.create_table('final_table',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('contest_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('scope', sa.String(length=40), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reason', sa.String(length=1000), nullable=False),
    sa.Column('rule', sa.JSON(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('proposed_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('approved_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('approved_by IS NULL OR approved_by <> proposed_by', name=op.f('ck_final_table_second_person')),
    sa.CheckConstraint('published_at IS NULL OR approved_by IS NOT NULL', name=op.f('ck_final_table_approved')),
    sa.ForeignKeyConstraint(['approved_by'], ['member.id'], name=op.f('fk_final_table_approved_by_member')),
    sa.ForeignKeyConstraint(['contest_id'], ['contest.id'], name=op.f('fk_final_table_contest_id_contest')),
    sa.ForeignKeyConstraint(['proposed_by'], ['member.id'], name=op.f('fk_final_table_proposed_by_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_final_table')),
    sa.UniqueConstraint('scope', 'version', name=op.f('uq_final_table_scope_version'))
    )
    with op.batch_alter_table('final_table', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_final_table_contest_id'), ['contest_id'], unique=False)

    op.create_table('prize',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('contest_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('scope', sa.String(length=12), nullable=False),
    sa.Column('is_for_units', sa.Boolean(), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('count', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint('count >= 0', name=op.f('ck_prize_count')),
    sa.ForeignKeyConstraint(['contest_id'], ['contest.id'], name=op.f('fk_prize_contest_id_contest')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_prize'))
    )
    with op.batch_alter_table('prize', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_prize_contest_id'), ['contest_id'], unique=False)

    op.create_table('final_unit_row',
    sa.Column('table_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('class_name', sa.String(length=40), nullable=False),
    sa.Column('place', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('figures', sa.JSON(), nullable=False),
    sa.Column('parts', sa.JSON(), nullable=False),
    sa.Column('total', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('prize', sa.String(length=120), nullable=True),
    sa.ForeignKeyConstraint(['table_id'], ['final_table.id'], name=op.f('fk_final_unit_row_table_id_final_table')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_final_unit_row_unit_id_unit')),
    sa.PrimaryKeyConstraint('table_id', 'unit_id', name=op.f('pk_final_unit_row'))
    )
    op.create_table('flag',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('round_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('figure', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('note', sa.String(length=1000), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reviewed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reviewed_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['reviewed_by'], ['member.id'], name=op.f('fk_flag_reviewed_by_member')),
    sa.ForeignKeyConstraint(['round_id'], ['round.id'], name=op.f('fk_flag_round_id_round')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_flag')),
    sa.UniqueConstraint('round_id', 'kind', 'fingerprint', name=op.f('uq_flag_round_id_kind_fingerprint'))
    )
    op.create_table('complaint',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('round_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('member_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('attempt_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('text', sa.String(length=2000), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('answer', sa.String(length=2000), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f('ck_complaint_decided')),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_complaint_attempt_id_attempt')),
    sa.ForeignKeyConstraint(['decided_by'], ['member.id'], name=op.f('fk_complaint_decided_by_member')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_complaint_member_id_member')),
    sa.ForeignKeyConstraint(['round_id'], ['round.id'], name=op.f('fk_complaint_round_id_round')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaint'))
    )
    with op.batch_alter_table('complaint', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_complaint_member_id'), ['member_id'], unique=False)
        batch_op.create_index('ix_complaint_round', ['round_id', 'state'], unique=False)

    op.create_table('correction',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('round_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('reason', sa.String(length=1000), nullable=False),
    sa.Column('notice', sa.String(length=1000), nullable=False),
    sa.Column('item_version_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('remedy', sa.String(length=16), nullable=True),
    sa.Column('key', sa.JSON(), nullable=False),
    sa.Column('attempt_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('window_from', sa.DateTime(timezone=True), nullable=True),
    sa.Column('window_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('rerun_round_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('applied_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('decided_by IS NULL OR created_by IS NULL OR decided_by <> created_by', name=op.f('ck_correction_second_person')),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_correction_attempt_id_attempt')),
    sa.ForeignKeyConstraint(['created_by'], ['member.id'], name=op.f('fk_correction_created_by_member')),
    sa.ForeignKeyConstraint(['decided_by'], ['member.id'], name=op.f('fk_correction_decided_by_member')),
    sa.ForeignKeyConstraint(['item_version_id'], ['item_version.id'], name=op.f('fk_correction_item_version_id_item_version')),
    sa.ForeignKeyConstraint(['rerun_round_id'], ['round.id'], name=op.f('fk_correction_rerun_round_id_round')),
    sa.ForeignKeyConstraint(['round_id'], ['round.id'], name=op.f('fk_correction_round_id_round')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_correction'))
    )
    with op.batch_alter_table('correction', schema=None) as batch_op:
        batch_op.create_index('ix_correction_round', ['round_id', 'state'], unique=False)

    op.create_table('final_row',
    sa.Column('table_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('member_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('place', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('attempt_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('attempts', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('score', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('max_score', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('duration_ms', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('prediction', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('rank_key', sa.JSON(), nullable=False),
    sa.Column('decided_by', sa.String(length=20), nullable=True),
    sa.Column('prize', sa.String(length=120), nullable=True),
    sa.Column('is_by_lot', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_final_row_attempt_id_attempt')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_final_row_member_id_member')),
    sa.ForeignKeyConstraint(['table_id'], ['final_table.id'], name=op.f('fk_final_row_table_id_final_table')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_final_row_unit_id_unit')),
    sa.PrimaryKeyConstraint('table_id', 'member_id', name=op.f('pk_final_row'))
    )
    with op.batch_alter_table('final_row', schema=None) as batch_op:
        batch_op.create_index('ix_final_row_place', ['table_id', 'place'], unique=False)

    op.create_table('flag_attempt',
    sa.Column('flag_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('attempt_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_flag_attempt_attempt_id_attempt')),
    sa.ForeignKeyConstraint(['flag_id'], ['flag.id'], name=op.f('fk_flag_attempt_flag_id_flag')),
    sa.PrimaryKeyConstraint('flag_id', 'attempt_id', name=op.f('pk_flag_attempt'))
    )
    with op.batch_alter_table('flag_attempt', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_flag_attempt_attempt_id'), ['attempt_id'], unique=False)

    op.create_table('frozen_result',
    sa.Column('round_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('member_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('attempt_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('attempts', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('score', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('max_score', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('duration_ms', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('prediction', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('is_ranked', sa.Boolean(), nullable=False),
    sa.Column('k1', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('k2', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('k3', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('k4', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_frozen_result_attempt_id_attempt')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_frozen_result_member_id_member')),
    sa.ForeignKeyConstraint(['round_id'], ['round.id'], name=op.f('fk_frozen_result_round_id_round')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_frozen_result_unit_id_unit')),
    sa.PrimaryKeyConstraint('round_id', 'member_id', name=op.f('pk_frozen_result'))
    )
    with op.batch_alter_table('frozen_result', schema=None) as batch_op:
        batch_op.create_index('ix_frozen_result_key', ['round_id', 'is_ranked', 'k1', 'k2', 'k3', 'k4'], unique=False)

    op.create_table('correction_change',
    sa.Column('correction_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('attempt_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state_before', sa.String(length=12), nullable=False),
    sa.Column('state_after', sa.String(length=12), nullable=False),
    sa.Column('score_before', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('score_after', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('max_before', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('max_after', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('right_before', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('right_after', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_correction_change_attempt_id_attempt')),
    sa.ForeignKeyConstraint(['correction_id'], ['correction.id'], name=op.f('fk_correction_change_correction_id_correction')),
    sa.PrimaryKeyConstraint('correction_id', 'attempt_id', name=op.f('pk_correction_change'))
    )
    with op.batch_alter_table('correction_change', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_correction_change_attempt_id'), ['attempt_id'], unique=False)

    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.add_column(sa.Column('device_sha256', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('held_by_session', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('annulled_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('annulled_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('annul_reason', sa.String(length=1000), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_attempt_annulled_by_member'), 'member', ['annulled_by'], ['id'])

    with op.batch_alter_table('contest', schema=None) as batch_op:
        batch_op.add_column(sa.Column('most_prizes', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('unit_weights', sa.JSON(), server_default='{}', nullable=False))
        batch_op.add_column(sa.Column('unit_threshold', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('unit_minimum', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('unit_classes', sa.String(length=12), server_default='size', nullable=False))

    with op.batch_alter_table('result', schema=None) as batch_op:
        batch_op.add_column(sa.Column('written_at', sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table('round', schema=None) as batch_op:
        batch_op.add_column(sa.Column('predictions_end_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('freeze_minutes', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('complaint_days', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), server_default='3', nullable=False))
        batch_op.add_column(sa.Column('moves_attempts', sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.add_column(sa.Column('lot_seed', sa.String(length=64), server_default='', nullable=False))



def downgrade() -> None:
    with op.batch_alter_table('round', schema=None) as batch_op:
        batch_op.drop_column('lot_seed')
        batch_op.drop_column('moves_attempts')
        batch_op.drop_column('complaint_days')
        batch_op.drop_column('freeze_minutes')
        batch_op.drop_column('predictions_end_at')

    with op.batch_alter_table('result', schema=None) as batch_op:
        batch_op.drop_column('written_at')

    with op.batch_alter_table('contest', schema=None) as batch_op:
        batch_op.drop_column('unit_classes')
        batch_op.drop_column('unit_minimum')
        batch_op.drop_column('unit_threshold')
        batch_op.drop_column('unit_weights')
        batch_op.drop_column('most_prizes')

    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_attempt_annulled_by_member'), type_='foreignkey')
        batch_op.drop_column('annul_reason')
        batch_op.drop_column('annulled_by')
        batch_op.drop_column('annulled_at')
        batch_op.drop_column('held_by_session')
        batch_op.drop_column('device_sha256')

    with op.batch_alter_table('correction_change', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_correction_change_attempt_id'))

    op.drop_table('correction_change')
    with op.batch_alter_table('frozen_result', schema=None) as batch_op:
        batch_op.drop_index('ix_frozen_result_key')

    op.drop_table('frozen_result')
    with op.batch_alter_table('flag_attempt', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_flag_attempt_attempt_id'))

    op.drop_table('flag_attempt')
    with op.batch_alter_table('final_row', schema=None) as batch_op:
        batch_op.drop_index('ix_final_row_place')

    op.drop_table('final_row')
    with op.batch_alter_table('correction', schema=None) as batch_op:
        batch_op.drop_index('ix_correction_round')

    op.drop_table('correction')
    with op.batch_alter_table('complaint', schema=None) as batch_op:
        batch_op.drop_index('ix_complaint_round')
        batch_op.drop_index(batch_op.f('ix_complaint_member_id'))

    op.drop_table('complaint')
    op.drop_table('flag')
    op.drop_table('final_unit_row')
    with op.batch_alter_table('prize', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_prize_contest_id'))

    op.drop_table('prize')
    with op.batch_alter_table('final_table', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_final_table_contest_id'))

    op.drop_table('final_table')
    with op.batch_alter_table('unit_change', schema=None) as batch_op:
        batch_op.drop_index('uq_unit_change_asked', sqlite_where=sa.text("state = 'asked'"), postgresql_where=sa.text("state = 'asked'"))
        batch_op.drop_index('ix_unit_change_to_unit')

    op.drop_table('unit_change')
