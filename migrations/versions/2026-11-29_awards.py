"""awards

Revision ID: awards
Revises: reports
"""

import sqlalchemy as sa
from alembic import op

revision = 'awards'
down_revision = 'reports'
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('certificate_counter',
    sa.Column('kind', sa.String(length=14), nullable=False),
    sa.Column('year', ROW_ID, nullable=False),
    sa.Column('last', ROW_ID, nullable=False),
    sa.PrimaryKeyConstraint('kind', 'year', name=op.f('pk_certificate_counter'))
    )
    op.create_table('certificate_series',
    sa.Column('id', ROW_ID, nullable=False),
    sa.Column('kind', sa.String(length=14), nullable=False),
    sa.Column('subject', sa.String(length=40), nullable=False),
    sa.Column('unit_id', ROW_ID, nullable=False),
    sa.Column('superior', sa.String(length=120), nullable=False),
    sa.Column('issuer', sa.String(length=120), nullable=False),
    sa.Column('body', sa.String(length=300), nullable=False),
    sa.Column('place', sa.String(length=80), nullable=False),
    sa.Column('signs_for', sa.String(length=120), nullable=False),
    sa.Column('office', sa.String(length=120), nullable=False),
    sa.Column('signer', sa.String(length=120), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_by', ROW_ID, nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['opened_by'], ['member.id'], name=op.f('fk_certificate_series_opened_by_member')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_certificate_series_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certificate_series')),
    sa.UniqueConstraint('subject', 'unit_id', name=op.f('uq_certificate_series_subject_unit_id'))
    )
    op.create_index(op.f('ix_certificate_series_unit_id'), 'certificate_series', ['unit_id'])
    op.create_table('certificate',
    sa.Column('id', ROW_ID, nullable=False),
    sa.Column('series_id', ROW_ID, nullable=False),
    sa.Column('kind', sa.String(length=14), nullable=False),
    sa.Column('year', ROW_ID, nullable=False),
    sa.Column('number', ROW_ID, nullable=False),
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('member_id', ROW_ID, nullable=True),
    sa.Column('unit_id', ROW_ID, nullable=False),
    sa.Column('name', sa.String(length=160), nullable=False),
    sa.Column('unit_name', sa.String(length=160), nullable=False),
    sa.Column('merit', sa.String(length=120), nullable=False),
    sa.Column('superior', sa.String(length=120), nullable=False),
    sa.Column('issuer', sa.String(length=120), nullable=False),
    sa.Column('body', sa.String(length=300), nullable=False),
    sa.Column('place', sa.String(length=80), nullable=False),
    sa.Column('signs_for', sa.String(length=120), nullable=False),
    sa.Column('office', sa.String(length=120), nullable=False),
    sa.Column('signer', sa.String(length=120), nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('issued_by', ROW_ID, nullable=True),
    sa.Column('replaces_id', ROW_ID, nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_by', ROW_ID, nullable=True),
    sa.Column('revoke_reason', sa.String(length=400), nullable=False),
    sa.CheckConstraint("(revoked_at IS NULL) = (revoke_reason = '')", name=op.f('ck_certificate_revoked_with_reason')),
    sa.ForeignKeyConstraint(['issued_by'], ['member.id'], name=op.f('fk_certificate_issued_by_member')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_certificate_member_id_member')),
    sa.ForeignKeyConstraint(['replaces_id'], ['certificate.id'], name=op.f('fk_certificate_replaces_id_certificate')),
    sa.ForeignKeyConstraint(['revoked_by'], ['member.id'], name=op.f('fk_certificate_revoked_by_member')),
    sa.ForeignKeyConstraint(['series_id'], ['certificate_series.id'], name=op.f('fk_certificate_series_id_certificate_series')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_certificate_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certificate')),
    sa.UniqueConstraint('code', name=op.f('uq_certificate_code')),
    sa.UniqueConstraint('kind', 'year', 'number', name=op.f('uq_certificate_kind_year_number'))
    )
    op.create_index('ix_certificate_member', 'certificate', ['member_id'])
    op.create_index('uq_certificate_person', 'certificate', ['series_id', 'member_id', 'merit'], unique=True, sqlite_where=sa.text('revoked_at IS NULL AND member_id IS NOT NULL'), postgresql_where=sa.text('revoked_at IS NULL AND member_id IS NOT NULL'))
    op.create_index('uq_certificate_unit', 'certificate', ['series_id', 'unit_id', 'merit'], unique=True, sqlite_where=sa.text('revoked_at IS NULL AND member_id IS NULL'), postgresql_where=sa.text('revoked_at IS NULL AND member_id IS NULL'))
    op.create_table('prize_handler',
    sa.Column('contest_id', ROW_ID, nullable=False),
    sa.Column('member_id', ROW_ID, nullable=False),
    sa.Column('named_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('named_by', ROW_ID, nullable=False),
    sa.ForeignKeyConstraint(['contest_id'], ['contest.id'], name=op.f('fk_prize_handler_contest_id_contest')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_prize_handler_member_id_member')),
    sa.ForeignKeyConstraint(['named_by'], ['member.id'], name=op.f('fk_prize_handler_named_by_member')),
    sa.PrimaryKeyConstraint('contest_id', 'member_id', name=op.f('pk_prize_handler'))
    )
    op.create_table('award_list',
    sa.Column('id', ROW_ID, nullable=False),
    sa.Column('contest_id', ROW_ID, nullable=False),
    sa.Column('table_id', ROW_ID, nullable=False),
    sa.Column('scope', sa.String(length=40), nullable=False),
    sa.Column('version', ROW_ID, nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('proposed_by', ROW_ID, nullable=False),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('approved_by', ROW_ID, nullable=True),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('approved_by IS NULL OR approved_by <> proposed_by', name=op.f('ck_award_list_second_person')),
    sa.CheckConstraint('published_at IS NULL OR approved_by IS NOT NULL', name=op.f('ck_award_list_approved')),
    sa.ForeignKeyConstraint(['approved_by'], ['member.id'], name=op.f('fk_award_list_approved_by_member')),
    sa.ForeignKeyConstraint(['contest_id'], ['contest.id'], name=op.f('fk_award_list_contest_id_contest')),
    sa.ForeignKeyConstraint(['proposed_by'], ['member.id'], name=op.f('fk_award_list_proposed_by_member')),
    sa.ForeignKeyConstraint(['table_id'], ['final_table.id'], name=op.f('fk_award_list_table_id_final_table')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_award_list')),
    sa.UniqueConstraint('scope', 'version', name=op.f('uq_award_list_scope_version'))
    )
    op.create_index(op.f('ix_award_list_contest_id'), 'award_list', ['contest_id'])
    op.create_table('award',
    sa.Column('id', ROW_ID, nullable=False),
    sa.Column('list_id', ROW_ID, nullable=False),
    sa.Column('position', ROW_ID, nullable=False),
    sa.Column('member_id', ROW_ID, nullable=True),
    sa.Column('unit_id', ROW_ID, nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('reason', sa.String(length=400), nullable=False),
    sa.Column('added_by', ROW_ID, nullable=True),
    sa.CheckConstraint("(added_by IS NULL) = (reason = '')", name=op.f('ck_award_special_with_reason')),
    sa.ForeignKeyConstraint(['added_by'], ['member.id'], name=op.f('fk_award_added_by_member')),
    sa.ForeignKeyConstraint(['list_id'], ['award_list.id'], name=op.f('fk_award_list_id_award_list')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_award_member_id_member')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_award_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_award')),
    sa.UniqueConstraint('list_id', 'member_id', 'title', name=op.f('uq_award_list_id_member_id_title'))
    )
    op.create_index(op.f('ix_award_member_id'), 'award', ['member_id'])
    op.create_index('uq_award_unit', 'award', ['list_id', 'unit_id', 'title'], unique=True, sqlite_where=sa.text('member_id IS NULL'), postgresql_where=sa.text('member_id IS NULL'))
    op.create_table('prize_payment',
    sa.Column('award_id', ROW_ID, nullable=False),
    sa.Column('way', sa.String(length=8), nullable=False),
    sa.Column('amount', ROW_ID, nullable=True),
    sa.Column('identity', sa.String(length=20), nullable=False),
    sa.Column('bank', sa.String(length=120), nullable=False),
    sa.Column('account', sa.String(length=30), nullable=False),
    sa.Column('payee', sa.String(length=120), nullable=False),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('entered_by', ROW_ID, nullable=False),
    sa.Column('paid_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('paid_by', ROW_ID, nullable=True),
    sa.Column('received_on', sa.Date(), nullable=True),
    sa.Column('receipt', sa.String(length=200), nullable=False),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("paid_at IS NULL OR (identity = '' AND bank = '' AND account = '' AND payee = '')", name=op.f('ck_prize_payment_erased_when_paid')),
    sa.ForeignKeyConstraint(['award_id'], ['award.id'], name=op.f('fk_prize_payment_award_id_award')),
    sa.ForeignKeyConstraint(['entered_by'], ['member.id'], name=op.f('fk_prize_payment_entered_by_member')),
    sa.ForeignKeyConstraint(['paid_by'], ['member.id'], name=op.f('fk_prize_payment_paid_by_member')),
    sa.PrimaryKeyConstraint('award_id', name=op.f('pk_prize_payment'))
    )


def downgrade() -> None:
    for table in (
        'prize_payment', 'award', 'award_list', 'prize_handler', 'certificate', 'certificate_series', 'certificate_counter'
    ):
        op.drop_table(table)
