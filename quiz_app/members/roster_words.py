"""A planned roster in words: what a person reads before he agrees to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from quiz_app.members.labels import CATEGORIES, GENDERS, STANDINGS
from quiz_app.members.roster_sheet import Entry
from quiz_app.members.rosters import Change
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
NOTHING = "(trống)"


@dataclass(frozen=True, slots=True)
class ChangeWords:
    full_name: str
    lines: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class NewcomerWords:
    row: int
    full_name: str
    unit_name: str
    born: str


def change(found: Change, unit_names: Mapping[int, str]) -> ChangeWords:
    """Each field with its value before and after, as screens show them."""
    lines = [
        (label, _shown(name, found.fields[name][0], unit_names), _shown(name, found.fields[name][1], unit_names))
        for name, label in FIELDS.items()
        if name in found.fields
    ]
    return ChangeWords(found.full_name, lines)


def newcomer(entry: Entry, unit_name: str) -> NewcomerWords:
    born = "" if entry.born_on is None else str(entry.born_on.year)
    return NewcomerWords(entry.row, entry.full_name, unit_name, born)


def _shown(name: str, value: Any, unit_names: Mapping[int, str]) -> str:
    if value is None or value == "":
        return NOTHING
    words: dict[str, dict[Any, str]] = {
        "unit_id": dict(unit_names),
        "category": {category.value: text for category, text in CATEGORIES.items()},
        "standing": {standing.value: text for standing, text in STANDINGS.items()},
        "gender": dict(GENDERS),
    }
    if name in words:
        return words[name][value]
    if name == "card_number":
        return format_card_number(value)
    return format_date(value) if isinstance(value, date) else str(value)
