"""The database of either engine as one file, and back. What differs between the engines in a backup stands here."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, exists, func, inspect, select, text

from quiz_app import tables
from quiz_app.kernel.db import Database, normalised, open_sqlite
from quiz_app.operations.errors import ToolFailed, ToolMissing

JOB_SCHEMA = "jobs"
KEPT_BY_THE_PROCESS = {"lease", "clock_anchor"}  # written by any start, worth nothing to anybody


def dump(db: Database, database_url: str, target: Path) -> dict[str, int]:
    """Write the database as it is at one instant, while others go on writing; rows per table at that instant."""
    return _dump_sqlite(db, target) if db.is_sqlite else _dump_postgresql(db, database_url, target)


def load(db: Database, database_url: str, source: Path) -> None:
    """Replace what the database holds by a dump. Raises ToolFailed, ToolMissing."""
    if db.is_sqlite:
        _load_sqlite(db, source)
        return
    found = MetaData()
    with db.engine.begin() as connection:
        found.reflect(connection)
        found.drop_all(connection)
        connection.execute(text("DROP FUNCTION IF EXISTS refuse_change_of_record"))  # of the triggers of the audit
    tool = _tool("pg_restore")
    _run([tool, "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"], database_url, source)


def holds_something(db: Database) -> str | None:
    """A table with rows that a restore would overwrite, or None."""
    with db.reading() as session:
        connection = session.connection()
        present = set(inspect(connection).get_table_names())
        for table in tables.metadata.sorted_tables:
            if table.name not in present or table.name in KEPT_BY_THE_PROCESS:
                continue
            if connection.scalar(select(exists(select(text("1")).select_from(table)))):
                return table.name
    return None


def counts_of(connection: Connection) -> dict[str, int]:
    """Rows per table of the product."""
    present = set(inspect(connection).get_table_names())
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in tables.metadata.sorted_tables
        if table.name in present
    }


def damage(db: Database) -> str | None:
    """What the engine itself finds wrong with its file, or None."""
    if not db.is_sqlite:
        return None  # PostgreSQL has checked every key and constraint while it loaded
    with db.reading() as session:
        said = session.execute(text("PRAGMA integrity_check(5)")).scalars().all()
        orphans = session.execute(text("PRAGMA foreign_key_check")).all()
    if said != ["ok"]:
        return "; ".join(str(line) for line in said)
    return f"khóa ngoại của bảng {orphans[0][0]}" if orphans else None


def _dump_sqlite(db: Database, target: Path) -> dict[str, int]:
    with closing(_raw(db.engine)) as held, closing(open_sqlite(target)) as copy:
        held.driver_connection.backup(copy)
    dumped = Database(f"sqlite:///{target}", pool_size=1)
    try:
        with dumped.reading() as session:
            return counts_of(session.connection())
    finally:
        with closing(_raw(dumped.engine)) as opened:
            opened.driver_connection.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        dumped.dispose()


def _load_sqlite(db: Database, source: Path) -> None:
    with closing(open_sqlite(source)) as dumped, closing(_raw(db.engine)) as held:
        dumped.backup(held.driver_connection)


def _raw(engine: Engine) -> Any:
    return engine.raw_connection()


def _dump_postgresql(db: Database, database_url: str, target: Path) -> dict[str, int]:
    tool = _tool("pg_dump")
    # Rows are counted in the very snapshot that is dumped, so a restore can be held against the count.
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        command = [tool, "--format=custom", "--no-owner", "--no-privileges", f"--exclude-schema={JOB_SCHEMA}"]
        _run([*command, f"--snapshot={snapshot}", f"--file={target}"], database_url)
        return counts_of(connection)


def _tool(name: str) -> str:
    """The program on the path, else the newest of Debian's."""
    on_path = shutil.which(name)
    if on_path is not None:
        return on_path
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    if not installed:
        raise ToolMissing(tool=name)
    return str(installed[-1])


def _run(command: list[str], database_url: str, *files: Path) -> None:
    url = normalised(database_url)
    plain = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    secret = {"PGPASSWORD": str(url.password)} if url.password is not None else {}  # a command line can be read by all
    done = subprocess.run(  # noqa: S603 - a fixed program; URL and paths are the operator's own settings
        [*command, f"--dbname={plain}", *map(str, files)],
        env={**os.environ, **secret},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ToolFailed(tool=Path(command[0]).name, said=done.stderr.strip()[-600:])
