"""registrations

Revision ID: registrations
Revises: second_factor
"""

import sqlalchemy as sa
from alembic import op

revision = 'registrations'
down_revision = 'second_factor'
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('registration_desk',
    sa.Column('unit_id', _ID, nullable=False),
    sa.Column('way', sa.String(length=10), nullable=False),
    sa.Column('opens_on', sa.Date(), nullable=True),
    sa.Column('closes_on', sa.Date(), nullable=True),
    sa.Column('receiving_unit_id', _ID, nullable=False),
    sa.Column('code', sa.String(length=12), nullable=False),
    sa.Column('is_on_posters', sa.Boolean(), nullable=False),
    sa.Column('revision', _ID, nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_by', _ID, nullable=True),
    sa.ForeignKeyConstraint(['changed_by'], ['member.id'], name=op.f('fk_registration_desk_changed_by_member')),
    sa.ForeignKeyConstraint(['receiving_unit_id'], ['unit.id'], name=op.f('fk_registration_desk_receiving_unit_id_unit')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_registration_desk_unit_id_unit')),
    sa.PrimaryKeyConstraint('unit_id', name=op.f('pk_registration_desk'))
    )
    op.create_table('registration',
    sa.Column('id', _ID, nullable=False),
    sa.Column('desk_unit_id', _ID, nullable=False),
    sa.Column('unit_id', _ID, nullable=False),
    sa.Column('is_by_code', sa.Boolean(), nullable=False),
    sa.Column('full_name', sa.String(length=120), nullable=False),
    sa.Column('search_key', sa.String(length=120), nullable=False),
    sa.Column('born_on', sa.Date(), nullable=False),
    sa.Column('born_year_only', sa.Boolean(), nullable=False),
    sa.Column('phone', sa.String(length=20), nullable=False),
    sa.Column('password_hash', sa.String(length=200), nullable=False),
    sa.Column('consents', sa.JSON(), nullable=False),
    sa.Column('consent_version', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.String(length=400), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', _ID, nullable=True),
    sa.Column('member_id', _ID, nullable=True),
    sa.ForeignKeyConstraint(['decided_by'], ['member.id'], name=op.f('fk_registration_decided_by_member')),
    sa.ForeignKeyConstraint(['desk_unit_id'], ['unit.id'], name=op.f('fk_registration_desk_unit_id_unit')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_registration_member_id_member')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_registration_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_registration')),
    sa.UniqueConstraint('member_id', name=op.f('uq_registration_member_id'))
    )
    with op.batch_alter_table('registration', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_registration_phone'), ['phone'], unique=False)
        batch_op.create_index('ix_registration_unit', ['unit_id', 'state'], unique=False)
        batch_op.create_index(
            'uq_registration_live', ['phone', 'search_key', 'born_on'], unique=True,
            sqlite_where=sa.text("state <> 'refused'"), postgresql_where=sa.text("state <> 'refused'"),
        )


def downgrade() -> None:
    with op.batch_alter_table('registration', schema=None) as batch_op:
        batch_op.drop_index('uq_registration_live')
        batch_op.drop_index('ix_registration_unit')
        batch_op.drop_index(batch_op.f('ix_registration_phone'))

    op.drop_table('registration')
    op.drop_table('registration_desk')
