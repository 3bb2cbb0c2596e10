"""Rosters as spreadsheets, made in memory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date
from typing import Any

import xlsxwriter

SHEET = "xl/worksheets/sheet1.xml"
HEADINGS = ["STT", "Họ và tên", "Ngày sinh", "Chi bộ", "Số thẻ đảng viên", "Loại", "SĐT"]


def workbook(rows: Sequence[Sequence[Any]], *, headings: Sequence[str] = HEADINGS, sheet: str = "Danh sách") -> bytes:
    """An .xlsx with a title above the headings in row 3, so that the first row of `rows` is row 4."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    page = book.add_worksheet(sheet)
    as_date = book.add_format({"num_format": "dd/mm/yyyy"})
    page.write_string(0, 0, "DANH SÁCH ĐẢNG VIÊN")
    for column, heading in enumerate(headings):
        page.write_string(2, column, heading)
    for number, row in enumerate(rows, start=3):
        for column, value in enumerate(row):
            if isinstance(value, date):
                page.write_datetime(number, column, value, as_date)
            elif isinstance(value, int | float):
                page.write_number(number, column, value)
            elif value:
                page.write_string(number, column, value)
    book.close()
    return out.getvalue()


def rewritten(content: bytes, changes: dict[str, bytes]) -> bytes:
    """The workbook with some of its parts replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            if name not in changes:
                target.writestr(name, source.read(name))
        for name, part in changes.items():
            target.writestr(name, part)
    return out.getvalue()
