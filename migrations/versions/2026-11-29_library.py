"""library

Revision ID: library
Revises: search
"""

import sqlalchemy as sa
from alembic import op

revision = 'library'
down_revision = 'search'
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    with op.batch_alter_table('document') as batch_op:
        batch_op.add_column(sa.Column('effective_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('expired_on', sa.Date(), nullable=True))
    op.create_table('document_relation',
    sa.Column('document_id', ROW_ID, nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('target', sa.String(length=80), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_document_relation_document_id_document')),
    sa.PrimaryKeyConstraint('document_id', 'kind', 'target', name=op.f('pk_document_relation'))
    )
    op.create_index(op.f('ix_document_relation_target'), 'document_relation', ['target'])
    op.create_table('document_edition',
    sa.Column('id', ROW_ID, nullable=False),
    sa.Column('document_id', ROW_ID, nullable=False),
    sa.Column('number', ROW_ID, nullable=False),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('published_by', ROW_ID, nullable=True),
    sa.Column('is_from_files', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_document_edition_document_id_document')),
    sa.ForeignKeyConstraint(['published_by'], ['member.id'], name=op.f('fk_document_edition_published_by_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_document_edition')),
    sa.UniqueConstraint('document_id', 'number', name=op.f('uq_document_edition_document_id_number'))
    )
    op.create_table('citation_look',
    sa.Column('document_id', ROW_ID, nullable=False),
    sa.Column('subject', sa.String(length=40), nullable=False),
    sa.Column('looked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('looked_by', ROW_ID, nullable=True),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_citation_look_document_id_document')),
    sa.ForeignKeyConstraint(['looked_by'], ['member.id'], name=op.f('fk_citation_look_looked_by_member')),
    sa.PrimaryKeyConstraint('document_id', 'subject', name=op.f('pk_citation_look'))
    )
    op.create_table('draft_file',
    sa.Column('id', ROW_ID, nullable=False),
    sa.Column('draft_id', ROW_ID, nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('stored_name', sa.String(length=80), nullable=False),
    sa.Column('content_type', sa.String(length=100), nullable=False),
    sa.Column('size', ROW_ID, nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_by', ROW_ID, nullable=False),
    sa.ForeignKeyConstraint(['draft_id'], ['draft.id'], name=op.f('fk_draft_file_draft_id_draft')),
    sa.ForeignKeyConstraint(['sent_by'], ['member.id'], name=op.f('fk_draft_file_sent_by_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_draft_file')),
    sa.UniqueConstraint('stored_name', name=op.f('uq_draft_file_stored_name'))
    )
    op.create_index(op.f('ix_draft_file_draft_id'), 'draft_file', ['draft_id'])


def downgrade() -> None:
    for table in ('draft_file', 'citation_look', 'document_edition', 'document_relation'):
        op.drop_table(table)
    with op.batch_alter_table('document') as batch_op:
        batch_op.drop_column('expired_on')
        batch_op.drop_column('effective_on')
