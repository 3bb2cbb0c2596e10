"""Word files as people type them: every way to number, to list options and to mark the key."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import docx
import pytest
from docx.enum.text import WD_COLOR_INDEX
from docx.shared import RGBColor

from question_bank import formats
from question_bank.model import Item, Kind


def word(*paragraphs: str | Callable[[Any], None]) -> bytes:
    document = docx.Document()
    for paragraph in paragraphs:
        if isinstance(paragraph, str):
            document.add_paragraph(paragraph)
        else:
            paragraph(document)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def read(*paragraphs: str | Callable[[Any], None]) -> formats.Parsed:
    return formats.read("de.docx", word(*paragraphs))


def shape(item: Item) -> tuple[str, list[str], list[int]]:
    keys = [index for index, option in enumerate(item.options) if option.is_key]
    return item.stem, [option.text for option in item.options], keys


def marked(lead: str, text: str, look: Callable[[Any], None]) -> Callable[[Any], None]:
    def add(document: Any) -> None:
        paragraph = document.add_paragraph(lead)
        look(paragraph.add_run(text))

    return add


def bold(run: Any) -> None:
    run.bold = True


def underlined(run: Any) -> None:
    run.underline = True


def red(run: Any) -> None:
    run.font.color.rgb = RGBColor(255, 0, 0)


def yellow(run: Any) -> None:
    run.font.highlight_color = WD_COLOR_INDEX.YELLOW


def styled(text: str, style: str) -> Callable[[Any], None]:
    return lambda document: document.add_paragraph(text, style=style)


STEM, OPTIONS = "Thủ đô là gì?", ["Huế", "Hà Nội", "Vinh"]


@pytest.mark.parametrize("lead", ["Câu 1. ", "Câu 1: ", "CÂU 1) ", "Câu hỏi 1. ", "1. ", "1) ", "Câu 1 (NB): "])
@pytest.mark.parametrize("letters", ["A. |B. |C. ", "a) |b) |c) ", "A) |B) |C) ", "A: |B: |C: ", "(A) |(B) |(C) "])
def test_numbers_and_letters(lead: str, letters: str) -> None:
    lines = [letter + option for letter, option in zip(letters.split("|"), OPTIONS, strict=True)]
    parsed = read("ĐỀ THI", lead + STEM, *lines, "Đáp án: B")
    assert parsed.problems == ()
    assert [shape(one.item) for one in parsed.items] == [(STEM, OPTIONS, [1])]


@pytest.mark.parametrize("look", [bold, underlined, red, yellow])
def test_the_key_is_marked_by_its_look(look: Callable[[Any], None]) -> None:
    parsed = read(f"Câu 1. {STEM}", "A. Huế", marked("B. ", "Hà Nội", look), "C. Vinh")
    assert [shape(one.item) for one in parsed.items] == [(STEM, OPTIONS, [1])]
    only_letter = read(f"Câu 1. {STEM}", "A. Huế", marked("", "B.", look), "C. Vinh")
    assert only_letter.problems  # the option itself is empty
    letter = read(f"Câu 1. {STEM}", "A. Huế", lambda d: _letter_marked(d, look), "C. Vinh")
    assert [shape(one.item) for one in letter.items] == [(STEM, OPTIONS, [1])]


def _letter_marked(document: Any, look: Callable[[Any], None]) -> None:
    paragraph = document.add_paragraph()
    look(paragraph.add_run("B."))
    paragraph.add_run(" Hà Nội")


def test_bold_letters_everywhere_mark_nothing() -> None:
    def letters(document: Any) -> None:
        for letter, option in zip("ABC", OPTIONS, strict=True):
            paragraph = document.add_paragraph()
            bold(paragraph.add_run(f"{letter}. "))
            run = paragraph.add_run(option)
            run.underline = letter == "B"

    parsed = read(f"Câu 1. {STEM}", letters)
    assert [shape(one.item) for one in parsed.items] == [(STEM, OPTIONS, [1])]


@pytest.mark.parametrize("line", ["*B. Hà Nội", "B. *Hà Nội", "B. Hà Nội*", "B. Hà Nội (*)"])
def test_an_asterisk_marks_the_key(line: str) -> None:
    parsed = read(f"1. {STEM}", "A. Huế", line, "C. Vinh")
    assert [shape(one.item) for one in parsed.items] == [(STEM, OPTIONS, [1])]


@pytest.mark.parametrize(
    "line",
    [
        "A. Huế\tB. Hà Nội\tC. Vinh",
        "A. Huế   B. Hà Nội   C. Vinh",
        "A. Huế B. Hà Nội C. Vinh",
        "A. Huế\nB. Hà Nội\nC. Vinh",
    ],
)
def test_several_options_on_a_line(line: str) -> None:
    parsed = read(f"Câu 1. {STEM}", line, "Đáp án: B")
    assert [shape(one.item) for one in parsed.items] == [(STEM, OPTIONS, [1])]


@pytest.mark.parametrize(
    "cells", [["A. Huế", "B. Hà Nội", "C. Vinh", "D. Đà Lạt"], ["A. Huế", "C. Vinh", "B. Hà Nội", "D. Đà Lạt"]]
)
def test_options_in_a_table(cells: list[str]) -> None:
    def table(document: Any) -> None:
        grid = document.add_table(rows=2, cols=2)
        for cell, text in zip([*grid.rows[0].cells, *grid.rows[1].cells], cells, strict=True):
            cell.text = text

    parsed = read(f"Câu 1. {STEM}", table, "Đáp án: B")
    assert [shape(one.item) for one in parsed.items] == [(STEM, [*OPTIONS, "Đà Lạt"], [1])]


def test_word_counts_by_itself() -> None:
    parsed = read(
        styled("Một?", "List Number"), "A. x", "B. y", "Đáp án: A",
        styled("Hai?", "List Number"), "A. z", "B. t", "Đáp án: B",
    )  # fmt: skip
    assert [shape(one.item) for one in parsed.items] == [("Một?", ["x", "y"], [0]), ("Hai?", ["z", "t"], [1])]


TWO = ("Câu 1. Một?", "A. x", "B. y", "Câu 2. Hai?", "A. z", "B. t", "C. u")


@pytest.mark.parametrize(
    "end", [("BẢNG ĐÁP ÁN", "1-B, 2-C"), ("ĐÁP ÁN", "1.B  2.C"), ("1-B; 2-C",), ("Bảng đáp án", "Câu 1: B", "Câu 2: C")]
)
def test_a_list_of_keys_at_the_end(end: tuple[str, ...]) -> None:
    parsed = read(*TWO, *end)
    assert parsed.problems == ()
    assert [shape(one.item)[2] for one in parsed.items] == [[1], [2]]


@pytest.mark.parametrize(
    "rows",
    [[["Câu", "1", "2"], ["Đáp án", "B", "C"]], [["1", "B"], ["2", "C"]], [["Câu", "Đáp án"], ["1", "B"], ["2", "C"]]],
)
def test_a_table_of_keys_at_the_end(rows: list[list[str]]) -> None:
    def table(document: Any) -> None:
        grid = document.add_table(rows=len(rows), cols=len(rows[0]))
        for row, texts in zip(grid.rows, rows, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text

    parsed = read(*TWO, "BẢNG ĐÁP ÁN", table)
    assert parsed.problems == ()
    assert [shape(one.item)[2] for one in parsed.items] == [[1], [2]]


def test_lines_beside_the_question() -> None:
    parsed = read(
        "PHẦN I. NHẬN BIẾT", "Câu 1. Chủ nghĩa của ai?", "C. Mác và Ph. Ăngghen viết.", "A. Một", "B. Hai",
        "Đáp án: A, B",
        "Giải thích: vì thế", "và vì thế nữa.", "Nguồn: nghi-quyet#ii-1", "Mức: Thông hiểu", "Chuyên đề: II.1.1",
        "PHẦN II. KHÁC", "Câu 2. Nhà nước của dân.", "A. Đúng", "B. Sai", "Đáp án: A",
    )  # fmt: skip
    one, two = (found.item for found in parsed.items)
    assert shape(one) == ("Chủ nghĩa của ai?\n\nC. Mác và Ph. Ăngghen viết.", ["Một", "Hai"], [0, 1])
    assert (one.kind, one.level, one.topic, one.rationale) == (Kind.MULTIPLE, 2, "II.1.1", "vì thế\n\nvà vì thế nữa.")
    assert (one.source.document, one.source.section) == ("nghi-quyet", "ii-1")
    assert two.kind is Kind.TRUE_FALSE
    assert [option.is_pinned for option in two.options] == [True, True]


def test_a_source_in_words_is_kept_for_the_reviewer() -> None:
    parsed = read("Câu 1. Một?", "A. x", "B. y", "Đáp án: A", "Nguồn: Nghị quyết Đại hội XVIII, mục II")
    assert parsed.items[0].item.note == "Nguồn ghi trong tệp: Nghị quyết Đại hội XVIII, mục II"
    assert [warning.message for warning in parsed.warnings] == [
        "Nguồn chưa chỉ tới văn bản trong thư viện; lời ghi được giữ ở ghi chú, xin chọn lại văn bản và mục."
    ]


def test_a_numbered_list_inside_a_stem_opens_no_question() -> None:
    parsed = read(
        "1. Xét hai ý sau:", "1. ý một", "2. ý hai", "A. x", "B. y", "Đáp án: A", "2. Hai?", "A. x", "B. z", "ĐÁP ÁN: B"
    )
    assert [one.item.stem for one in parsed.items] == ["Xét hai ý sau:\n\n1. ý một\n\n2. ý hai", "Hai?"]


def test_two_keys_that_contradict_are_an_error() -> None:
    parsed = read("Câu 1. Một?", "A. x", marked("B. ", "y", bold), "Đáp án: A")
    assert [problem.message for problem in parsed.problems] == [
        "Đáp án mâu thuẫn: dòng “Đáp án” là A, in đậm là B; xin giữ một cách."
    ]


@pytest.mark.parametrize(
    "said",
    ["Đáp án B", "Đáp án đúng là: B", "=> Đáp án: B", "Chọn B.", "Phương án đúng: B", "Đáp án: B. Hà Nội", "ĐÁP ÁN: b"],
)
def test_the_key_is_said_in_many_words(said: str) -> None:
    parsed = read("Câu 1. Thủ đô?", "A. Huế", "B. Hà Nội", said, "Câu 2. Biển?", "A. Có", "B. Không", "Đáp án: A")
    assert [shape(one.item) for one in parsed.items] == [
        ("Thủ đô?", ["Huế", "Hà Nội"], [1]),
        ("Biển?", ["Có", "Không"], [0]),
    ]


def test_two_keys_are_joined_by_a_word_and_another_text_is_no_key() -> None:
    parsed = read(
        "Câu 1. Chọn hai?",
        "A. Một",
        "B. Hai",
        "C. Ba",
        "Đáp án: A và C",
        "Câu 2. Thủ đô?",
        "A. Huế",
        "B. Vinh",
        "Đáp án: B. Huế",
    )
    assert [shape(one.item)[2] for one in parsed.items] == [[0, 2]]
    assert parsed.blocks == 2


def test_a_statement_is_judged_without_options() -> None:
    (parsed,) = read("Câu 1 (Đúng/Sai). Làng gốm ở ven sông.", "Đáp án: Sai").items
    assert parsed.item.kind is Kind.TRUE_FALSE
    assert shape(parsed.item) == ("Làng gốm ở ven sông.", ["Đúng", "Sai"], [1])


def test_a_letter_alone_may_be_marked() -> None:
    def lettered(document: Any) -> None:
        paragraph = document.add_paragraph()
        underlined(paragraph.add_run("B"))
        paragraph.add_run(". Hà Nội")

    (parsed,) = read("Câu 1. Thủ đô?", "A. Huế", lettered, "C. Vinh").items
    assert shape(parsed.item) == ("Thủ đô?", ["Huế", "Hà Nội", "Vinh"], [1])


@pytest.mark.parametrize("by_word", [True, False])
def test_a_question_without_options_is_not_lost_in_the_next_one(by_word: bool) -> None:
    def numbered(number: int, text: str) -> str | Callable[[Any], None]:
        return (lambda document: document.add_paragraph(text, "List Number")) if by_word else f"{number}. {text}"

    parsed = read(numbered(1, "Nêu ý nghĩa của kế hoạch."), numbered(2, "Thủ đô?"), "A. Huế", "B. Hà Nội", "Đáp án: B")
    assert [shape(one.item) for one in parsed.items] == [("Thủ đô?", ["Huế", "Hà Nội"], [1])]
    assert (parsed.blocks, len(parsed.errors)) == (2, 1)
