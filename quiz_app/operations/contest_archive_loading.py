"""An archive put into the tables of an empty instance, and held against what it says of itself."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Executable, Table, bindparam, func, insert, select, text, update
from sqlalchemy.exc import DatabaseError, DBAPIError
from sqlalchemy.orm import Session

from quiz_app import tables
from quiz_app.attempts import verify as recount
from quiz_app.contests.models import Contest, RosterEntry
from quiz_app.kernel.db import table_of
from quiz_app.operations import contest_archive_labels as labels
from quiz_app.operations.contest_archive_errors import ContestArchiveLine, ContestArchiveWrong
from quiz_app.operations.contest_archive_file import Manifest, Reader, part_name
from quiz_app.operations.contest_archive_lines import columns_of, parsed, written
from quiz_app.operations.contest_archive_parts import LATER, LEFT_OUT, ORDER
from quiz_app.results import tables as final_tables
from quiz_app.results.models import FinalTable

BATCH = 500
FINDINGS_SHOWN = 3
Numbered = tuple[int, dict[str, Any]]
Hashes = MutableMapping[int, "hashlib._Hash"]


def load(session: Session, archive: Reader, now: datetime, tell: Callable[[int, int], None]) -> None:
    """Put every row into its table, under its own id. Raises ContestArchiveLine at the first that cannot stand."""
    done, total = 0, archive.manifest.rows
    for name in ORDER:
        table = tables.metadata.tables[name]
        later = LATER.get(name)
        rows = ((number, _at_first(row, later)) for number, row in _rows(archive, table))
        for batch in _batches(rows):
            _apply(session, insert(table), batch, part_name(name))
            done += len(batch)
            tell(done, total)
    for name, column in LATER.items():
        _point(session, archive, tables.metadata.tables[name], column)


def verify(session: Session, manifest: Manifest) -> None:
    """Count everything again and hold it against the list. Raises ContestArchiveWrong with what differs."""
    findings = list(islice(_findings(session, manifest), FINDINGS_SHOWN))
    if findings:
        raise ContestArchiveWrong(finding="; ".join(findings))
    session.expunge_all()


def reset_sequences(session: Session) -> None:
    """PostgreSQL would give the next row an id that has been taken in."""
    for name in ORDER:
        table = tables.metadata.tables[name]
        for column in table.primary_key:
            sequence = session.scalar(select(func.pg_get_serial_sequence(name, column.name)))
            highest = session.scalar(select(func.max(column))) if sequence is not None else None
            if highest is not None:
                session.execute(text("SELECT setval(:sequence, :highest)"), {"sequence": sequence, "highest": highest})


def add_to_roster(hashes: Hashes, row: Mapping[str, Any]) -> None:
    """Count an entry into the hash of its round's roster; entries come in the order of rounds and members."""
    hashes.setdefault(row["round_id"], hashlib.sha256()).update(written(row))


def told_of_table(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the list says of a published table."""
    return {"scope": row["scope"], "version": row["version"], "sha256": row["sha256"]}


def _findings(session: Session, manifest: Manifest) -> Iterator[str]:
    contests = session.execute(select(Contest.id, Contest.title)).all()
    if [(one.id, one.title) for one in contests] != [(manifest.contest["id"], manifest.contest.get("title"))]:
        yield labels.OTHER_CONTEST
    yield from _differing_rosters(session, manifest)
    published = session.scalars(
        select(FinalTable).where(FinalTable.published_at.is_not(None)).order_by(FinalTable.id)
    ).all()
    found = [{"scope": one.scope, "version": one.version, "sha256": one.sha256} for one in published]
    if found != manifest.tables:
        yield labels.OTHER_TABLES
    for table in published:
        if final_tables.stored_sha256(session, table) != table.sha256:
            kind, _, number = table.scope.partition(":")
            yield labels.OTHER_HASH.format(subject=labels.subject(kind, number), version=table.version)
    for difference in recount.differences(session):
        kind, _, number = difference.partition(":")[0].partition(" ")  # "attempt 12: …"
        yield labels.RECOUNTED.format(subject=labels.subject(kind, number))


def _differing_rosters(session: Session, manifest: Manifest) -> Iterator[str]:
    hashes: Hashes = {}
    table = table_of(RosterEntry)
    query = select(table).order_by(table.c.round_id, table.c.member_id).execution_options(yield_per=BATCH)
    for row in session.execute(query).mappings():
        add_to_roster(hashes, dict(row))
    found = {str(round_id): digest.hexdigest() for round_id, digest in hashes.items()}
    for round_id in sorted(found.keys() | manifest.rosters.keys()):
        if found.get(round_id) != manifest.rosters.get(round_id):
            yield labels.OTHER_ROSTER.format(round_id=round_id)


def _rows(archive: Reader, table: Table) -> Iterator[Numbered]:
    """The rows of a table's file, in the order of their keys and none twice."""
    part, left_out = part_name(table.name), LEFT_OUT.get(table.name, {})
    columns = columns_of(table, left_out)
    keys = [column.name for column in table.primary_key]
    before: tuple[Any, ...] | None = None
    for number, line in archive.lines(table.name):
        row = parsed(line, columns, part, number, str(archive.manifest.product))
        key = tuple(row[name].encode() if isinstance(row[name], str) else row[name] for name in keys)
        if before is not None and key <= before:
            raise ContestArchiveLine(part=part, line=number, why=labels.OUT_OF_ORDER)
        before = key
        yield number, {**row, **left_out}


def _at_first(row: dict[str, Any], later: str | None) -> dict[str, Any]:
    return row if later is None else {**row, later: None}


def _point(session: Session, archive: Reader, table: Table, column: str) -> None:
    """Fill in what points at a row that came later than its own."""
    (key,) = table.primary_key
    statement = update(table).where(key == bindparam("of_row")).values({column: bindparam("points_at")})
    rows = (
        (number, {"of_row": row[key.name], "points_at": row[column]})
        for number, row in _rows(archive, table)
        if row[column] is not None
    )
    for batch in _batches(rows):
        _apply(session, statement, batch, part_name(table.name))


def _batches(rows: Iterator[Numbered]) -> Iterator[list[Numbered]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _apply(session: Session, statement: Executable, batch: list[Numbered], part: str) -> None:
    """Do this for every row of the batch; where that cannot be, row by row to find the one."""
    connection = session.connection()
    try:
        with connection.begin_nested():
            connection.execute(statement, [row for _, row in batch])
        return
    except DatabaseError as error:
        refusal: DBAPIError = error
    for number, row in batch:
        try:
            with connection.begin_nested():
                connection.execute(statement, [row])
        except DatabaseError as error:
            raise ContestArchiveLine(part=part, line=number, why=_why(error)) from error
    raise refusal  # each row by itself can stand: it was no row's fault


def _why(error: DBAPIError) -> str:
    """What the engine says of a row, in words of this product."""
    code, said = getattr(error.orig, "sqlstate", None), str(error.orig)
    if code == "23505" or said.startswith("UNIQUE"):
        return labels.REPEATED
    if code == "23503" or said.startswith("FOREIGN KEY"):
        return labels.POINTS_NOWHERE
    return labels.UNFIT_ROW
