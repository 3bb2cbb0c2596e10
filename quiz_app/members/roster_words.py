"""A planned roster in words: what a person reads before he agrees to it, and in the sheet that goes back to him."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from quiz_app.members.labels import CATEGORIES, GENDERS, STANDINGS
from quiz_app.members.roster_entry import Problem
from quiz_app.members.roster_plan import Kind, Record
from quiz_app.web.filters import format_card_number, format_date

FIELDS = {
    "unit_id": "Đơn vị",
    "full_name": "Họ và tên",
    "category": "Loại",
    "standing": "Tình trạng sinh hoạt",
    "gender": "Giới tính",
    "born_on": "Ngày sinh",
    "card_number": "Số thẻ đảng viên",
    "joined_on": "Ngày vào Đảng",
    "official_on": "Ngày chính thức",
    "position": "Chức vụ",
    "phone": "Số điện thoại",
    "email": "Email",
    "note": "Ghi chú",
}
KINDS: dict[Kind, str] = {
    Kind.ERROR: "Chỗ sai",
    Kind.DOUBTFUL: "Chưa rõ",
    Kind.NEW: "Thêm mới",
    Kind.MOVED: "Chuyển đơn vị",
    Kind.CHANGED: "Thay đổi",
    Kind.UNCHANGED: "Giữ nguyên",
    Kind.LEFT: "Không có trong tệp",
    Kind.SKIPPED: "Bỏ qua",
}
ADDRESSES: dict[Kind, str] = {
    Kind.ERROR: "sai",
    Kind.DOUBTFUL: "chua-ro",
    Kind.NEW: "moi",
    Kind.MOVED: "chuyen",
    Kind.CHANGED: "thay-doi",
    Kind.UNCHANGED: "giu-nguyen",
    Kind.LEFT: "khong-co",
    Kind.SKIPPED: "bo-qua",
}
NOTHING = "(trống)"

Lines = list[tuple[str, str, str]]


def changes(record: Record, unit_names: Mapping[str, str]) -> Lines:
    """Each field that changes, with its value before and after, as screens show them."""
    return [
        (
            label,
            _shown(name, record.before.get(name), record.before, unit_names),
            _shown(name, record.values[name], record.values, unit_names),
        )
        for name, label in FIELDS.items()
        if name in record.values and (name in record.before or record.kind is not Kind.NEW)
    ]


def outcome(record: Record, unit_names: Mapping[str, str]) -> str:
    """What becomes of a row, in the sheet that goes back."""
    match record.kind:
        case Kind.ERROR:
            return "Sai: " + " ".join(problem_words(problem) for problem in record.problems)
        case Kind.DOUBTFUL if record.question is not None:
            options = "; ".join(words for _, words in record.question.options)
            return f"Chưa rõ: {record.question.text} ({options})"
        case Kind.CHANGED | Kind.MOVED:
            lines = (f"{label}: {before} → {after}" for label, before, after in changes(record, unit_names))
            return f"{KINDS[record.kind]}. {'; '.join(lines)}"
        case _:
            return KINDS[record.kind]


def problem_words(problem: Problem) -> str:
    """A problem beside its own row."""
    return f"Cột {problem.column} “{problem.value or NOTHING}”: {problem.advice}"


def kind_at(address: str) -> Kind | None:
    """The kind with this word in addresses."""
    return next((kind for kind, word in ADDRESSES.items() if word == address), None)


def _shown(name: str, value: Any, row: Mapping[str, Any], unit_names: Mapping[str, str]) -> str:
    if value is None or value == "":
        return NOTHING
    words: dict[str, dict[Any, str]] = {
        "category": {category.value: text for category, text in CATEGORIES.items()},
        "standing": {standing.value: text for standing, text in STANDINGS.items()},
        "gender": dict(GENDERS),
    }
    if name == "unit_id":
        return unit_names[str(value)]
    if name in words:
        return words[name][value]
    if name == "card_number":
        return format_card_number(value)
    if isinstance(value, date):
        return str(value.year) if name == "born_on" and row.get("born_year_only") else format_date(value)
    return str(value)
