"""figures of large desks, summed up by a job

Revision ID: desk_tallies
Revises: awards
"""

import sqlalchemy as sa
from alembic import op

import quiz_app.kernel.db

revision = 'desk_tallies'
down_revision = 'awards'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
FIGURES = (
    'members', 'exempt', 'rostered_participants', 'participants', 'attempts',
    'done', 'sitting', 'outside', 'elsewhere', 'needing',
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        'desk_snapshot',
        sa.Column('round_id', NUMBER, nullable=False),
        sa.Column('taken_at', quiz_app.kernel.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column('took_ms', NUMBER, nullable=False),
        sa.ForeignKeyConstraint(['round_id'], ['round.id'], name=op.f('fk_desk_snapshot_round_id_round')),
        sa.PrimaryKeyConstraint('round_id', name=op.f('pk_desk_snapshot')),
    )
    op.create_table(
        'desk_tally',
        sa.Column('round_id', NUMBER, nullable=False),
        sa.Column('is_whole', sa.Boolean(), nullable=False),
        sa.Column('unit_id', NUMBER, nullable=False),
        *(sa.Column(name, NUMBER, nullable=False) for name in FIGURES),
        sa.Column('newcomers', sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ['round_id'], ['desk_snapshot.round_id'], name=op.f('fk_desk_tally_round_id_desk_snapshot')
        ),
        sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_desk_tally_unit_id_unit')),
        sa.PrimaryKeyConstraint('round_id', 'is_whole', 'unit_id', name=op.f('pk_desk_tally')),
    )


def downgrade() -> None:
    op.drop_table('desk_tally')
    op.drop_table('desk_snapshot')
