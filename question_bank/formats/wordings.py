"""The names that people give to the parts of a question, in a heading of a column or in front of a line."""

from __future__ import annotations

import re
from datetime import date, datetime

from question_bank import normalise
from question_bank.differences import KIND_LABELS
from question_bank.model import Item, Kind
from question_bank.similarity import bare, same_spelling

LEVEL_WORDS = {1: "Nhận biết", 2: "Thông hiểu", 3: "Vận dụng"}

# The first name of each part is the one that we write.
NAMES: dict[str, tuple[str, ...]] = {
    "id": ("Mã", "Mã câu", "Mã câu hỏi", "Mã số", "ID"),
    "option_ids": ("Mã phương án",),
    "kind": ("Loại", "Loại câu", "Loại câu hỏi", "Kiểu", "Kiểu câu", "Dạng câu"),
    "key": ("Đáp án", "Đáp án đúng", "Phương án đúng", "Trả lời", "Câu trả lời đúng", "Answer", "Key", "ĐA"),
    "pinned": ("Giữ cuối", "Giữ ở cuối", "Không trộn"),
    "topic": ("Chuyên đề", "Chủ đề", "Topic", "Nội dung kiến thức"),
    "level": ("Mức", "Mức độ", "Độ khó", "Cấp độ", "Level"),
    "rationale": ("Giải thích", "Giải thích đáp án", "Lời giải", "Hướng dẫn giải", "Lý do"),
    "source": ("Nguồn", "Căn cứ", "Tài liệu", "Nguồn tài liệu", "Nguồn trích dẫn", "Văn bản"),
    "section": ("Mục", "Mục văn bản"),
    "quote": ("Trích dẫn", "Trích nguyên văn", "Trích"),
    "valid_from": ("Hiệu lực từ", "Có hiệu lực từ"),
    "valid_until": ("Hiệu lực đến", "Hết hiệu lực"),
    "lesson": ("Bài học", "Bài"),
    "points": ("Điểm", "Số điểm"),
    "note": ("Ghi chú", "Ghi chú cho người thẩm định", "Lưu ý"),
}
LABELS = {part: names[0] for part, names in NAMES.items()}
_NAMED = [(name, part) for part, names in NAMES.items() for name in names]
_PART_OF = {same_spelling(name): part for name, part in _NAMED}
# For those who write without marks; "Muc" could be "Mức" or "Mục", and the first is far more usual.
_PART_OF_BARE = {bare(name): part for name, part in reversed(_NAMED)}
_LONGEST_NAME = max(len(name) for names in NAMES.values() for name in names)
_LABELLED = re.compile(rf"\s*(\w[^:：\n]{{0,{_LONGEST_NAME}}}?)\s*[:：]\s*(.*)", re.DOTALL)
# "Đáp án B", "=> Đáp án đúng là: B", "Chọn B.": only letters may follow, else it is a sentence of the question.
_KEY_SAID = re.compile(
    r"\s*(?:(?:=|-)>|→|⇒)?\s*(?:đáp án(?: đúng)?|phương án đúng|chọn(?: đáp án| phương án)?)(?: là)?\s*[:：]?\s+"
    r"([A-H](?:(?:\s*[,;]\s*|\s+và\s+)[A-H])*)\s*\.?\s*",
    re.IGNORECASE,
)
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_LETTERS = re.compile(r"[A-Za-z]|\d+")
_KINDS = {
    "mot dap an": Kind.SINGLE, "mot lua chon": Kind.SINGLE, "single": Kind.SINGLE, "1": Kind.SINGLE,
    "nhieu dap an": Kind.MULTIPLE, "nhieu lua chon": Kind.MULTIPLE, "multiple": Kind.MULTIPLE,
    "dung sai": Kind.TRUE_FALSE, "true false": Kind.TRUE_FALSE, "dung hay sai": Kind.TRUE_FALSE,
}  # fmt: skip


def part_named(name: str) -> str:
    """The part that people call so, or ""."""
    return _PART_OF.get(same_spelling(name)) or (
        _PART_OF_BARE.get(name.casefold().strip(), "") if name.isascii() else ""
    )


def labelled(line: str) -> tuple[str, str] | None:
    """A line "Nguồn: …" as the part that it names and the text behind the colon."""
    bare_key = _KEY_SAID.fullmatch(line)
    if bare_key:
        return "key", bare_key[1]
    found = _LABELLED.fullmatch(line)
    part = part_named(found[1]) if found else ""
    return (part, found[2]) if found and part else None


def facts_of(item: Item) -> dict[str, str]:
    """Everything about an item but its stem, options and key, as people read it; empty parts are left out."""
    source = item.source
    facts = {
        "id": item.id,
        "option_ids": ", ".join(option.id for option in item.options),
        "kind": KIND_LABELS[item.kind],
        "topic": item.topic,
        "level": f"{item.level} – {LEVEL_WORDS[item.level]}",
        "rationale": item.rationale,
        "source": f"{source.document}#{source.section}" if source.document or source.section else "",
        "quote": source.quote,
        "valid_from": f"{source.valid_from:%d/%m/%Y}" if source.valid_from else "",
        "valid_until": f"{source.valid_until:%d/%m/%Y}" if source.valid_until else "",
        "lesson": item.lesson or "",
        "points": "" if item.points is None else str(item.points),
        "note": item.note,
        "pinned": "" if item.kind is Kind.TRUE_FALSE else letters_of(item, "is_pinned"),
    }
    return {part: text for part, text in facts.items() if text}


def letters_of(item: Item, flag: str) -> str:
    """The letters of the options that have the flag ("is_key", "is_pinned"): "A, C"."""
    return ", ".join(chr(ord("A") + index) for index, one in enumerate(item.options) if getattr(one, flag))


def indexes(text: str) -> list[int]:
    """The places named by "A, C", "AC", "b;d" or "1, 3", from 0; raises ValueError for anything else."""
    cleaned = " ".join(re.sub(r"[\s,;.&+/()]|\bvà\b", " ", normalise.line(text)).split())
    if not cleaned:
        return []
    if not re.fullmatch(r"(?:[A-Z]{1,8}|[a-z]|\d{1,2})(?: (?:[A-Za-z]|\d{1,2}))*", cleaned):
        raise ValueError(text)
    found = [int(one) - 1 if one.isdecimal() else ord(one.upper()) - ord("A") for one in _LETTERS.findall(cleaned)]
    if min(found) < 0 or len(set(found)) < len(found):
        raise ValueError(text)
    return found


def level_of(text: str) -> int:
    """1, 2 or 3 for a number or a word; raises ValueError."""
    said = bare(text).removeprefix("muc do ").removeprefix("muc ").strip()
    for level, word in LEVEL_WORDS.items():
        if said in (str(level), bare(word), f"{level} {bare(word)}", "i" * level):
            return level
    if said in ("de", "trung binh", "kho"):
        return ("de", "trung binh", "kho").index(said) + 1
    raise ValueError(text)


def kind_of(text: str) -> Kind:
    """The kind that people call so; raises ValueError."""
    try:
        return _KINDS[bare(text.replace("_", " "))]
    except KeyError:
        raise ValueError(text) from None


def day_of(text: str) -> date:
    """A day written 31/12/2025 or 2025-12-31; raises ValueError."""
    found = _DAY.fullmatch(text.strip())
    if found:
        return date(int(found[3]), int(found[2]), int(found[1]))
    return datetime.fromisoformat(text.strip()).date()
