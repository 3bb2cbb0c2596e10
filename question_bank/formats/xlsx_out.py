"""Sheets for Excel: a set, the empty template. Whatever a text looks like, it stays a text: no formula, no link."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import xlsxwriter

from question_bank.differences import KIND_LABELS
from question_bank.formats.wordings import LABELS, LEVEL_WORDS, facts_of, letters_of
from question_bank.formats.xlsx import EXAMPLES, GUIDE, LISTS, QUESTIONS
from question_bank.model import Document, Item, ItemSet, Kind, Option, Source, Topic

SAFE = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_STEM = "Câu dẫn"
_FEWEST_OPTIONS = 4
_BEHIND = (
    "key", "kind", "topic", "level", "rationale", "source", "quote", "valid_from", "valid_until", "lesson", "points",
    "pinned", "note", "option_ids",
)  # fmt: skip
_WIDE = {_STEM, LABELS["rationale"], LABELS["quote"], LABELS["note"]}
_LAST_CHECKED_ROW = 5000
_GUIDE = (
    "Cách điền",
    "1. Mỗi câu hỏi một dòng ở trang “Câu hỏi”. Không gộp ô, không đổi tên cột; được đổi thứ tự cột, bỏ bớt cột.",
    "2. Bắt buộc: Câu dẫn, Phương án A, Phương án B, Đáp án. Đáp án ghi chữ cái: B, hoặc A, C khi có nhiều đáp án.",
    "3. Câu đúng – sai: chọn Loại “Đúng – sai”, để trống các phương án, Đáp án ghi Đúng hoặc Sai.",
    "4. Cột Mã để trống với câu mới; hệ thống tự đặt. Khi sửa câu đã có, giữ nguyên Mã và Mã phương án.",
    "5. Chuyên đề, Mức, Nguồn: chọn trong danh sách xổ xuống; danh sách nằm ở trang “Danh mục”.",
    "6. Giữ cuối: chữ cái của phương án luôn đứng cuối khi trộn, ví dụ D với “Tất cả các ý trên”.",
    "7. Chữ đậm viết **như thế này**, chữ nghiêng *như thế này*; xuống dòng trong ô bằng Alt+Enter.",
    "8. Gõ tiếng Việt bằng bảng mã Unicode (không dùng phông .VnTime hay VNI-Times).",
    "9. Gửi tệp xong, hệ thống báo từng dòng trước khi nhập; tệp kết quả có thêm cột “Kết quả”.",
)
_SAMPLE = (
    Item(
        "", Kind.SINGLE, "", 1, "Cơ quan lãnh đạo cao nhất của Đảng là cơ quan nào?",
        (Option("a", "Bộ Chính trị"), Option("b", "Đại hội đại biểu toàn quốc", True), Option("c", "Ban Bí thư")),
        "Điều lệ Đảng: cơ quan lãnh đạo cao nhất của Đảng là Đại hội đại biểu toàn quốc.", Source(),
    ),
    Item(
        "", Kind.MULTIPLE, "", 2, "Những việc nào thuộc nhiệm vụ của đảng viên?",
        (
            Option("a", "Chấp hành Điều lệ Đảng", True), Option("b", "Không ngừng học tập", True),
            Option("c", "Chỉ học khi được cử đi"), Option("d", "Tất cả các ý trên", False, True),
        ),
        "Điều lệ Đảng nêu nhiệm vụ của đảng viên.", Source(),
    ),
    Item(
        "", Kind.TRUE_FALSE, "", 1, "Tập trung dân chủ là nguyên tắc tổ chức cơ bản của Đảng.",
        (Option("a", "Đúng", True, True), Option("b", "Sai", False, True)),
        "Điều lệ Đảng: Đảng tổ chức theo nguyên tắc tập trung dân chủ.", Source(),
    ),
)  # fmt: skip


def write(item_set: ItemSet, documents: Sequence[Document]) -> bytes:
    """Every item of the set, in the layout of the template."""
    return _book(lambda book: _fill_set(book, item_set, documents))


def template(topics: Sequence[Topic], documents: Sequence[Document]) -> bytes:
    """Instructions, an empty sheet with lists to choose from, examples, and the lists themselves."""
    return _book(lambda book: _fill_template(book, topics, documents))


def _book(fill: Callable[[Any], None]) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, SAFE)
    fill(book)
    book.close()
    return stream.getvalue()


def _fill_set(book: Any, item_set: ItemSet, documents: Sequence[Document]) -> None:
    count = max([_FEWEST_OPTIONS, *(len(item.options) for item in item_set.items)])
    sheet, columns = _table(book, QUESTIONS, count)
    _fill_rows(book, sheet, columns, item_set.items)
    _lists(book, sheet, columns, sorted({item.topic for item in item_set.items if item.topic}), documents)


def _fill_template(book: Any, topics: Sequence[Topic], documents: Sequence[Document]) -> None:
    guide = book.add_worksheet(GUIDE)
    guide.set_column(0, 0, 110)
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    bold = book.add_format({"bold": True, "font_size": 14})
    for row, line in enumerate(_GUIDE):
        guide.write_string(row, 0, line, wrapped if row else bold)
    sheet, columns = _table(book, QUESTIONS, 6)
    sheet.activate()
    examples, example_columns = _table(book, EXAMPLES, 6)
    _fill_rows(book, examples, example_columns, _SAMPLE)
    _lists(book, sheet, columns, [f"{topic.code} – {topic.title}" for topic in topics], documents)


def _table(book: Any, name: str, options: int) -> tuple[Any, list[str]]:
    sheet = book.add_worksheet(name)
    letters = [f"Phương án {chr(ord('A') + index)}" for index in range(options)]
    columns = [LABELS["id"], _STEM, *letters, *(LABELS[part] for part in _BEHIND)]
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E8EDF3", "border": 1})
    for index, title in enumerate(columns):
        sheet.write_string(0, index, title, head)
        sheet.set_column(index, index, 48 if title in _WIDE else 24 if title in letters else 14)
    sheet.freeze_panes(1, 2)
    return sheet, columns


def _fill_rows(book: Any, sheet: Any, columns: Sequence[str], items: Sequence[Item]) -> None:
    shape = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    guarded = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@", "quote_prefix": True})
    for row, item in enumerate(items, start=1):
        for column, text in _cells(item).items():
            sheet.write_string(row, columns.index(column), text, guarded if text[0] in "=+-@'\t" else shape)


def _cells(item: Item) -> Mapping[str, str]:
    cells = {LABELS[part]: text for part, text in facts_of(item).items()}
    cells |= {f"Phương án {chr(ord('A') + index)}": option.text for index, option in enumerate(item.options)}
    cells |= {_STEM: item.stem, LABELS["key"]: letters_of(item, "is_key")}
    if not item.id:  # an example shows how a new question is written
        cells.pop(LABELS["option_ids"], None)
    return {column: text for column, text in cells.items() if text}


def _lists(book: Any, sheet: Any, columns: Sequence[str], topics: Sequence[str], documents: Sequence[Document]) -> None:
    sources = [
        f"{document.slug}#{section.anchor} – {section.heading}"
        for document in documents
        for section in document.sections
    ]
    choices = {
        "kind": list(KIND_LABELS.values()),
        "level": [f"{level} – {word}" for level, word in LEVEL_WORDS.items()],
        "topic": list(topics),
        "source": sources,
    }
    lists = book.add_worksheet(LISTS)
    for index, (part, values) in enumerate(choices.items()):
        lists.set_column(index, index, 60 if part in ("topic", "source") else 20)
        lists.write_string(0, index, LABELS[part], book.add_format({"bold": True}))
        for row, value in enumerate(values, start=1):
            lists.write_string(row, index, value)
        if not values:
            continue
        place, name = columns.index(LABELS[part]), chr(ord("A") + index)
        rule = {
            "validate": "list",
            "source": f"='{LISTS}'!${name}$2:${name}${len(values) + 1}",
            "error_type": "warning",
            "error_title": LABELS[part],
            "error_message": "Mời đồng chí chọn một giá trị trong danh sách.",
        }
        sheet.data_validation(1, place, _LAST_CHECKED_ROW, place, rule)
