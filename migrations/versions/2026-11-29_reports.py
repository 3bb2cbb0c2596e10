"""reports

Revision ID: reports
Revises: audiences
"""

import sqlalchemy as sa
from alembic import op

revision = 'reports'
down_revision = 'audiences'
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('report',
    sa.Column('id', ROW_ID, nullable=False),
    sa.Column('unit_id', ROW_ID, nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('round_id', ROW_ID, nullable=True),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('term_begins_on', sa.Date(), nullable=False),
    sa.Column('number', ROW_ID, nullable=True),
    sa.Column('dated_on', sa.Date(), nullable=False),
    sa.Column('texts', sa.JSON(), nullable=False),
    sa.Column('search_key', sa.String(length=600), nullable=False),
    sa.Column('named', sa.JSON(), nullable=False),
    sa.Column('figures', sa.JSON(), nullable=True),
    sa.Column('figures_sha256', sa.String(length=64), nullable=True),
    sa.Column('job_id', ROW_ID, nullable=True),
    sa.Column('revision', ROW_ID, nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', ROW_ID, nullable=True),
    sa.CheckConstraint('starts_on <= ends_on', name=op.f('ck_report_period')),
    sa.CheckConstraint('number IS NULL OR number >= 1', name=op.f('ck_report_number')),
    sa.CheckConstraint("state = 'draft' OR figures_sha256 IS NOT NULL", name=op.f('ck_report_counted')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_report_unit_id_unit')),
    sa.ForeignKeyConstraint(['round_id'], ['round.id'], name=op.f('fk_report_round_id_round')),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], name=op.f('fk_report_job_id_job')),
    sa.ForeignKeyConstraint(['created_by'], ['member.id'], name=op.f('fk_report_created_by_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report')),
    sa.UniqueConstraint('unit_id', 'term_begins_on', 'number', name=op.f('uq_report_unit_id_term_begins_on_number'))
    )
    op.create_index('ix_report_unit', 'report', ['unit_id', 'created_at'])
    op.create_table('report_edition',
    sa.Column('id', ROW_ID, nullable=False),
    sa.Column('report_id', ROW_ID, nullable=False),
    sa.Column('number', ROW_ID, nullable=False),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('content_sha256', sa.String(length=64), nullable=False),
    sa.Column('figures_sha256', sa.String(length=64), nullable=False),
    sa.Column('files', sa.JSON(), nullable=False),
    sa.Column('job_id', ROW_ID, nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('approved_by', ROW_ID, nullable=True),
    sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_report_edition_report_id_report')),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], name=op.f('fk_report_edition_job_id_job')),
    sa.ForeignKeyConstraint(['approved_by'], ['member.id'], name=op.f('fk_report_edition_approved_by_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report_edition')),
    sa.UniqueConstraint('report_id', 'number', name=op.f('uq_report_edition_report_id_number'))
    )
    op.create_table('report_setting',
    sa.Column('unit_id', ROW_ID, nullable=False),
    sa.Column('term_begins_on', sa.Date(), nullable=False),
    sa.Column('praise_turnout', ROW_ID, nullable=True),
    sa.Column('praise_mean', ROW_ID, nullable=True),
    sa.Column('lag_turnout', ROW_ID, nullable=True),
    sa.Column('smallest', ROW_ID, server_default='0', nullable=False),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_report_setting_unit_id_unit')),
    sa.PrimaryKeyConstraint('unit_id', name=op.f('pk_report_setting'))
    )
    op.create_table('report_wording',
    sa.Column('unit_id', ROW_ID, nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('texts', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_report_wording_unit_id_unit')),
    sa.PrimaryKeyConstraint('unit_id', 'kind', name=op.f('pk_report_wording'))
    )


def downgrade() -> None:
    for table in ('report_wording', 'report_setting', 'report_edition', 'report'):
        op.drop_table(table)
