"""Tables that have grown are looked at anew: PostgreSQL keeps plans that it made for a small table for a large one too.

Connections keep what they have prepared, and make their plans anew once a table was analysed. The server does that by
itself, a minute or more after a table has grown; a round fills in that minute.
"""

from __future__ import annotations

import logging

from sqlalchemy import bindparam, text

from quiz_app.kernel.db import Database, unhurried

log = logging.getLogger(__name__)

WORTH_IT = 1_000  # rows; fewer are read from end to end in no time
_GROWN = text("""
    SELECT quote_ident(stat.relname) FROM pg_stat_user_tables AS stat JOIN pg_class AS kept ON kept.oid = stat.relid
    WHERE stat.schemaname = current_schema() AND stat.n_mod_since_analyze >= greatest(:worth_it, kept.reltuples)
    ORDER BY 1
""").bindparams(bindparam("worth_it", WORTH_IT))


def renew(db: Database) -> int:
    """Analyse the tables of which as many rows have changed as they had when they were last looked at; how many."""
    if db.is_sqlite:
        return 0
    with db.reading() as session:
        grown = session.scalars(_GROWN).all()
    for table in grown:
        with db.writing() as session:
            unhurried(session)
            session.execute(text(f"ANALYZE {table}"))  # the server's own list of names, quoted by it
        log.info("analysed %s, which has grown", table)
    return len(grown)
