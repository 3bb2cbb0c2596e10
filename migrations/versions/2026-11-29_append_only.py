"""append only: the database itself refuses to change or delete what is on record

Revision ID: append_only
Revises: rankings
"""

from alembic import op

revision = 'append_only'
down_revision = 'rankings'
branch_labels = None
depends_on = None

TABLES = ('audit_entry', 'audit_seal')
WORDS = 'what is on record is neither changed nor deleted'


def upgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        for table in TABLES:
            for act in ('UPDATE', 'DELETE'):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
                )
            # REPLACE deletes without a word to the triggers of deletion
            key = 'last_id' if table == 'audit_seal' else 'id'
            op.execute(
                f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
                f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id OR {key} = NEW.{key}) "
                f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
            )
        return
    op.execute(
        'CREATE FUNCTION refuse_change_of_record() RETURNS trigger LANGUAGE plpgsql AS '
        f"$$ BEGIN RAISE EXCEPTION '{WORDS}'; END $$"
    )
    for table in TABLES:
        op.execute(
            f'CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} '
            'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_record()'
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        for table in TABLES:
            for act in ('update', 'delete', 'replace'):
                op.execute(f'DROP TRIGGER {table}_no_{act}')
        return
    for table in TABLES:
        op.execute(f'DROP TRIGGER {table}_append_only ON {table}')
    op.execute('DROP FUNCTION refuse_change_of_record()')
