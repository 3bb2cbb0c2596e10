"""Excel: the template, tolerant headings, cells as people see them, and the sheet that goes back."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import openpyxl
import pytest
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from question_bank import formats
from question_bank.formats import Format
from question_bank.model import Item, ItemSet, Kind, Use
from question_bank.plan import plan
from question_bank.reading import read_bank
from tests.bank.bad_files import xlsx

EMPTY = ItemSet("x", "Bộ x", Use.PRACTICE, ())


def cells(content: bytes, sheet: str) -> list[list[object]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [[cell.value for cell in row] for row in book[sheet].iter_rows()]


def formulas(content: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        pages = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    return sum(page.count(b"<f>") + page.count(b"<hyperlink") for page in pages)


def read_one(content: bytes) -> Item:
    parsed = formats.read("a.xlsx", content)
    assert parsed.problems == ()
    return parsed.items[0].item


def test_the_template_holds_instructions_lists_and_examples() -> None:
    bank = read_bank()
    content = formats.template_xlsx(bank.topics, bank.documents)
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["Hướng dẫn", "Câu hỏi", "Ví dụ", "Danh mục"]
    rules = book["Câu hỏi"].data_validations.dataValidation
    assert len(rules) == 4
    assert formats.read("mau.xlsx", content).problems[0].message.startswith("Bảng tính chưa có câu hỏi nào.")
    book["Câu hỏi"]["B2"], book["Câu hỏi"]["C2"], book["Câu hỏi"]["D2"], book["Câu hỏi"]["I2"] = "Một?", "x", "y", "B"
    book["Câu hỏi"]["K2"] = book["Danh mục"]["C2"].value
    book["Câu hỏi"]["L2"] = "2 – Thông hiểu"
    stream = io.BytesIO()
    book.save(stream)
    item = read_one(stream.getvalue())
    assert (item.topic, item.level, item.keys[0].text) == (bank.topics[0].code, 2, "y")


@pytest.mark.parametrize("row", range(2, 5))
def test_the_examples_are_sound(row: int) -> None:
    book = openpyxl.load_workbook(io.BytesIO(formats.template_xlsx((), ())))
    del book["Câu hỏi"]
    book["Ví dụ"].title = "Câu hỏi"
    stream = io.BytesIO()
    book.save(stream)
    parsed = formats.read("a.xlsx", stream.getvalue())
    assert (parsed.problems, len(parsed.items)) == ((), 3)
    assert parsed.items[row - 2].place.row == row


def test_headings_and_cells_as_people_make_them() -> None:
    head = ["STT", "NỘI DUNG CÂU HỎI", "A", "b.", "Lựa chọn 3", "Đáp án đúng", "Mức độ", "Lời giải", "Người soạn"]
    content = xlsx([], [1, "Một?", 5, 0.5, "c", "b", "Thông hiểu", "vì", "An"], head=head, sheet="Sheet1")
    parsed = formats.read("a.xlsx", content)
    item = parsed.items[0].item
    assert [option.text for option in item.options] == ["5", "0,5", "c"]
    assert (item.keys[0].text, item.level, item.rationale) == ("0,5", 2, "vì")
    assert [warning.message for warning in parsed.warnings] == ["Cột “Người soạn” không dùng được nên bị bỏ qua."]
    assert parsed.items[0].fields == {"level", "rationale"}


def test_a_true_or_false_question_needs_no_options() -> None:
    item = read_one(xlsx(["", "Trời xanh.", "", "", "", "Sai", "Đúng – sai"]))
    assert (item.kind, [option.text for option in item.options if option.is_key]) == (Kind.TRUE_FALSE, ["Sai"])


def test_a_share_is_read_as_it_is_shown() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx(["", "Mấy?", 0.15, 0.2, "", "A"])))
    book["Câu hỏi"]["C2"].number_format = "0%"
    stream = io.BytesIO()
    book.save(stream)
    assert read_one(stream.getvalue()).options[0].text == "15%"


def test_the_sheet_goes_back_with_its_look_and_one_column_more() -> None:
    book = openpyxl.load_workbook(
        io.BytesIO(xlsx(["", "=HYPERLINK(1)", "+x", "y", "", "A"], ["", "Hai?", "x", "y", "", "D"]))
    )
    page = book["Câu hỏi"]
    assert isinstance(page, Worksheet)
    page["B2"].data_type = "s"
    page["C2"].font, page["C2"].fill = Font(bold=True), PatternFill("solid", fgColor="FFFFFF00")
    stream = io.BytesIO()
    book.save(stream)
    parsed = formats.read("a.xlsx", stream.getvalue())
    back = formats.result_sheet("a.xlsx", stream.getvalue(), parsed, plan(parsed.items, EMPTY))
    rows = cells(back, "Câu hỏi")
    assert rows[0][-1] == "Kết quả"
    assert rows[1][1:3] == ["=HYPERLINK(1)", "+x"]
    assert str(rows[1][-1]).startswith("Câu mới (mã x-001).")
    assert rows[2][-1] == ("Có lỗi. Cột F: Đáp án chỉ tới phương án không có trong câu; xin sửa lại. (đang ghi: “D”)")
    assert formulas(back) == 0
    cell = openpyxl.load_workbook(io.BytesIO(back))["Câu hỏi"]["C2"]
    assert (cell.font.b, cell.fill.fgColor.rgb) == (True, "FFFFFF00")
    again = formats.read("a.xlsx", back)  # mended there, the sheet can be sent once more
    assert len(again.items) == 1
    twice = formats.result_sheet("a.xlsx", back, again, plan(again.items, EMPTY))
    assert [len(row) for row in cells(twice, "Câu hỏi")] == [len(row) for row in rows]


def test_other_formats_get_a_list_of_their_blocks() -> None:
    content = "::một::Một? {=a ~b}\n\n::hai::Hai? {}\n\n::ba::Ba? {~a ~b}\n".encode()
    parsed = formats.read("a.gift", content)
    rows = cells(formats.result_sheet("a.gift", content, parsed, plan(parsed.items, EMPTY)), "Kết quả")
    assert [row[3] for row in rows] == ["Kết quả", "Câu mới (mã x-001)", "Bỏ qua", "Có lỗi"]
    assert rows[3][1] == "tệp a.gift, dòng 5, câu thứ 3, “ba”"


def test_what_goes_out_holds_no_formula() -> None:
    bank = read_bank()
    item = replace(bank.sets[0].items[0], stem="=1+1", rationale='=HYPERLINK("http://x")', note="@x")
    assert formulas(formats.write(replace(bank.sets[0], items=(item,)), Format.XLSX, bank.documents)) == 0
