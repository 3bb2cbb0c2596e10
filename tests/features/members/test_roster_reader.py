"""The reader of rosters, which goes through a sheet in one pass, says of every cell what the library says of it."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime, time
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from openpyxl import load_workbook

from quiz_app.members import roster_child, roster_file
from quiz_app.members.errors import RosterUnreadable

DAY = datetime(1955, 2, 3)  # noqa: DTZ001 - a day in a sheet has no time zone


def book(*, inline: bool) -> bytes:
    """Cells of every kind that a spreadsheet writes, with gaps between them."""
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"constant_memory": inline})
    as_day, as_span = made.add_format({"num_format": "dd/mm/yyyy"}), made.add_format({"num_format": "[h]:mm"})
    bold = made.add_format({"bold": True})
    page = made.add_worksheet("Danh sách")
    page.write_row(1, 1, ["Họ và tên", "  khoảng  trắng ", "", "Ba & <Bốn>"])
    page.write_rich_string(2, 0, "Nguyễn ", bold, "Văn", " An")
    page.write_datetime(2, 3, DAY, as_day)
    page.write_datetime(2, 4, datetime.combine(DAY, time(13, 5)), as_day)
    page.write_number(2, 5, 0.5, as_span)
    page.write_number(2, 6, -7e12, as_day)
    for column, number in enumerate((0, 7, -3, 1.5, 1e15, 1e300, 12345678)):
        page.write_number(4, column, number)
    page.write_boolean(5, 0, True)
    page.write_formula(5, 2, "=1+1", None, 2)
    page.write_formula(5, 3, '="a"&"b"', None, "ab")
    page.write_formula(5, 4, "=1/0", None, "#DIV/0!")
    page.write_string(9, 39, "bìa")
    page.write_string(9, 40, "ngoài bìa")
    made.add_worksheet("Trống")
    made.close()
    return out.getvalue()


def by_the_library(content: bytes) -> list[Any]:
    found: list[Any] = []
    for page in load_workbook(io.BytesIO(content), read_only=True, data_only=True).worksheets:
        found.append(page.title)
        page.reset_dimensions()
        for number, cells in enumerate(page.iter_rows(max_col=roster_child.MAX_COLUMNS, values_only=True), start=1):
            values = [roster_child._plain(value) for value in cells]
            while values and values[-1] is None:
                values.pop()
            found += [[number, values]] if values else []
    return found


@pytest.mark.filterwarnings("ignore:Cell G3 is marked as a date")  # so says the library
@pytest.mark.parametrize("inline", [True, False])
def test_every_cell_is_read_as_the_library_reads_it(inline: bool) -> None:
    content = book(inline=inline)
    read = [line["sheet"] if isinstance(line, dict) else line for line in roster_child.lines(content)]
    assert read == by_the_library(content)
    assert {"date": "1955-02-03"} in read[2][1]


def test_rows_and_cells_need_no_numbers_and_names_may_have_prefixes() -> None:
    sheet = """<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>
        <x:row><x:c t="str"><x:v>một</x:v></x:c><x:c><x:v>2</x:v></x:c></x:row>
        <x:row r="4"><x:c r="B4" t="inlineStr"><x:is>
            <x:t>ba</x:t><x:rPh sb="0" eb="1"><x:t>đọc</x:t></x:rPh></x:is></x:c>
        </x:row>
        <x:row r="2"><x:c t="str"><x:v>lùi lại</x:v></x:c></x:row>
        </x:sheetData></x:worksheet>"""
    content = with_sheet(sheet)
    assert list(roster_child.lines(content))[1:] == [[1, ["một", {"number": "2"}]], [4, [None, "ba"]]]
    assert by_the_library(content)[1:] == list(roster_child.lines(content))[1:]


def test_a_sheet_that_declares_entities_is_refused(tmp_path: Path) -> None:
    cell = '<worksheet><sheetData><row><c t="str"><v>&a;</v></c></row></sheetData></worksheet>'
    with pytest.raises(RosterUnreadable):
        roster_file.unpack(with_sheet(f'<!DOCTYPE x [<!ENTITY a "aaaa">]>{cell}'), tmp_path / "rows")


def with_sheet(text: str) -> bytes:
    """A workbook whose first sheet is this."""
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out)
    made.add_worksheet("Danh sách")
    made.close()
    changed = io.BytesIO()
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(changed, "w") as new:
        for entry in old.infolist():
            is_sheet = entry.filename == "xl/worksheets/sheet1.xml"
            new.writestr(entry.filename, text.encode() if is_sheet else old.read(entry))
    return changed.getvalue()
