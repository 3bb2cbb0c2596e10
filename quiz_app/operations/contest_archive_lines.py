"""A row of a table as one line of an archive: the same row is the same bytes, whatever the engine it was read from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Date, Integer, String, Table

from quiz_app.kernel.db import UtcDateTime
from quiz_app.operations import contest_archive_labels as labels
from quiz_app.operations.contest_archive_errors import ContestArchiveLine

INSTANT = "%Y-%m-%dT%H:%M:%S.%fZ"
WHOLE = range(-(2**63), 2**63)


def written(row: Mapping[str, Any]) -> bytes:
    """The line of a row, its end included. Columns and what JSON holds stay in the order they have."""
    plain = {name: _plain(value) for name, value in row.items()}
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def parsed(line: bytes, columns: Mapping[str, Column[Any]], part: str, number: int, product: str) -> dict[str, Any]:
    """The row of a line. Raises ContestArchiveLine for whatever `written` would not have made of one."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ContestArchiveLine(part=part, line=number, why=labels.NOT_A_ROW) from error
    if not isinstance(found, dict):
        raise ContestArchiveLine(part=part, line=number, why=labels.NOT_A_ROW)
    if found.keys() != columns.keys():
        missing = ", ".join(sorted(columns.keys() - found.keys())) or "không"
        strange = ", ".join(sorted(found.keys() - columns.keys())) or "không"
        why = labels.OTHER_COLUMNS.format(missing=missing[:200], strange=strange[:200], product=product)
        raise ContestArchiveLine(part=part, line=number, why=why)
    row: dict[str, Any] = {}
    for name, column in columns.items():
        try:
            row[name] = _value(found[name], column)
        except ValueError as error:
            why = labels.UNFIT_VALUE.format(column=name)
            raise ContestArchiveLine(part=part, line=number, why=why) from error
    if not _is_written_so(row, line):
        raise ContestArchiveLine(part=part, line=number, why=labels.NOT_CANONICAL)
    return row


def columns_of(table: Table, left_out: Mapping[str, Any]) -> dict[str, Column[Any]]:
    """The columns of a table that an archive holds, in their order."""
    return {column.name: column for column in table.columns if column.name not in left_out}


def _is_written_so(row: Mapping[str, Any], line: bytes) -> bool:
    try:
        return written(row) == line
    except ValueError:  # half of a letter, which no file can hold
        return False


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime(INSTANT)
    return value.isoformat() if isinstance(value, date) else value


def _value(found: Any, column: Column[Any]) -> Any:
    """What a column takes for a value of JSON. Raises ValueError."""
    if found is None:
        if not column.nullable:
            raise ValueError(column.name)
        return None
    match column.type:
        case UtcDateTime():
            found = datetime.strptime(_of_kind(found, str), INSTANT).replace(tzinfo=UTC)
        case Date():
            found = date.fromisoformat(_of_kind(found, str))
        case Boolean():
            _of_kind(found, bool)
        case JSON():
            _demand(isinstance(found, dict | list))
        case Integer():
            _demand(_of_kind(found, int) in WHOLE)
        case String(length=length):
            _demand("\0" not in _of_kind(found, str) and (length is None or len(found) <= length))
        case _:
            raise ValueError(column.name)
    return found


def _of_kind(found: Any, kind: type) -> Any:
    _demand(type(found) is kind)  # True is an int to Python
    return found


def _demand(holds: bool) -> None:
    if not holds:
        raise ValueError
