"""Heavy and hostile files in the process that may die: a message comes back, the caller's memory stays as it was."""

from __future__ import annotations

import resource
import time

from question_bank.formats import limited
from question_bank.model import ItemSet, Use
from question_bank.plan import plan
from tests.bank.bad_cases import cases
from tests.bank.bad_files import entry_of, replaced, xlsx

PEAK_GROWTH_KIB = 150_000


def test_a_file_is_read_and_answered_in_a_process_of_its_own() -> None:
    name, content = cases()["row faults"]
    parsed = limited.read(name, content)
    assert len(parsed.problems) == 7
    sheet = limited.result_sheet(name, content, parsed, plan(parsed.items, ItemSet("x", "X", Use.PRACTICE, ())))
    assert sheet.startswith(b"PK")


def test_a_hundred_thousand_rows_end_with_a_message() -> None:
    rows = "".join(
        f'<row r="{n}"><c r="B{n}" t="inlineStr"><is><t>Câu {n * 7919 % 99991}?</t></is></c></row>'
        for n in range(2, 100_002)
    )
    content = xlsx()
    page = entry_of(content, "xl/worksheets/sheet1.xml").replace("</sheetData>", rows + "</sheetData>")
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    parsed = limited.read("lon.xlsx", replaced(content, "xl/worksheets/sheet1.xml", page))
    assert parsed.problems[-1].message == ("Tệp có quá nhiều dòng: chỉ đọc 10000 câu đầu. Xin chia thành nhiều tệp.")
    assert parsed.blocks == 10_001
    assert time.monotonic() - start < limited.TIMEOUT_S
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < PEAK_GROWTH_KIB
