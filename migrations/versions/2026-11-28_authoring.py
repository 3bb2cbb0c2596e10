"""authoring

Revision ID: authoring
Revises: round_analysis
"""

import re
import unicodedata
from html import unescape

import sqlalchemy as sa
from alembic import op

revision = 'authoring'
down_revision = 'round_analysis'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('module_edition',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('module_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('published_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('is_from_files', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['module_id'], ['study_module.id'], name=op.f('fk_module_edition_module_id_study_module')),
    sa.ForeignKeyConstraint(['published_by'], ['member.id'], name=op.f('fk_module_edition_published_by_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_module_edition')),
    sa.UniqueConstraint('module_id', 'number', name=op.f('uq_module_edition_module_id_number'))
    )
    op.create_table('set_draft',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('use', sa.String(length=20), nullable=False),
    sa.Column('summary', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['created_by'], ['member.id'], name=op.f('fk_set_draft_created_by_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_set_draft')),
    sa.UniqueConstraint('slug', name=op.f('uq_set_draft_slug'))
    )
    op.create_table('set_seal',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('set_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sealed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sealed_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('reason', sa.String(length=1000), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('asked_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('broken_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.CheckConstraint('broken_by IS NULL OR broken_by <> asked_by', name=op.f('ck_set_seal_two_persons')),
    sa.ForeignKeyConstraint(['asked_by'], ['member.id'], name=op.f('fk_set_seal_asked_by_member')),
    sa.ForeignKeyConstraint(['broken_by'], ['member.id'], name=op.f('fk_set_seal_broken_by_member')),
    sa.ForeignKeyConstraint(['sealed_by'], ['member.id'], name=op.f('fk_set_seal_sealed_by_member')),
    sa.ForeignKeyConstraint(['set_id'], ['item_set.id'], name=op.f('fk_set_seal_set_id_item_set')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_set_seal'))
    )
    with op.batch_alter_table('set_seal', schema=None) as batch_op:
        batch_op.create_index('uq_set_seal_whole', ['set_id'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))

    op.create_table('draft',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('set_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('code', sa.String(length=80), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('intent', sa.String(length=10), nullable=False),
    sa.Column('revision', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('basis', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('search_key', sa.Text(), nullable=False),
    sa.Column('topic', sa.String(length=40), nullable=False),
    sa.Column('level', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('source', sa.String(length=170), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('saved_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(kind = 'item') = (set_id IS NOT NULL)", name=op.f('ck_draft_set')),
    sa.ForeignKeyConstraint(['created_by'], ['member.id'], name=op.f('fk_draft_created_by_member')),
    sa.ForeignKeyConstraint(['saved_by'], ['member.id'], name=op.f('fk_draft_saved_by_member')),
    sa.ForeignKeyConstraint(['set_id'], ['set_draft.id'], name=op.f('fk_draft_set_id_set_draft')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_draft'))
    )
    with op.batch_alter_table('draft', schema=None) as batch_op:
        batch_op.create_index('ix_draft_set', ['set_id', 'state'], unique=False)
        batch_op.create_index('uq_draft_open_module', ['kind', 'code'], unique=True, sqlite_where=sa.text("set_id IS NULL AND state NOT IN ('published', 'discarded')"), postgresql_where=sa.text("set_id IS NULL AND state NOT IN ('published', 'discarded')"))
        batch_op.create_index('ix_draft_state', ['state', 'kind'], unique=False)
        batch_op.create_index('uq_draft_open', ['kind', 'set_id', 'code'], unique=True, sqlite_where=sa.text("state NOT IN ('published', 'discarded')"), postgresql_where=sa.text("state NOT IN ('published', 'discarded')"))

    op.create_table('finding_waiver',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('set_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=30), nullable=False),
    sa.Column('message', sa.Text(), nullable=False),
    sa.Column('message_sha256', sa.String(length=64), nullable=False),
    sa.Column('reason', sa.String(length=1000), nullable=False),
    sa.Column('member_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_finding_waiver_member_id_member')),
    sa.ForeignKeyConstraint(['set_id'], ['set_draft.id'], name=op.f('fk_finding_waiver_set_id_set_draft')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finding_waiver')),
    sa.UniqueConstraint('set_id', 'code', 'message_sha256', name=op.f('uq_finding_waiver_set_id_code_message_sha256'))
    )
    op.create_table('draft_comment',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('draft_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('field', sa.String(length=40), nullable=False),
    sa.Column('text', sa.String(length=2000), nullable=False),
    sa.Column('revision', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('member_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_by', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['draft_id'], ['draft.id'], name=op.f('fk_draft_comment_draft_id_draft')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_draft_comment_member_id_member')),
    sa.ForeignKeyConstraint(['settled_by'], ['member.id'], name=op.f('fk_draft_comment_settled_by_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_draft_comment'))
    )
    with op.batch_alter_table('draft_comment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_draft_comment_draft_id'), ['draft_id'], unique=False)

    op.create_table('draft_hand',
    sa.Column('draft_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('member_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('part', sa.String(length=10), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("part IN ('author', 'reviewer')", name=op.f('ck_draft_hand_part')),
    sa.ForeignKeyConstraint(['draft_id'], ['draft.id'], name=op.f('fk_draft_hand_draft_id_draft')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_draft_hand_member_id_member')),
    sa.PrimaryKeyConstraint('draft_id', 'member_id', name=op.f('pk_draft_hand')),
    sa.UniqueConstraint('draft_id', 'member_id', 'part', name='uq_draft_hand_part')
    )
    op.create_table('draft_presence',
    sa.Column('draft_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('member_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['draft_id'], ['draft.id'], name=op.f('fk_draft_presence_draft_id_draft')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_draft_presence_member_id_member')),
    sa.PrimaryKeyConstraint('draft_id', 'member_id', name=op.f('pk_draft_presence'))
    )
    op.create_table('draft_review',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('draft_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('member_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('part', sa.String(length=10), nullable=False),
    sa.Column('revision', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('verdict', sa.String(length=10), nullable=False),
    sa.Column('words', sa.String(length=2000), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("part = 'reviewer'", name=op.f('ck_draft_review_part')),
    sa.ForeignKeyConstraint(['draft_id', 'member_id', 'part'], ['draft_hand.draft_id', 'draft_hand.member_id', 'draft_hand.part'], name='fk_draft_review_hand'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_draft_review'))
    )
    with op.batch_alter_table('draft_review', schema=None) as batch_op:
        batch_op.create_index('ix_draft_review_draft', ['draft_id'], unique=False)

    with op.batch_alter_table('item_option', schema=None) as batch_op:
        batch_op.add_column(sa.Column('text', sa.Text(), server_default='', nullable=False))

    with op.batch_alter_table('item_set', schema=None) as batch_op:
        batch_op.add_column(sa.Column('summary', sa.Text(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('blueprint', sa.JSON(), server_default='[]', nullable=False))

    with op.batch_alter_table('item_version', schema=None) as batch_op:
        batch_op.add_column(sa.Column('rationale', sa.Text(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('source_quote', sa.Text(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('source_from', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('source_until', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('points', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('note', sa.Text(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('change', sa.String(length=12), server_default='untold', nullable=False))
        batch_op.add_column(sa.Column('search_key', sa.Text(), server_default='', nullable=False))

    _write_down_the_texts()


def _write_down_the_texts() -> None:
    """What was published before is known as shown alone: its words are taken from there, without their marks."""
    connection = op.get_bind()
    for table, shown, written in (('item_option', 'text_html', 'text'), ('item_version', 'rationale_html', 'rationale')):
        rows = sa.table(table, sa.column('id'), sa.column(shown), sa.column(written))
        for row_id, html in connection.execute(sa.select(rows.c.id, rows.c[shown])).all():
            connection.execute(rows.update().where(rows.c.id == row_id).values({written: _plain(html)}))
    versions = sa.table('item_version', sa.column('id'), sa.column('stem'), sa.column('search_key'))
    for row_id, stem in connection.execute(sa.select(versions.c.id, versions.c.stem)).all():
        connection.execute(versions.update().where(versions.c.id == row_id).values(search_key=_bare(stem)))


def _plain(html: str) -> str:
    return unescape(re.sub(r'<[^>]*>', '', html)).strip()


def _bare(text: str) -> str:
    letters = unicodedata.normalize('NFD', text.lower())
    bare = ''.join(letter for letter in letters if unicodedata.category(letter) != 'Mn').replace('đ', 'd')
    return ' '.join(bare.split())


def downgrade() -> None:
    with op.batch_alter_table('item_version', schema=None) as batch_op:
        batch_op.drop_column('search_key')
        batch_op.drop_column('change')
        batch_op.drop_column('note')
        batch_op.drop_column('points')
        batch_op.drop_column('source_until')
        batch_op.drop_column('source_from')
        batch_op.drop_column('source_quote')
        batch_op.drop_column('rationale')

    with op.batch_alter_table('item_set', schema=None) as batch_op:
        batch_op.drop_column('blueprint')
        batch_op.drop_column('summary')

    with op.batch_alter_table('item_option', schema=None) as batch_op:
        batch_op.drop_column('text')

    with op.batch_alter_table('draft_review', schema=None) as batch_op:
        batch_op.drop_index('ix_draft_review_draft')

    op.drop_table('draft_review')
    op.drop_table('draft_presence')
    op.drop_table('draft_hand')
    with op.batch_alter_table('draft_comment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_draft_comment_draft_id'))

    op.drop_table('draft_comment')
    op.drop_table('finding_waiver')
    with op.batch_alter_table('draft', schema=None) as batch_op:
        batch_op.drop_index('uq_draft_open', sqlite_where=sa.text("state NOT IN ('published', 'discarded')"), postgresql_where=sa.text("state NOT IN ('published', 'discarded')"))
        batch_op.drop_index('uq_draft_open_module')
        batch_op.drop_index('ix_draft_state')
        batch_op.drop_index('ix_draft_set')

    op.drop_table('draft')
    with op.batch_alter_table('set_seal', schema=None) as batch_op:
        batch_op.drop_index('uq_set_seal_whole', sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))

    op.drop_table('set_seal')
    op.drop_table('set_draft')
    op.drop_table('module_edition')
