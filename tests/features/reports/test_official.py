"""The Party's form, measured in the file that is handed in."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING
from docx.oxml.ns import qn
from PIL import ImageFont

from quiz_app.reports import official
from quiz_app.reports.charts import Bar, bars
from quiz_app.reports.docx import CELL_EDGE_MM, HEAD_MM, written
from quiz_app.reports.official import Annex, Dash, Heading, Official, Paragraph, Picture, Profile, Table, TableColumn
from quiz_app.web import pdf

COLUMNS = (TableColumn("Chi bộ", 3), TableColumn("Tỉ lệ", 1, is_number=True))
REPORT = Official(
    profile=Profile.HD05_2026,
    superior="Đảng bộ xã Bát Tràng",
    issuer="Chi bộ thôn Giang Cao",
    number=3,
    symbol="BC/CB",
    place="Bát Tràng",
    dated_on=date(2026, 2, 5),
    kind="Báo cáo",
    subject="Kết quả tham gia cuộc thi",
    blocks=(
        Paragraph("Chi bộ báo cáo kết quả như sau:"),
        Heading(1, "Kết quả"),
        Heading(2, "Số người"),
        Dash("Đảng viên: 38"),
        Heading(2, "Bảng"),
        Table("Bảng 1", COLUMNS, [["Chi bộ 1", "94,7%"]] * 3, ["Cộng", "94,7%"]),
        Heading(1, "Kiến nghị"),
        Heading(2, "Với Đảng ủy"),
        Heading(3, "Về tài liệu"),
        Paragraph("Chi bộ không có kiến nghị gì thêm"),
        Picture(bars([Bar("Chi bộ thôn Ước Lễ", 94.7, "94,7%")], top=100), "Tỉ lệ tham gia: 94,7%"),
    ),
    authority="T/M Chi bộ",
    office="Bí thư",
    signer="Nguyễn Văn Ẩn",
    recipients=("Đảng ủy xã Bát Tràng",),
    kept_by="Chi bộ",
    annexes=(Annex("PHỤ LỤC", (Table("Bảng 2", COLUMNS, [["Chi bộ 2", "100%"]]),)),),
)


def _opened(document: Official = REPORT) -> Any:  # python-docx declares nearly every measure as maybe None
    return docx.Document(io.BytesIO(written(document)))


def _cells(document: Any, table: int) -> list[list[Any]]:
    return [list(cell.paragraphs) for cell in document.tables[table].rows[0].cells]


def test_paper_and_margins() -> None:
    first, annex = _opened().sections
    for section, across, down in ((first, 210, 297), (annex, 297, 210)):
        assert [round(x.mm) for x in (section.page_width, section.page_height)] == [across, down]
        margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
        assert [round(x.mm) for x in margins] == [20, 20, 30, 15]


def test_page_numbers_stand_above_from_the_second_page() -> None:
    first, annex = _opened().sections
    assert first.different_first_page_header_footer
    assert not annex.different_first_page_header_footer
    (line,) = first.header.paragraphs
    assert line.alignment == ALIGN.CENTER
    assert line.runs[0].font.size.pt == 14
    assert [one.text for one in line._p.iter(qn("w:instrText"))] == ["PAGE"]
    assert not [*first.first_page_header._element.iter(qn("w:instrText"))]


def test_everything_is_times_new_roman_and_black() -> None:
    document = _opened()
    style = document.styles["Normal"]
    fonts = style.element.rPr.rFonts
    assert {fonts.get(qn(f"w:{script}")) for script in ("ascii", "hAnsi", "eastAsia", "cs")} == {"Times New Roman"}
    xml = document.element.xml
    assert "w:color " not in xml.replace('w:color="000000"', "")
    assert {run.font.name for line in document.paragraphs for run in line.runs} <= {"Times New Roman", None}


def test_the_head() -> None:
    left, right = _cells(_opened(), 0)
    assert [(line.text, line.runs[0].font.size.pt, bool(line.runs[0].bold)) for line in left] == [
        ("ĐẢNG BỘ XÃ BÁT TRÀNG", 14, False),
        ("CHI BỘ THÔN GIANG CAO", 14, True),
        ("*", 14, False),
        ("Số 03-BC/CB", 14, False),
    ]
    banner, dated = right[0], right[-1]
    assert (banner.text, banner.runs[0].font.size.pt, banner.runs[0].bold) == ("ĐẢNG CỘNG SẢN VIỆT NAM", 15, True)
    assert (dated.text, dated.runs[0].italic) == ("Bát Tràng, ngày 05 tháng 02 năm 2026", True)
    assert {line.alignment for line in [*left, banner, dated]} == {ALIGN.CENTER}


def test_the_rule_is_as_long_as_the_words_above_it() -> None:
    banner = _cells(_opened(), 0)[1][0]
    assert [*banner._p.iter(qn("w:bottom"))]
    form = banner.paragraph_format
    rule_mm = HEAD_MM[1] - form.left_indent.mm - form.right_indent.mm
    assert 2 * 1.9 + 70 < rule_mm < 78  # what a cell keeps free, and 24 bold capitals and spaces of Times at 15 points


def test_a_citys_name_stands_on_one_line() -> None:
    regular = ImageFont.truetype(str(Path(pdf.__file__).parent / "fonts" / "Tinos_400Regular.ttf"), 1000)
    wide_mm = regular.getlength("ĐẢNG BỘ THÀNH PHỐ HÀ NỘI") * 14 / 1000 / 72 * 25.4
    assert wide_mm < HEAD_MM[0] - 2 * CELL_EDGE_MM
    assert sum(HEAD_MM) == 210 - 30 - 15


def test_what_ends_a_section_takes_no_line_of_a_full_page() -> None:
    document = docx.Document(io.BytesIO(written(REPORT)))
    ends = [one for one in document.paragraphs if [*one._p.iter(qn("w:sectPr"))]]
    assert [one.paragraph_format.line_spacing.pt for one in ends] == [1]


def test_the_title() -> None:
    lines = [line for line in _opened().paragraphs if line.text]
    assert [(line.text, line.runs[0].font.size.pt, bool(line.runs[0].bold), line.alignment) for line in lines[:3]] == [
        ("BÁO CÁO", 16, True, ALIGN.CENTER),
        ("Kết quả tham gia cuộc thi", 14, True, ALIGN.CENTER),
        ("-----", 14, False, ALIGN.CENTER),
    ]


def test_the_body_in_its_order() -> None:
    texts = [line for line in _opened().paragraphs if line.text][3:]
    body = texts[: next(at for at, line in enumerate(texts) if line.text == "PHỤ LỤC")]
    assert [line.text for line in body] == [
        "Chi bộ báo cáo kết quả như sau:",
        "I- Kết quả",
        "1. Số người",
        "- Đảng viên: 38",
        "2. Bảng",
        "Bảng 1",
        "II- Kiến nghị",
        "1. Với Đảng ủy",
        "a) Về tài liệu",
        "Chi bộ không có kiến nghị gì thêm.",
    ]
    for line in (one for one in body if one.text != "Bảng 1"):
        form = line.paragraph_format
        assert line.alignment == ALIGN.JUSTIFY
        assert round(form.first_line_indent.mm) == 10
        assert form.space_after.pt >= 6
        assert form.line_spacing_rule == WD_LINE_SPACING.EXACTLY
        assert 18 <= form.line_spacing.pt <= 22
        assert line.runs[0].font.size.pt == 14


def test_tables_repeat_their_head_and_sum_in_bold() -> None:
    table = _opened().tables[1]
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["Chi bộ", "Tỉ lệ"],
        *[["Chi bộ 1", "94,7%"]] * 3,
        ["Cộng", "94,7%"],
    ]
    assert [*table.rows[0]._tr.iter(qn("w:tblHeader"))]
    assert [*table.rows[-1]._tr.iter(qn("w:b"))]
    assert not [*table.rows[1]._tr.iter(qn("w:b"))]


def test_signature_and_receivers() -> None:
    left, right = _cells(_opened(), 2)
    assert [line.text for line in left] == ["Nơi nhận:", "- Đảng ủy xã Bát Tràng;", "- Lưu Chi bộ."]
    assert (left[0].runs[0].underline, left[0].runs[0].font.size.pt) == (True, 14)
    assert {line.runs[0].font.size.pt for line in left[1:]} == {12}
    signed = [line for line in right if line.text]
    assert [(line.text, bool(line.runs[0].bold)) for line in signed] == [
        ("T/M CHI BỘ", True),
        ("BÍ THƯ", False),
        ("Nguyễn Văn Ẩn", True),
    ]
    assert {line.runs[0].font.size.pt for line in signed} == {14}


@pytest.mark.parametrize(
    ("on", "words"),
    [
        (date(2026, 2, 28), "Bát Tràng, ngày 28 tháng 02 năm 2026"),
        (date(2026, 1, 9), "Bát Tràng, ngày 09 tháng 01 năm 2026"),
        (date(2026, 3, 1), "Bát Tràng, ngày 01 tháng 3 năm 2026"),
        (date(2026, 12, 10), "Bát Tràng, ngày 10 tháng 12 năm 2026"),
    ],
)
def test_zeros_stand_before_days_and_the_first_two_months(on: date, words: str) -> None:
    assert official.date_words(replace(REPORT, dated_on=on)) == words


@pytest.mark.parametrize(
    ("number", "words"), [(None, "Số      -BC/CB"), (9, "Số 09-BC/CB"), (10, "Số 10-BC/CB"), (117, "Số 117-BC/CB")]
)
def test_the_number_may_stay_blank(number: int | None, words: str) -> None:
    document = replace(REPORT, number=number)
    assert official.number_words(document) == words
    assert _cells(_opened(document), 0)[0][-1].text == words


@pytest.mark.parametrize(("profile", "ending"), [(Profile.HD05_2026, "thêm."), (Profile.HD36_2018, "thêm./.")])
def test_each_profile_ends_in_its_own_way(profile: Profile, ending: str) -> None:
    lines = [line.text for line in _opened(replace(REPORT, profile=profile)).paragraphs]
    assert sum(line.endswith(ending) for line in lines) == 1


def test_the_same_document_is_the_same_file() -> None:
    assert written(REPORT) == written(REPORT)


def test_what_people_typed_stays_text() -> None:
    nasty = '<b>"&</b>'
    table = Table(nasty, COLUMNS, [[nasty, nasty]])
    document = _opened(replace(REPORT, signer=nasty, blocks=(Paragraph(nasty), table, Heading(1, nasty))))
    assert document.tables[1].rows[1].cells[0].text == nasty
    assert any(line.text.startswith(nasty) for line in document.paragraphs)


def test_a_long_subject_is_written_in_full() -> None:
    long = "Kết quả " * 37
    assert any(line.text == long for line in _opened(replace(REPORT, subject=long)).paragraphs)
