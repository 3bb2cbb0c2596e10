"""Workbooks for handing out. What people typed stays text: no cell of it can become a formula or a link."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import xlsxwriter
from flask import Response, send_file

from quiz_app.kernel.clock import VIETNAM
from quiz_app.web.filters import format_date, format_datetime_seconds, format_number

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
CSV_MIME_TYPE = "text/csv"
MIME_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Value = str | int | float | date | datetime | None
SAFE: dict[str, Any] = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
FORMATS = {
    "text": "@",
    "whole": "#,##0",
    "decimal": "0.000",
    "share": "0.0%",
    "date": "dd/mm/yyyy",
    "instant": "dd/mm/yyyy hh:mm",
    "second": "dd/mm/yyyy hh:mm:ss",
}
EARLIEST_YEAR = 1900  # a spreadsheet knows no day before


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, its width in characters, and the kind of its cells: a key of FORMATS."""

    heading: str
    width: int
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Sheet:
    """`notes` stand above the table: what it is, of when, and what was asked for."""

    name: str
    title: str
    notes: Sequence[str]
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]


def workbook(sheets: Sequence[Sheet], *, author: str) -> bytes:
    """The sheets as an .xlsx file: typed cells, heading frozen, ready to filter and to print."""
    kept = io.BytesIO()
    book = xlsxwriter.Workbook(kept, SAFE)
    book.set_properties({"title": sheets[0].title, "author": author})
    title = book.add_format({"bold": True, "font_size": 14})
    heading = heading_style(book)
    formats = {
        kind: book.add_format({"num_format": code, "border": 1, "quote_prefix": kind == "text"})
        for kind, code in FORMATS.items()
    }
    for sheet in sheets:
        page = book.add_worksheet(sheet.name)
        page.write_string(0, 0, sheet.title, title)
        for line, note in enumerate(sheet.notes, start=1):
            page.write_string(line, 0, note)
        top = len(sheet.notes) + 2
        for place, column in enumerate(sheet.columns):
            page.set_column(place, place, column.width)
            page.write_string(top, place, column.heading, heading)
        for line, row in enumerate(sheet.rows, start=top + 1):
            for place, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
                _write(page, line, place, value, formats[column.kind])
        freeze_heading(page, top, top + len(sheet.rows), len(sheet.columns) - 1)
    book.close()
    return kept.getvalue()


def download(content: bytes, name: str) -> Response:
    """The answer that hands out a workbook, to be kept under this name."""
    return send_file(io.BytesIO(content), mimetype=MIME_TYPE, as_attachment=True, download_name=name)


def cut_note(count: int, total: int, what: str) -> list[str]:
    """What stands above a table that holds the first rows alone; nothing above a whole one."""
    if count >= total:
        return []
    return [f"Tệp chỉ có {format_number(count)} {what} đầu trong {format_number(total)} {what}"]


def comma_separated(sheet: Sheet) -> bytes:
    """The sheet's table with its heading, in UTF-8 with its mark so that spreadsheets read the letters right."""
    kept = io.StringIO()
    writer = csv.writer(kept)
    writer.writerow([column.heading for column in sheet.columns])
    writer.writerows([[_plain(value) for value in row] for row in sheet.rows])
    return kept.getvalue().encode("utf-8-sig")


def _plain(value: Value) -> str | int | float:
    """No cell becomes a formula, whatever a name begins with."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA_SIGNS) else value
    if value is None or isinstance(value, int | float):
        return "" if value is None else value
    return format_datetime_seconds(value) if isinstance(value, datetime) else format_date(value)


def heading_style(book: Any) -> Any:
    """How the cells of a heading look."""
    return book.add_format({"bold": True, "border": 1, "text_wrap": True, "valign": "vcenter", "bg_color": "#F3E3C3"})


def freeze_heading(page: Any, row: int, last_row: int, last_column: int) -> None:
    """Keep the heading in `row` in sight, on every printed page too, with a filter over what stands below it."""
    page.freeze_panes(row + 1, 0)
    page.repeat_rows(row)
    page.autofilter(row, 0, max(row + 1, last_row), last_column)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)


def _write(page: Any, line: int, place: int, value: Value, style: Any) -> None:
    if value is None or value == "":
        page.write_blank(line, place, None, style)
    elif isinstance(value, str):
        page.write_string(line, place, value, style)
    elif isinstance(value, datetime):
        page.write_datetime(line, place, value.astimezone(VIETNAM).replace(tzinfo=None), style)
    elif isinstance(value, date) and value.year < EARLIEST_YEAR:
        page.write_string(line, place, format_date(value), style)
    elif isinstance(value, date):
        page.write_datetime(line, place, value, style)
    else:
        page.write_number(line, place, value, style)
