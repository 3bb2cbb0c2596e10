"""search

Revision ID: search
Revises: asking

One table of what can be found. Each engine gets its own index over it, in its own words: SQLite an FTS5 table that
triggers keep in step (a step that copies the table has to make the triggers again), PostgreSQL two columns that it works out itself, each with a GIN index.
"""

import sqlalchemy as sa
from alembic import op

revision = "search"
down_revision = "asking"
branch_labels = None
depends_on = None

COLUMNS = ("folded_title", "folded_body", "marked")
_NEW, _OLD = (", ".join(f"{row}.{name}" for name in ("id", *COLUMNS)) for row in ("new", "old"))
_INTO = f"INSERT INTO search_text(rowid, {', '.join(COLUMNS)}) VALUES ({_NEW});"
_OUT = f"INSERT INTO search_text(search_text, rowid, {', '.join(COLUMNS)}) VALUES ('delete', {_OLD});"
SQLITE = (
    f"CREATE VIRTUAL TABLE search_text USING fts5({', '.join(COLUMNS)}, content='search_entry', content_rowid='id', tokenize='ascii')",
    f"CREATE TRIGGER search_entry_put AFTER INSERT ON search_entry BEGIN {_INTO} END",
    f"CREATE TRIGGER search_entry_taken AFTER DELETE ON search_entry BEGIN {_OUT} END",
    f"CREATE TRIGGER search_entry_changed AFTER UPDATE ON search_entry BEGIN {_OUT} {_INTO} END",
)
POSTGRESQL = (
    "ALTER TABLE search_entry ADD COLUMN folded_vector tsvector GENERATED ALWAYS AS ("
    "setweight(to_tsvector('simple', folded_title), 'A') || setweight(to_tsvector('simple', folded_body), 'D')) STORED",
    "ALTER TABLE search_entry ADD COLUMN marked_vector tsvector GENERATED ALWAYS AS (to_tsvector('simple', marked)) STORED",
    "CREATE INDEX ix_search_entry_folded_vector ON search_entry USING gin (folded_vector)",
    "CREATE INDEX ix_search_entry_marked_vector ON search_entry USING gin (marked_vector)",
)


def upgrade() -> None:
    op.create_table(
        "search_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("folded_title", sa.Text(), nullable=False),
        sa.Column("folded_body", sa.Text(), nullable=False),
        sa.Column("marked", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_entry")),
        sa.UniqueConstraint("kind", "subject_id", name=op.f("uq_search_entry_kind_subject_id")),
    )
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_text")
    op.drop_table("search_entry")
