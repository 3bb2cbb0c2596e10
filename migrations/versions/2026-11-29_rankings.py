"""rankings

Revision ID: rankings
Revises: data_views
"""

import sqlalchemy as sa
from alembic import op

revision = 'rankings'
down_revision = 'data_views'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('ranking',
    sa.Column('id', NUMBER, nullable=False),
    sa.Column('contest_id', NUMBER, nullable=False),
    sa.Column('scope', sa.String(length=40), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('taken_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('took_ms', NUMBER, nullable=False),
    sa.Column('is_whole', sa.Boolean(), nullable=False),
    sa.Column('people', NUMBER, nullable=False),
    sa.Column('marks', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['contest_id'], ['contest.id'], name=op.f('fk_ranking_contest_id_contest')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ranking'))
    )
    op.create_index('ix_ranking_contest', 'ranking', ['contest_id', 'scope'])
    op.create_table('ranked_sum',
    sa.Column('ranking_id', NUMBER, nullable=False),
    *(sa.Column(name, NUMBER, nullable=False) for name in ('k1', 'k2', 'k3', 'k4', 'member_id')),
    *(sa.Column(name, NUMBER, nullable=False) for name in ('score', 'max_score', 'duration_ms', 'rounds_sat')),
    sa.ForeignKeyConstraint(['ranking_id'], ['ranking.id'], name=op.f('fk_ranked_sum_ranking_id_ranking')),
    sa.PrimaryKeyConstraint('ranking_id', 'k1', 'k2', 'k3', 'k4', 'member_id', name=op.f('pk_ranked_sum'))
    )
    op.create_index('ix_result_written', 'result', ['round_id', 'written_at'])


def downgrade() -> None:
    op.drop_index('ix_result_written', table_name='result')
    op.drop_table('ranked_sum')
    op.drop_index('ix_ranking_contest', table_name='ranking')
    op.drop_table('ranking')
