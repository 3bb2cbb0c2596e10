"""activation slips

Revision ID: activation_slips
Revises: authoring
"""

import sqlalchemy as sa
from alembic import op

revision = 'activation_slips'
down_revision = 'authoring'
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
_ALIVE = sa.text('used_at IS NULL AND revoked_at IS NULL')


def upgrade() -> None:
    op.create_table('activation_slip',
    sa.Column('id', _ROW_ID, nullable=False),
    sa.Column('member_id', _ROW_ID, nullable=False),
    sa.Column('token_sha256', sa.String(length=64), nullable=False),
    sa.Column('code_mac', sa.String(length=64), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('issued_by', _ROW_ID, nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('wrong_tries', _ROW_ID, nullable=False),
    sa.ForeignKeyConstraint(['issued_by'], ['member.id'], name=op.f('fk_activation_slip_issued_by_member')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_activation_slip_member_id_member')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_activation_slip')),
    sa.UniqueConstraint('code_mac', name=op.f('uq_activation_slip_code_mac')),
    sa.UniqueConstraint('token_sha256', name=op.f('uq_activation_slip_token_sha256'))
    )
    with op.batch_alter_table('activation_slip', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_activation_slip_member_id'), ['member_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_activation_slip_used_at'), ['used_at'], unique=False)
        batch_op.create_index('uq_activation_slip_alive', ['member_id'], unique=True, sqlite_where=_ALIVE, postgresql_where=_ALIVE)

    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.add_column(sa.Column('notices_version', sa.String(length=20), nullable=True))

    with op.batch_alter_table('member', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_member_email'), ['email'], unique=False)
        batch_op.create_index(batch_op.f('ix_member_phone'), ['phone'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('member', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_member_phone'))
        batch_op.drop_index(batch_op.f('ix_member_email'))

    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.drop_column('notices_version')

    with op.batch_alter_table('activation_slip', schema=None) as batch_op:
        batch_op.drop_index('uq_activation_slip_alive', sqlite_where=_ALIVE, postgresql_where=_ALIVE)
        batch_op.drop_index(batch_op.f('ix_activation_slip_used_at'))
        batch_op.drop_index(batch_op.f('ix_activation_slip_member_id'))

    op.drop_table('activation_slip')
