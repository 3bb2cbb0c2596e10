from __future__ import annotations

import io
import os
import time
import zipfile
from datetime import date

import pytest

from quiz_app.members.errors import RosterUnreadable
from quiz_app.members.roster_file import read_sheets
from tests.features.members.roster_files import SHEET, rewritten, workbook

XLSX = workbook([["1", "Nguyễn Văn An", date(1960, 2, 5), "Chi bộ", "01.234567", "", 912345678]])


def sheet_xml(rows: str, before: str = "") -> bytes:
    return (
        f'<?xml version="1.0"?>{before}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{rows}</sheetData></worksheet>"
    ).encode()


def test_cells_come_as_they_are_shown() -> None:
    [sheet] = read_sheets(XLSX)
    rows = list(sheet.rows)
    assert [number for number, _ in rows] == [1, 3, 4]
    cells = rows[2][1]
    assert cells[1].text == "Nguyễn Văn An"
    assert cells[2].day == date(1960, 2, 5)
    assert (cells[6].text, cells[6].is_number) == ("912345678", True)


ENTITIES = (
    '<!DOCTYPE lolz [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{"&" + chr(97 + n) + ";"}{("&" + chr(97 + n) + ";") * 9}">' for n in range(9))
    + "]>"
)
HOSTILE = {
    "no zip": b"PK no zip",
    "old xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "no workbook": rewritten(XLSX, {})[:-40],
    "macro": rewritten(XLSX, {"xl/vbaProject.bin": b"x"}),
    "traversal": rewritten(XLSX, {"../../etc/passwd": b"x"}),
    "many entries": rewritten(XLSX, {f"xl/x{n}.xml": b"" for n in range(300)}),
    "billion laughs": rewritten(
        XLSX, {SHEET: sheet_xml('<row r="1"><c t="inlineStr"><is><t>&j;</t></is></c></row>', ENTITIES)}
    ),
    "external entity": rewritten(
        XLSX,
        {
            SHEET: sheet_xml(
                '<row r="1"><c t="inlineStr"><is><t>&x;</t></is></c></row>',
                '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
            )
        },
    ),
    "too many rows": rewritten(XLSX, {SHEET: sheet_xml('<row r="900000"><c r="A900000"><v>1</v></c></row>')}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_in_words_and_in_time(name: str) -> None:
    started = time.monotonic()
    pid = os.getpid()
    with pytest.raises(RosterUnreadable) as refused:
        read_sheets(HOSTILE[name])
    assert str(refused.value.facts["reason"]).endswith(".")
    assert "root:" not in str(refused.value.facts)
    assert time.monotonic() - started < 10
    assert os.getpid() == pid


def test_a_file_that_unpacks_to_half_a_gigabyte_is_refused() -> None:
    out = io.BytesIO(XLSX)
    with (
        zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/bomb.xml", "w") as part,
    ):
        for _ in range(513):
            part.write(b"\0" * 1024 * 1024)
    with pytest.raises(RosterUnreadable) as refused:
        read_sheets(out.getvalue())
    assert "giải nén" in str(refused.value.facts["reason"])


def test_one_cell_at_the_far_corner_costs_nothing() -> None:
    content = rewritten(XLSX, {SHEET: sheet_xml('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>2</v></c></row>')})
    [sheet] = read_sheets(content)
    [(_, cells)] = sheet.rows
    assert len(cells) <= 40
