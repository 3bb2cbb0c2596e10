from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from quiz_app.members.models import Category, Standing
from quiz_app.members.roster_entry import Entry, Problem, column_letter
from quiz_app.members.roster_file import Cell, Sheet
from quiz_app.members.roster_sheet import Notes, entries

TODAY = date(2026, 12, 1)


@dataclass(frozen=True)
class Parsed:
    entries: list[Entry]
    problems: list[Problem]
    notes: Notes


def parsed(headings: list[str], *rows: list[Cell | str], name: str = "Trang 1") -> Parsed:
    cells = [tuple(Cell(heading) for heading in headings)]
    cells += [tuple(value if isinstance(value, Cell) else Cell(value) for value in row) for row in rows]
    return parse([Sheet(name, tuple(enumerate(cells, start=1)))])


def parse(sheets: list[Sheet]) -> Parsed:
    notes = Notes()
    found = list(entries(sheets, TODAY, notes))
    return Parsed(found, [problem for entry in found for problem in entry.problems], notes)


def only(found: Parsed) -> Entry:
    assert found.problems == []
    assert len(found.entries) == 1
    return found.entries[0]


def with_value(heading: str, value: Cell | str) -> Parsed:
    return parsed(["Họ và tên", heading], ["Nguyễn Văn An", value])


@pytest.mark.parametrize("written", ["01.234567", "01234567", "01 234567", "01.234.567", " 01.234567 "])
def test_card_numbers_are_taken_in_every_spelling(written: str) -> None:
    assert only(with_value("Số thẻ ĐV", written)).card_number == "01.234567"


def test_a_card_kept_as_a_number_gets_its_zero_back() -> None:
    assert only(with_value("Số thẻ đảng viên", Cell("1234567", is_number=True))).card_number == "01.234567"


@pytest.mark.parametrize(
    "cell",
    [Cell("1234567"), Cell("1.234567", is_number=True), Cell("123456789"), Cell("0123456A"), Cell("０１２３４５６７")],
)
def test_other_card_numbers_are_refused_with_their_place(cell: Cell) -> None:
    problem = with_value("Số thẻ", cell).problems[0]
    assert (problem.sheet, problem.row, problem.column, problem.value) == ("Trang 1", 2, "B", cell.text)
    assert "8 chữ số" in problem.advice


@pytest.mark.parametrize(
    ("cell", "day", "is_year"),
    [
        (Cell("05/02/1960"), date(1960, 2, 5), False),
        (Cell("5-2-1960"), date(1960, 2, 5), False),
        (Cell("5.2.1960"), date(1960, 2, 5), False),
        (Cell("1960-02-05"), date(1960, 2, 5), False),
        (Cell("05021960"), date(1960, 2, 5), False),
        (Cell("1960"), date(1960, 1, 1), True),
        (Cell("1960", is_number=True), date(1960, 1, 1), True),
        (Cell("21951", is_number=True), date(1960, 2, 5), False),
        (Cell("05/02/1960", day=date(1960, 2, 5)), date(1960, 2, 5), False),
    ],
)
def test_dates_are_taken_as_text_as_dates_and_as_years(cell: Cell, day: date, is_year: bool) -> None:
    entry = only(with_value("Ngày tháng năm sinh", cell))
    assert (entry.born_on, entry.born_year_only) == (day, is_year)


@pytest.mark.parametrize(
    "written", ["31/02/1960", "5/2/60", "hai mươi", "02/1960", "05/02/1860", "05/02/2027", "21951"]
)
def test_other_dates_are_refused(written: str) -> None:
    assert [problem.value for problem in with_value("Ngày sinh", written).problems] == [written]


def test_a_year_alone_is_no_date_of_joining() -> None:
    assert with_value("Ngày vào Đảng", "1985").problems


@pytest.mark.parametrize(
    ("heading", "value", "name", "kept"),
    [
        ("Loại (chính thức/dự bị)", "Dự bị", "category", Category.PROBATIONARY),
        ("LOẠI", "chính thức", "category", Category.FULL),
        ("Tình trạng sinh hoạt", "Miễn sinh hoạt", "standing", Standing.EXEMPT),
        ("Tình trạng", "tạm vắng", "standing", Standing.ABSENT),
        ("Tình trạng", "Đã chuyển đi", "standing", Standing.MOVED),
        ("Giới tính", "Nữ", "gender", "female"),
        ("SĐT", "0912 345 678", "phone", "0912345678"),
        ("Số điện thoại", "+84 912.345.678", "phone", "0912345678"),
        ("Di động", Cell("912345678", is_number=True), "phone", "0912345678"),
        ("E-mail", "an@vidu.vn", "email", "an@vidu.vn"),
        ("Đơn vị", "Chi bộ thôn 1", "unit_text", "Chi bộ thôn 1"),
    ],
)
def test_columns_are_known_by_their_usual_names(heading: str, value: Cell | str, name: str, kept: object) -> None:
    assert getattr(only(with_value(heading, value)), name) == kept


def test_a_name_in_two_columns_is_one_name() -> None:
    entry = only(parsed(["Họ đệm", "Tên", "Năm sinh"], ["TRẦN THỊ", "ÁNH", "1970"]))
    assert entry.full_name == "Trần Thị Ánh"


def test_columns_that_are_not_needed_go_no_further() -> None:
    found = parsed(["STT", "Họ và tên", "Số CCCD", "Ngày sinh"], ["1", "Lê Văn An", "001060012345", "1960"])
    assert found.notes.dropped == ["Số CCCD"]
    assert "001060012345" not in repr(found)


def test_totals_and_blank_rows_are_no_people() -> None:
    found = parsed(["STT", "Họ và tên", "Năm sinh"], ["1", "Lê Văn An", "1960"], ["", "", ""], ["", "Tổng cộng: 1", ""])
    assert [entry.full_name for entry in found.entries] == ["Lê Văn An"]
    assert found.problems == []


def test_a_row_without_a_name_is_told() -> None:
    found = parsed(["Họ và tên", "Ngày sinh", "Số thẻ"], ["", "1960", "01.234567"])
    assert found.problems[0].column == "A"


def test_a_sheet_without_headings_is_skipped() -> None:
    assert parse([Sheet("Hướng dẫn", ((1, (Cell("Xin đọc kỹ"),)),))]).notes.skipped == ["Hướng dẫn"]


def test_everything_wrong_is_told_at_once() -> None:
    found = parsed(
        ["Họ và tên", "Ngày sinh", "Loại", "Số thẻ", "Ngày vào Đảng", "Ngày chính thức", "Email", "SĐT", "Giới tính"],
        ["An 2", "32/13/1960", "Dự bị", "01.234567", "01/01/1990", "01/01/1989", "an.vn", "12", "?"],
    )
    assert sorted(problem.column for problem in found.problems) == ["A", "B", "D", "F", "G", "H", "I"]


def test_columns_are_named_as_spreadsheets_do() -> None:
    assert [column_letter(index) for index in (0, 25, 26, 51, 52, 701, 702)] == [
        "A",
        "Z",
        "AA",
        "AZ",
        "BA",
        "ZZ",
        "AAA",
    ]
